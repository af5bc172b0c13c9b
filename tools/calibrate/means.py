"""Coverage of intervals of means: the candidates, then what is shown, with weights and over tasks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from harness.stats.intervals import mean_over_tasks
from tools.calibrate.candidates import ALL, coverage, shipped
from tools.calibrate.errors import BEYOND, PAIRED, REFERENCE, SHARES, Errors
from tools.calibrate.table import Table, percent

EPISODES = (4, 8, 16, 30, 50, 100)
SHOWN = (30, 40, 50, 100, 200)


def candidates(errors: Errors, n: int, runs: int, rng: np.random.Generator) -> dict[str, float]:
    """Coverage of every candidate at n episodes."""
    drawn = errors.draw(rng, (n, runs))
    by_name = {name: ends for method in ALL for name, ends in method(drawn, rng).items()}
    return {name: coverage(ends, errors.mean)[0] for name, ends in by_name.items()}


def candidate_table(runs: int, rng: np.random.Generator) -> Table:
    """All candidates over the reference errors."""
    rows = []
    for n in EPISODES:
        for name, errors in REFERENCE.items():
            covered = candidates(errors, n, runs, rng)
            rows.append((str(n), name, *map(percent, covered.values())))
    return Table("Candidates: coverage in % of 95 % intervals of a mean", ("n", "errors", *covered), rows)


def shown_table(
    title: str, errors: Mapping[str, Errors], runs: int, rng: np.random.Generator, *, shares: bool = False
) -> Table:
    """What the pages show of errors, each at the numbers of episodes in `SHOWN`."""
    rows = [
        (
            name,
            *(
                percent(coverage(shipped(own.draw(rng, (n, runs)), shares=shares), own.mean)[0])
                for n in SHOWN
            ),
        )
        for name, own in errors.items()
    ]
    return Table(title, ("errors", *(f"n = {n}" for n in SHOWN)), rows)


def weighted_table(runs: int, rng: np.random.Generator) -> Table:
    """Means over steps: episodes weigh by their frames. Few in effect have nothing shown."""
    rows = []
    for spread in (0.3, 0.6):
        for name in ("normal", "lognormal 0.5", "lognormal 1", "50 % zeros, lognormal 0.5"):
            errors, cells = REFERENCE[name], []
            for n in SHOWN:
                weights = rng.lognormal(0, spread, (n, runs))
                held, shown = coverage(shipped(errors.draw(rng, (n, runs)), weights), errors.mean)
                cells.append(f"{percent(held)} ({100 * shown:.0f})" if shown > 0.01 else "–")
            rows.append((f"lognormal {spread}", name, *cells))
    columns = ("weights", "errors", *(f"n = {n}" for n in SHOWN))
    return Table("Shown: means weighted by frames; in brackets the % of runs that show one", columns, rows)


def over_tasks(
    tasks: int, episodes: int, errors: Errors, runs: int, rng: np.random.Generator
) -> tuple[float, float]:
    """Coverage and part shown of the mean over tasks, the k-th of which has k % 5 + 1 times the error."""
    scale = 1.0 + np.arange(tasks) % 5
    truth = errors.mean * scale.mean()
    names = np.repeat(np.arange(tasks).astype(str), episodes)
    ends = np.full((2, runs), np.nan)
    for run in range(runs):
        drawn = errors.draw(rng, (episodes, tasks)) * scale
        ci = mean_over_tasks(drawn.T.ravel(), names.tolist())[1]
        if ci is not None:
            ends[:, run] = ci
    return coverage((ends[0], ends[1]), truth)


def task_table(runs: int, rng: np.random.Generator) -> Table:
    """Means over tasks, a row a design."""
    kinds = ("normal", "lognormal 0.5", "lognormal 1", "50 % zeros, lognormal 0.5")
    rows = [
        (
            f"{tasks} x {episodes}",
            *(percent(over_tasks(tasks, episodes, REFERENCE[kind], runs, rng)[0]) for kind in kinds),
        )
        for tasks, episodes in ((2, 16), (4, 8), (4, 16), (4, 50), (10, 5), (10, 20), (50, 2), (50, 10))
    ]
    return Table("Shown: mean over tasks (tasks x episodes)", ("design", *kinds), rows)


def tables(runs: int, rng: np.random.Generator) -> Sequence[Table]:
    """All of the above."""
    return (
        candidate_table(runs, rng),
        shown_table("Shown: means", REFERENCE, runs, rng),
        shown_table("Shown: paired differences", PAIRED, runs, rng),
        shown_table("Shown: shares (SR@τ, progress)", SHARES, runs, rng, shares=True),
        shown_table("Beyond what the rule was made for", BEYOND, runs, rng),
        weighted_table(runs, rng),
        task_table(max(200, runs // 2), rng),
    )
