"""The overlay of one episode: what was predicted over what was recorded, and which windows own the error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from harness.core.numbers import percent
from harness.core.robot import JOINT_NAMES, JOINT_UNITS
from harness.media.figure_style import HOLD, INK, POLICY, REPLAN_LINE, TRUTH, new_figure, short, tidy
from harness.metrics.action_error import replan_starts, step_mae
from harness.metrics.replan_windows import Window, analyse, finding, spikes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SHADE = "#FBE3D6"
SHARE_TEXT: dict[str, Any] = {"fontsize": 7, "color": "#9A3412", "ha": "center", "va": "top"}


def overlay(
    pred: np.ndarray, gt: np.ndarray, replan: np.ndarray, *, title: str, hold: np.ndarray | None = None
) -> Figure:
    """Predicted against recorded actions of one episode: 14 panels, left arm left, right arm right.

    pred, gt and (optional, drawn faintly) hold `(T, 14)` raw units, replan bool `(T,)`. Dotted lines are
    replan frames; a shaded window has more than a quarter of the episode's error, and the title says why
    where `harness.metrics.replan_windows.finding` can tell.
    """
    figure = new_figure(11, 13, layout="none")
    figure.subplots_adjust(left=0.05, right=0.985, bottom=0.055, top=0.915, hspace=0.24, wspace=0.11)
    grid = figure.subplots(7, 2, sharex=True)
    starts, steps = replan_starts(replan), step_mae(pred, gt)
    windows = spikes(analyse(pred, gt, replan))
    frames = np.arange(len(gt))
    for joint, axes in enumerate(grid.T.ravel()):
        for window in windows:
            axes.axvspan(window.start - 0.5, window.stop - 0.5, color=SHADE, linewidth=0)
            if joint % len(grid) == 0:
                middle = (window.start + window.stop - 1) / 2
                axes.text(
                    middle, 0.97, percent(window.share), transform=axes.get_xaxis_transform(), **SHARE_TEXT
                )
        axes.vlines(starts, 0, 1, transform=axes.get_xaxis_transform(), **REPLAN_LINE, label="replan")
        if hold is not None:
            axes.plot(frames, hold[:, joint], color=HOLD, linewidth=0.9, alpha=0.7, label="hold")
        axes.plot(frames, gt[:, joint], color=TRUTH, linewidth=1.8, label="recorded")
        axes.plot(
            frames, pred[:, joint], color=POLICY, linewidth=1.3, linestyle=(0, (4, 1)), label="predicted"
        )
        error = np.abs(pred[:, joint] - gt[:, joint]).mean()
        name = JOINT_NAMES[joint].replace("_", " ")
        axes.set_title(f"{name} ({JOINT_UNITS[joint]}) · MAE {error:.3f}", fontsize=9, loc="left", color=INK)
        _keep_flat_lines_flat(axes, gt[:, joint], pred[:, joint])
        axes.set_xlim(-0.5, max(len(gt) - 0.5, 1))
        axes.locator_params(axis="y", nbins=4)
        tidy(axes)
    for axes in grid[-1]:
        axes.set_xlabel("frame", fontsize=9)
    figure.suptitle(
        "\n".join(
            [
                short(title, 100),
                f"MAE {steps.mean():.4f} over {len(gt)} frames, {len(starts)} replans",
                *map(spike_line, windows[:2]),
            ]
        ),
        fontsize=11 if len(windows) < 2 else 10,
        color=INK,
        y=0.99,
        linespacing=1.1,
    )
    handles, labels = grid[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="lower center", ncols=4, frameon=False, fontsize=9)
    return figure


def spike_line(window: Window) -> str:
    """A shaded window in words: its frames, its share of the error, and what was found."""
    cause = finding(window)
    has = f"shaded: frames {window.start}-{window.stop - 1} have {percent(window.share)} of the error"
    return f"{has}; {cause.sentence}" if cause else has


def _keep_flat_lines_flat(axes: Axes, *series: np.ndarray) -> None:
    """Widen a nearly constant panel: noise of a milliradian must not look like motion."""
    low, high = min(s.min() for s in series), max(s.max() for s in series)
    if high - low < 0.1:
        middle = (low + high) / 2
        axes.set_ylim(middle - 0.06, middle + 0.06)
