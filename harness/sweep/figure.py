"""The one figure of a sweep: success, actions, error, jump and cost over the horizons, a line a strategy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.media import figure_style
from harness.sweep.analysis import Point, cost, effort, line_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

STYLES: dict[str, dict[str, Any]] = {
    "plain": {"color": figure_style.POLICY, "marker": "o", "linestyle": "-"},
    "ensemble": {"color": "#D55E00", "marker": "s", "linestyle": "--"},
    "rtc": {"color": "#56B4E9", "marker": "^", "linestyle": ":"},
}
HOLD_STYLE: dict[str, Any] = {
    "color": figure_style.HOLD,
    "linestyle": "-.",
    "linewidth": 1.4,
    "label": "hold",
}
DODGE = 0.12
"""How far strategies stand apart at one horizon, so that their intervals can be told apart."""


def sweep_figure(points: Sequence[Point], *, title: str, default: int, chunk_size: int) -> Figure:
    """By horizon: success with Wilson intervals, MAE and boundary jump with those of means, actions and chunks."""
    figure = figure_style.new_figure(11, 6.2)
    axes = figure.subplots(2, 3)
    horizons = sorted({point.horizon for point in points})
    strategies = [name for name in STYLES if any(point.strategy == name for point in points)]
    panels: list[tuple[str, str, Callable[[Point], Any], Callable[[Point], Any]]] = [
        ("Success in closed loop", "rate", lambda p: p.closed.rate, lambda p: p.closed.ci),
        (
            "Actions until success or limit",
            "actions a rollout",
            lambda p: effort(p.closed_rows).actions,
            lambda _: None,
        ),
        ("Open-loop error", "MAE", lambda p: p.open.mae, lambda p: p.open.mae_ci),
        ("Boundary jump", "excess jump at replans", _jump, _jump_ci),
        ("Inferences", "chunks a rollout", lambda p: cost(p.closed_rows).chunks, lambda _: None),
    ]
    for panel, (name, unit, value, interval) in zip(axes.flat, panels, strict=False):
        for number, strategy in enumerate(strategies):
            own = line_of(points, strategy, chunk_size)
            shift = DODGE * (number - (len(strategies) - 1) / 2)
            _line(
                panel,
                [horizons.index(p.horizon) + shift for p in own],
                [value(p) for p in own],
                [interval(p) for p in own],
                STYLES[strategy],
            )
        if default in horizons:
            panel.axvline(horizons.index(default), **figure_style.REPLAN_LINE)
        panel.set_xticks(range(len(horizons)), [str(k) for k in horizons])
        panel.set_xlim(-0.4, len(horizons) - 0.6)
        panel.set_xlabel("horizon k (actions)", fontsize=8)
        panel.set_ylabel(unit, fontsize=8)
        panel.set_title(name, fontsize=9, loc="left", color=figure_style.INK)
        figure_style.tidy(panel)
    _hold(axes[0, 2], points, horizons)
    axes[0, 0].set_ylim(-0.04, 1.04)
    for panel in (axes[0, 1], axes[0, 2], axes[1, 1]):
        panel.set_ylim(bottom=0)
    _legend(axes[1, 2], strategies, default if default in horizons else None, points)
    figure.suptitle(figure_style.short(title, 110), fontsize=10, x=0.01, ha="left", color=figure_style.INK)
    return figure


def _jump(point: Point) -> float | None:
    return point.open.boundary.number("jump") if point.open.boundary else None


def _jump_ci(point: Point) -> Sequence[float] | None:
    return point.open.boundary.interval("jump") if point.open.boundary else None


def _line(
    panel: Axes, x: Sequence[float], values: Sequence[Any], intervals: Sequence[Any], style: dict[str, Any]
) -> None:
    known = [i for i, value in enumerate(values) if value is not None]
    panel.plot([x[i] for i in known], [values[i] for i in known], markersize=5, linewidth=1.4, **style)
    for i in known:
        if intervals[i] is not None:
            panel.plot([x[i], x[i]], intervals[i], color=style["color"], linewidth=1.1)


def _hold(panel: Axes, points: Sequence[Point], horizons: Sequence[int]) -> None:
    """The error of the hold baseline, which depends on the horizon alone."""
    held = {p.horizon: p.open.hold_mae for p in points}
    known = [k for k in horizons if held.get(k) is not None]
    panel.plot([horizons.index(k) for k in known], [float(held[k] or np.nan) for k in known], **HOLD_STYLE)


def _legend(panel: Axes, strategies: Sequence[str], default: int | None, points: Sequence[Point]) -> None:
    panel.axis("off")
    for strategy in strategies:
        panel.plot([], [], label=strategy, markersize=5, **STYLES[strategy])
    panel.plot([], [], **HOLD_STYLE)
    if default is not None:
        panel.plot([], [], label=f"default horizon ({default})", **figure_style.REPLAN_LINE)
    panel.plot([], [], " ", label="bars: 95 % intervals")
    episodes = max((p.open.episodes for p in points), default=0)
    scenes = max((p.closed.n for p in points), default=0)
    panel.plot([], [], " ", label=f"n = {episodes} episodes, {scenes} scenes")
    panel.legend(loc="center left", frameon=False, fontsize=9)
