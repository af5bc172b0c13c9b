"""An episode of a run or of a dataset as `Shown`."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from harness.core.errors import UserError
from harness.core.text import nearest, one_line
from harness.datasets.reader import Dataset, Episode, open_dataset
from harness.datasets.survey import verify
from harness.media.rollout_frame import film_every
from harness.runs.directory import RunDir
from harness.runs.rows import ClosedLoopRow, OpenLoopRow, Row, latest
from harness.runs.trajectories import Trajectory
from harness.view.shown import NO_CHUNKS, NO_REPLANS, Film, Poses, Shown

HANDS = ("left hand", "right hand")


def load(source: str, episode: str) -> Shown:
    """The episode that is meant; UserError where there is no such run, dataset or episode."""
    if (Path(source) / "run.json").is_file():
        run = RunDir.load(source)
        row = chosen_row(run, episode)
        return openloop(run, row) if isinstance(row, OpenLoopRow) else closedloop(run, row)
    return recorded(open_dataset(source), index_of(episode))


def index_of(episode: str) -> int:
    """An episode's number."""
    if not episode.isdecimal():
        raise UserError(f"episode {episode!r} is no index; give 0, 1, 2, …")
    return int(episode)


def chosen_row(run: RunDir, episode: str) -> Row:
    """The row of the episode: by its place among the finished ones, or by `<task>-<seed>`."""
    rows = latest(run.rows())
    if not rows:
        raise UserError(f"{run.path} has no finished episode yet")
    names = {name_of(row): row for row in rows}
    if episode in names:
        return names[episode]
    if not episode.isdecimal():
        raise UserError(f"{run.path} has no episode {episode!r}; {nearest(episode, list(names))}")
    if int(episode) >= len(rows):
        raise UserError(f"{run.path} has {len(rows)} finished episodes, 0 to {len(rows) - 1}; not {episode}")
    return rows[int(episode)]


def name_of(row: Row) -> str:
    """What an episode is called."""
    return f"episode {row.episode}" if isinstance(row, OpenLoopRow) else f"{row.task}-{row.seed}"


def inside(run: RunDir, name: str | None) -> Path | None:
    """A file of the run by the name its row gives, if it is there and in no other place."""
    if not name:
        return None
    path = (run.path / name).resolve()
    return path if path.is_relative_to(run.path.resolve()) and path.is_file() else None


def closedloop(run: RunDir, row: ClosedLoopRow) -> Shown:
    """An episode that a policy acted in."""
    file = inside(run, row.trajectory)
    if file is None:
        raise UserError(
            f"{run.path} keeps no trajectory of {name_of(row)}: it is of an earlier version, or the "
            "episode ended in an error; run it again"
        )
    kept = Trajectory.load(file)
    outcome = "success" if row.success else f"failure: {row.failure}"
    video = inside(run, row.video)
    poses = Poses(
        kept.looks,
        {str(name): kept.poses[:, i] for i, name in enumerate(kept.names)},
        {name: kept.hands[:, i] for i, name in enumerate(HANDS)},
        {str(name): kept.stages[:, i] for i, name in enumerate(kept.stage_names)},
    )
    return Shown(
        title=name_of(row),
        notes=(
            f"policy: {run.record.name}",
            f"prompt: {row.prompt or row.instruction or 'nothing'}",
            outcome,
        ),
        states=kept.states,
        actions={"sent": kept.actions},
        replans=kept.replans.astype(np.int64),
        chunks=kept.chunks,
        film=Film(video, film_frames(len(kept.actions), row.step_limit))
        if video and row.step_limit
        else None,
        poses=poses,
    )


def film_frames(actions: int, limit: int) -> np.ndarray:
    """After which actions a closed-loop film has its pictures (n,): every so many of `SimWorld`, and the last."""
    every = film_every(limit)
    return np.unique([*range(0, actions + 1, every), actions]).astype(np.int64)


def openloop(run: RunDir, row: OpenLoopRow) -> Shown:
    """A recorded episode with what was predicted in it; its pictures where the dataset is still there."""
    index = row.episode
    if index not in run.predictions:
        raise UserError(f"{run.path} keeps no predictions of episode {index}")
    kept = run.predictions[index]
    shown, without = _recorded_there(run.run["provenance"].get("dataset"), index)
    states = kept.state if kept.state is not None else np.zeros((0, kept.gt.shape[1]), np.float32)
    return Shown(
        title=name_of(row),
        notes=(f"policy: {run.record.name}", f"prompt: {row.task}", f"MAE {row.mae:.4f}", *without),
        states=states,
        actions={"predicted": kept.pred, "recorded": kept.gt},
        replans=np.flatnonzero(kept.replan),
        chunks=kept.chunks,
        pictures=shown.images if shown is not None and shown.length == len(kept.gt) else None,
    )


def _recorded_there(place: object, index: int) -> tuple[Episode | None, tuple[str, ...]]:
    """The episode where a run says its dataset is, and else why there is none: by now anything may lie there."""
    try:
        if place and Path(str(place)).is_dir():
            return open_dataset(str(place)).episode(index), ()
    except (UserError, OSError, IndexError, ValueError) as error:
        return None, (f"without pictures: {one_line(str(error))[:300]}",)
    return None, ()


def recorded(dataset: Dataset, index: int) -> Shown:
    """An episode of a dataset."""
    if index >= dataset.total_episodes:
        raise UserError(f"the dataset has {dataset.total_episodes} episodes, not number {index}")
    verify(dataset, [index])
    episode = dataset.episode(index)
    success = episode.meta.get("success")
    outcome = () if success is None else ("success" if success else "failure",)
    return Shown(
        title=f"episode {index}",
        notes=(f"prompt: {episode.task}", *outcome),
        states=episode.states,
        actions={"recorded": episode.actions},
        replans=NO_REPLANS,
        chunks=NO_CHUNKS,
        pictures=episode.images,
    )
