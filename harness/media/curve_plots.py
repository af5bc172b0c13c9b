"""Curves over chunk index and threshold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from harness.media.error_plots import SHOWN_THRESHOLDS
from harness.media.figure_style import HOLD, INK, MEAN, POLICY, REPLAN_LINE, panels, tidy
from harness.metrics.action_error import THRESHOLDS
from harness.runs.summaries.openloop import AgeCurve, ThresholdCurve

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PART_LABELS = {"all": "all joints", "arms": "MAE, arms (rad)", "grippers": "MAE, grippers (0..1)"}


def chunk_index_curve(
    mae: Sequence[float],
    n: Sequence[int],
    *,
    hold: Sequence[float] | None = None,
    mean: Sequence[float] | None = None,
    ci: Sequence[Sequence[float] | None] | None = None,
    parts: Mapping[str, AgeCurve] | None = None,
    horizon: int | None = None,
) -> Figure:
    """How far ahead a chunk can be trusted: MAE by chunk index `(C,)`, n `(C,)` chunks reach it.

    hold and mean `(C,)`, ci `(C,)` intervals by episode. parts: further panels by their name, "arms" and
    "grippers".
    """
    drawn = {"MAE, all joints": (mae, ci, hold, mean)}
    drawn |= {
        PART_LABELS[name]: (c.mae, c.mae_ci, c.hold_mae, c.mean_mae) for name, c in (parts or {}).items()
    }
    figure, grid = panels(7 if len(drawn) == 1 else 12, 3.6, len(drawn))
    for axes, (label, curves) in zip(grid, drawn.items(), strict=True):
        _three_lines(axes, np.arange(len(curves[0])), *curves, marker="o")
        if horizon is not None and horizon < len(mae):
            axes.axvline(
                horizon - 0.5, color="#888888", linewidth=1, linestyle=":", label=f"horizon {horizon}"
            )
        axes.set_xlabel("chunk index (frames after the replan)", fontsize=9)
        axes.set_ylabel(label, fontsize=9)
        axes.set_ylim(0)
        tidy(axes)
    reached = f"{n[0]} chunks at index 0, {n[-1]} at {len(n) - 1}" if len(n) else "no chunks"
    figure.axes[0].set_title(f"MAE by chunk index ({reached})", fontsize=10, loc="left", color=INK)
    figure.axes[0].legend(frameon=False, fontsize=8)
    return figure


def _three_lines(
    axes: Axes,
    x: Sequence[float] | np.ndarray,
    policy: Sequence[float],
    ci: Sequence[Sequence[float] | None] | None,
    hold: Sequence[float] | None,
    mean: Sequence[float] | None,
    marker: str = "",
) -> None:
    """The policy's curve, hold's and mean's as far as they are known; a band where `ci` has intervals."""
    axes.plot(x, policy, color=POLICY, linewidth=1.8, marker=marker, markersize=3, label="policy")
    pairs = ci or []
    if sum(pair is not None for pair in pairs) > 1:  # one alone is a band of no width
        low, high = np.array([pair or (np.nan, np.nan) for pair in pairs], dtype=np.float64).T
        axes.fill_between(x, low, high, color=POLICY, alpha=0.18, linewidth=0, label="95 %, by episode")
    for name, values, colour, style in (("hold", hold, HOLD, "--"), ("mean", mean, MEAN, "-.")):
        if values is not None:
            axes.plot(x, values[: len(x)], color=colour, linewidth=1.5, linestyle=style, label=name)


def threshold_curves(curve: ThresholdCurve) -> Figure:
    """Fraction of steps within every threshold, over all joints, arms and grippers apart.

    Dotted lines are the thresholds of SR@tau.
    """
    figure, grid = panels(12, 3.6, 3, sharey=True)
    parts = {"all": curve.all, "arms": curve.arms, "grippers": curve.grippers}
    for axes, (part, within) in zip(grid, parts.items(), strict=True):
        _three_lines(axes, curve.tau, within.sr, within.sr_ci, within.hold_sr, within.mean_sr)
        axes.vlines(THRESHOLDS, 0, 1, **REPLAN_LINE)
        axes.set_xscale("log")
        axes.set_xticks(SHOWN_THRESHOLDS, [f"{tau:g}" for tau in SHOWN_THRESHOLDS])
        axes.minorticks_off()
        axes.set_xlim(1e-3, 3)
        axes.set_ylim(0, 1.02)
        axes.set_xlabel(
            f"threshold on the error of a step, {PART_LABELS[part].removeprefix('MAE, ')}", fontsize=9
        )
        tidy(axes)
    figure.axes[0].set_ylabel("fraction of steps within", fontsize=9)
    figure.axes[0].set_title(
        f"Steps within a threshold (n = {curve.n} steps)", fontsize=10, loc="left", color=INK
    )
    figure.axes[0].legend(frameon=False, fontsize=8, loc="upper left")
    return figure
