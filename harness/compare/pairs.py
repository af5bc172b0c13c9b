"""Two runs as numbers: the same metrics side by side, and paired tests on the episodes both have. Pure.

A is what is compared with, B what is new: a difference is always b - a, `percent` its part of a. An interval
is at 95 %; a paired one is about the differences of whole episodes (or scenes). None is a number that does
not exist: a metric one run lacks, an interval of a few episodes, a percentage of 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from harness.runs.rows import ClosedLoopRow, Row
from harness.stats.intervals import Interval
from harness.stats.proportions import FEWEST_PAIRS, newcombe_paired, wilson
from harness.stats.significance import holm, mcnemar

RAW, RATE = "rad and 0..1", "rate"


@dataclass(frozen=True)
class Delta:
    """One number of both runs, over n episodes; a rate is 0..1 and its difference percentage points / 100.

    p: of the exact test of the difference; p_holm: adjusted for the number of tests in its table.
    """

    name: str
    unit: str
    n: int
    a: float | None
    b: float | None
    difference: float | None
    ci: Interval | None
    percent: float | None
    p: float | None = None
    p_holm: float | None = None


def delta(
    name: str,
    unit: str,
    a: float | None,
    b: float | None,
    *,
    n: int = 0,
    ci: Interval | None = None,
    p: float | None = None,
) -> Delta:
    """The Delta of two numbers, either of which may be missing."""
    if a is None or b is None:
        return Delta(name, unit, n, a, b, None, None, None)
    percent = 100 * (b - a) / a if a and unit != RATE else None
    return Delta(name, unit, n, a, b, b - a, ci, percent, p)


def adjusted[Tested: (Delta, RateDelta)](tests: Sequence[Tested]) -> list[Tested]:
    """The same, each with its p adjusted for the number of those that were tested (Holm)."""
    p_holm = iter(holm([test.p for test in tests if test.p is not None]))
    return [test if test.p is None else replace(test, p_holm=next(p_holm)) for test in tests]


def shared_rows[R: Row](a: Sequence[R], b: Sequence[R]) -> list[tuple[R, R]]:
    """The pairs of rows about the same episode, in the order of their keys."""
    first, second = ({row.key: row for row in rows} for rows in (a, b))
    return [(first[key], second[key]) for key in sorted(first.keys() & second.keys())]


def unshared[R: Row](a: Sequence[R], b: Sequence[R]) -> list[R]:
    """The rows of `a` about episodes that `b` lacks."""
    keys = {row.key for row in b}
    return [row for row in a if row.key not in keys]


@dataclass(frozen=True)
class RateDelta:
    """Successes of both runs on the same n scenes: Wilson intervals, Newcombe's of the difference, McNemar's p.

    ci: None of few scenes (`FEWEST_PAIRS`). only_a, only_b: scenes that one run alone solved. p_holm: adjusted for the
    number of tasks (tasks only).
    """

    name: str
    n: int
    a: int
    b: int
    a_ci: Interval
    b_ci: Interval
    difference: float
    ci: Interval | None
    only_a: int
    only_b: int
    p: float
    p_holm: float | None = None


def rate_delta(name: str, pairs: Sequence[tuple[ClosedLoopRow, ClosedLoopRow]]) -> RateDelta:
    """Successes on the same scenes, as a RateDelta."""
    a, b = ([bool(pair[side].success) for pair in pairs] for side in (0, 1))
    n, tested = len(pairs), mcnemar(a, b)
    return RateDelta(
        name=name,
        n=n,
        a=sum(a),
        b=sum(b),
        a_ci=wilson(sum(a), n),
        b_ci=wilson(sum(b), n),
        difference=(sum(b) - sum(a)) / n,
        ci=newcombe_paired(a, b) if n >= FEWEST_PAIRS else None,
        only_a=tested.only_a,
        only_b=tested.only_b,
        p=tested.p,
    )
