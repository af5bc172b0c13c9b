"""Three tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from harness.compare.pairs import RateDelta
from harness.core.numbers import interval, number, p_value, signed_interval
from harness.rendering.document import NOTHING, Table
from harness.rendering.formats import percent, percent_interval
from harness.runs.summaries.openloop import BoundaryBlock
from harness.stats.intervals import FEWEST, WHY_NONE
from harness.stats.proportions import FEWEST_PAIRS, WHY_NO_DIFFERENCE
from harness.stats.significance import LEVEL, significant
from harness.sweep.analysis import MaeDelta, Point, cost, effort


def _closed_table(
    points: Sequence[Point],
    scenes: int,
    default: Point | None,
    to_default: Mapping[tuple[int, str], RateDelta],
    top: Point | None,
    to_best: Mapping[tuple[int, str], RateDelta],
) -> Table:
    rows = []
    for point in points:
        closed = point.closed
        rate, took = to_default.get(point.key), effort(point.closed_rows)
        rows.append(
            (
                point.name + _marks(point, default, top),
                f"{closed.successes}/{closed.n}",
                f"{percent(closed.rate)} {percent_interval(closed.ci)}",
                number(took.actions, 1),
                NOTHING
                if rate is None
                else f"{100 * rate.difference:+.1f} {signed_interval(rate.ci, 1, 100)}".rstrip(),
                _tested(rate),
                _tested(to_best.get(point.key)),
            )
        )
    few = f" ({WHY_NO_DIFFERENCE})" if scenes < FEWEST_PAIRS else ""
    note = (
        f"95 % Wilson intervals. Differences in percentage points with Newcombe's interval, and exact McNemar "
        f"tests, on the same n = {scenes} scenes{few}; p is Holm-adjusted within its column. The best setting was "
        "chosen on these scenes: tests against it are optimistic. Actions: mean over rollouts, a failure with all it "
        "was given; without an interval, for how often a rollout fails decides it."
    )
    columns = (
        "setting",
        "successes",
        "rate",
        "actions",
        "Δ to default (pp)",
        "against default",
        "against best",
    )
    return Table("Closed loop", note, columns, rows)


def _without(episodes: int) -> str:
    return f"; {WHY_NONE}" if episodes < FEWEST else ""


def _marks(point: Point, default: Point | None, top: Point | None) -> str:
    words = [
        word
        for word, other in (("default", default), ("best", top))
        if other is not None and other.key == point.key
    ]
    return f" ({', '.join(words)})" if words else ""


def _tested(rate: RateDelta | None) -> str:
    if rate is None:
        return NOTHING
    return f"{p_value(rate.p_holm or 0.0)} (alone: {rate.only_b} here, {rate.only_a} there)"


def _open_table(
    points: Sequence[Point], default: Point | None, maes: Mapping[tuple[int, str], MaeDelta]
) -> Table:
    rows = []
    for point in points:
        block, boundary, change = point.open, point.open.boundary, maes.get(point.key)
        rows.append(
            (
                point.name + _marks(point, default, None),
                f"{number(block.mae)} {interval(block.mae_ci)}",
                NOTHING
                if change is None
                else f"{change.difference:+.4f} {signed_interval(change.ci)}".rstrip(),
                NOTHING
                if change is None
                else p_value(change.p_holm) + (" *" if significant(change.p_holm) else ""),
                number(block.hold_mae),
                _jump(boundary),
                str(boundary.n if boundary else 0),
            )
        )
    n = max((point.open.episodes for point in points), default=0)
    note = (
        f"n = {n} episodes. MAE over all steps; the difference is the mean over episodes, paired; p of exact "
        f"sign-flip tests, Holm-adjusted within the column (* below {LEVEL:g}). Boundary jump: how much more the plan "
        f"moves at a replan than the demonstration{_without(n)}."
    )
    columns = ("setting", "MAE", "Δ to default", "p (Holm)", "MAE of hold", "boundary jump", "replans (n)")
    return Table("Open loop", note, columns, rows)


def _jump(boundary: BoundaryBlock | None) -> str:
    if boundary is None:
        return NOTHING
    return f"{number(boundary.number('jump'))} {interval(boundary.interval('jump'))}"


def _cost_table(points: Sequence[Point]) -> Table:
    rows = [
        (
            point.name,
            number(cost(point.closed_rows).chunks, 1),
            number(cost(point.closed_rows).ms, 1),
            number(cost(point.open_rows).chunks, 1),
        )
        for point in points
    ]
    note = (
        "Means per rollout and per episode; ms are wall time of this machine, a batch's divided by its rows."
    )
    columns = ("setting", "chunks a rollout", "ms a chunk", "chunks an episode (open loop)")
    return Table("Inference", note, columns, rows)
