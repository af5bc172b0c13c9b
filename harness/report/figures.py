"""The figures of a run's folder and of a model card, each with its caption; the page draws its own (`charts`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from harness.media import curve_plots, error_plots
from harness.media.encoding import data_uri
from harness.results.lines import Line
from harness.results.views import RunView
from harness.runs.policy_names import NOT_TRAINED
from harness.runs.rows import OpenLoopRow
from harness.runs.summaries.openloop import ChunkIndex, OpenLoopSummary

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def replay_figures(
    summary: OpenLoopSummary, rows: Sequence[OpenLoopRow], policy: str, horizon: int | None
) -> dict[str, tuple[str, Figure]]:
    """The figures of an open-loop run: name -> (what it shows, figure). A run writes them, the page encodes them."""
    block = summary.overall
    drawn = {
        "episodes": (
            "MAE of every episode around the mean",
            error_plots.episode_bars(
                [row.episode for row in rows],
                [row.mae for row in rows],
                hold=[row.hold_mae for row in rows],
            ),
        ),
        "joints": (
            "MAE of every joint with its interval, beside the baselines",
            error_plots.joint_bars(
                block.per_joint or [],
                hold=block.hold_per_joint,
                mean=block.mean_per_joint,
                n=f"{block.episodes} episodes, {block.frames} frames",
                name=policy,
                ci=block.per_joint_ci,
            ),
        ),
    }
    if summary.threshold_curve is not None:
        caption = "Steps within every threshold, not only four: policy, hold and mean"
        drawn["thresholds"] = caption, curve_plots.threshold_curves(summary.threshold_curve)
    if summary.chunk_index is not None:
        caption = "MAE by chunk index: how far ahead a chunk can be trusted"
        drawn["chunk_index"] = caption, age_figure(summary.chunk_index, horizon)
    return drawn


def run_figures(run: RunView) -> list[tuple[str, str]]:
    """The figures of an open-loop run as (what it shows, data URI)."""
    drawn = replay_figures(run.open_summary, run.open_rows, run.policy, run.config.horizon)
    return [(caption, data_uri(figure)) for caption, figure in drawn.values()]


def age_figure(curve: ChunkIndex, horizon: int | None) -> Figure:
    """MAE by chunk index of an open-loop run, arms and grippers apart."""
    return curve_plots.chunk_index_curve(
        curve.mae,
        curve.n,
        hold=curve.hold_mae,
        mean=curve.mean_mae,
        ci=curve.mae_ci,
        parts={
            part: known
            for part, known in (("arms", curve.arms), ("grippers", curve.grippers))
            if known is not None
        },
        horizon=horizon if isinstance(horizon, int) else None,
    )


def side_by_side_figures(lines: Sequence[Line]) -> list[tuple[str, str]]:
    """For each policy that ran once each way: its error and success by task, as (caption, data URI)."""
    figures = []
    for policy in dict.fromkeys(line.policy for line in lines if line.policy not in NOT_TRAINED):
        own = [line for line in lines if line.policy == policy]
        replays, rollouts = max(len(line.open) for line in own), max(len(line.closed) for line in own)
        if (replays, rollouts) != (1, 1):
            continue
        replay = [line.open[0].block if line.open else None for line in own]
        acted = [line.closed[0].block if line.closed else None for line in own]
        figure = error_plots.open_vs_closed(
            [line.task for line in own],
            mae=[block.mae if block else None for block in replay],
            hold=[block.hold_mae if block else None for block in replay],
            successes=[rate.successes if rate else 0 for rate in acted],
            n=[rate.n if rate else 0 for rate in acted],
            intervals=[rate.ci if rate else None for rate in acted],
            title=" · ".join(
                [policy, *sorted({c.run.assets.label for x in own for c in x.closed if c.run.assets})]
            ),
        )
        figures.append((f"{policy}: open-loop error and closed-loop success by task", data_uri(figure)))
    return figures
