"""What may be concluded, in sentences."""

from __future__ import annotations

from collections.abc import Sequence

from harness.core.numbers import percent
from harness.stats.correlation import (
    FEWEST_POINTS,
    FEWEST_ROLLOUTS,
    ONE_DECIDES,
    ROLLOUTS_FOR_INTERVAL,
    SMALL_N,
    Agreement,
)
from harness.stats.intervals import Interval


def words(found: Agreement, names: Sequence[str], of: str) -> list[str]:
    """What `found` may be believed to say, in sentences.

    names `(n,)`: of the points, as `without` is ordered. of: what the points are, "policies" or "tasks".
    """
    if found.n < 2:
        return [f"One of the {of} only: nothing to correlate."]
    if not found.varies_success:
        rate = found.rates[0]
        end = {0.0: "; they all failed every time", 1.0: "; they all succeeded every time"}.get(rate, "")
        return [f"Not defined: success is the same ({percent(rate)}) for all {found.n} {of}{end}."]
    if not found.varies_error:
        return [f"Not defined: the error is the same for all {found.n} {of}."]
    if found.n < FEWEST_POINTS:
        return [f"n = {found.n} {of}: too few for a correlation, there must be {FEWEST_POINTS}."]
    if found.rollouts < FEWEST_ROLLOUTS:
        few = "one rollout" if found.rollouts == 1 else f"{found.rollouts} rollouts"
        return [f"No correlation: one of the {of} has {few}, and each needs {FEWEST_ROLLOUTS} for a rate."]
    said = [_verdict(found, of)]
    if found.n < SMALL_N:
        decides = _decides(found, names)
        said += [decides] if decides else []
    return said


def _verdict(found: Agreement, of: str) -> str:
    ci = found.spearman.ci
    if found.n < SMALL_N:
        again = found.spearman.rollouts_ci
        reach = "" if again is None else f"; with endless rollouts of these, Spearman {_reach(again)}"
        return f"Too few points to conclude: n = {found.n} {of}{reach}."
    if ci is None:
        needed = max(found.n, ROLLOUTS_FOR_INTERVAL)
        return f"Nothing is concluded about other {of}: that takes {needed} rollouts of each, not {found.rollouts}."
    if ci.low <= 0 <= ci.high:
        return f"No clear relation between error and success over {found.n} {of}: Spearman {_reach(ci)}."
    way = "more" if ci.low > 0 else "less"
    return f"Lower error goes with {way} success over {found.n} {of}: Spearman {_reach(ci)}."


def _reach(ci: Interval) -> str:
    return f"from {_signed(ci.low)} to {_signed(ci.high)}"


def _decides(found: Agreement, names: Sequence[str]) -> str | None:
    """Which single point makes the most difference, where it makes a large one."""
    value = found.spearman.value
    moved = [
        (abs(other - value), name, other)
        for name, other in zip(names, found.without, strict=True)
        if other is not None and value is not None
    ]
    undefined = [name for name, other in zip(names, found.without, strict=True) if other is None]
    if len(undefined) == 1 and moved:
        return f"One point decides: without {undefined[0]} no correlation is defined."
    if value is None or not moved:
        return None
    change, name, other = max(moved)
    if change <= ONE_DECIDES:
        return None
    return f"One point decides: without {name} Spearman is {_signed(other)} instead of {_signed(value)}."


def _signed(value: float) -> str:
    return f"{value:+.2f}".replace("-", "−")
