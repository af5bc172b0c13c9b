"""Open against closed loop: what the error of points (`harness.results.points`) says about their success. Pure.

Readings, the first being the main one:
- over policies within a task, by MAE: all were scored on the same frames and acted in the same scenes;
- over policies over all tasks that every policy has, each task weighing the same, by MAE relative to hold;
- over tasks of one policy, by MAE relative to hold: MAE itself does not compare between tasks, because how far the
  arms travel and how they were sampled decide it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from harness.results.differing import unlike
from harness.results.lines import Line, policy_lines
from harness.results.points import Point, pair
from harness.results.scatter_findings import findings
from harness.results.views import ALL_TASKS, RunView
from harness.stats.correlation import FEWEST_POINTS, Agreement, agree

MAE, RELATIVE = "MAE", "MAE / hold's"
POLICIES, SETTINGS, TASKS = "policies", "settings", "tasks"
"""What the points of a reading are; settings where several are one policy's, at other horizons or strategies."""
OPEN_FACTS = {
    "dataset_hash": "other dataset, so MAE does not compare",
    "dataset_sampling": "other sampling of the recorded actions, so MAE does not compare",
    "horizon": "other horizon in open loop, so MAE does not compare",
}
CLOSED_FACTS = {
    "config": "other setting of the scenes",
    "scenes": "other set of scenes",
    "seed": "other run seed, so other scenes",
    "assets_kind": "other kind of assets",
    "controller": "other controller",
    "horizon": "other horizon in closed loop",
    "max_actions": "other limit of actions",
}
ACROSS_TASKS = ("dataset_sampling", "horizon", "config", "assets_kind", "controller", "max_actions")
"""Facts that matter between tasks too; that every task has its own dataset is no news."""


@dataclass(frozen=True)
class Reading:
    """One scatter read over its points: `over` policies, settings or tasks, by `score`; `about` says of what."""

    about: str
    over: str
    score: str
    agreement: Agreement
    sentences: list[str]


@dataclass(frozen=True)
class Scatter:
    """All points, all readings, and what does not compare among them."""

    points: list[Point]
    readings: list[Reading]
    notes: list[str]


def scatter(lines: Sequence[Line]) -> Scatter | None:
    """The scatter of `lines` (`policy_lines` of harness.results.lines, by task); None without a reading."""
    points, notes = pair(lines)
    made = list(readings(points))
    return Scatter(points, made, list(dict.fromkeys([*notes, *differences(points)]))) if made else None


def readings(points: Sequence[Point]) -> Iterator[Reading]:
    """Every reading with at least two policies or four tasks, the main ones first."""
    for task in _distinct(point.task for point in points):
        yield from _with_and_without(task, [p for p in points if p.task == task])
    yield from _over_all_tasks(points)
    for name in _distinct(point.name for point in points if not point.baseline):
        own = [p for p in points if p.name == name and p.relative is not None]
        if len(own) >= FEWEST_POINTS:
            yield _reading(name, TASKS, RELATIVE, [[p] for p in own])


def _with_and_without(task: str, own: Sequence[Point]) -> Iterator[Reading]:
    trained = [p for p in own if not p.baseline]
    if len(own) > 1:
        yield _reading(task, POLICIES, MAE, [[p] for p in own])
    if 1 < len(trained) < len(own):
        yield _reading(f"{task}, without baselines", POLICIES, MAE, [[p] for p in trained])


def _over_all_tasks(points: Sequence[Point]) -> Iterator[Reading]:
    by_name = {
        name: {p.task: p for p in points if p.name == name and p.relative is not None}
        for name in _distinct(p.name for p in points)
    }
    shared = {task for own in by_name.values() for task in own}.intersection(*by_name.values())
    if len(shared) > 1 and len(by_name) > 1:
        rows = [[own[task] for task in sorted(shared)] for own in by_name.values()]
        yield _reading(f"mean over {len(shared)} tasks", POLICIES, RELATIVE, rows)


def _reading(about: str, over: str, score: str, rows: Sequence[Sequence[Point]]) -> Reading:
    """rows: the points of each item, one, or one a task."""
    errors = [float(np.mean([p.mae if score == MAE else p.relative for p in row])) for row in rows]
    agreement = agree(
        errors, [[p.successes for p in row] for row in rows], [[p.n for p in row] for row in rows]
    )
    if over == POLICIES and len({row[0].policy for row in rows}) < len(rows):
        over = SETTINGS
    names = [row[0].task if over == TASKS else row[0].name for row in rows]
    return Reading(about, over, score, agreement, findings(agreement, names, over))


def _distinct(values: Any) -> list[str]:
    return list(dict.fromkeys(values))


def differences(points: Sequence[Point]) -> Iterator[str]:
    """What differs between runs whose points are read together: within a task, and over all of them."""
    for facts, runs in (
        (OPEN_FACTS, [(p.task, p.open_run) for p in points]),
        (CLOSED_FACTS, [(p.task, p.closed_run) for p in points]),
    ):
        within = {key: label for key, label in facts.items() if key not in ACROSS_TASKS}
        for task in _distinct(name for name, _ in runs):
            yield from unlike([run for name, run in runs if name == task], within)
        across = {key: label for key, label in facts.items() if key in ACROSS_TASKS}
        yield from unlike([run for _, run in runs], across)


def scatter_of(runs: Sequence[RunView]) -> Scatter | None:
    """Open against closed over all runs; None where there is nothing to correlate."""
    return scatter([line for line in policy_lines(runs) if line.task != ALL_TASKS])
