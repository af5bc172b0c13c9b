"""What one open-loop episode scores: from its predictions to the metric fields of its line (`harness.runs.rows`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from harness.core.robot import PARTS
from harness.metrics import action_error, replan_windows
from harness.metrics.catalog import open_scores
from harness.runs.predictions import Prediction


def episode_metrics(pred: np.ndarray, gt: np.ndarray) -> dict[str, Any]:
    """`frames`, every metric of the catalogue, `sr` {"0.05": …} and `per_joint` [14] of one episode."""
    error = action_error.absolute_error(pred, gt)
    return {
        "frames": len(error),
        **open_scores(pred, gt),
        "sr": action_error.success_rates(error.mean(axis=1)),
        "per_joint": error.mean(axis=0).tolist(),
    }


def baselines(p: Prediction, mean_action: Sequence[float] | np.ndarray | None) -> dict[str, np.ndarray]:
    """What `hold` and `mean` would have predicted `(T, 14)` in the policy's place, as far as it is known.

    hold needs the recorded states, mean the average action `(14,)`.
    """
    predictions = {}
    if p.state is not None:
        predictions["hold"] = action_error.hold_prediction(p.state, p.replan)
    if mean_action is not None:
        predictions["mean"] = np.broadcast_to(np.asarray(mean_action, dtype=np.float64), p.gt.shape)
    return predictions


def baseline_chunks(p: Prediction, mean_action: Sequence[float] | np.ndarray | None) -> dict[str, np.ndarray]:
    """The chunks `(R, C, 14)` that `hold` and `mean` would have predicted, as far as they are known."""
    chunks = {}
    if p.state is not None:
        chunks["hold"] = np.broadcast_to(p.state[p.replan][:, None], p.chunks.shape)
    if mean_action is not None:
        chunks["mean"] = np.broadcast_to(np.asarray(mean_action, dtype=np.float64), p.chunks.shape)
    return chunks


def episode_fields(p: Prediction, mean_action: Sequence[float] | np.ndarray | None = None) -> dict[str, Any]:
    """Every metric field of the line of an episode, the baselines on the same frames beside the policy."""
    others = baselines(p, mean_action)
    fields: dict[str, Any] = {"replans": int(p.replan.sum()), **episode_metrics(p.pred, p.gt)}
    for name, pred in others.items():
        scores = episode_metrics(pred, p.gt)
        fields |= {f"{name}_{key}": value for key, value in scores.items() if key != "frames"}
    fields["critical"] = _critical(p, others)
    fields["boundary"] = _boundary(p, others)
    fields["windows"] = replan_windows.columns(replan_windows.analyse(p.pred, p.gt, p.replan))
    if p.state is not None:
        fields["persistent"] = list(action_error.persistence(p.state, p.gt))
    if mean_action is not None:
        fields["mean_action"] = np.asarray(mean_action, dtype=np.float64).tolist()
    return fields


def _critical(p: Prediction, others: dict[str, np.ndarray]) -> dict[str, float]:
    """MAE near gripper transitions: only `frames` where the episode has none."""
    mask = action_error.critical_mask(p.gt)
    scores: dict[str, float] = {"frames": int(mask.sum())}
    if mask.any():
        for part in PARTS:
            for prefix, pred in _with_policy(p, others).items():
                error = action_error.step_mae(pred, p.gt, part)[mask]
                scores[prefix + _named("mae", part)] = float(error.mean())
    return scores


def _boundary(p: Prediction, others: dict[str, np.ndarray]) -> dict[str, float]:
    """Mean excess jump at the `n` replan frames after the first: only `n` where there are none."""
    scores: dict[str, float] = {"n": int(p.replan.sum()) - 1}
    if scores["n"]:
        for part in PARTS:
            for prefix, pred in _with_policy(p, others).items():
                jumps = action_error.boundary_jumps(pred, p.gt, p.replan, part)
                scores[prefix + _named("jump", part)] = float(jumps.mean())
    return scores


def _with_policy(p: Prediction, others: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {"": p.pred, **{f"{name}_": pred for name, pred in others.items()}}


def _named(metric: str, part: str) -> str:
    return metric if part == "all" else f"{metric}_{part}"
