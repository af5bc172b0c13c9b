"""The closed-loop part of the tables (`harness.tables`): success, progress, stages, failures, controls. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from harness.tables import ALL_TASKS, Metric, escape, markdown_table, number, percent, percent_interval

_COUNTED = (
    ("steps", "steps", "rollouts"),
    ("success_steps", "steps", "successes"),
    ("replans", "count", "rollouts"),
    ("seconds", "s", "rollouts"),
)
_MEANS = (("progress", "fraction"), ("smoothness", "rad/step²"), ("path", "rad"))
_TOLD = ("task of the scene", "told the instruction of", "success", "95 %", "k/n")
_COLUMNS = ("task", "success", "95 %", "k/n", "errors", "progress", "95 %", "smoothness (rad/step²)", "95 %")


def rate_metrics(task: str, rate: Mapping[str, Any]) -> Iterator[Metric]:
    """Every number of a Rate of `harness.summary`; stages only by task, for each task has its own."""
    yield Metric(task, "success", "fraction", rate["rate"], rate["ci"], rate["n"], "rollouts")
    yield Metric(task, "successes", "count", rate["successes"], None, rate["n"], "rollouts")
    yield Metric(task, "errors", "count", rate["errors"], None, rate["n"] + rate["errors"], "rollouts tried")
    for name, unit, n_of in _COUNTED:
        n = rate["successes"] if n_of == "successes" else rate["n"]
        yield Metric(task, name, unit, rate.get(name), None, n, n_of)
    for name, unit in _MEANS:
        mean = rate[name]
        if mean:
            yield Metric(task, name, unit, mean["mean"], mean["ci"], mean["n"], "rollouts")
    if task == ALL_TASKS:
        return
    for name, s in rate["stages"].items():
        yield Metric(task, f"stage[{name}]", "fraction", s["rate"], s["ci"], s["n"], "rollouts")
    for reason, count in rate["failures"].items():
        yield Metric(task, f"failures[{reason}]", "count", count, None, failures_of(rate), "failures")
    for other, told in rate["told"].items():
        yield Metric(task, f"told[{other}]", "fraction", told["rate"], told["ci"], told["n"], "rollouts")


def macro_metrics(macro: Mapping[str, Any]) -> Iterator[Metric]:
    """The means over tasks."""
    n = (macro["tasks"], "tasks")
    yield Metric(ALL_TASKS, "task_macro_success", "fraction", macro["rate"], macro["ci"], *n)
    if macro["progress"] is not None:
        about = (macro["progress"], macro["progress_ci"])
        yield Metric(ALL_TASKS, "task_macro_progress", "fraction", *about, *n)


def failures_of(rate: Mapping[str, Any]) -> int:
    """How many rollouts of a Rate failed; errors are no failures."""
    return rate["n"] - rate["successes"]


def closed_tables(summary: Mapping[str, Any]) -> list[str]:
    """Markdown: success and progress by task, all rollouts and the mean over tasks last; stages; failures; what
    the policy was told in a control."""
    macro, tasks = summary["task_macro"], summary["tasks"]
    lines = [_line(escape(task), rate) for task, rate in tasks.items()]
    lines.append(_line("**all rollouts**", summary["overall"]))
    means = [percent(macro["rate"]), percent_interval(macro["ci"]), f"{macro['tasks']} tasks", ""]
    means += [percent(macro["progress"]), percent_interval(macro["progress_ci"]), "", ""]
    lines.append(["**mean over tasks**", *means])
    stages = [
        [escape(f"{task}: {name}"), percent(s["rate"]), percent_interval(s["ci"]), f"{s['reached']}/{s['n']}"]
        for task, rate in tasks.items()
        for name, s in rate["stages"].items()
    ]
    reasons = [
        [escape(f"{task}: {reason}"), f"{count}/{failures_of(rate)}"]
        for task, rate in tasks.items()
        for reason, count in rate["failures"].items()
    ]
    told = [
        [
            escape(task),
            escape(other),
            percent(t["rate"]),
            percent_interval(t["ci"]),
            f"{t['successes']}/{t['n']}",
        ]
        for task, rate in tasks.items()
        for other, t in rate["told"].items()
    ]
    tables = [markdown_table(_COLUMNS, lines)]
    tables += [markdown_table(_TOLD, told)] if told else []
    tables += [markdown_table(("stage before success", "reached", "95 %", "k/n"), stages)] if stages else []
    tables += [markdown_table(("why rollouts failed", "of failures"), reasons)] if reasons else []
    return tables


def _line(name: str, rate: Mapping[str, Any]) -> list[str]:
    progress, smooth = (rate[key] or {"mean": None, "ci": None} for key in ("progress", "smoothness"))
    between = f"{smooth['ci'][0]:.4f}–{smooth['ci'][1]:.4f}" if smooth["ci"] else "–"
    return [
        name,
        percent(rate["rate"]),
        percent_interval(rate["ci"]),
        f"{rate['successes']}/{rate['n']}",
        str(rate["errors"]),
        percent(progress["mean"]),
        percent_interval(progress["ci"]),
        number(smooth["mean"]),
        between,
    ]
