"""A run's summary as tables for other programs and for a model card: CSV, one metric a line, and Markdown. Pure.

The columns of the CSV are COLUMNS. An empty cell is a number that does not exist, never 0. Text that a
spreadsheet would take for a formula starts with an apostrophe.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.metrics import JOINT_NAMES, JOINT_UNITS

if TYPE_CHECKING:
    from harness.report_data import RunView
    from harness.scatter import Scatter

ALL_TASKS = "all tasks"
NOTHING = "–"
LONGEST_TEXT = 200
MIXED_UNIT = "rad and 0..1"
COLUMNS = {
    "run": "folder of the run",
    "mode": "openloop or closedloop; `both` for what correlates them, which no single run says",
    "policy": "name of the policy",
    "assets": "what the scenes were made of: real, mixed, stand-in, unknown; empty where nobody said",
    "status": "how the run ended: done, failed, interrupted; running where it was killed",
    "task": f"name of the task, or `{ALL_TASKS}`",
    "metric": "mae, macro_mae (mean over episodes), sr@0.05, mae[JOINT], mae@CHUNK_INDEX, success, progress, "
    "stage[STAGE], failures[REASON], told[TASK] (success when told that), spearman[mae], ...",
    "unit": f"rad, 0..1, `{MIXED_UNIT}` (arms and grippers together), rad/step², fraction, count, s, steps, "
    "correlation",
    "value": "the number itself",
    "ci_low": "lower end of its 95 % interval",
    "ci_high": "upper end of its 95 % interval",
    "n": "how many the number is drawn from",
    "n_of": "what n counts: steps, episodes, tasks, rollouts, ...",
    "hold": "the same metric of repeating the current state",
    "mean": "the same metric of always saying the average action",
}
_OPEN = (
    ("mae", MIXED_UNIT, "steps"),
    ("macro_mae", MIXED_UNIT, "episodes"),
    ("mse", "mixed, squared", "steps"),
    ("mae_arms", "rad", "steps"),
    ("mae_grippers", "0..1", "steps"),
)
_PARTS = {"": MIXED_UNIT, "_arms": "rad", "_grippers": "0..1"}


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


def metrics_of(summary: Mapping[str, Any]) -> list[Metric]:
    """Every number of a summary (`harness.summary`) that has a name and an n; overall before tasks."""
    from harness.closedloop_tables import macro_metrics, rate_metrics

    block_metrics = _open_block if summary["mode"] == "openloop" else rate_metrics
    found = [m for task, block in _blocks(summary) for m in block_metrics(task, block)]
    macro = summary["task_macro"]
    if summary["mode"] == "closedloop":
        return [*found, *macro_metrics(macro)]
    about = (macro["mae"], macro["ci"], macro["tasks"], "tasks")
    found.append(Metric(ALL_TASKS, "task_macro_mae", MIXED_UNIT, *about))
    if summary.get("chunk_index"):
        found += _ages(summary["chunk_index"])
    return found


def _blocks(summary: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield ALL_TASKS, summary["overall"]
    yield from summary["tasks"].items()


def _open_block(task: str, block: Mapping[str, Any]) -> Iterator[Metric]:
    counts = {"steps": block["frames"], "episodes": block["episodes"]}

    def metric(name: str, key: str, unit: str, n_of: str, part: Any = None) -> Metric:
        def pick(field: str) -> Any:
            value = block.get(field)
            return value if part is None or value is None else _at(value, part)

        values = [pick(field) for field in (key, f"{key}_ci", f"hold_{key}", f"mean_{key}")]
        return Metric(task, name, unit, values[0], values[1], counts[n_of], n_of, values[2], values[3])

    for name, unit, n_of in _OPEN:
        yield metric(name, name, unit, n_of)
    for tau in block["sr"]:
        yield metric(f"sr@{tau}", "sr", "fraction", "steps", tau)
    if block["per_joint"]:
        for i, (joint, unit) in enumerate(zip(JOINT_NAMES, JOINT_UNITS, strict=True)):
            yield metric(f"mae[{joint}]", "per_joint", unit, "steps", i)
    for baseline in ("hold", "mean"):
        yield metric(f"mae_minus_{baseline}", f"minus_{baseline}", MIXED_UNIT, "episodes")
    near, jumps = block["critical"], block["boundary"]
    if near and near["frames"]:
        for suffix, unit in _PARTS.items():
            yield _part(task, f"critical_mae{suffix}", near, f"mae{suffix}", unit, near["frames"], "steps")
    if jumps and jumps["n"]:
        for suffix, unit in _PARTS.items():
            yield _part(task, f"boundary_jump{suffix}", jumps, f"jump{suffix}", unit, jumps["n"], "replans")


def _at(values: Any, part: Any) -> Any:
    if isinstance(values, Mapping):
        return values.get(part)
    return values[part] if part < len(values) else None


def _part(task: str, name: str, block: Mapping[str, Any], key: str, unit: str, n: int, n_of: str) -> Metric:
    fields = (block.get(field) for field in (key, f"{key}_ci", f"hold_{key}", f"mean_{key}"))
    value, ci, hold, mean = fields
    return Metric(task, name, unit, value, ci, n, n_of, hold, mean)


def _ages(curve: Mapping[str, Any]) -> Iterator[Metric]:
    hold, mean = (curve.get(f"{name}_mae") or [] for name in ("hold", "mean"))
    for j, (mae, n) in enumerate(zip(curve["mae"], curve["n"], strict=True)):
        others = [values[j] if j < len(values) else None for values in (hold, mean)]
        yield Metric(ALL_TASKS, f"mae@{j}", MIXED_UNIT, mae, curve["mae_ci"][j], n, "chunks", *others)


def csv_table(runs: Sequence[RunView], scatter: Scatter | None = None) -> str:
    """All numbers of `runs` and of their `scatter`, one a line under the header COLUMNS."""
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(COLUMNS)
    for run in runs:
        about = [run.folder, run.mode, run.policy, run.assets.kind if run.assets else "", run.status]
        writer.writerows(_csv_line(about, m) for m in metrics_of(run.summary))
    if scatter:
        from harness.scatter_tables import metrics_of_scatter

        for policy, m in metrics_of_scatter(scatter):
            writer.writerow(_csv_line(["", "both", policy, "", ""], m))
    return target.getvalue()


def _csv_line(about: Sequence[str], m: Metric) -> list[Any]:
    low, high = m.ci or (None, None)
    numbers = [m.value, low, high, m.n, m.n_of, m.hold, m.mean]
    return [*map(_cell, (*about, m.task, m.metric, m.unit)), *("" if x is None else x for x in numbers)]


def _cell(text: str) -> str:
    """Text on one line that no spreadsheet computes."""
    text = cut(text)
    return f"'{text}" if text[:1] in "=+-@" and text else text


def cut(text: Any) -> str:
    """`text` on one line of at most LONGEST_TEXT characters, unprintable ones left out."""
    line = "".join(c for c in " ".join(str(text).split()) if c.isprintable())
    return line if len(line) <= LONGEST_TEXT else f"{line[: LONGEST_TEXT - 1]}…"


def escape(text: Any) -> str:
    """Text that Markdown shows as it stands: no link, picture, HTML, formula or emphasis comes of it."""
    return re.sub(r"([\\`*_|<>\[\]#&$~@])", r"\\\1", cut(text))


def markdown_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of GitHub-flavoured Markdown; the first column is text, all others are numbers. Cells as given."""
    rule = ["---"] + ["---:"] * (len(columns) - 1)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (columns, rule, *rows))


def number(value: float | None) -> str:
    """`value` with four decimals."""
    return NOTHING if value is None else f"{value:.4f}"


def interval(ci: Sequence[float] | None) -> str:
    """A 95 % interval in brackets, or a dash."""
    return NOTHING if ci is None else f"\\[{ci[0]:.4f}, {ci[1]:.4f}\\]"


def percent(value: float | None) -> str:
    """A fraction as `84.0 %`."""
    return NOTHING if value is None else f"{100 * value:.1f} %"


def percent_interval(ci: Sequence[float] | None) -> str:
    """A 95 % interval of fractions as `75.6–89.9 %`."""
    return NOTHING if ci is None else f"{100 * ci[0]:.1f}–{100 * ci[1]:.1f} %"


def open_tables(summary: Mapping[str, Any]) -> list[str]:
    """Markdown of an open-loop summary: the metrics beside the baselines, then the tasks, then the joints."""
    listed = [m for m in metrics_of(summary) if m.task == ALL_TASKS and not re.match(r"mae(\[|@)", m.metric)]
    lines = []
    for m in listed:
        if m.value is None:
            continue
        show, between = (percent, percent_interval) if m.unit == "fraction" else (number, interval)
        cells = [show(m.value), between(m.ci), show(m.hold), show(m.mean), f"{m.n} {m.n_of}"]
        lines.append([f"`{m.metric}`", *cells, m.unit])
    tables = [markdown_table(("metric", "policy", "95 %", "hold", "mean", "n", "unit"), lines)]
    tasks = [
        [
            escape(task),
            *map(number, (b["mae"], b["hold_mae"], b["mean_mae"])),
            interval(b["mae_ci"]),
            f"{b['episodes']} episodes",
        ]
        for task, b in summary["tasks"].items()
    ]
    tables.append(markdown_table(("task", "MAE", "hold", "mean", "95 %", "n"), tasks))
    joints = [m for m in metrics_of(summary) if m.task == ALL_TASKS and m.metric.startswith("mae[")]
    per_joint = [
        [f"`{m.metric[4:-1]}`", number(m.value), interval(m.ci), number(m.hold), number(m.mean), m.unit]
        for m in joints
    ]
    return [*tables, markdown_table(("joint", "MAE", "95 %", "hold", "mean", "unit"), per_joint)]


def run_markdown(run: RunView, heading: str = "##") -> str:
    """One run: what it is under a `heading`, then its tables."""
    from harness.closedloop_tables import closed_tables

    title = f"{escape(run.policy)}, {'open loop' if run.mode == 'openloop' else 'closed loop'}"
    facts = [escape(run.folder), escape(run.settings)]
    facts += [escape(run.dataset)] if run.dataset else []
    facts += [f"**{run.assets.label}**"] if run.assets else []
    facts += [] if run.finished else [f"**did not finish ({escape(run.status)})**"]
    if not run.rows:
        return f"{heading} {title}\n\nNo episode has finished."
    tables = open_tables(run.summary) if run.mode == "openloop" else closed_tables(run.summary)
    return "\n\n".join([f"{heading} {title}", " · ".join(filter(None, facts)), *tables])


def markdown_report(runs: Sequence[RunView], warnings: Sequence[str], scatter: Scatter | None = None) -> str:
    """All runs as Markdown, what to know before quoting them first, their `scatter` last."""
    notes = "\n".join(f"> **Note:** {escape(line)}  " for line in warnings)
    parts = [notes, *map(run_markdown, runs)]
    if scatter:
        from harness.scatter_tables import scatter_markdown

        parts.append(scatter_markdown(scatter))
    return "\n\n".join(filter(None, parts)) + "\n"
