"""The largest windows, in numbers and a sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from harness.core.robot import JOINT_NAMES
from harness.metrics import replan_windows
from harness.metrics.curves import Curves
from harness.metrics.episode_scores import episode_fields
from harness.metrics.grouping import recorded
from harness.runs.predictions import Prediction
from harness.runs.rows import OpenLoopRow
from harness.runs.summaries.openloop import Spike, WindowCounts

SPIKES_LISTED = 20
FROM_PREDICTIONS = ("chunk_index", "threshold_curve", "windows", "spikes")


def completed(row: OpenLoopRow, p: Prediction | None) -> OpenLoopRow:
    """`row` with the metric fields that an older run did not write yet, computed from its prediction."""
    if p is None or None not in (row.critical, row.boundary, row.windows):
        return row
    fields = episode_fields(p, row.mean_action)
    lacking = {name: value for name, value in fields.items() if getattr(row, name, None) is None}
    return OpenLoopRow.of(row.plain() | lacking)


def spike_entry(row: OpenLoopRow, window: replan_windows.Window, count: int) -> Spike:
    """A window that stands out, as an entry of `spikes`; count: windows of its episode."""
    finding = replan_windows.finding(window)
    return recorded(
        Spike,
        {
            "episode": row.episode,
            "task": row.group,
            "start": window.start,
            "stop": window.stop,
            "index": window.index,
            "windows": count,
            "share": window.share,
            "mae": window.mae,
            "jump": window.jump,
            "shift": window.shifts["all"].frames,
            "removed": window.shifts["all"].removed,
            "gripper_share": window.gripper_share,
            "worst_joint": JOINT_NAMES[window.worst_joint],
            "kind": finding.kind if finding else None,
            "finding_shift": finding.frames if finding and finding.frames else None,
            "finding": finding.sentence if finding else None,
        },
    )


def from_predictions(
    rows: Sequence[OpenLoopRow], predictions: Mapping[int, Prediction]
) -> tuple[list[OpenLoopRow], dict[str, Any]]:
    """The rows, completed, and the parts that need whole predictions; one episode in memory at a time."""
    curves, examined, total = Curves(), 0, 0
    spikes: list[Spike] = []
    full: list[OpenLoopRow] = []
    for row in rows:
        p = predictions.get(row.episode)
        full.append(completed(row, p))
        if p is None:
            continue
        curves.add(p, row.mean_action)
        windows = replan_windows.analyse(p.pred, p.gt, p.replan)
        total += len(windows)
        examined += len(windows) >= replan_windows.SPIKE_MIN_WINDOWS
        spikes += [spike_entry(row, window, len(windows)) for window in replan_windows.spikes(windows)]
    if not total:
        return full, dict.fromkeys(FROM_PREDICTIONS)
    return full, {
        "chunk_index": curves.chunk_index(),
        "threshold_curve": curves.threshold_curve(),
        "windows": _window_counts(spikes, total, examined),
        "spikes": sorted(spikes, key=lambda s: (-s.share, s.episode, s.start))[:SPIKES_LISTED],
    }


def _window_counts(spikes: Sequence[Spike], total: int, examined: int) -> WindowCounts:
    kinds = [spike.kind for spike in spikes]
    counts = {
        "n": total,
        "episodes": examined,
        "spikes": len(spikes),
        "spike_episodes": len({spike.episode for spike in spikes}),
        "early": kinds.count("early"),
        "late": kinds.count("late"),
        "other_plan": kinds.count("other plan"),
        "unexplained": kinds.count(None),
    }
    return recorded(WindowCounts, {**counts, "sentence": _sentence(counts)})


def _sentence(counts: Mapping[str, int]) -> str | None:
    """What the spikes of a run are, in one sentence; None where no episode has enough windows to tell."""
    if not counts["episodes"]:
        return None
    among = f"{counts['episodes']} episodes of {replan_windows.SPIKE_MIN_WINDOWS} replan windows or more"
    if not counts["spikes"]:
        return f"In {among}, no window has more than a quarter of its episode's error."
    words = {
        "early": "predicted too early",
        "late": "predicted too late",
        "other_plan": "following another plan",
        "unexplained": "not explained by the numbers",
    }
    parts = [f"{counts[kind]} {text}" for kind, text in words.items() if counts[kind]]
    n = counts["spikes"]
    return (
        f"In {counts['spike_episodes']} of {among}, {n} window{'s have' if n > 1 else ' has'} "
        f"more than a quarter of the episode's error: {', '.join(parts)}."
    )
