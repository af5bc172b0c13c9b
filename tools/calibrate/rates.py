"""Coverage of intervals of success rates, one task's, the mean over tasks and a paired difference's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from harness.stats.intervals import mean_over_tasks
from harness.stats.proportions import FEWEST_PAIRS, mean_rate, newcombe_paired, wilson
from tools.calibrate.candidates import coverage
from tools.calibrate.table import Table, percent

ROLLOUTS = (5, 10, 20, 50, 100)
RATES = (0.02, 0.1, 0.5, 0.9, 0.98)
CELLS = ((0.45, 0.1, 0.25, 0.2), (0.8, 0.02, 0.08, 0.1), (0.96, 0.01, 0.01, 0.02), (0.2, 0.3, 0.3, 0.2))
"""Chances that both runs succeed in a scene, only the first, only the second, neither."""


def wilson_table() -> Table:
    """Exact: every count weighs by its binomial probability."""
    from scipy import stats

    def held(n: int, rate: float) -> float:
        counts = np.arange(n + 1)
        ends = np.array([wilson(k, n) for k in counts.tolist()])
        inside = (ends[:, 0] <= rate) & (rate <= ends[:, 1])
        return float(stats.binom.pmf(counts, n, rate)[inside].sum())

    grid = np.linspace(0.005, 0.995, 199)
    rows = [
        (
            str(n),
            *(percent(held(n, rate)) for rate in RATES),
            percent(float(np.mean([held(n, rate) for rate in grid]))),
        )
        for n in ROLLOUTS
    ]
    return Table("One task's rate (Wilson)", ("n", *(f"rate {r}" for r in RATES), "mean over rates"), rows)


ANY = "mean over rates"


def task_rates(tasks: int, kind: str, rng: np.random.Generator) -> np.ndarray:
    """True rates `(tasks,)`: all alike, at a given or at any rate, spread evenly, or near 0 and 1 as benchmarks have
    them."""
    if kind == "spread":
        return np.linspace(0.05, 0.95, tasks)
    if kind == ANY:
        return np.full(tasks, rng.uniform(0.005, 0.995))
    return rng.beta(0.5, 0.5, tasks) if kind == "U-shaped" else np.full(tasks, float(kind))


def over_tasks(tasks: int, n: int, kind: str, runs: int, rng: np.random.Generator) -> float:
    """Coverage of `mean_rate`, n rollouts a task."""
    ends, truth = np.empty((2, runs)), np.empty(runs)
    for run in range(runs):
        rates = task_rates(tasks, kind, rng)
        truth[run] = rates.mean()
        ends[:, run] = mean_rate(rng.binomial(n, rates).tolist(), [n] * tasks)[1]
    return coverage((ends[0], ends[1]), truth)[0]


def task_table(runs: int, rng: np.random.Generator) -> Table:
    """The mean over tasks, a row a design."""
    kinds = ("0.08", "0.5", "0.97", "spread", "U-shaped", ANY)
    designs = [(tasks, n) for tasks in (2, 4, 10, 50) for n in (5, 10, 20, 100)]
    rows = [
        (f"{tasks} x {n}", *(percent(over_tasks(tasks, n, kind, runs, rng)) for kind in kinds))
        for tasks, n in designs
    ]
    return Table("Mean over tasks of rates (tasks x rollouts)", ("design", *kinds), rows)


def newcombe_table(runs: int, rng: np.random.Generator) -> Table:
    """Difference of two runs on the same scenes: (both, only A, only B, neither)."""
    rows = []
    sizes = (FEWEST_PAIRS, *(n for n in ROLLOUTS if n > FEWEST_PAIRS))
    for cells in CELLS:
        held = []
        for n in sizes:
            tables, of = np.unique(rng.multinomial(n, cells, size=runs), axis=0, return_counts=True)
            ends = np.array([newcombe_paired(*_outcomes(table)) for table in tables.tolist()])
            truth = cells[2] - cells[1]
            held.append(float(np.average((ends[:, 0] <= truth) & (truth <= ends[:, 1]), weights=of)))
        rows.append((str(cells), *map(percent, held)))
    return Table("Paired difference of rates (Newcombe)", ("cells", *(f"n = {n}" for n in sizes)), rows)


def difference_over_tasks(tasks: int, n: int, cells: Sequence[Sequence[float]], runs: int, rng: Any) -> Any:
    """Coverage of `mean_over_tasks` of a scene's change (-1, 0, 1), and the part of runs that show an interval.

    cells: of the first task, the second, and so on, in turn.
    """
    own = [cells[i % len(cells)] for i in range(tasks)]
    names = np.repeat(np.arange(tasks).astype(str), n).tolist()
    ends = np.full((2, runs), np.nan)
    for run in range(runs):
        drawn = [rng.choice((0, -1, 1, 0), size=n, p=chances) for chances in own]
        ci = mean_over_tasks(np.concatenate(drawn), names)[1]
        if ci is not None:
            ends[:, run] = ci
    return coverage((ends[0], ends[1]), float(np.mean([chances[2] - chances[1] for chances in own])))


def difference_table(runs: int, rng: np.random.Generator) -> Table:
    """The difference of two means over tasks on the same scenes, a row a design."""
    rows = []
    for tasks, n in ((2, 20), (4, 20), (4, 50), (4, 100), (10, 20), (50, 10)):
        measured = [
            difference_over_tasks(tasks, n, cells, runs, rng) for cells in (*([c] for c in CELLS), CELLS)
        ]
        rows.append((f"{tasks} x {n}", *(f"{percent(held)} ({100 * shown:.0f})" for held, shown in measured)))
    columns = ("design", *map(str, CELLS), "these in turn")
    return Table(
        "Difference of means over tasks of rates; in brackets the % of runs that show an interval",
        columns,
        rows,
    )


def _outcomes(table: Sequence[int]) -> tuple[list[bool], list[bool]]:
    both, only_a, only_b, neither = table
    a = [True] * (both + only_a) + [False] * (only_b + neither)
    return a, [True] * both + [False] * only_a + [True] * only_b + [False] * neither


def tables(runs: int, rng: np.random.Generator) -> Sequence[Table]:
    """All of the above."""
    return (
        wilson_table(),
        task_table(max(200, runs // 2), rng),
        newcombe_table(runs, rng),
        difference_table(max(200, runs // 5), rng),
    )
