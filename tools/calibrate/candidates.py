"""Intervals of a mean that were tried: from runs `(n, R)`, one a column, to lower and upper ends `(R,)`."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import stats

from harness.stats.intervals import ratio_intervals, skewed_t

RESAMPLES = 2000
TAILS = np.array([0.025, 0.975])
Ends = tuple[np.ndarray, np.ndarray]


def bootstrap(runs: np.ndarray, rng: np.random.Generator) -> dict[str, Ends]:
    """Percentile, BCa (Efron 1987) and bootstrap-t; the same draws of episodes serve all runs."""
    n = len(runs)
    times = rng.multinomial(n, np.full(n, 1 / n), size=RESAMPLES).astype(float)
    mean = runs.mean(axis=0)
    gap = runs - mean
    spread = (gap**2).mean(axis=0)
    shift = times @ gap / n
    order = np.sort(shift, axis=0)
    low, high = np.quantile(shift, TAILS, axis=0)
    below = ((shift < 0).mean(axis=0) + (shift <= 0).mean(axis=0)) / 2
    bias = stats.norm.ppf(np.clip(below, 1 / RESAMPLES, 1 - 1 / RESAMPLES))
    with np.errstate(invalid="ignore", divide="ignore"):
        bend = (gap**3).mean(axis=0) / spread**1.5 / (6 * n**0.5)
        ranks = [stats.norm.cdf(bias + (bias + z) / (1 - bend * (bias + z))) for z in stats.norm.ppf(TAILS)]
        error = np.sqrt(np.maximum(times @ gap**2 / n - shift**2, 0))
        t = np.sort(np.nan_to_num(shift / error, nan=0.0, posinf=np.inf, neginf=-np.inf), axis=0)
    rows = [np.clip(np.nan_to_num(rank) * RESAMPLES, 0, RESAMPLES - 1).astype(int) for rank in ranks]
    bca = [np.take_along_axis(order, row[None], axis=0)[0] for row in rows]
    small, large = t[int(0.025 * RESAMPLES)], t[int(0.975 * RESAMPLES) - 1]
    return {
        "percentile": (mean + low, mean + high),
        "BCa": (mean + bca[0], mean + bca[1]),
        "bootstrap-t": (mean - large * np.sqrt(spread), mean - small * np.sqrt(spread)),
    }


def formulas(runs: np.ndarray) -> dict[str, Ends]:
    """Student's t, Johnson's t (1978), Hall's transformed t (1992) and the wider of the first and the last."""
    n = len(runs)
    mean, gap = runs.mean(axis=0), runs - runs.mean(axis=0)
    error = runs.std(axis=0, ddof=1) / n**0.5
    with np.errstate(invalid="ignore", divide="ignore"):
        skew = np.nan_to_num((gap**3).mean(axis=0) / (gap**2).mean(axis=0) ** 1.5) / n**0.5
    df = np.full_like(mean, n - 1)
    reach = stats.t.ppf(TAILS[1], n - 1)
    shift = skew * error / 6
    both = skewed_t(mean, error, skew, df)
    bent = np.where(np.abs(skew) > 1e-9, skew, 1e-9)
    hall = [3 / bent * (np.cbrt(1 + bent * (x - bent / 6)) - 1) for x in (reach, -reach)]
    return {
        "t": (mean - reach * error, mean + reach * error),
        "Johnson's t": (mean + shift - reach * error, mean + shift + reach * error),
        "Hall's t": (mean - hall[0] * error, mean - hall[1] * error),
        "t and Hall's t": both,
    }


def shipped(runs: np.ndarray, weights: np.ndarray | None = None, *, shares: bool = False) -> Ends:
    """What the pages show, NaN where they show nothing."""
    w = np.ones_like(runs) if weights is None else weights
    intervals = ratio_intervals(runs * w, w, shares=shares)
    ends = np.array([(np.nan, np.nan) if ci is None else ci for ci in intervals])
    return ends[:, 0], ends[:, 1]


def coverage(ends: Ends, truth: float | np.ndarray) -> tuple[float, float]:
    """Part of the intervals shown that hold `truth`, and part shown; NaN where none is."""
    low, high = ends
    known = np.isfinite(low) & np.isfinite(high) & (high > low)
    held = (low <= truth) & (truth <= high)
    return (float(held[known].mean()) if known.any() else float("nan")), float(known.mean())


ALL: tuple[Callable[[np.ndarray, np.random.Generator], dict[str, Ends]], ...] = (
    bootstrap,
    lambda runs, _: formulas(runs),
)
