"""What a tracker is told of a whole sweep: a table of its settings, and success and error over the horizon."""

from __future__ import annotations

from collections.abc import Sequence

from harness.sweep.analysis import PLAIN, Point
from harness.trackers.following import Follower
from harness.trackers.interface import Table

COLUMNS = ("horizon", "strategy", "mae", "successes", "episodes", "rate", "low", "high")


def tell(tracked: Follower, points: Sequence[Point]) -> None:
    """Numbers at the step that is the horizon, one name a strategy, and the table."""
    for point in sorted(points, key=lambda point: point.horizon):
        tracked.numbers(numbers(point), point.horizon)
    if points:
        tracked.table(table(points), max(point.horizon for point in points))


def numbers(point: Point) -> dict[str, float]:
    """`sweep/rate`, `sweep/low`, `sweep/high`, `sweep/mae`; of another strategy than the plain one below its name."""
    name = "sweep" if point.strategy == PLAIN else f"sweep/{point.strategy}"
    low, high = point.closed.ci or (None, None)
    values = {"rate": point.closed.rate, "low": low, "high": high, "mae": point.open.mae}
    return {f"{name}/{key}": float(value) for key, value in values.items() if value is not None}


def table(points: Sequence[Point]) -> Table:
    """A row a setting."""
    rows = []
    for point in points:
        low, high = point.closed.ci or (None, None)
        counts = point.closed.successes, point.closed.n, point.closed.rate
        rows.append([point.horizon, point.strategy, point.open.mae, *counts, low, high])
    return Table("sweep", COLUMNS, rows)
