"""Coverage of the intervals of Spearman, Pearson and MMRV: for these points, and for others like them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from scipy import stats

from harness.stats.correlation import STATISTICS, agree
from harness.stats.intervals import Interval
from tools.calibrate.table import Table, percent

POINTS = (4, 5, 8, 12, 20)
ROLLOUTS = (5, 10, 20, 50)
DRAWS = 400


def _ordered(_: np.random.Generator, error: np.ndarray) -> np.ndarray:
    return np.linspace(0.95, 0.2, len(error))[stats.rankdata(error).astype(int) - 1]


def _noisy(rng: np.random.Generator, error: np.ndarray) -> np.ndarray:
    return np.clip(1 - error + rng.normal(0, 0.2, len(error)), 0.02, 0.98)


def _high(rng: np.random.Generator, error: np.ndarray) -> np.ndarray:
    return 1 - 0.15 * rng.random(len(error))


def _unrelated(rng: np.random.Generator, error: np.ndarray) -> np.ndarray:
    return rng.random(len(error))


def _tied(_: np.random.Generator, error: np.ndarray) -> np.ndarray:
    return np.where(error < np.median(error), 1.0, 0.5)


DESIGNS: dict[str, Callable[[np.random.Generator, np.ndarray], np.ndarray]] = {
    "in perfect order": _ordered,
    "with noise": _noisy,
    "unrelated": _unrelated,
    "unrelated, 0.85 to 1": _high,
    "half 1, half 0.5": _tied,
}
COPULAS = ((0.0, "uniform"), (0.6, "uniform"), (0.9, "uniform"), (0.6, "0.7 to 1"), (0.6, "U-shaped"))


def _holds(ci: Interval | None, truth: float) -> bool | None:
    return None if ci is None else ci.low - 1e-9 <= truth <= ci.high + 1e-9


def these_points(points: int, rollouts: int, design: str, runs: int, rng: np.random.Generator) -> list[float]:
    """Coverage by `rollouts_ci` of each statistic that endless rollouts of the points would give."""
    held: dict[str, list[bool]] = {name: [] for name in STATISTICS}
    for _ in range(runs):
        error = rng.random(points)
        rates = DESIGNS[design](rng, error)
        agreement = agree(error, rng.binomial(rollouts, rates), np.full(points, rollouts), draws=DRAWS)
        for name, statistic in STATISTICS.items():
            inside = _holds(getattr(agreement, name).rollouts_ci, float(statistic(-error, rates)))
            held[name] += [] if inside is None else [inside]
    return [float(np.mean(inside)) if inside else float("nan") for inside in held.values()]


def other_points(
    points: int, rollouts: int, rho: float, shape: str, runs: int, rng: np.random.Generator
) -> float:
    """Coverage by `ci` of the population's Spearman, where error and rate are joined by a Gaussian copula."""
    truth, held = 6 / np.pi * np.arcsin(rho / 2), []
    for _ in range(runs):
        x, noise = rng.normal(size=(2, points))
        y = rho * x + (1 - rho**2) ** 0.5 * noise
        rates = stats.norm.cdf(2 * y if shape == "U-shaped" else y)
        rates = 0.7 + 0.3 * rates if shape == "0.7 to 1" else rates
        agreement = agree(-x, rng.binomial(rollouts, rates), np.full(points, rollouts), draws=DRAWS)
        inside = _holds(agreement.spearman.ci, float(truth))
        held += [] if inside is None else [inside]
    return float(np.mean(held)) if held else float("nan")


def tables(runs: int, rng: np.random.Generator) -> Sequence[Table]:
    """Both kinds of interval."""
    rows = [
        (
            design,
            str(points),
            *(" / ".join(map(percent, these_points(points, n, design, runs, rng))) for n in ROLLOUTS),
        )
        for design in DESIGNS
        for points in POINTS
    ]
    these = Table(
        "These points, endless rollouts: Spearman / Pearson / MMRV",
        ("rates", "points", *(f"{n} rollouts" for n in ROLLOUTS)),
        rows,
    )
    rows = [
        (
            f"{points} x {n}",
            *(percent(other_points(points, n, rho, shape, runs, rng)) for rho, shape in COPULAS),
        )
        for points, n in ((8, 20), (8, 100), (12, 20), (12, 100), (20, 20), (20, 100), (50, 50), (50, 100))
    ]
    others = Table(
        "Other points like these: Spearman (points x rollouts)",
        ("design", *(f"{rho}, rates {shape}" for rho, shape in COPULAS)),
        rows,
    )
    return these, others
