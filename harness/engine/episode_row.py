"""The row an episode of a closed-loop run leaves in episodes.jsonl, from its trace."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from harness.metrics.catalog import closed_scores
from harness.metrics.smoothness import farthest, gripper_floor
from harness.metrics.unmet import lacking, sentence
from harness.rollout.sim_world import SimWorld
from harness.rollout.world import Trace
from robotwin_env.conditions.view import OPEN

OUTCOMES = ("success", "failure", "error")
STILL = 0.05
"""rad (about 3°): arms that were never sent farther than this from where they stood did not move."""
SOLVED = "success"
"""What the last stage of every task is called."""


def outcome_of(row: dict[str, Any]) -> str:
    """One of OUTCOMES: an episode that ended in an error is neither a success nor a failure."""
    if row["status"] == "error":
        return "error"
    return "success" if row["success"] else "failure"


def episode_row(task: str, trace: Trace[SimWorld], skipped: dict[str, int] | None = None) -> dict[str, Any]:
    """The row of a finished scene, its `video` still None.

    `skipped` counts the scenes refused since the accepted one before, by cause.
    """
    world, actions = trace.world, trace.actions
    start = np.zeros(actions.shape[1]) if world.start_state is None else world.start_state
    failed = (
        None
        if trace.error or world.success
        else failure_reason(world.stages, world.frame < world.time_limit, actions, start, world.unmet)
    )
    return {
        "task": task,
        "seed": world.seed,
        "success": None if trace.error else world.success,
        "steps": world.frame,
        "step_limit": world.time_limit,
        "physics_steps": world.physics_steps,
        "status": "error" if trace.error else "ok",
        "error": trace.error,
        "failure": trace.error or failed,
        "progress": world.progress,
        "stages": world.stages,
        "facts": world.facts,
        **closed_scores(actions, start),
        "instruction": world.instruction,
        "video": None,
        "replans": len(trace.replans),
        "inference_seconds": round(trace.inference_s, 6),
        "seconds": round(world.seconds, 3),
        "skipped": skipped,
        "layout_reason": world.layout_reason,
        "unmet": [
            {"part": part, "value": value, "wanted": wanted, "unit": unit}
            for part, (value, wanted, unit) in world.unmet.items()
        ],
        "nearest_at": world.nearest_at,
    }


def error_row(task: str, seed: int, reason: str, **more: Any) -> dict[str, Any]:
    """The row of a scene without a result, and why; `more` are further fields of it."""
    return {
        "task": task,
        "seed": seed,
        "status": "error",
        "success": None,
        "error": reason,
        "failure": reason,
        **more,
    }


def failure_reason(
    stages: Mapping[str, bool],
    early: bool,
    actions: np.ndarray,
    start: np.ndarray,
    unmet: Mapping[str, tuple[float | None, float | None, str]] | None = None,
) -> str:
    """Why an episode without an error is no success, in the words of what was measured.

    stages: the task's stages in order, and whether each was reached. early: it ended before the time limit (a
    replay that ran out). actions (T, 14) commanded, start (14,). unmet: the parts of success that were missing where it
    was nearest, part -> (value, wanted, unit). Equal facts give equal words, to be counted.
    """
    reason = "the plan ended" if early else "time limit"
    if stages:
        reached = sum(stages.values())
        missing = next((name for name, done in stages.items() if not done), SOLVED)
        reason += f" at stage {reached} of {len(stages) + 1}, not reached: {missing}"
    if unmet:
        reason += (
            f"; at its nearest: {sentence([lacking(part, wanted) for part, (_, wanted, _) in unmet.items()])}"
        )
    if farthest(actions, start) < STILL:
        reason += f"; the arms stood still (sent less than {STILL} rad)"
    if gripper_floor(actions) > OPEN:
        reason += "; no gripper was closed"
    return reason
