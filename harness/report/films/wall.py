"""Which films stand on the wall: of every policy one a task, outcome and reason of failure. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.results.views import RunView
from harness.runs.rows import ClosedLoopRow

MOST = 160
"""Films on the wall; of more groups the largest are shown."""
_NUMBERS = re.compile(r"[-+]?\d+(?:\.\d+)?")


@dataclass(frozen=True)
class Film:
    """A rollout that was filmed; `like` rollouts of its policy and task ended in the same way, itself included."""

    run: RunView
    row: ClosedLoopRow
    like: int

    @property
    def task(self) -> str:
        """The task it was in."""
        return self.row.task

    @property
    def outcome(self) -> str:
        """`success`, `failure` or `error`."""
        return outcome_of(self.row)

    @property
    def reason(self) -> str:
        """Why it is no success, "" where it is."""
        return "" if self.outcome == "success" else (self.row.failure or self.row.error or "")


def outcome_of(row: ClosedLoopRow) -> str:
    """How a rollout came out: `success`, `failure` or `error`."""
    if row.status == "error":
        return "error"
    return "success" if row.success else "failure"


def kind_of(row: ClosedLoopRow) -> str:
    """The reason of a failure without its numbers: rollouts of one kind failed in the same way."""
    return _NUMBERS.sub("#", row.failure or row.error or "")


def wall(runs: Sequence[RunView], most: int = MOST) -> tuple[list[Film], int]:
    """The films to show, by task, policy and outcome, and how many groups of rollouts have none or no room."""
    groups = [group for run in runs if run.mode == "closedloop" for group in _groups(run)]
    films = [film for film in groups if film.row.video]
    shown = sorted(films, key=lambda film: -film.like)[:most]
    order = {run.anchor: i for i, run in enumerate(runs)}
    shown.sort(key=lambda film: (film.task, order[film.run.anchor], film.outcome, -film.like))
    return shown, len(groups) - len(shown)


def _groups(run: RunView) -> Iterator[Film]:
    """A film of every group of rollouts alike; of a row without one where no rollout of the group was filmed."""
    groups: dict[tuple[str, str, str], list[ClosedLoopRow]] = {}
    for row in run.closed_rows:
        groups.setdefault((row.task, outcome_of(row), kind_of(row)), []).append(row)
    for rows in groups.values():
        yield Film(run, next((row for row in rows if row.video), rows[0]), len(rows))
