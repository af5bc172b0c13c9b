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


def findings(agreement: Agreement, names: Sequence[str], of: str) -> list[str]:
    """What `agreement` may be believed to say, in sentences.

    names `(n,)`: of the points, as `without` is ordered. of: what the points are, "policies" or "tasks".
    """
    if agreement.n < 2:
        return [f"One of the {of} only: nothing to correlate."]
    if not agreement.varies_success:
        rate = agreement.rates[0]
        end = {0.0: "; they all failed every time", 1.0: "; they all succeeded every time"}.get(rate, "")
        return [f"Not defined: success is the same ({percent(rate)}) for all {agreement.n} {of}{end}."]
    if not agreement.varies_error:
        return [f"Not defined: the error is the same for all {agreement.n} {of}."]
    if agreement.n < FEWEST_POINTS:
        return [f"n = {agreement.n} {of}: too few for a correlation, there must be {FEWEST_POINTS}."]
    if agreement.rollouts < FEWEST_ROLLOUTS:
        few = "one rollout" if agreement.rollouts == 1 else f"{agreement.rollouts} rollouts"
        return [f"No correlation: one of the {of} has {few}, and each needs {FEWEST_ROLLOUTS} for a rate."]
    sentences = [_verdict(agreement, of)]
    if agreement.n < SMALL_N:
        decides = _decides(agreement, names)
        sentences += [decides] if decides else []
    return sentences


def _verdict(agreement: Agreement, of: str) -> str:
    ci = agreement.spearman.ci
    if agreement.n < SMALL_N:
        again = agreement.spearman.rollouts_ci
        reach = "" if again is None else f"; with endless rollouts of these, Spearman {_reach(again)}"
        return f"Too few points to conclude: n = {agreement.n} {of}{reach}."
    if ci is None:
        needed = max(agreement.n, ROLLOUTS_FOR_INTERVAL)
        return f"Nothing is concluded about other {of}: that takes {needed} rollouts of each, not {agreement.rollouts}."
    if ci.low <= 0 <= ci.high:
        return f"No clear relation between error and success over {agreement.n} {of}: Spearman {_reach(ci)}."
    way = "more" if ci.low > 0 else "less"
    return f"Lower error goes with {way} success over {agreement.n} {of}: Spearman {_reach(ci)}."


def _reach(ci: Interval) -> str:
    return f"from {_signed(ci.low)} to {_signed(ci.high)}"


def _decides(agreement: Agreement, names: Sequence[str]) -> str | None:
    """Which single point makes the most difference, where it makes a large one."""
    value = agreement.spearman.value
    moved = [
        (abs(other - value), name, other)
        for name, other in zip(names, agreement.without, strict=True)
        if other is not None and value is not None
    ]
    undefined = [name for name, other in zip(names, agreement.without, strict=True) if other is None]
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
