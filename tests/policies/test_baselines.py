import json
import subprocess
import sys

import numpy as np
import pytest

from policies import PolicyError, load_policy
from policies.baselines import Hold, Mean, Replay


def batch_of(states, frames=None):
    states = np.asarray(states, np.float32)
    frames = np.arange(len(states)) if frames is None else np.asarray(frames)
    return {"observation.state": states, "task": ["t"] * len(states), "frame_index": frames}


def test_hold_repeats_the_current_state():
    states = np.arange(28).reshape(2, 14)
    chunks = Hold(chunk_size=4).predict(batch_of(states))
    assert chunks.shape == (2, 4, 14) and chunks.dtype == np.float32
    assert all(np.array_equal(chunks[:, j], states) for j in range(4))


def test_mean_sends_one_action_always():
    mean = np.linspace(-1, 1, 14)
    chunks = load_policy("mean", mean_action=mean, chunk_size=7).predict(batch_of(np.zeros((3, 14))), None)
    assert chunks.shape == (3, 7, 14)
    assert np.allclose(chunks, mean)


def test_replay_sends_recorded_frames_from_each_rows_frame_and_then_the_last():
    frames = np.repeat(np.arange(6, dtype=np.float32)[:, None], 14, axis=1)
    chunks = Replay(frames, chunk_size=4).predict(batch_of(np.zeros((3, 14)), frames=[0, 4, 9]))
    assert chunks[:, :, 0].tolist() == [[0, 1, 2, 3], [4, 5, 5, 5], [5, 5, 5, 5]]


def test_a_nan_state_is_not_turned_into_a_command():
    states = np.zeros((3, 14))
    states[1, 5] = np.nan
    with pytest.raises(PolicyError, match="row 1 of a batch of 3"):
        Hold(chunk_size=2).predict(batch_of(states))


def test_baselines_say_what_they_are():
    for policy in (Hold(), Mean(np.ones(14)), Replay(np.zeros((9, 14)))):
        assert policy.images == () and policy.noise_shape is None and policy.content_hash is None
        assert json.loads(json.dumps(policy.describe()))["chunk_size"] == 50


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("mean", "needs the mean action"),
        ("random_replay", "needs the demonstrations"),
        ("expert", "closed loop"),
        ("hodl", "did you mean hold"),
        ("demmo", "did you mean demo"),
        (
            "qqq",
            "Known are demo, demo_half, demo_early, hold, mean, random_replay, expert, or a directory or Hub id",
        ),
        ("./nowhere", "no checkpoint directory"),
        ("/a/b/c", "no checkpoint directory"),
    ],
)
def test_a_policy_that_is_not_there_is_one_line_with_the_fix(spec, said):
    with pytest.raises(PolicyError, match=said) as error:
        load_policy(spec)
    assert "\n" not in str(error.value) and error.value.is_user_error


def test_importing_the_package_and_a_baseline_loads_nothing_heavy():
    code = (
        "import sys, policies, policies.chunking, policies.noise; policies.load_policy('hold');"
        "print([m for m in ('torch', 'lerobot', 'transformers') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def walk(shade):
    return np.full((6, 14), shade, np.float32) + np.arange(6, dtype=np.float32)[:, None] / 10


def in_episodes(*episodes, frame=0):
    return {
        **batch_of(np.zeros((len(episodes), 14)), frames=[frame] * len(episodes)),
        "episode": list(episodes),
    }


def test_random_replay_plays_one_demonstration_of_the_task_through_an_episode():
    known = {"a": {3: walk(3), 4: walk(4), 5: walk(5)}, "b": {9: walk(9)}}
    policy = load_policy("random_replay", demonstrations=known, seed=1, chunk_size=4)
    seeds = range(100, 140)
    first = policy.predict(in_episodes(*(("a", seed) for seed in seeds)), None)
    later = policy.predict(in_episodes(*(("a", seed) for seed in seeds), frame=4), None)
    assert np.allclose(first[:, :, 0] - first[:, :1, 0], [0, 0.1, 0.2, 0.3], atol=1e-6)
    assert np.allclose(later[:, :, 0] - first[:, :1, 0], [0.4, 0.5, 0.5, 0.5], atol=1e-6), "the same one"
    assert set(first[:, 0, 0]) == {3, 4, 5}
    assert np.array_equal(first[7], policy.predict(in_episodes(("a", 107)), None)[0]), "whoever is beside it"
    other = load_policy("random_replay", demonstrations=known, seed=2, chunk_size=4)
    assert not np.array_equal(first, other.predict(in_episodes(*(("a", seed) for seed in seeds)), None))


def test_random_replay_never_plays_an_episode_in_itself():
    policy = load_policy("random_replay", demonstrations={"a": {3: walk(3), 4: walk(4)}})
    assert [chunk[0, 0] for chunk in policy.predict(in_episodes(("a", 3), ("a", 4)), None)] == [4, 3]
    alone = load_policy("random_replay", demonstrations={"a": {3: walk(3)}})
    for task in ("a", "b"):
        with pytest.raises(PolicyError, match=f"no demonstration of {task} to replay"):
            alone.predict(in_episodes((task, 3)), None)
    assert alone.describe()["demonstrations"] == {"a": 1}
    assert alone.content_hash != policy.content_hash and len(alone.content_hash) == 64
