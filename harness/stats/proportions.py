"""Intervals of success rates: Wilson's, Newcombe's of a paired difference, and of a mean over tasks. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import NormalDist

import numpy as np

from harness.stats.intervals import CONFIDENCE, Interval

FEWEST_PAIRS = 6
"""Scenes below which a paired difference has no interval: Newcombe's holds 92 % at five, 90 % at four."""
WHY_NO_DIFFERENCE = f"a difference has an interval from {FEWEST_PAIRS} scenes on"


def wilson(successes: float, n: float, confidence: float = CONFIDENCE) -> Interval:
    """Wilson score interval of a proportion (Wilson 1927). ValueError unless 0 <= successes <= n, n > 0.

    Counts need not be whole: `mean_rate` asks for those of an effective number of trials.
    """
    if n <= 0 or not 0 <= successes <= n:
        raise ValueError(f"need 0 <= successes <= n and n >= 1, got {successes} of {n}")
    z, p = NormalDist().inv_cdf((1 + confidence) / 2), successes / n
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    reach = z * (p * (1 - p) / n + z * z / (4 * n * n)) ** 0.5 / (1 + z * z / n)
    return Interval(centre - reach if successes else 0.0, centre + reach if successes < n else 1.0)


def mean_rate(successes: Sequence[int], trials: Sequence[int]) -> tuple[float, Interval]:
    """The mean over tasks of k / n, every task weighing the same, and its interval: these tasks, other scenes.

    successes, trials `(T,)`. Wilson's interval at the number of trials of one rate that would be as uncertain (Korn &
    Graubard 1998); each task's variance is taken at (k + 1/2) / (n + 1), Jeffreys' mean, so that 0 of n and n of n
    count as uncertain too. ValueError for no task or counts that are none.
    """
    k, n = np.asarray(successes, dtype=np.float64), np.asarray(trials, dtype=np.float64)
    if k.shape != n.shape or k.ndim != 1 or not len(k) or (n < 1).any() or (k < 0).any() or (k > n).any():
        raise ValueError(f"need 0 <= successes <= trials, trials >= 1, one a task, got {k} of {n}")
    mean = float((k / n).mean())
    likely = (k + 0.5) / (n + 1)
    variance = float((likely * (1 - likely) / n).sum()) / len(k) ** 2
    rate = float(likely.mean())
    effective = rate * (1 - rate) / variance
    return mean, wilson(min(mean * effective, effective), effective)


def newcombe_paired(a: Sequence[bool], b: Sequence[bool], confidence: float = CONFIDENCE) -> Interval:
    """Interval of mean(b) - mean(a) for paired successes a, b `(n,)`: Newcombe 1998, Stat. Med. 17:2635, method 10.

    It combines the two Wilson intervals with the correlation of the outcomes, so that it has a width where
    the runs never differ. It is no inversion of the exact McNemar test: near p = 0.05 the two may disagree.
    """
    first, second = np.asarray(a, dtype=bool), np.asarray(b, dtype=bool)
    if first.shape != second.shape or first.ndim != 1 or not len(first):
        raise ValueError(f"paired outcomes must both be (n,), n >= 1, got {first.shape} and {second.shape}")
    n, k_a, k_b = len(first), int(first.sum()), int(second.sum())
    p_a, p_b = k_a / n, k_b / n
    (low_a, high_a), (low_b, high_b) = wilson(k_a, n, confidence), wilson(k_b, n, confidence)
    both, neither = int((first & second).sum()), int((~first & ~second).sum())
    cross = both * neither - (k_a - both) * (k_b - both)
    corrected = max(cross - n / 2, 0.0) if cross > 0 else float(cross)
    spread = k_a * (n - k_a) * k_b * (n - k_b)
    phi = corrected / spread**0.5 if spread else 0.0

    def reach(x: float, y: float) -> float:
        return float(max(x * x - 2 * phi * x * y + y * y, 0.0) ** 0.5)

    difference = p_b - p_a
    low = difference - reach(p_b - low_b, high_a - p_a)
    high = difference + reach(high_b - p_b, p_a - low_a)
    return Interval(max(low, -1.0), min(high, 1.0))
