"""The largest windows, in numbers and a sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from harness.core.robot import JOINT_NAMES
from harness.metrics import replan_windows
from harness.metrics.curves import Curves
from harness.metrics.episode_scores import episode_fields
from harness.runs.predictions import Prediction
from harness.runs.rows import OpenLoopRow

SPIKES_LISTED = 20
FROM_PREDICTIONS = ("chunk_index", "threshold_curve", "windows", "spikes")


def completed(row: OpenLoopRow, p: Prediction | None) -> OpenLoopRow:
    """`row` with the metric fields that an older run did not write yet, computed from its prediction."""
    if p is None or None not in (row.critical, row.boundary, row.windows):
        return row
    fields = episode_fields(p, row.mean_action)
    lacking = {name: value for name, value in fields.items() if getattr(row, name, None) is None}
    return OpenLoopRow.of(row.plain() | lacking)


def spike_entry(row: OpenLoopRow, window: replan_windows.Window, count: int) -> dict[str, Any]:
    """A window that stands out, as an entry of `spikes`; count: windows of its episode."""
    found = replan_windows.finding(window)
    return {
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
        "kind": found.kind if found else None,
        "finding_shift": found.frames if found and found.frames else None,
        "finding": found.sentence if found else None,
    }


def from_predictions(
    rows: Sequence[OpenLoopRow], predictions: Mapping[int, Prediction]
) -> tuple[list[OpenLoopRow], dict[str, Any]]:
    """The rows, completed, and the parts that need whole predictions; one episode in memory at a time."""
    curves, spikes, examined, total = Curves(), [], 0, 0
    full: list[OpenLoopRow] = []
    for row in rows:
        p = predictions.get(row.episode)
        full.append(completed(row, p))
        if p is None:
            continue
        curves.add(p, row.mean_action)
        found = replan_windows.analyse(p.pred, p.gt, p.replan)
        total += len(found)
        examined += len(found) >= replan_windows.SPIKE_MIN_WINDOWS
        spikes += [spike_entry(row, w, len(found)) for w in replan_windows.spikes(found)]
    if not total:
        return full, dict.fromkeys(FROM_PREDICTIONS)
    return full, {
        "chunk_index": curves.chunk_index(),
        "threshold_curve": curves.threshold_curve(),
        "windows": _window_counts(spikes, total, examined),
        "spikes": sorted(spikes, key=lambda s: (-s["share"], s["episode"], s["start"]))[:SPIKES_LISTED],
    }


def _window_counts(spikes: Sequence[Mapping[str, Any]], total: int, examined: int) -> dict[str, Any]:
    kinds = [spike["kind"] for spike in spikes]
    counts = {
        "n": total,
        "episodes": examined,
        "spikes": len(spikes),
        "spike_episodes": len({spike["episode"] for spike in spikes}),
        "early": kinds.count("early"),
        "late": kinds.count("late"),
        "other_plan": kinds.count("other plan"),
        "unexplained": kinds.count(None),
    }
    return {**counts, "sentence": _sentence(counts)}


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
