"""Tables of runs and of the scatter."""

from __future__ import annotations

import re
from collections.abc import Sequence

from harness.core.numbers import NOTHING, number
from harness.rendering.markdown import escape, interval, markdown_table, percent, percent_interval
from harness.results.metric_rows import metrics_of
from harness.results.official import badge_line, departures
from harness.results.scatter import Reading, Scatter
from harness.results.views import ALL_TASKS, RunView
from harness.runs.summaries.closedloop import ClosedLoopSummary, Rate
from harness.runs.summaries.openloop import OpenLoopSummary
from harness.stats.correlation import Statistic


def scatter_markdown(scatter: Scatter) -> str:
    """The section of the scatter: a table of the readings, what they say, what does not compare."""
    columns = ("of", "n", "by", "Spearman", "Pearson", "MMRV")
    table = markdown_table(columns, [_reading_line(reading) for reading in scatter.readings])
    sentences = [f"- **{escape(r.about)}**: {escape(' '.join(r.sentences))}" for r in scatter.readings]
    notes = [f"- {escape(note)}" for note in scatter.notes]
    intro = (
        "Correlations of −MAE and success (95 % for other points like these, from eight points on); MMRV is best at 0. "
        "MAE does not compare between tasks: over tasks it is relative to hold's."
    )
    return "\n\n".join(
        filter(None, ["## Open against closed loop", intro, table, "\n".join([*sentences, *notes])])
    )


def _reading_line(reading: Reading) -> list[str]:
    agreement = reading.agreement
    return [
        escape(reading.about),
        f"{agreement.n} {reading.over}",
        escape(reading.score),
        _reading_cell(agreement.spearman, "+.2f"),
        _reading_cell(agreement.pearson, "+.2f"),
        _reading_cell(agreement.mmrv, ".3f"),
    ]


def _reading_cell(statistic: Statistic, form: str) -> str:
    if statistic.value is None:
        return NOTHING
    if statistic.ci is None:
        return format(statistic.value, form)
    low, high = statistic.ci
    return f"{statistic.value:{form}} \\[{low:{form}}, {high:{form}}\\]"


_PROMPTS = ("task of the scene", "prompted with the instruction of", "success", "95 %", "k/n")
_COLUMNS = ("task", "success", "95 %", "k/n", "errors", "progress", "95 %", "smoothness (rad/step²)")


def closed_tables(summary: ClosedLoopSummary) -> list[str]:
    """Markdown: success and progress by task, all rollouts and the mean over tasks last; stages; failures; what
    was the prompt in a control."""
    macro, tasks = summary.task_macro, summary.tasks
    lines = [_rate_line(escape(task), rate) for task, rate in tasks.items()]
    lines.append(_rate_line("**all rollouts**", summary.overall))
    means = [percent(macro.rate), percent_interval(macro.ci), f"{macro.tasks} tasks", ""]
    means += [percent(macro.progress), percent_interval(macro.progress_ci), ""]
    lines.append(["**mean over tasks**", *means])
    stages = [
        [escape(f"{task}: {name}"), percent(s.rate), percent_interval(s.ci), f"{s.reached}/{s.n}"]
        for task, rate in tasks.items()
        for name, s in rate.stages.items()
    ]
    reasons = [
        [escape(f"{task}: {reason}"), f"{count}/{rate.failed}"]
        for task, rate in tasks.items()
        for reason, count in rate.failures.items()
    ]
    prompts = [
        [
            escape(task),
            escape(other),
            percent(t.rate),
            percent_interval(t.ci),
            f"{t.successes}/{t.n}",
        ]
        for task, rate in tasks.items()
        for other, t in rate.prompt_tasks.items()
    ]
    tables = [markdown_table(_COLUMNS, lines)]
    tables += [markdown_table(_PROMPTS, prompts)] if prompts else []
    tables += [markdown_table(("stage before success", "reached", "95 %", "k/n"), stages)] if stages else []
    tables += [markdown_table(("why rollouts failed", "of failures"), reasons)] if reasons else []
    return tables


def _rate_line(name: str, rate: Rate) -> list[str]:
    progress, smooth = rate.progress, rate.smoothness
    return [
        name,
        percent(rate.rate),
        percent_interval(rate.ci),
        f"{rate.successes}/{rate.n}",
        str(rate.errors),
        percent(progress.mean if progress else None),
        percent_interval(progress.ci if progress else None),
        number(smooth.mean if smooth else None),
    ]


def open_tables(summary: OpenLoopSummary) -> list[str]:
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
            *map(number, (b.mae, b.hold_mae, b.mean_mae)),
            interval(b.mae_ci),
            f"{b.episodes} episodes",
        ]
        for task, b in summary.tasks.items()
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
    title = f"{escape(run.policy)}, {'open loop' if run.mode == 'openloop' else 'closed loop'}"
    facts = [escape(run.folder), escape(run.settings)]
    facts += [escape(run.dataset)] if run.dataset else []
    facts += [f"**{run.assets.label}**"] if run.assets else []
    differs = departures(run.mode, run.config, run.provenance)
    facts += [f"differs from upstream's own evaluation: {escape(badge_line(differs))}"] if differs else []
    facts += [] if run.finished else [f"**did not finish ({escape(run.status)})**"]
    if not run.rows:
        return f"{heading} {title}\n\nNo episode has finished."
    opened = run.mode == "openloop"
    tables = open_tables(run.open_summary) if opened else closed_tables(run.closed_summary)
    return "\n\n".join([f"{heading} {title}", " · ".join(filter(None, facts)), *tables])


def markdown_report(runs: Sequence[RunView], warnings: Sequence[str], scatter: Scatter | None = None) -> str:
    """All runs as Markdown, what to know before quoting them first, their `scatter` last."""
    notes = "\n".join(f"> **Note:** {escape(line)}  " for line in warnings)
    parts = [notes, *map(run_markdown, runs)]
    if scatter:
        parts.append(scatter_markdown(scatter))
    return "\n\n".join(filter(None, parts)) + "\n"
