"""The same scene side by side: where one policy solved what another did not, with the expert beside. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, islice

from harness.report.films.wall import Film
from harness.results.paired_runs import PairedRuns, Scene
from harness.results.views import RunView
from harness.runs.rows import ClosedLoopRow

EACH, MOST = 2, 16
"""Scenes of a task that one policy alone solved, and of a page."""


@dataclass(frozen=True)
class Together:
    """One scene in several films; `winner` alone of the two policies solved it."""

    task: str
    seed: int
    instruction: str
    winner: str
    films: list[Film]


def together(compared: Sequence[PairedRuns], third: RunView | None = None) -> tuple[list[Together], int]:
    """The scenes to show of these pairs of runs, those of a third run beside, and how many more tell policies apart."""
    shown: list[Together] = []
    for two in compared:
        sides = [(run, _by_scene(run)) for run in (two.a, two.b, third) if run is not None]
        for winner, scenes in ((two.a, two.only_a), (two.b, two.only_b)):
            for _, own in groupby(sorted(scenes), key=lambda scene: scene[0]):
                pairs = (_scene(scene, winner, sides) for scene in own)
                shown += islice((pair for pair in pairs if pair is not None), EACH)
    shown.sort(key=lambda pair: (pair.task, pair.seed))
    return shown[:MOST], sum(len(two.discordant) for two in compared) - len(shown[:MOST])


Rows = Mapping[Scene, ClosedLoopRow]


def _by_scene(run: RunView) -> Rows:
    return {(row.task, row.seed): row for row in run.closed_rows if row.video}


def _scene(scene: Scene, winner: RunView, sides: Sequence[tuple[RunView, Rows]]) -> Together | None:
    """The films of a scene; None where there are not two to hold side by side."""
    films = [Film(run, rows[scene], 1) for run, rows in sides if scene in rows]
    if len(films) < 2:
        return None
    instruction = next((film.row.instruction for film in films if film.row.instruction), "")
    return Together(scene[0], scene[1], instruction, winner.policy, films)
