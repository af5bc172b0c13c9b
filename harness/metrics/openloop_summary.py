"""The parts of an open-loop `summary.json` (schema in `harness.metrics.closedloop_summary`): blocks of numbers,
curves, spikes.

Pure functions of rows (`harness.runs.rows`) and predictions. Every mean has its interval by episode
(`harness.stats.intervals`) where there are episodes enough for one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from harness.files.records import Record
from harness.metrics import action_error
from harness.metrics.catalog import BASELINES, OPEN_METRICS
from harness.metrics.closedloop_summary import SCHEMA
from harness.metrics.grouping import grouped, macro_mean, recorded
from harness.metrics.spikes import from_predictions
from harness.runs.predictions import Prediction
from harness.runs.rows import OpenLoopRow, latest
from harness.runs.summaries.openloop import (
    BoundaryBlock,
    CriticalBlock,
    OpenLoopBlock,
    OpenLoopSummary,
    OpenMacro,
)
from harness.stats.intervals import ratio_intervals
from harness.stats.significance import holm, sign_flip

_PREFIXES = ("", *(f"{name}_" for name in BASELINES))
_CRITICAL = [prefix + name for prefix in _PREFIXES for name in ("mae", "mae_arms", "mae_grippers")]
_BOUNDARY = [prefix + name for prefix in _PREFIXES for name in ("jump", "jump_arms", "jump_grippers")]


def open_block(rows: Sequence[OpenLoopRow]) -> OpenLoopBlock:
    """The Block of `harness.metrics.closedloop_summary` over the episodes in `rows`."""
    frames = [row.frames for row in rows]
    of_policy = (*(metric.key for metric in OPEN_METRICS), "sr", "per_joint")
    names = [prefix + name for prefix in _PREFIXES for name in of_policy]
    macro = weighted_means(columns(rows, [f"{prefix}mae" for prefix in _PREFIXES]), [1] * len(rows))
    block: dict[str, Any] = {
        "episodes": len(rows),
        "frames": int(sum(frames)),
        **weighted_means(columns(rows, names), frames),
        **{key.replace("mae", "macro_mae"): value for key, value in macro.items()},
    }
    for name in BASELINES:
        own = [getattr(row, f"{name}_mae") for row in rows]
        known = bool(rows) and None not in own
        gaps = [row.mae - mae for row, mae in zip(rows, own, strict=True)] if known else []
        block |= weighted_means({f"minus_{name}": gaps}, frames)
        block[f"minus_{name}_p"] = block[f"minus_{name}_p_holm"] = _tested(gaps, frames) if known else None
    block |= {"sr": block["sr"] or {}, "critical": _critical(rows), "boundary": _boundary(rows)}
    return recorded(OpenLoopBlock, block)


def columns(rows: Sequence[Record], names: Sequence[str]) -> dict[str, list[Any]]:
    """The fields of these names of every row; None where a row has no such field."""
    return {name: [getattr(row, name, None) for row in rows] for name in names}


def weighted_means(fields: Mapping[str, Sequence[Any]], weights: Sequence[float]) -> dict[str, Any]:
    """The weighted mean of each field and, as `<field>_ci`, its interval; both None unless every row has it.

    A field may be a number, a list of numbers or a dict of them (keys that every row has): so is its mean.
    """
    block: dict[str, Any] = {}
    shapes: dict[str, Any] = {}
    tables: list[np.ndarray] = []
    shares: list[bool] = []
    for name, given in fields.items():
        values = list(given)
        block[name] = block[f"{name}_ci"] = None
        if not values or any(value is None for value in values):
            continue
        keys = None
        if isinstance(values[0], Mapping):
            keys = [key for key in values[0] if all(key in value for value in values)]
            values = [[value[key] for key in keys] for value in values]
        table = np.array(values, dtype=np.float64)
        shapes[name] = keys if keys is not None else table.ndim
        tables.append(table.reshape(len(weights), -1))
        shares += [name.endswith("sr")] * tables[-1].shape[1]
    if not tables:
        return block
    weight = np.array(weights, dtype=np.float64)[:, None]
    table = np.concatenate(tables, axis=1) * weight
    means = (table.sum(axis=0) / weight.sum()).tolist()
    intervals = ratio_intervals(table, weight, shares=np.array(shares))
    for (name, shape), width in zip(shapes.items(), [c.shape[1] for c in tables], strict=True):
        mean, means = means[:width], means[width:]
        ci, intervals = intervals[:width], intervals[width:]
        some = len(weights) > 1
        if isinstance(shape, list):
            block[name] = dict(zip(shape, mean, strict=True))
            block[f"{name}_ci"] = dict(zip(shape, ci, strict=True)) if some else None
        else:
            block[name] = mean[0] if shape == 1 else mean
            block[f"{name}_ci"] = (ci[0] if shape == 1 else ci) if some else None
    return block


def _tested(gaps: Sequence[float], frames: Sequence[int]) -> float:
    """p of the sign-flip test of gaps weighted by frames."""
    return float(sign_flip(np.array([[gap * n] for gap, n in zip(gaps, frames, strict=True)]))[0])


def _critical(rows: Sequence[OpenLoopRow]) -> CriticalBlock | None:
    parts = [row.critical for row in rows if row.critical is not None]
    if not rows or len(parts) < len(rows):
        return None
    near = [part for part in parts if part.frames]
    frames = [part.frames for part in near]
    counts = {"frames": int(sum(frames)), "episodes": len(near), "radius": action_error.CRITICAL_RADIUS}
    return recorded(CriticalBlock, weighted_means(columns(near, _CRITICAL), frames) | counts)


def _boundary(rows: Sequence[OpenLoopRow]) -> BoundaryBlock | None:
    parts = [row.boundary for row in rows if row.boundary is not None]
    if not rows or len(parts) < len(rows):
        return None
    some = [part for part in parts if part.n]
    replans = [part.n for part in some]
    counts = {"n": int(sum(replans)), "episodes": len(some)}
    return recorded(BoundaryBlock, weighted_means(columns(some, _BOUNDARY), replans) | counts)


def summarize_openloop(
    rows: Sequence[OpenLoopRow], predictions: Mapping[int, Prediction] | None = None
) -> OpenLoopSummary:
    """The content of an open-loop summary.json; without `predictions` its last four parts are None."""
    rows, details = from_predictions(latest(rows), predictions or {})
    overall = open_block(rows)
    tasks = {task: open_block(members) for task, members in grouped(rows, lambda row: row.group).items()}
    mae, ci, count = macro_mean([row.mae for row in rows], [row.group for row in rows])
    return recorded(
        OpenLoopSummary,
        {
            "schema": SCHEMA,
            "mode": "openloop",
            "overall": overall,
            "tasks": _adjusted(tasks),
            "task_macro": recorded(OpenMacro, {"mae": mae, "ci": ci, "tasks": count}),
            "persistence": _persistence(rows),
            "critical": overall.critical,
            "boundary": overall.boundary,
            **details,
        },
    )


def _adjusted(blocks: Mapping[str, OpenLoopBlock]) -> dict[str, OpenLoopBlock]:
    """The same with Holm's adjustment of the tests against each baseline for the number of tasks."""
    adjusted = dict(blocks)
    for name in BASELINES:
        tested = {
            task: p for task, block in adjusted.items() if (p := block.number(f"minus_{name}_p")) is not None
        }
        for task, p in zip(tested, holm(list(tested.values())), strict=True):
            adjusted[task] = adjusted[task].model_copy(update={f"minus_{name}_p_holm": p})
    return adjusted


def _persistence(rows: Sequence[OpenLoopRow]) -> float | None:
    pairs = [row.persistent for row in rows if row.persistent is not None]
    compared = sum(pair[1] for pair in pairs)
    return sum(pair[0] for pair in pairs) / compared if compared else None
