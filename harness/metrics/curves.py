"""Threshold and chunk-index curves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from harness.core.robot import PARTS
from harness.metrics import action_error
from harness.metrics.catalog import BASELINES
from harness.metrics.episode_scores import baseline_chunks, baselines
from harness.metrics.grouping import recorded
from harness.runs.predictions import Prediction
from harness.runs.summaries.openloop import ChunkIndex, ThresholdCurve
from harness.stats.intervals import ratio_intervals


class Curves:
    """Sums by episode from which the curves over all episodes and their intervals come; arrays, no frames."""

    def __init__(self) -> None:
        self._ages: dict[tuple[str, str], list[tuple[np.ndarray, np.ndarray]]] = {}
        self._within: dict[tuple[str, str], list[np.ndarray]] = {}
        self._frames: list[int] = []

    def add(self, p: Prediction, mean_action: Sequence[float] | np.ndarray | None) -> None:
        """Count an episode in; `mean_action` (14,) as far as it is known."""
        self._frames.append(len(p.gt))
        for part in PARTS:
            for name, chunks in {"": p.chunks, **baseline_chunks(p, mean_action)}.items():
                ages = action_error.chunk_index_error(chunks, p.replan, p.gt, part)
                self._ages.setdefault((part, name), []).append(ages)
            for name, pred in {"": p.pred, **baselines(p, mean_action)}.items():
                within = action_error.threshold_counts(action_error.step_mae(pred, p.gt, part))
                self._within.setdefault((part, name), []).append(within)

    def chunk_index(self) -> ChunkIndex:
        """MAE by chunk index, as far as any chunk reaches: `chunk_index` of the schema."""
        curves = {part: self._age_curves(part) for part in PARTS}
        parts = {k: {n: v for n, v in c.items() if n != "n"} for k, c in curves.items() if k != "all"}
        return recorded(ChunkIndex, curves["all"] | parts)

    def _age_curves(self, part: str) -> dict[str, Any]:
        curves: dict[str, Any] = {"hold_mae": None, "mean_mae": None}
        for name in ("", *BASELINES):
            sums = self._ages.get((part, name), [])
            if len(sums) != len(self._frames):
                continue
            longest = max(len(total) for total, _ in sums)
            total, count = (
                np.array([np.pad(pair[i], (0, longest - len(pair[i]))) for pair in sums]) for i in (0, 1)
            )
            used = count.sum(axis=0) > 0
            mae = (total[:, used].sum(axis=0) / count[:, used].sum(axis=0)).tolist()
            if name:
                curves[f"{name}_mae"] = mae
            else:
                intervals = ratio_intervals(total[:, used], count[:, used])
                curves |= {"mae": mae, "mae_ci": intervals, "n": count[:, used].sum(axis=0).tolist()}
        return curves

    def threshold_curve(self) -> ThresholdCurve:
        """Fraction of steps within every tau of the grid: `threshold_curve` of the schema."""
        steps = sum(self._frames)
        curve: dict[str, Any] = {"tau": action_error.THRESHOLD_GRID.tolist(), "n": steps}
        for part in PARTS:
            curve[part] = {"hold_sr": None, "mean_sr": None}
            for name in ("", *BASELINES):
                counts = self._within.get((part, name), [])
                if len(counts) != len(self._frames):
                    continue
                within = np.array(counts, dtype=np.float64)
                curve[part][f"{name}_sr" if name else "sr"] = (within.sum(axis=0) / steps).tolist()
                if not name:
                    frames = np.array(self._frames)[:, None]
                    curve[part]["sr_ci"] = ratio_intervals(within, frames, shares=True)
        return recorded(ThresholdCurve, curve)
