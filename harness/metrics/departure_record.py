"""Where each rollout of a run left the demonstrations of its task: `departures.json` in the run's folder.

At most 200 points an episode, 3 kB. What is measured and what is far: `harness.metrics.departure`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from pydantic import model_validator

from harness.core.errors import UserError
from harness.files.json_files import write_json
from harness.files.reading import read_json
from harness.files.records import Count, Number, Record

FILE = "departures.json"


class Demonstrated(Record):
    """The demonstrations of a task: how many, and beyond which distance (rad) a state is far from them."""

    demonstrations: Count
    threshold: Number | None
    farthest: list[Number]
    """Of each demonstration, the largest distance from all the others."""


class DepartureCurve(Record):
    """The `distance` (rad) of one episode at `frames`, states after its start; the `first` beyond the threshold."""

    task: str
    seed: Count
    frames: list[Count]
    distance: list[Number]
    first: Count | None
    farthest: Number

    @model_validator(mode="after")
    def _of_one_length(self) -> DepartureCurve:
        if len(self.frames) != len(self.distance):
            raise ValueError("'frames' and 'distance' must be of one length")
        return self


class Departures(Record):
    """`departures.json`: the dataset, its tasks, and a curve for every episode of those."""

    file: ClassVar[str] = FILE

    dataset: str
    tasks: dict[str, Demonstrated]
    episodes: list[DepartureCurve]

    def by_scene(self) -> dict[tuple[str, int], DepartureCurve]:
        """(task, scene seed) -> its curve."""
        return {(curve.task, curve.seed): curve for curve in self.episodes}


def united(parts: Sequence[Departures]) -> Departures | None:
    """Those of the parts of one run as those of the whole; None of none."""
    if not parts:
        return None
    tasks = {task: told for part in parts for task, told in part.tasks.items()}
    curves = sorted(
        (curve for part in parts for curve in part.episodes), key=lambda each: (each.task, each.seed)
    )
    return Departures(dataset=parts[0].dataset, tasks=tasks, episodes=curves)


def write_departures(run: Path, record: Departures) -> None:
    """Put the file into a run's folder, atomically."""
    write_json(run / FILE, record.model_dump())


def read_departures(run: Path) -> Departures | None:
    """What a run's folder has of it; None where it has none, UserError where the file is not what it should be."""
    path = run / FILE
    if not path.is_file():
        return None
    try:
        return Departures.of(read_json(path))
    except ValueError as error:
        if isinstance(error, UserError):
            raise
        raise UserError(f"{path}: {error}") from error
