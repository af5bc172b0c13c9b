"""Success rates of which one side or both are published: by task with their intervals, untested. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.compare.published.rates import Reproduction
from harness.compare.sides import Side
from harness.core.errors import UserError
from harness.core.numbers import points
from harness.core.text import short
from harness.rendering.document import Table
from harness.rendering.markdown import percent, percent_interval
from harness.results.official import departures
from harness.runs.policy_names import is_control
from harness.runs.provenance import remarks_of
from harness.stats.intervals import Interval
from harness.stats.proportions import mean_rate, wilson

DEFAULT = "demo_clean"


@dataclass(frozen=True)
class Rate:
    """k of n solved, and the interval at 95 %."""

    successes: int
    n: int
    ci: Interval


@dataclass(frozen=True)
class Beside:
    """Rates of the tasks that both sides have; means: over these tasks; left_out: tasks that one side alone has."""

    setting: str
    tasks: dict[str, tuple[Rate, Rate]]
    means: tuple[tuple[float, Interval], tuple[float, Interval]]
    left_out: tuple[list[str], list[str]]


def rates_beside(a: Side, b: Side) -> Beside:
    """Both sides' rates by task, in one setting; UserError where there is none, or no task, that both have."""
    setting = _setting(a, b)
    counts = [_counts(side, setting) for side in (a, b)]
    shared = sorted(counts[0].keys() & counts[1].keys())
    if not shared:
        raise UserError(
            f"{a.where} and {b.where} have no task in common: {_listed(counts[0])} and {_listed(counts[1])}"
        )
    tasks = {task: (_rate(*counts[0][task]), _rate(*counts[1][task])) for task in shared}
    means = [
        mean_rate(
            [pair[side].successes for pair in tasks.values()], [pair[side].n for pair in tasks.values()]
        )
        for side in (0, 1)
    ]
    alone = [sorted(set(counts[side]) - set(shared)) for side in (0, 1)]
    return Beside(setting, tasks, (means[0], means[1]), (alone[0], alone[1]))


def _setting(a: Side, b: Side) -> str:
    """The setting to compare in: what a run was in, or what was asked for."""
    named = {
        setting
        for side in (a, b)
        for setting in [
            side.rates.asked if side.rates else side.config.config if side.config.gives("config") else DEFAULT
        ]
        if setting is not None
    }
    if len(named) > 1:
        raise UserError(
            f"{' and '.join(sorted(named))} are other scenes: compare figures of one setting (name it with "
            "@demo_clean or @demo_randomized behind published figures)"
        )
    return named.pop() if named else DEFAULT


def _counts(side: Side, setting: str) -> dict[str, tuple[int, int]]:
    """Task -> (solved, rollouts)."""
    if side.rates is not None:
        return {task: (k, side.rates.rollouts) for task, k in side.rates.successes(setting).items()}
    counts: dict[str, tuple[int, int]] = {}
    for row in side.rollouts:
        k, n = counts.get(row.task, (0, 0))
        counts[row.task] = (k + bool(row.success), n + 1)
    return counts


def _rate(k: int, n: int) -> Rate:
    return Rate(k, n, wilson(k, n))


def _listed(counts: Mapping[str, Any]) -> str:
    names = sorted(counts)
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")


def rate_tables(beside: Beside, a: Side, b: Side, names: Sequence[str]) -> list[Table]:
    """By task, on average over the tasks both have, and what others found for such figures; nothing is tested."""
    rows = [
        (task, *_cells(x), *_cells(y), points(y.successes / y.n - x.successes / x.n))
        for task, (x, y) in beside.tasks.items()
    ]
    alone = [
        f"{len(tasks)} tasks that only {letter} has are left out"
        for letter, tasks in zip("AB", beside.left_out, strict=True)
        if tasks
    ]
    note = "; ".join(
        [f"Setting {beside.setting}; A is {names[0]}, B is {names[1]}; Wilson intervals", *alone]
    )
    tables = [
        Table(
            "Success by task, side by side",
            f"{note}. The difference is not tested: what differs is more than the policy.",
            ("task", "A", "A 95 %", "B", "B 95 %", "Δ"),
            rows,
        )
    ]
    if len(beside.tasks) > 1:
        (x, x_ci), (y, y_ci) = beside.means
        cells = (
            f"these {len(rows)} tasks",
            percent(x),
            percent_interval(x_ci),
            percent(y),
            percent_interval(y_ci),
            points(y - x),
        )
        head = ("", "A", "A 95 %", "B", "B 95 %", "Δ")
        tables.append(Table("Mean over tasks", "Every task weighs the same; not tested.", head, [cells]))
    spread: Sequence[Reproduction] = next(
        (side.rates.reproductions for side in (a, b) if side.rates is not None), []
    )
    if spread:
        tables.append(_spread(spread))
    return tables


def _spread(reproductions: Sequence[Reproduction]) -> Table:
    rows = [
        (
            one.policy,
            one.setting.removeprefix("demo_"),
            f"{one.published:g} %",
            ", ".join(f"{value:g}" for value in one.found) + " %",
            one.how,
            one.where,
        )
        for one in reproductions
    ]
    note = "Averages over the tasks as published, and what others got; public threads, unchecked."
    return Table(
        "How far such figures repeat", note, ("policy", "setting", "published", "found", "how", "where"), rows
    )


def _cells(rate: Rate) -> tuple[str, str]:
    return f"{rate.successes}/{rate.n}", percent_interval(rate.ci)


def rate_cautions(a: Side, b: Side) -> Iterator[str]:
    """What stands between a published rate and a run's, the gravest first."""
    for name, side, other in (("A", a, b), ("B", b, a)):
        if side.rates is None:
            continue
        yield (
            f"{name} is published ({side.where}): measured by others with {side.rates.measured_with}, "
            f"{side.rates.rollouts} rollouts a task, a policy trained on {side.rates.training_data}. The figures "
            "stand side by side; their difference is not tested and is no evidence. One training at one seed: the "
            "intervals know nothing of other trainings."
        )
        if other.rates is None:
            letter = "B" if name == "A" else "A"
            yield from (f"{letter}: {words}" for words in _departures(other))


def _departures(run: Side) -> Iterator[str]:
    """Where a run departs from how RoboTwin's own rates are measured."""
    facts, config = run.provenance, run.config
    yield from (departure.explanation for departure in departures(run.mode, config, facts))
    if is_control(config.ablate):
        yield f"a control, not a result (--ablate {config.ablate})"
    for words in [*filter(None, (facts.training_overlap, facts.off_task)), *remarks_of(facts)]:
        yield short(str(words), 300)
    if run.status != "done":
        yield f"the run did not finish ({run.status})"
    if config.strategy not in (None, "plain"):
        yield f"chunks are executed by the strategy {short(str(config.strategy))}"
