"""Outcomes as the words and cells of a text: counts, intervals, paired tests. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from harness.core.numbers import p_value
from harness.stats.intervals import Interval
from harness.stats.proportions import mean_rate, newcombe_paired, wilson
from harness.stats.significance import holm, mcnemar
from tools.results.outcomes import Outcome, Outcomes


def solved(rows: Sequence[Outcome]) -> tuple[int, int]:
    """(solved, scenes)."""
    return sum(row.success for row in rows), len(rows)


def percents(ci: Interval) -> str:
    """`89-96 %`."""
    return f"{100 * ci[0]:.0f}-{100 * ci[1]:.0f} %"


def rate(rows: Sequence[Outcome]) -> str:
    """`93/100 (86-97 %)`: the count and its Wilson interval."""
    k, n = solved(rows)
    return f"{k}/{n} ({percents(wilson(k, n))})"


def pooled(run: Outcomes) -> str:
    """Every scene once."""
    return rate(run.rows)


def over_tasks(run: Outcomes) -> str:
    """`92.3 % (90-94 %)`: every task once, these tasks."""
    counts = [solved(run.of(task)) for task in run.tasks]
    mean, ci = mean_rate([k for k, _ in counts], [n for _, n in counts])
    return f"{100 * mean:.1f} % ({percents(ci)})"


def within(rows: Sequence[Outcome], actions: int) -> str:
    """How many were solved by that many actions."""
    return str(sum(row.success and row.actions <= actions for row in rows))


def holding(rows: Sequence[Outcome], count: int) -> int:
    """Of the solved ones, those at whose end exactly `count` of the facts hold."""
    return sum(row.success and sum(row.facts.values()) == count for row in rows)


def paired(a: Outcomes, b: Outcomes, task: str | None = None) -> tuple[list[bool], list[bool]]:
    """The outcomes of both on the scenes they share, of one task or of all."""
    first, second = a.by_scene, b.by_scene
    keys = [key for key in first if key in second and task in (None, key[0])]
    return [first[key].success for key in keys], [second[key].success for key in keys]


def paired_rows(a: Outcomes, b: Outcomes) -> list[tuple[str, ...]]:
    """Task, both counts, difference with Newcombe's interval, exact McNemar p, adjusted by Holm over the tasks."""
    tasks = [task for task in a.tasks if task in b.tasks]
    pairs = [paired(a, b, task) for task in tasks]
    adjusted = holm([mcnemar(*pair).p for pair in pairs])
    rows = [_paired_row(task, pair, p_value(p)) for task, pair, p in zip(tasks, pairs, adjusted, strict=True)]
    everything = paired(a, b)
    return [
        *rows,
        _paired_row("all, pooled", everything, f"{p_value(mcnemar(*everything).p)} (not adjusted)"),
    ]


def _paired_row(name: str, pair: tuple[list[bool], list[bool]], p: str) -> tuple[str, ...]:
    a, b = pair
    low, high = newcombe_paired(a, b)
    difference = 100 * (sum(b) - sum(a)) / len(a)
    return (
        name,
        f"{sum(a)}/{len(a)}",
        f"{sum(b)}/{len(b)}",
        f"{difference:+.0f} ({100 * low:+.0f} to {100 * high:+.0f})",
        p.removeprefix("p = "),
    )


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    rule = ["---"] * len(columns)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (columns, rule, *rows))


def by_task(run: Outcomes, cell: Callable[[Sequence[Outcome]], str]) -> dict[str, str]:
    """Task -> `cell` of its rows."""
    return {task: cell(run.of(task)) for task in run.tasks}
