"""Model-index."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from harness.publish.redaction import facts, is_trained, unofficial
from harness.rendering.markdown import cut
from harness.results.views import RunView

if TYPE_CHECKING:
    from huggingface_hub import EvalResult

SOURCE = "RoboTwin × π0 evaluation harness"
TASKS_LISTED = 100

IN_METADATA = (
    "horizon",
    "strategy",
    "seed",
    "checkpoint_hash",
    "dataset_sampling",
    "assets_kind",
    "max_actions",
)


def eval_results(runs: Sequence[RunView], url: str) -> list[EvalResult]:
    """The metadata of the finished runs of a trained policy; `url` is where all the numbers are."""
    return [
        result
        for run in runs
        if is_trained(run) and run.finished and run.rows
        for result in (_open_results if run.mode == "openloop" else _closed_results)(run, url)
    ]


def rounded(value: Any) -> Any:
    """Numbers with four decimals, in lists and dicts too."""
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [rounded(item) for item in value]
    return round(value, 4) if isinstance(value, float) else value


def _result(
    run: RunView, task: str, dataset: tuple[str, str], metric: dict[str, Any], url: str
) -> EvalResult:
    """One number. The Hub groups by dataset type and config: the config has to tell tasks apart."""
    from huggingface_hub import EvalResult

    warning = unofficial(run)
    setting = [cut(run.config.config)] if run.config.config is not None else []
    how = {key: value for key, value in facts(run).items() if key in IN_METADATA}
    metric["metric_args"] = {"policy": run.policy, **rounded(metric["metric_args"]), **how}
    metric["metric_value"] = rounded(metric["metric_value"])
    metric["metric_name"] += f" ({warning})" if warning else ""
    return EvalResult(
        task_type="robotics",
        task_name=cut(task),
        dataset_type=dataset[0],
        dataset_name=f"{dataset[1]} ({warning})" if warning else dataset[1],
        dataset_config=" ".join([cut(task), *setting]),
        source_name=SOURCE,
        source_url=url,
        **metric,
    )


def _closed_results(run: RunView, url: str) -> list[EvalResult]:
    real = run.assets is not None and run.assets.kind == "real"
    kind = run.assets.kind if run.assets else "unknown"
    dataset = (
        ("robotwin-2.0", "RoboTwin 2.0 scenes") if real else (f"robotwin-like-{kind}", "simulated scenes")
    )
    results = []
    for task, rate in [*run.closed_summary.tasks.items()][:TASKS_LISTED]:
        if not rate.n:
            continue
        counts = {"successes": rate.successes, "n": rate.n, "wilson_95": rate.ci}
        metric = {"metric_type": "success_rate", "metric_name": "success rate", "metric_value": rate.rate}
        results.append(_result(run, task, dataset, metric | {"metric_args": counts}, url))
    macro = run.closed_summary.task_macro
    if macro.rate is not None and macro.tasks > 1:
        metric = {"metric_type": "success_rate", "metric_name": "success rate, mean over tasks"}
        metric |= {"metric_value": macro.rate}
        counts = {"tasks": macro.tasks, "interval_95": macro.ci}
        results.append(_result(run, "all tasks", dataset, metric | {"metric_args": counts}, url))
    return results


def _open_results(run: RunView, url: str) -> list[EvalResult]:
    name = run.dataset.partition("@")[0] if run.dataset else ""
    on_hub = re.fullmatch(r"[\w.-]+/[\w.-]+", name) is not None and bool(run.provenance.dataset_revision)
    dataset = (name if on_hub else "recorded-episodes", f"recorded episodes: {name or 'not named'}")
    blocks = {"all tasks": run.open_summary.overall, **run.open_summary.tasks}
    results = []
    for task, block in [*blocks.items()][: TASKS_LISTED + 1]:
        counts: dict[str, Any] = {"episodes": block.episodes, "steps": block.frames}
        counts |= {"interval_95": block.mae_ci, "hold_mae": block.hold_mae, "mean_mae": block.mean_mae}
        metric: dict[str, Any] = {"metric_type": "mae"}
        metric |= {"metric_name": "open-loop action MAE, not task success"}
        metric |= {"metric_value": block.mae, "metric_args": counts}
        results.append(_result(run, task, dataset, metric, url))
    return results
