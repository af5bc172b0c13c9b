"""Failures that missed the same, each group with one film to look at. Pure, from rows of `episodes.jsonl`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from harness.metrics.unmet import lacking, measured, sentence
from harness.runs.rows import ClosedLoopRow, UnmetPart


@dataclass(frozen=True)
class Missed:
    """A part of success that a group of failures missed: the nearest to it, the median and the farthest, in words.

    `values`: of every failure, where it was nearest to success; `wanted` None where it is so or not.
    """

    part: str
    lacks: str
    values: tuple[float, ...]
    wanted: float | None
    unit: str
    nearest: str
    typical: str


@dataclass(frozen=True)
class Cluster:
    """Failures of a task that missed the same parts of success: `n` of `failures`.

    `description` is what they missed, or their reason where no part was measured; `missed` the parts and numbers;
    `example` the row of the most typical one, with a film if any has one; `seeds` all of them.
    """

    task: str
    description: str
    n: int
    failures: int
    missed: tuple[Missed, ...]
    example: ClosedLoopRow
    seeds: tuple[int, ...]


def clusters(rows: Sequence[ClosedLoopRow]) -> list[Cluster]:
    """The failures in `rows`, by task and by what they missed; within a task the largest group first.

    Episodes that ended in an error are no failures; rows from before parts were measured group by their reason.
    """
    failed = [row for row in rows if row.status == "ok" and not row.success]
    groups: dict[tuple[str, tuple[str, ...]], list[ClosedLoopRow]] = {}
    for row in failed:
        groups.setdefault((row.task, missed_parts(row) or (row.failure or "not said",)), []).append(row)
    of_task = [row.task for row in failed]
    unsorted = [_cluster(task, members, of_task.count(task)) for (task, _), members in groups.items()]
    return sorted(unsorted, key=lambda cluster: (cluster.task, -cluster.n, cluster.description))


def missed_parts(row: ClosedLoopRow) -> tuple[str, ...]:
    """The names of the parts a row missed where it was nearest, in the condition's order."""
    return tuple(part.part for part in row.unmet or ())


def _cluster(task: str, rows: Sequence[ClosedLoopRow], failures: int) -> Cluster:
    missed = tuple(
        _missed([row.unmet[i] for row in rows if row.unmet]) for i in range(len(missed_parts(rows[0])))
    )
    words = sentence([each.lacks for each in missed]) if missed else rows[0].failure or "not said"
    return Cluster(task, words, len(rows), failures, missed, _typical(rows), tuple(row.seed for row in rows))


def _missed(parts: Sequence[UnmetPart]) -> Missed:
    """One part, of several failures that all missed it."""
    ranked = sorted(parts, key=_gap)
    first = parts[0]
    return Missed(
        first.part,
        lacking(first.part, first.wanted),
        tuple(part.value for part in parts if part.value is not None),
        first.wanted,
        first.unit,
        measured(ranked[0]),
        measured(ranked[len(ranked) // 2]),
    )


def _gap(part: UnmetPart) -> float:
    """How much is missing of a part that does not hold, in its unit."""
    if part.value is None:
        return 0.0
    return abs(part.value - (part.wanted or 0.0))


def _typical(rows: Sequence[ClosedLoopRow]) -> ClosedLoopRow:
    """The row in the middle of the group, of those with a film where there are any."""
    shown = [row for row in rows if row.video] or list(rows)
    gaps = [sum(_gap(part) for part in row.unmet or ()) for row in shown]
    middle = median(gaps)
    return min(zip(gaps, shown, strict=True), key=lambda pair: (abs(pair[0] - middle), pair[1].seed))[1]
