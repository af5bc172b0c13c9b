"""The readings of a scatter as lines of the CSV and as Markdown (`harness.tables`). Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from harness.scatter import MAE, TASKS
from harness.tables import ALL_TASKS, NOTHING, Metric, escape, markdown_table

if TYPE_CHECKING:
    from harness.agreement import Statistic
    from harness.scatter import Reading, Scatter

UNITS = {"spearman": "correlation", "pearson": "correlation", "mmrv": "fraction"}


def metrics_of_scatter(found: Scatter) -> Iterator[tuple[str, Metric]]:
    """(policy, metric) of every statistic that is defined; policy is empty where it is over policies.

    metric: `spearman[mae]`, or `spearman[mae/hold]` where the error is relative to hold's.
    """
    for reading in found.readings:
        over_policies = reading.over != TASKS
        by = "mae" if reading.score == MAE else "mae/hold"
        for name, unit in UNITS.items():
            value: Statistic = getattr(reading.agreement, name)
            task = reading.about if over_policies else ALL_TASKS
            metric = Metric(
                task, f"{name}[{by}]", unit, value.value, value.ci, reading.agreement.n, reading.over
            )
            yield "" if over_policies else reading.about, metric


def scatter_markdown(found: Scatter) -> str:
    """The section of the scatter: a table of the readings, what they say, what does not compare."""
    columns = ("of", "n", "by", "Spearman", "Pearson", "MMRV")
    table = markdown_table(columns, [_line(reading) for reading in found.readings])
    said = [f"- **{escape(r.about)}**: {escape(' '.join(r.words))}" for r in found.readings]
    notes = [f"- {escape(note)}" for note in found.notes]
    intro = (
        "Correlations of −MAE and success (95 %: points and their rollouts redrawn); MMRV is best at 0. MAE does not "
        "compare between tasks: over tasks it is relative to hold's."
    )
    return "\n\n".join(
        filter(None, ["## Open against closed loop", intro, table, "\n".join([*said, *notes])])
    )


def _line(reading: Reading) -> list[str]:
    found = reading.agreement
    return [
        escape(reading.about),
        f"{found.n} {reading.over}",
        escape(reading.score),
        _cell(found.spearman, "+.2f"),
        _cell(found.pearson, "+.2f"),
        _cell(found.mmrv, ".3f"),
    ]


def _cell(statistic: Statistic, form: str) -> str:
    if statistic.value is None:
        return NOTHING
    if statistic.ci is None:
        return format(statistic.value, form)
    low, high = statistic.ci
    return f"{statistic.value:{form}} \\[{low:{form}}, {high:{form}}\\]"
