"""Closed loop and recording, for real: scenes, expert, policies, run directories, on the stand-in robot."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from harness.closedloop.command import main
from harness.closedloop.config import Config
from harness.core import cli
from harness.core.errors import UserError
from harness.datasets.reader import open_dataset
from harness.datasets.recording.writer import CAMERA_KEYS
from harness.engine.episode_row import episode_row
from harness.media.rollout_frame import film_every
from harness.openloop.lockstep import rollout
from harness.record.command import main as record
from harness.record.config import Config as Recording
from harness.rollout.adapter import Observation, ObservationAdapter, gym_observation_to_roles
from harness.rollout.environments import SceneOptions
from harness.rollout.sim_world import SimWorld
from harness.runs.directory import RunDir
from harness.runs.provenance import provenance
from harness.scenes.demonstration import demonstration
from harness.scenes.provenance import scene_facts
from policies.baselines import Hold, Replay
from robotwin_env.assets.roots import EMBODIMENT, STANDIN_ROOT

TASK = "stack_blocks_two"


pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def recording(tmp_path_factory) -> Path:
    """One recorded demonstration of the smallest task."""
    out = tmp_path_factory.mktemp("recorded") / "d"
    record(Recording(task=TASK, episodes=1, out=out, assets=None))
    return out


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    """Verdicts of the tests stay out of the user's cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "cache"))


def run(argv: list[str]) -> int:
    with pytest.raises(SystemExit) as stop:
        cli.run(main, Config, argv)
    return int(stop.value.code or 0)


def test_a_recording_is_shifted_by_one_frame_and_knows_its_scene(recording):
    dataset = open_dataset(recording)
    episode = dataset.episode(0)
    np.testing.assert_array_equal(episode.states[1:], episode.actions[:-1])
    about = dataset.record(0)
    assert about["task"] == TASK
    assert about["success"] is True
    assert 0 <= about["scene_seed"] < 100_000


def test_a_restored_scene_gives_the_policy_the_same_batch_as_the_recorded_row(recording):
    """Adapter parity: simulator observation and dataset row are one batch, images up to video compression."""
    dataset = open_dataset(recording)
    episode, about = dataset.episode(0), dataset.record(0)
    adapter = ObservationAdapter(tuple(CAMERA_KEYS.values()))
    env = SceneOptions().make(TASK)
    env.reset(seed=about["scene_seed"])
    assert len(about["states"]) >= 3
    for kept in about["states"]:
        frame = kept["frame"]
        env.set_state({**kept, "actors": {k: np.array(v) for k, v in kept["actors"].items()}})
        seen = adapter.batch([gym_observation_to_roles(env.observe(), episode.task, frame)])
        views = {role: film[0] for role, film in episode.images([frame]).items()}
        recorded = adapter.batch([Observation(views, episode.states[frame], episode.task, frame)])
        assert list(seen) == list(recorded)
        np.testing.assert_array_equal(seen["observation.state"], recorded["observation.state"])
        assert (seen["task"], seen["frame_index"]) == (recorded["task"], recorded["frame_index"])
        for key in CAMERA_KEYS.values():
            ours, theirs = seen[key].numpy(), recorded[key].numpy()
            assert (ours.dtype, ours.shape) == (theirs.dtype, theirs.shape)
            assert 0 <= theirs.min() <= theirs.max() <= 1
            assert np.abs(ours - theirs).mean() < 0.02, f"{key} at frame {frame}"


def test_a_recorded_episode_sent_through_step_solves_its_scene_again(recording):
    dataset = open_dataset(recording)
    episode, about = dataset.episode(0), dataset.record(0)
    world = SimWorld(SceneOptions().make(TASK, roles=()), about["scene_seed"], plan=episode.length)
    policy = Replay(frames=episode.actions)
    (trace,) = rollout([world], policy, ObservationAdapter(()), horizon=50, run_seed=0, batch_size=1)
    assert trace.error is None
    assert world.success


def test_the_expert_succeeds_and_leaves_a_video_and_a_report(tmp_path):
    out = tmp_path / "run"
    assert run(["--task", TASK, "--policy", "expert", "--episodes", "1", "--out", str(out)]) == 0
    (row,) = RunDir.load(out).rows()
    assert (row.success, row.status, row.task) == (True, "ok", TASK)
    assert row.seed >= 100_000
    assert row.progress == 1.0 and all(row.stages.values()) and row.failure is None
    assert 0 < row.smoothness < 0.1 and 1 < row.path < 100
    assert (out / row.video).stat().st_size > 10_000
    assert "did not finish" not in (out / "report.html").read_text(), "the page is of a run that is done"
    summary = json.loads((out / "summary.json").read_text())
    assert (summary["overall"]["successes"], summary["overall"]["n"]) == (1, 1)
    about = json.loads((out / "run.json").read_text())
    assert about["status"] == "done"
    assert about["provenance"]["assets_kind"] == "stand-in"
    assert "stack_blocks_two" in (out / "report.html").read_text()


@pytest.fixture(scope="module")
def pressed(tmp_path_factory) -> Path:
    """Two bells pressed by the expert, in two worker processes."""
    out = tmp_path_factory.mktemp("pressed") / "run"
    arguments = ["--task", "click_bell", "--policy", "expert", "--no-videos", "--episodes", "2"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "cache"))
        assert run([*arguments, "--workers", "2", "--out", str(out)]) == 0
    return out


def test_a_finished_run_is_neither_overwritten_nor_run_again(pressed):
    arguments = ["--task", "click_bell", "--policy", "expert", "--no-videos", "--out", str(pressed)]
    before = (pressed / "episodes.jsonl").read_text()
    assert run([*arguments, "--episodes", "2"]) == 2
    assert run([*arguments, "--episodes", "2", "--resume", "--workers", "1"]) == 0
    assert (pressed / "episodes.jsonl").read_text() == before


def test_a_run_does_not_go_on_with_other_code(pressed, monkeypatch, capsys):
    monkeypatch.setattr("harness.closedloop.preparation.code_digest", lambda: {"robotwin_env": "another"})
    arguments = ["--task", "click_bell", "--policy", "expert", "--no-videos", "--out", str(pressed)]
    assert run([*arguments, "--episodes", "2", "--resume"]) == 2
    assert "code of robotwin_env: " in capsys.readouterr().err


def test_a_worker_does_what_this_process_would(pressed):
    rows = RunDir.load(pressed).rows()
    env = SceneOptions().make("click_bell", roles=())
    for row in rows:
        frames = demonstration(env, row.seed)
        world = SimWorld(env, row.seed, plan=len(frames))
        policy = Replay(chunk_size=50, frames=frames)
        (trace,) = rollout([world], policy, ObservationAdapter(()), horizon=50, run_seed=0, batch_size=1)
        ours = episode_row("click_bell", trace) | {"digest": world.digest}
        same = ("success", "steps", "physics_steps", "replans", "instruction", "path", "digest")
        assert {key: ours[key] for key in same} == {key: getattr(row, key) for key in same}
    assert len({row.digest for row in rows}) == 2


def test_a_run_that_is_verified_agrees_and_a_forged_one_does_not(pressed, tmp_path, capsys):
    assert run(["--verify", str(pressed), "--episodes", "1"]) == 0
    assert "success 1/1, steps 1/1, states 1/1 as in the run" in capsys.readouterr().out
    forged = Path(shutil.copytree(pressed, tmp_path / "forged"))
    lines = (forged / "episodes.jsonl").read_text().splitlines()
    row = json.loads(lines[0]) | {"success": False, "digest": "0" * 16}
    (forged / "episodes.jsonl").write_text(json.dumps(row) + "\n")
    assert run(["--verify", str(forged), "--episodes", "1"]) == 1
    said = capsys.readouterr().out
    assert "failure after" in said and "success 0/1, steps 0/1, states 0/1" in said
    settings = json.loads((forged / "run.json").read_text())
    settings["config"]["horizon"] = "ten"
    (forged / "run.json").write_text(json.dumps(settings))
    assert run(["--verify", str(forged)]) == 2
    assert "'config.horizon' must be a whole number, not 'ten'" in capsys.readouterr().err


def test_a_run_does_not_go_on_with_assets_that_were_changed(tmp_path):
    root = Path(shutil.copytree(STANDIN_ROOT, tmp_path / "assets"))
    options = SceneOptions(assets=str(root))
    out = tmp_path / "run"

    def start(resume):
        facts = provenance(**scene_facts(options, [TASK], ()))
        return RunDir.create("closedloop", "hold", config={}, provenance=facts, out=out, resume=resume)

    start(resume=False).finish()
    start(resume=True).finish()
    with (root / EMBODIMENT / "config.yml").open("a") as file:
        file.write("# mine\n")
    with pytest.raises(UserError, match=r"cannot resume .* \(assets_hash: '\w+' -> '\w+'\)"):
        start(resume=True)


def test_doing_nothing_does_not_succeed():
    env = SceneOptions().make(TASK, roles=())
    world = SimWorld(env, 100_000, max_actions=10)
    (trace,) = rollout([world], Hold(), ObservationAdapter(()), horizon=10, run_seed=0, batch_size=1)
    assert (world.success, world.frame, len(trace.replans)) == (False, 10, 1)


def test_recording_stays_out_of_the_evaluation_seeds(tmp_path):
    with pytest.raises(UserError, match="evaluation"):
        record(Recording(task=TASK, episodes=1, seed=100_000, out=tmp_path / "d"))


def test_a_film_has_about_ninety_pictures_at_most():
    assert film_every(800) == 9
    assert film_every(50) == 1
