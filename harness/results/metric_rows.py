"""The readings of a scatter as lines of the CSV and as Markdown (`harness.results.metric_rows`). Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.core.robot import JOINT_NAMES, JOINT_UNITS
from harness.metrics.catalog import BASELINES, CLOSED_METRICS, MIXED, OPEN_METRICS
from harness.results.scatter import MAE, TASKS, Scatter
from harness.results.views import ALL_TASKS
from harness.runs.summaries.closedloop import ClosedMacro, Rate
from harness.runs.summaries.modes import Summary
from harness.runs.summaries.openloop import ChunkIndex, Means, OpenLoopBlock, OpenLoopSummary
from harness.stats.correlation import Statistic

UNITS = {"spearman": "correlation", "pearson": "correlation", "mmrv": "fraction"}


def metrics_of_scatter(scatter: Scatter) -> Iterator[tuple[str, Metric]]:
    """(policy, metric) of every statistic that is defined; policy is empty where it is over policies.

    metric: `spearman[mae]`, or `spearman[mae/hold]` where the error is relative to hold's.
    """
    for reading in scatter.readings:
        over_policies = reading.over != TASKS
        by = "mae" if reading.score == MAE else "mae/hold"
        for name, unit in UNITS.items():
            value: Statistic = getattr(reading.agreement, name)
            task = reading.about if over_policies else ALL_TASKS
            metric = Metric(
                task, f"{name}[{by}]", unit, value.value, value.ci, reading.agreement.n, reading.over
            )
            yield "" if over_policies else reading.about, metric


_COUNTED = (
    ("steps", "steps", "rollouts"),
    ("success_steps", "steps", "successes"),
    ("replans", "count", "rollouts"),
    ("seconds", "s", "rollouts"),
)


def rate_metrics(task: str, rate: Rate) -> Iterator[Metric]:
    """Every number of a Rate of `harness.metrics.closedloop_summary`; stages only by task, for each task has its
    own."""
    yield Metric(task, "success", "fraction", rate.rate, rate.ci, rate.n, "rollouts")
    yield Metric(task, "successes", "count", rate.successes, None, rate.n, "rollouts")
    yield Metric(task, "errors", "count", rate.errors, None, rate.n + rate.errors, "rollouts tried")
    for name, unit, n_of in _COUNTED:
        n = rate.successes if n_of == "successes" else rate.n
        yield Metric(task, name, unit, getattr(rate, name), None, n, n_of)
    for metric in CLOSED_METRICS:
        mean = rate.mean(metric.key)
        if mean:
            yield Metric(task, metric.key, metric.unit, mean.mean, mean.ci, mean.n, metric.n_of)
    if task == ALL_TASKS:
        return
    for name, s in rate.stages.items():
        yield Metric(task, f"stage[{name}]", "fraction", s.rate, s.ci, s.n, "rollouts")
    for reason, count in rate.failures.items():
        yield Metric(task, f"failures[{reason}]", "count", count, None, rate.failed, "failures")
    for other, share in rate.prompt_tasks.items():
        yield Metric(task, f"prompt[{other}]", "fraction", share.rate, share.ci, share.n, "rollouts")


def macro_metrics(macro: ClosedMacro) -> Iterator[Metric]:
    """The means over tasks."""
    n = (macro.tasks, "tasks")
    yield Metric(ALL_TASKS, "task_macro_success", "fraction", macro.rate, macro.ci, *n)
    if macro.progress is not None:
        yield Metric(ALL_TASKS, "task_macro_progress", "fraction", macro.progress, macro.progress_ci, *n)


_PARTS = {"": MIXED, "_arms": "rad", "_grippers": "0..1"}


@dataclass(frozen=True)
class Metric:
    """One number of one task with its 95 % interval, its n, and the baselines' number."""

    task: str
    metric: str
    unit: str
    value: float | None
    ci: Sequence[float] | None
    n: int
    n_of: str
    hold: float | None = None
    mean: float | None = None


def metrics_of(summary: Summary) -> list[Metric]:
    """Every number of a summary (`harness.metrics.closedloop_summary`) that has a name and an n; overall before
    tasks."""
    if not isinstance(summary, OpenLoopSummary):
        rates = {ALL_TASKS: summary.overall} | summary.tasks
        metrics = [metric for task, rate in rates.items() for metric in rate_metrics(task, rate)]
        return [*metrics, *macro_metrics(summary.task_macro)]
    blocks, macro = {ALL_TASKS: summary.overall} | summary.tasks, summary.task_macro
    metrics = [metric for task, block in blocks.items() for metric in _open_block(task, block)]
    metrics.append(Metric(ALL_TASKS, "task_macro_mae", MIXED, macro.mae, macro.ci, macro.tasks, "tasks"))
    return [*metrics, *(_ages(summary.chunk_index) if summary.chunk_index else [])]


def _open_block(task: str, block: OpenLoopBlock) -> Iterator[Metric]:
    counts = {"steps": block.frames, "episodes": block.episodes}

    def metric(name: str, key: str, unit: str, n_of: str, part: Any = None) -> Metric:
        def pick(field: str) -> Any:
            value = block.value(field)
            return value if part is None or value is None else _at(value, part)

        values = [pick(field) for field in (key, f"{key}_ci", f"hold_{key}", f"mean_{key}")]
        return Metric(task, name, unit, values[0], values[1], counts[n_of], n_of, values[2], values[3])

    for known in OPEN_METRICS:
        yield metric(known.key, known.key, known.unit, known.n_of)
        if known.key == "mae":
            yield metric("macro_mae", "macro_mae", MIXED, "episodes")
    for tau in block.sr:
        yield metric(f"sr@{tau}", "sr", "fraction", "steps", tau)
    if block.per_joint:
        for i, (joint, unit) in enumerate(zip(JOINT_NAMES, JOINT_UNITS, strict=True)):
            yield metric(f"mae[{joint}]", "per_joint", unit, "steps", i)
    for baseline in BASELINES:
        yield metric(f"mae_minus_{baseline}", f"minus_{baseline}", MIXED, "episodes")
    near, jumps = block.critical, block.boundary
    if near and near.frames:
        for suffix, unit in _PARTS.items():
            yield _part(task, f"critical_mae{suffix}", near, f"mae{suffix}", unit, near.frames, "steps")
    if jumps and jumps.n:
        for suffix, unit in _PARTS.items():
            yield _part(task, f"boundary_jump{suffix}", jumps, f"jump{suffix}", unit, jumps.n, "replans")


def _at(values: Any, part: Any) -> Any:
    if isinstance(values, Mapping):
        return values.get(part)
    return values[part] if part < len(values) else None


def _part(task: str, name: str, block: Means, key: str, unit: str, n: int, n_of: str) -> Metric:
    hold, mean = block.number(f"hold_{key}"), block.number(f"mean_{key}")
    return Metric(task, name, unit, block.number(key), block.interval(key), n, n_of, hold, mean)


def _ages(curve: ChunkIndex) -> Iterator[Metric]:
    reach = curve.mae_ci or [None] * len(curve.mae)
    for j, (mae, n, ci) in enumerate(zip(curve.mae, curve.n, reach, strict=True)):
        hold, mean = (
            values[j] if j < len(values) else None for values in (curve.hold_mae or [], curve.mean_mae or [])
        )
        yield Metric(ALL_TASKS, f"mae@{j}", MIXED, mae, ci, n, "chunks", hold, mean)
