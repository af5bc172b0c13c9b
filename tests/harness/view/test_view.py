"""`harness.view`: what is shown of an episode, and that Rerun can read what is written."""

from __future__ import annotations

import errno
import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from refusals import refused
from run_samples import closed_row, open_row, prediction

from harness.core.errors import UserError
from harness.runs.directory import RunDir
from harness.runs.trajectories import Trajectory, file_name
from harness.view import command, recording
from harness.view.config import Config
from harness.view.sources import film_frames, load

TASK, SEED = "stack_blocks_two", 100_003
needs_rerun = pytest.mark.skipif(
    importlib.util.find_spec("rerun") is None,
    reason="rerun is not installed: uv pip install -c requirements.txt -e .[rerun]",
)


def trajectory(frames=10, every=4, chunk=6) -> Trajectory:
    """Ten actions, a chunk before every fourth, two actors that rise."""
    replans = np.arange(0, frames, every)
    looks = np.unique([*replans, frames])
    poses = np.zeros((len(looks), 2, 7), np.float32)
    poses[:, :, 2], poses[:, :, 3] = looks[:, None] / 100, 1.0
    return Trajectory(
        actions=np.linspace(0, 1, frames * 14, dtype=np.float32).reshape(frames, 14),
        states=np.zeros((frames + 1, 14), np.float32),
        replans=replans,
        chunks=np.ones((len(replans), chunk, 14), np.float32),
        looks=looks,
        names=np.array(["box", "box#2"]),
        poses=poses,
        hands=poses,
        stages=(looks >= 8)[:, None],
        stage_names=np.array(["red block lifted"]),
    )


@pytest.fixture
def acted(tmp_path):
    """A closed-loop run of two episodes, only the second of which kept its trajectory."""
    with RunDir.create("closedloop", "demo", config={}, provenance={}, out=tmp_path / "run") as run:
        run.add(closed_row(SEED - 1, True))
        run.add(closed_row(SEED, False, steps=10, trajectory=file_name(TASK, SEED)))
        trajectory().save(run.path / file_name(TASK, SEED))
    return run.path


@pytest.mark.parametrize("episode", ["1", f"{TASK}-{SEED}"])
def test_an_episode_acted_is_shown_whole(acted, episode):
    shown = load(str(acted), episode)
    kept = trajectory()
    assert shown.title == f"{TASK}-{SEED}"
    assert np.array_equal(shown.actions["sent"], kept.actions)
    assert (shown.states.shape, shown.chunks.shape, shown.replans.tolist()) == (
        (11, 14),
        (3, 6, 14),
        [0, 4, 8],
    )
    assert shown.poses is not None
    assert shown.poses.frames.tolist() == [0, 4, 8, 10]
    assert shown.poses.actors["box#2"][-1, 2] == pytest.approx(0.1)
    assert shown.poses.stages["red block lifted"].tolist() == [False, False, True, True]
    assert any("failure" in word for word in shown.notes)


def test_what_a_line_may_leave_out_is_left_out(acted):
    log, about = acted / "episodes.jsonl", acted / "run.json"
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    for line in lines:
        line.pop("instruction"), line.pop("step_limit")
    log.write_text("".join(json.dumps(line) + "\n" for line in lines))
    about.write_text(
        json.dumps({key: value for key, value in json.loads(about.read_text()).items() if key != "name"})
    )
    shown = load(str(acted), "1")
    assert "prompt: nothing" in shown.notes and shown.film is None


def test_an_episode_predicted_is_shown_with_both_actions(tmp_path):
    kept = prediction(frames=20)
    with RunDir.create("openloop", "demo", config={}, provenance={}, out=tmp_path / "run") as run:
        run.save_prediction(3, kept)
        run.add(open_row(3, kept))
    shown = load(str(run.path), "0")
    assert set(shown.actions) == {"predicted", "recorded"}
    assert shown.replans.tolist() == [0, 10]
    assert shown.pictures is None  # its dataset is gone


def test_a_recorded_episode_is_shown_with_its_pictures(recorded):
    shown = load(str(recorded), "1")
    assert shown.pictures is not None
    pictures = shown.pictures(np.arange(3))
    assert set(pictures) == {"head", "left", "right"}
    assert len(pictures["head"]) == 3
    assert len(shown.states) == len(shown.actions["recorded"])


def test_a_film_has_pictures_where_the_worker_kept_them():
    assert film_frames(10, 400).tolist() == [0, 5, 10]
    assert film_frames(12, 400).tolist() == [0, 5, 10, 12]
    assert film_frames(3, 50).tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("episode", "words"),
    [
        ("0", "keeps no trajectory"),
        ("2", "2 finished episodes"),
        (f"{TASK}-1", "no episode"),
        ("-1", "no episode"),
    ],
)
def test_an_episode_that_is_not_there_is_said_in_one_line(acted, episode, words):
    with refused(UserError, match=words):
        load(str(acted), episode)


def test_a_trajectory_from_a_stranger_is_read_as_arrays_or_refused(acted, tmp_path):
    file = acted / file_name(TASK, SEED)
    with np.load(file, allow_pickle=False) as arrays:
        content = dict(arrays)
    assert np.array_equal(Trajectory.load(file).poses, trajectory().poses)
    changes = ({"actions": np.full((10, 14), np.nan)}, {"replans": [0, 9, 4]}, {"names": np.array([{}, {}])})
    for change in changes:
        np.savez(tmp_path / "bad.npz", **(content | change))
        with pytest.raises(UserError, match="not a trajectory"):
            Trajectory.load(tmp_path / "bad.npz")


def test_a_row_cannot_name_a_file_outside_its_run(acted):
    lines = (acted / "episodes.jsonl").read_text().splitlines()
    row = json.loads(lines[1]) | {"trajectory": "../secret.npz"}
    (acted.parent / "secret.npz").write_bytes((acted / file_name(TASK, SEED)).read_bytes())
    (acted / "episodes.jsonl").write_text(json.dumps(row) + "\n")
    with pytest.raises(UserError, match="keeps no trajectory"):
        load(str(acted), "0")


def test_the_file_has_to_be_an_rrd(acted, tmp_path):
    with pytest.raises(UserError, match=r"end in \.rrd"):
        command.main(Config(str(acted), "1", out=tmp_path / "episode.mp4"))


def test_without_rerun_the_line_says_what_to_install(acted, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "rerun", None)
    with pytest.raises(UserError, match=r"rerun-sdk==0\.41\.0"):
        recording.write(load(str(acted), "1"), tmp_path / "episode.rrd")
    assert list(tmp_path.glob("*.rrd*")) == []


@needs_rerun
def test_rerun_reads_what_was_written(acted, recorded, tmp_path):
    for source, episode, wanted in (
        (
            acted,
            "1",
            {"/action/sent/left_j1", "/chunk/right_gripper", "/scene/box", "/stage/red\\ block\\ lifted"},
        ),
        (recorded, "0", {"/cameras/head", "/state/left_j1", "/notes"}),
    ):
        out = tmp_path / f"{episode}.rrd"
        assert command.main(Config(str(source), episode, out=out)) is None
        said = subprocess.run(
            [sys.executable, "-m", "rerun", "rrd", "print", str(out)],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        assert [path for path in sorted(wanted) if path not in said] == []


@needs_rerun
@pytest.mark.parametrize("place", ["folder", "dataset", "film"])
def test_what_lies_where_pictures_were_does_not_keep_a_run_from_being_shown(acted, recorded, tmp_path, place):
    if place == "film":
        lines = [json.loads(line) for line in (acted / "episodes.jsonl").read_text().splitlines()]
        lines[1] |= {"video": "videos/a.mp4", "step_limit": 400}
        (acted / "episodes.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
        (acted / "videos" / "a.mp4").write_bytes(b"no film")
        source, episode = acted, "1"
    else:
        there = tmp_path / "there"
        there.mkdir()
        provenance = {"dataset": str(there if place == "folder" else recorded)}
        kept = prediction(frames=20)
        with RunDir.create("openloop", "d", config={}, provenance=provenance, out=tmp_path / "replay") as run:
            run.save_prediction(99, kept)
            run.add(open_row(99, kept))
        source, episode = run.path, "0"
        assert any("without pictures: " in note for note in load(str(source), episode).notes)
    assert command.main(Config(str(source), episode, out=tmp_path / "a.rrd")) is None
    assert (tmp_path / "a.rrd").stat().st_size


@needs_rerun
def test_a_recording_that_cannot_be_written_is_one_line_and_nothing_of_it_stays(acted, tmp_path, monkeypatch):
    out = tmp_path / "a.rrd"
    out.write_text("an earlier one")

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with refused(UserError, match="cannot write .* No space left"):
        command.main(Config(str(acted), "1", out=out))
    with refused(UserError, match="cannot write /proc/a.rrd"):
        command.main(Config(str(acted), "1", out=Path("/proc/a.rrd")))
    assert out.read_text() == "an earlier one" and list(tmp_path.glob(".*")) == []
