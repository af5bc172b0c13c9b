"""Physics equals upstream's: of the real robot, and in a grasp of the bundled one too (skipped where the real robot or
the references are absent).

Only a part of the references is replayed here; scripts/check_parity.py replays all of them.
"""

from __future__ import annotations

import json

import gymnasium
import numpy as np
import pytest


@pytest.fixture(scope="module")
def real_env(real_assets):
    """The two-block scene with the real robot."""
    env = gymnasium.make(
        "RoboTwin/stack_blocks_two-v0", assets=str(real_assets), cameras=(), disable_env_checker=True
    )
    yield env.unwrapped
    env.close()


@pytest.mark.parametrize("seed", ("100000", "100002"))
def test_the_settled_scene_is_upstreams(real_env, reference, seed):
    task = json.loads((reference / "init_poses.json").read_text())["tasks"]["stack_blocks_two"]
    _, info = real_env.reset(seed=int(seed))
    state = real_env.get_state()
    boxes = [row["pose"] for row in task["seeds"][seed]["post_settle"]["actors"] if row["name"] == "box"]
    np.testing.assert_allclose([state["actors"]["box"], state["actors"]["box#2"]], boxes, atol=1e-6)
    assert info["layout_ok"]
    order = [task["joint_names_38"].index(name) for name in real_env.qpos16_names]
    np.testing.assert_allclose(state["qpos"], np.array(task["robot_qpos_38_after_settle"])[order], atol=1e-6)


def test_single_actions_end_where_upstreams_end(real_env, reference):
    data = json.loads((reference / "take_action.json").read_text())
    episode = data["episodes"][0]
    real_env.reset(seed=episode["seed"])
    order = [data["joint_names_38"].index(name) for name in real_env.qpos16_names]
    for action, expected in zip(episode["actions"][:14], episode["results"][:14], strict=True):
        observation, *_, info = real_env.step(action)
        state = real_env.get_state()
        assert info["physics_steps"] == expected["n_physics_steps"]
        np.testing.assert_allclose(observation["agent_pos"], expected["vector"], atol=1e-5)
        np.testing.assert_allclose(state["qpos"], np.array(expected["real_qpos_38"])[order], atol=1e-4)
        np.testing.assert_allclose(state["end_poses"][0], expected["left_endpose"], atol=1e-4)


@pytest.fixture(params=("real", "stand-in"))
def env_of(request):
    """The two-block scene with either robot; the bundled one needs no download."""
    if request.param == "real":
        return request.getfixturevalue("real_env")
    env = gymnasium.make("RoboTwin/stack_blocks_two-v0", assets=None, cameras=(), disable_env_checker=True)
    request.addfinalizer(env.close)
    return env.unwrapped


def test_a_grasp_holds_as_upstreams_does(env_of, reference):
    episode = json.loads((reference / "contact_stack_blocks_two.json").read_text())["episodes"][0]
    env_of.reset(seed=episode["seed"])
    for action, expected in zip(episode["actions"][:130], episode["results"][:130], strict=True):
        *_, info = env_of.step(action)
        poses = np.array(list(env_of.get_state()["actors"].values()))
        assert info["physics_steps"] == expected["n"]
        np.testing.assert_allclose(poses[:, :3], np.array(expected["boxes"])[:, :3], atol=1e-3)
    assert poses[0, 2] > 0.8, "the block was not lifted"
