"""The figures of a sweep's page: a panel a question, a line a strategy, intervals where there are any. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from harness.rendering.charts.lines import Axis, Line, lines
from harness.rendering.charts.marks import Figure, Panel
from harness.sweep.analysis import Point, cost, effort, line_of

COLOURS = {"plain": "policy-0", "ensemble": "policy-6", "rtc": "policy-2"}
"""classes of the style sheet, by strategy"""
DASHES = {"ensemble": "7 3", "rtc": "2 3"}
RATES = Axis("success", [(q / 4, f"{25 * q} %") for q in range(5)], -0.02, 1.04)

Value = Callable[[Point], Any]


def sweep_charts(points: Sequence[Point], *, default: int, chunk_size: int) -> list[Figure]:
    """By horizon: success, actions, MAE with hold's, jump at a replan, chunks and milliseconds of a chunk."""
    strategies = list(dict.fromkeys(point.strategy for point in points))
    horizons = sorted({point.horizon for point in points})
    asked: list[tuple[str, Axis, Value, Value]] = [
        ("Success in closed loop", RATES, lambda p: p.closed.rate, lambda p: p.closed.ci),
        (
            "Actions until success or limit",
            Axis("actions a rollout"),
            lambda p: effort(p.closed_rows).actions,
            lambda _: None,
        ),
        ("Open-loop error", Axis("MAE"), lambda p: p.open.mae, lambda p: p.open.mae_ci),
        ("Jump at a replan", Axis("jump beyond the demonstration's"), _jump, _jump_ci),
        ("Inferences", Axis("chunks a rollout"), lambda p: cost(p.closed_rows).chunks, lambda _: None),
        (
            "Time of a chunk",
            Axis("ms a chunk, this machine"),
            lambda p: cost(p.closed_rows).ms,
            lambda _: None,
        ),
    ]
    panels = []
    for name, axis, value, interval in asked:
        curves = [
            _line(line_of(points, strategy, chunk_size), strategy, horizons, value, interval)
            for strategy in strategies
        ]
        if name == "Open-loop error":
            curves.append(_hold(points, horizons))
        if any(y is not None for curve in curves for y in curve.y):
            panels.append(_panel(name, curves, axis, horizons, default))
    legend = [(COLOURS.get(strategy, "policy-3"), strategy) for strategy in strategies]
    if any(point.open.hold_mae is not None for point in points):
        legend.append(("hold", "hold (error)"))
    return [Figure("By horizon; upright lines are 95 % intervals", panels, legend)]


def _panel(name: str, curves: Sequence[Line], axis: Axis, horizons: Sequence[int], default: int) -> Panel:
    places = [(float(i), str(k)) for i, k in enumerate(horizons)]
    x = Axis(f"{name}, by horizon k (actions)", places, -0.4, len(horizons) - 0.6)
    at = (float(horizons.index(default)), "default") if default in horizons else None
    return lines(name, curves, x, axis, at)


def _jump(point: Point) -> float | None:
    return point.open.boundary.number("jump") if point.open.boundary else None


def _jump_ci(point: Point) -> Sequence[float] | None:
    return point.open.boundary.interval("jump") if point.open.boundary else None


def _line(
    own: Sequence[Point], strategy: str, horizons: Sequence[int], value: Value, interval: Value
) -> Line:
    x = [float(horizons.index(p.horizon)) for p in own]
    reach = [interval(p) for p in own]
    return Line(
        strategy, COLOURS.get(strategy, "policy-3"), x, [value(p) for p in own], reach, DASHES.get(strategy)
    )


def _hold(points: Sequence[Point], horizons: Sequence[int]) -> Line:
    """The error of the hold baseline, which depends on the horizon alone."""
    held = {p.horizon: p.open.hold_mae for p in points}
    return Line("hold", "hold", [float(i) for i in range(len(horizons))], [held.get(k) for k in horizons])
