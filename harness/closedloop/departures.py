"""After a run: how far each of its rollouts went from the demonstrations of its task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from harness.closedloop.policy import ActingRequest, requested_dataset
from harness.core.errors import UserError
from harness.metrics.departure import curve_of, nearest, reach_of
from harness.metrics.departure_record import Demonstrated, DepartureCurve, Departures, write_departures
from harness.runs.directory import RunDir
from harness.runs.rows import ClosedLoopRow, latest
from harness.runs.trajectories import Trajectory

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from harness.datasets.reader import Dataset

BUNDLED = "the bundled episodes"
MOST = 25
"""Demonstrations of a task that are compared with, the dataset's first: comparing takes the square of their number."""


def note_departures(asked: ActingRequest, run: RunDir) -> Departures | None:
    """Write `departures.json` from the run's trajectories and the dataset `asked` names, else the bundled episodes.

    Returns it, or None where no rollout has a demonstration to compare with, which is no error.
    """
    rows = [row for row in latest(run.closed_rows()) if row.trajectory]
    tasks = list(dict.fromkeys(row.task for row in rows))
    try:
        dataset = requested_dataset(asked)
        paths = {task: demonstrated_paths(dataset, task) for task in tasks}
    except UserError as error:
        print(f"no distance to demonstrations: {error}")
        return None
    known = {task: each for task, each in paths.items() if each}
    record = departures(rows, known, run, asked.dataset or BUNDLED)
    if record is not None:
        write_departures(run.path, record)
    return record


def demonstrated_paths(dataset: Dataset, task: str) -> list[NDArray[np.float32]]:
    """States (T, 14) of the dataset's first successful episodes of a task; none where it has none of the task."""
    indices = [
        i
        for i in range(dataset.total_episodes)
        if dataset.record(i).get("task") == task and dataset.record(i).get("success", True)
    ]
    return [dataset.episode(i).states for i in indices[:MOST]]


def departures(
    rows: Sequence[ClosedLoopRow],
    paths: Mapping[str, Sequence[NDArray[np.float32]]],
    run: RunDir,
    dataset: str,
) -> Departures | None:
    """The curves of those rows whose task has paths; None where none has."""
    reaches = {task: reach_of(each) for task, each in paths.items()}
    curves = []
    for row in rows:
        if row.task in paths and row.trajectory:
            states = Trajectory.load(run.path / row.trajectory).states
            reach = reaches[row.task]
            curve = curve_of(nearest(states, paths[row.task]), reach.threshold if reach else None)
            curves.append(DepartureCurve(task=row.task, seed=row.seed, **vars(curve)))
    if not curves:
        return None
    tasks = {
        task: Demonstrated(
            demonstrations=len(paths[task]),
            threshold=round(reach.threshold, 4) if reach else None,
            farthest=[round(float(each), 4) for each in reach.farthest] if reach else [],
        )
        for task, reach in reaches.items()
    }
    return Departures(dataset=dataset, tasks=tasks, episodes=curves)
