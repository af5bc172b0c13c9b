"""Two sets of rollouts as numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from harness.compare.pairs import (
    RATE,
    Delta,
    RateDelta,
    adjusted,
    delta,
    rate_delta,
    shared_rows,
    unshared,
)
from harness.runs.rows import ClosedLoopRow
from harness.stats.intervals import mean_over_tasks
from harness.stats.significance import Paired, paired


@dataclass(frozen=True)
class SceneChange:
    """A scene that one run alone solved."""

    task: str
    seed: int
    solved_by: Literal["a", "b"]


@dataclass(frozen=True)
class ClosedComparison:
    """Two closed-loop runs on the scenes (task, seed) that ended without error in both.

    macro: mean over these tasks of the rates (None of one task). steps: actions on scenes both solved, without an
    interval: a success after hundreds of them is rare and decides the mean. changes: scenes that one run alone solved.
    only_a, only_b: scenes left out because the other run lacks them, or they ended in an error.
    """

    overall: RateDelta
    tasks: list[RateDelta]
    macro: Delta | None
    steps: Paired | None
    changes: list[SceneChange]
    only_a: int
    only_b: int


def compare_closedloop(a: Sequence[ClosedLoopRow], b: Sequence[ClosedLoopRow]) -> ClosedComparison:
    """Compare the scored rows of two closed-loop runs; ValueError where they share no scene."""
    pairs = shared_rows(a, b)
    if not pairs:
        raise ValueError("the runs share no scene")
    names = sorted({row.task for row, _ in pairs})
    tasks = [rate_delta(name, [pair for pair in pairs if pair[0].task == name]) for name in names]
    tasks = adjusted(tasks) if len(tasks) > 1 else tasks
    macro = None
    if len(tasks) > 1:
        change = [bool(y.success) - bool(x.success) for x, y in pairs]
        interval = mean_over_tasks(change, [x.task for x, _ in pairs])[1]
        means = [
            float(np.mean(rates)) for rates in zip(*((t.a / t.n, t.b / t.n) for t in tasks), strict=True)
        ]
        macro = delta("mean over tasks", RATE, means[0], means[1], n=len(tasks), ci=interval)
    solved = [pair for pair in pairs if all(row.success and row.steps is not None for row in pair)]
    return ClosedComparison(
        overall=rate_delta("all", pairs),
        tasks=tasks,
        macro=macro,
        steps=replace(paired(*zip(*((x.steps, y.steps) for x, y in solved), strict=True)), ci=None)
        if solved
        else None,
        changes=[
            SceneChange(x.task, x.seed, "b" if y.success else "a") for x, y in pairs if x.success != y.success
        ],
        only_a=len(unshared(a, b)),
        only_b=len(unshared(b, a)),
    )
