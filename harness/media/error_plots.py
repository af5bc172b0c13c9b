"""The figures of an open-loop run and of both kinds side by side: arrays in, a matplotlib Figure out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.core.robot import JOINT_NAMES, JOINT_UNITS
from harness.media.figure_style import (
    HOLD,
    INK,
    MEAN,
    POLICY,
    POLICY_LIGHT,
    SUCCESS,
    new_figure,
    panels,
    short,
    tidy,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SHOWN_THRESHOLDS = (0.001, 0.01, 0.1, 1)


def episode_bars(
    episodes: Sequence[int],
    mae: Sequence[float],
    *,
    hold: Sequence[float | None] | None = None,
    title: str = "MAE by episode",
) -> Figure:
    """One bar an episode (dataset index), largest error first, around the mean over episodes."""
    order = sorted(range(len(mae)), key=lambda i: -mae[i])
    values = np.array([mae[i] for i in order])
    average = values.mean()
    figure, (axes,) = panels(float(np.clip(2.5 + 0.3 * len(values), 6.5, 16)), 3.6)
    x = np.arange(len(values))
    colours = [POLICY if value > average else POLICY_LIGHT for value in values]
    axes.bar(x, values, width=0.75, color=colours, label="_")
    axes.axhline(
        average, color=INK, linewidth=1.2, linestyle="--", label=f"mean {average:.4f} (n = {len(values)})"
    )
    if hold is not None and any(h is not None for h in hold):
        held = np.array([hold[k] for k in order], dtype=np.float64)
        axes.scatter(
            x, held, s=22, marker="D", color=HOLD, edgecolor=INK, linewidth=0.6, label="hold", zorder=3
        )
    axes.bar(0, 0, color=POLICY, label="above the mean")
    axes.bar(0, 0, color=POLICY_LIGHT, label="below")
    step = max(1, len(values) // 40)
    axes.set_xticks(
        x[::step], [str(episodes[i]) for i in order][::step], rotation=90 if len(values) > 12 else 0
    )
    axes.set_xlim(-0.7, len(values) - 0.3)
    axes.set_xlabel("episode (dataset index), largest error first", fontsize=9)
    axes.set_ylabel("MAE", fontsize=9)
    axes.set_title(title, fontsize=10, loc="left", color=INK)
    axes.legend(frameon=False, fontsize=8, ncols=4)
    axes.set_ylim(0, axes.get_ylim()[1] * 1.15)
    tidy(axes)
    return figure


def joint_bars(
    policy: Sequence[float],
    *,
    hold: Sequence[float] | None = None,
    mean: Sequence[float] | None = None,
    n: str = "",
    name: str = "policy",
    ci: Sequence[Sequence[float] | None] | None = None,
) -> Figure:
    """MAE of each joint `(14,)` with the hold and mean baselines beside; rad for arms, 0..1 for grippers.

    ci: [low, high] of each joint of the policy, by episode; None where there is none.
    """
    figure, (axes,) = panels(11, 3.8)
    series = [(name, policy, POLICY, None), ("hold", hold, HOLD, "///"), ("mean", mean, MEAN, "...")]
    shown = [(label, np.asarray(values), c, h) for label, values, c, h in series if values is not None]
    width = 0.8 / len(shown)
    for i, (label, values, colour, hatch) in enumerate(shown):
        x = np.arange(len(values)) + (i - (len(shown) - 1) / 2) * width
        axes.bar(
            x,
            values,
            width,
            color=colour,
            hatch=hatch,
            edgecolor="white",
            linewidth=0,
            label=short(label, 40),
        )
        if i == 0 and ci is not None:
            for position, interval in zip(x, ci, strict=True):
                if interval is not None:
                    axes.plot([position, position], interval, color=INK, linewidth=1.1)
    names = [f"{n.replace('_', ' ')}\n({u})" for n, u in zip(JOINT_NAMES, JOINT_UNITS, strict=True)]
    axes.set_xticks(range(len(names)), names)
    axes.axvline(6.5, color="#888888", linewidth=0.8)
    axes.set_xlim(-0.6, 13.6)
    axes.set_ylabel("MAE", fontsize=9)
    axes.set_title(f"MAE by joint{f' ({n})' if n else ''}", fontsize=10, loc="left", color=INK)
    axes.legend(frameon=False, fontsize=8, ncols=3)
    tidy(axes)
    axes.tick_params(axis="x", labelsize=7)
    return figure


def open_vs_closed(
    tasks: Sequence[str],
    *,
    mae: Sequence[float | None],
    hold: Sequence[float | None],
    successes: Sequence[int],
    n: Sequence[int],
    intervals: Sequence[Sequence[float] | None],
    title: str,
) -> Figure:
    """The two answers of one policy per task, side by side: open-loop MAE, closed-loop success with interval.

    mae and hold (None where there is no open-loop run), successes of n rollouts (n 0 where there are none)
    and their intervals (0..1), all one entry a task.
    """
    figure = new_figure(9, 1.5 + 0.42 * len(tasks))
    left, right = figure.subplots(1, 2, sharey=True)
    y = np.arange(len(tasks))
    for i, (value, held) in enumerate(zip(mae, hold, strict=True)):
        if value is None:
            left.text(0, i, " not run", va="center", fontsize=8, color="#777777")
            continue
        left.barh(i, value, 0.6, color=POLICY)
        words = f"  {value:.3f}" if held is None else f"  {value:.3f}, hold {held:.3f}"
        left.text(max(value, held or 0), i, words, va="center", fontsize=8, color=INK)
        if held is not None:
            left.plot([held, held], [i - 0.35, i + 0.35], color=HOLD, linewidth=2.5)
    for i, (k, count, interval) in enumerate(zip(successes, n, intervals, strict=True)):
        if not count:
            right.text(0, i, " not run", va="center", fontsize=8, color="#777777")
            continue
        right.barh(i, k / count, 0.6, color=SUCCESS)
        high = k / count
        if interval is not None:
            right.plot(interval, [i, i], color=INK, linewidth=1.3, solid_capstyle="butt")
            right.plot(interval, [i, i], "|", color=INK, markersize=7)
            high = max(high, interval[1])
        right.text(high + 0.02, i, f"{k}/{count}", va="center", fontsize=8, color=INK)
    beside = [("hold", HOLD)] if any(value is not None for value in hold) else []
    _legend(left, [("policy", POLICY), *beside])
    _legend(right, [("success, Wilson 95 %", SUCCESS)])
    left.set_yticks(y, [short(task, 40) for task in tasks])
    left.set_ylim(len(tasks) - 0.4, -0.6)
    left.set_xlim(0, 1.45 * max([v for v in (*mae, *hold) if v is not None], default=1.0) or 1.0)
    left.set_xlabel("open-loop MAE (lower is better)", fontsize=9)
    right.set_xlim(0, 1.18)
    right.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "25 %", "50 %", "75 %", "100 %"])
    right.set_xlabel("closed-loop success (higher is better)", fontsize=9)
    figure.suptitle(short(title, 100), fontsize=11, color=INK)
    for axes in (left, right):
        tidy(axes, grid="x")
    return figure


def _legend(axes: Axes, entries: Sequence[tuple[str, str]]) -> None:
    from matplotlib.patches import Patch

    handles: list[Any] = [Patch(color=colour, label=label) for label, colour in entries]
    axes.legend(
        handles=handles,
        frameon=False,
        fontsize=8,
        ncols=len(handles),
        loc="lower left",
        bbox_to_anchor=(0, 1),
    )
