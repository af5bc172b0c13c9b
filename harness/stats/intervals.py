"""Intervals of means over episodes, without a bootstrap: what was measured of them stands in `docs/statistics.md`.

A mean of few or skewed numbers is the hard case: a percentile bootstrap that calls itself 95 % covers 80 % at four
normal episodes and 87 % at thirty lognormal ones. Here two intervals are combined, the wider end of each: Student's
t, right where errors are symmetric, and Hall's transformed t (Hall 1992, JRSS B 54:221, the cubic one), right where
they are skewed. Below `FEWEST` episodes nothing that was tried holds 95 % ± 2 for normal, skewed and zero-inflated
errors alike, so there is no interval; nor is there one where all episodes agree.

`python -m tools.calibrate` measures the coverage. Nothing here is random; scipy.stats is slow to load and not used.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import NormalDist
from typing import Any, NamedTuple

import numpy as np

CONFIDENCE = 0.95
FEWEST = 30
"""Episodes (in effect, where they weigh differently) below which a mean has no interval."""
FEWEST_SHARES = 50
"""The same for shares 0..1 (SR@τ, progress), whose interval is too wide at fewer: 97-98 % where nearly all are 1."""
WHY_NONE = (
    f"a mean has an interval from {FEWEST} episodes on, a mean of shares from {FEWEST_SHARES} (in effect, where some "
    "are longer), unless all agree: with fewer no method that was tried holds its 95 %"
)
_PSEUDO = 0.01
"""Episodes added at 0 and at 1 when the spread of shares is judged: it matters only where nearly all agree."""
_FLAT = 1e-12
"""Spread, relative to the size of the numbers, below which they are all the same."""
_FEWEST_DF = 3.0


class Interval(NamedTuple):
    """A confidence interval, low <= high."""

    low: float
    high: float


def t_quantile(df: Any, confidence: float = CONFIDENCE) -> np.ndarray:
    """Two-sided quantile of Student's t with `df` degrees of freedom, at least 3: to 0.2 %, from 29 on to 1e-6.

    Abramowitz & Stegun 26.7.5.
    """
    x = NormalDist().inv_cdf((1 + confidence) / 2)
    terms = (
        (x**3 + x) / 4,
        (5 * x**5 + 16 * x**3 + 3 * x) / 96,
        (3 * x**7 + 19 * x**5 + 17 * x**3 - 15 * x) / 384,
        (79 * x**9 + 776 * x**7 + 1482 * x**5 - 1920 * x**3 - 945 * x) / 92160,
    )
    nu = np.maximum(np.asarray(df, dtype=np.float64), _FEWEST_DF)
    return x + sum((term / nu**power for power, term in enumerate(terms, 1)), np.zeros_like(nu))


def skewed_t(estimate: Any, error: Any, skewness: Any, df: Any) -> tuple[np.ndarray, np.ndarray]:
    """Lower and upper ends of the interval of estimates: the wider of Student's t and Hall's transformed t.

    estimate, error (its standard error), skewness (of the estimate itself: that of one episode over the square root
    of their number) and df (degrees of freedom) are arrays of one shape.
    """
    estimate, error, skewness = (np.asarray(x, dtype=np.float64) for x in (estimate, error, skewness))
    reach = t_quantile(df)
    bent = np.abs(skewness) > 1e-9
    skew = np.where(bent, skewness, 1.0)

    def hall(x: np.ndarray) -> np.ndarray:
        return np.where(bent, 3 / skew * (np.cbrt(1 + skew * (x - skew / 6)) - 1), x)

    low = estimate - error * np.maximum(reach, hall(reach))
    high = estimate - error * np.minimum(-reach, hall(-reach))
    return low, high


def ratio_intervals(
    numerators: np.ndarray, denominators: np.ndarray, *, shares: bool | np.ndarray = False
) -> list[list[float] | None]:
    """Intervals `[low, high]` of `sum(numerators) / sum(denominators)`, one a column.

    numerators `(n, K)` one row an episode, denominators `(n, K)` or `(n, 1)`, for instance error sums and frame
    counts; episodes are what is drawn. shares `(K,)`: columns whose ratio is a share 0..1 in every episode. The
    spread is the jackknife's over episodes. Of n episodes e = (sum w)² / sum w² count in effect (Kish 1965). There is
    no interval where e² / n < `FEWEST` (so it was found to hold: docs/statistics.md), nor where all episodes agree,
    which for shares is no obstacle.
    """
    top = np.asarray(numerators, dtype=np.float64)
    if top.ndim != 2:
        raise ValueError(f"numerators must be (n, K), not {top.shape}")
    bottom = np.broadcast_to(np.asarray(denominators, dtype=np.float64), top.shape)
    share = np.broadcast_to(np.asarray(shares, dtype=bool), top.shape[1:])
    intervals: list[list[float] | None] = [None] * top.shape[1]
    with np.errstate(invalid="ignore", divide="ignore"):
        effective = bottom.sum(axis=0) ** 2 / (bottom**2).sum(axis=0)
        twice = effective**2 / (bottom > 0).sum(axis=0)
        enough = twice >= np.where(share, FEWEST_SHARES, FEWEST) - 1e-9
    for columns, method in ((enough & ~share, _jackknife), (enough & share, _share_intervals)):
        chosen = np.flatnonzero(columns)
        if len(chosen):
            count = (effective if method is _share_intervals else twice)[chosen]
            low, high, resolved = method(top[:, chosen], bottom[:, chosen], count)
            for column, *ends, some in zip(chosen, low, high, resolved, strict=True):
                intervals[column] = [float(end) for end in ends] if some else None
    return intervals


def _jackknife(
    top: np.ndarray, bottom: np.ndarray, effective: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Low, high and whether there is an interval, of columns with enough episodes."""
    says = bottom > 0
    n = says.sum(axis=0)
    whole = top.sum(axis=0) / bottom.sum(axis=0)
    without = np.where(says, (top.sum(axis=0) - top) / (bottom.sum(axis=0) - bottom), 0.0)
    pull = np.where(says, (n - 1) * (without.sum(axis=0) / n - without), 0.0)
    squares = (pull**2).sum(axis=0)
    size = np.abs(top).sum(axis=0) / bottom.sum(axis=0)
    varies = squares > n * (_FLAT * size) ** 2
    third = (pull**3).sum(axis=0) / n / np.where(varies, squares / n, 1.0) ** 1.5
    error = np.sqrt(squares / (n - 1) / n)
    return *skewed_t(whole, error, third / np.sqrt(n), effective - 1), varies


def _share_intervals(
    top: np.ndarray, bottom: np.ndarray, effective: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """As `_jackknife`, for shares 0..1: Wilson's interval at the number of independent yes-or-no trials that would
    spread as the episodes do (Korn & Graubard 1998, Survey Methodology 24:193, who use Clopper-Pearson's)."""
    says = bottom > 0
    n = says.sum(axis=0)
    weight = bottom / bottom.sum(axis=0)
    mean = top.sum(axis=0) / bottom.sum(axis=0)
    own = np.where(says, top / np.where(says, bottom, 1.0), 0.0)
    spread = (weight**2 * (own - mean) ** 2).sum(axis=0) * effective * n / (n - 1)
    centre = (effective * mean + _PSEUDO) / (effective + 2 * _PSEUDO)
    variance = effective * (spread + (mean - centre) ** 2) + _PSEUDO * ((1 - centre) ** 2 + centre**2)
    variance /= effective + 2 * _PSEUDO
    normal = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
    trials = effective * centre * (1 - centre) / variance * (normal / t_quantile(effective - 1)) ** 2
    half = normal * np.sqrt(np.maximum(mean * (1 - mean), 0) / trials + normal**2 / (4 * trials**2))
    middle, scale = mean + normal**2 / (2 * trials), 1 + normal**2 / trials
    low, high = (middle - half) / scale, (middle + half) / scale
    return np.maximum(low, 0.0), np.minimum(high, 1.0), np.ones_like(mean, dtype=bool)


def mean_interval(
    values: Sequence[float] | np.ndarray,
    weights: Sequence[float] | np.ndarray | None = None,
    *,
    share: bool = False,
) -> Interval | None:
    """Interval of the (weighted) mean of one number an episode.

    values `(n,)`, weights `(n,)` an episode's frames; the mean is sum(w v) / sum(w). share: the numbers are 0..1.
    """
    v = np.asarray(values, dtype=np.float64)
    w = np.ones_like(v) if weights is None else np.asarray(weights, dtype=np.float64)
    if v.shape != w.shape or v.ndim != 1:
        raise ValueError(f"values and weights must both be (n,), got {v.shape} and {w.shape}")
    if not len(v):
        return None
    (ends,) = ratio_intervals((v * w)[:, None], w[:, None], shares=share)
    return None if ends is None else Interval(*ends)


def mean_over_tasks(
    values: Sequence[float] | np.ndarray, tasks: Sequence[str]
) -> tuple[float, Interval | None, int]:
    """The mean over tasks of each task's mean, its interval, and the number of tasks.

    values `(n,)` one number an episode, tasks `(n,)` whose it is. The interval is about these tasks and other
    episodes of them, not about other tasks: variances add within tasks, with Welch's degrees of freedom. None below
    `FEWEST` - 1 degrees of freedom in all, where a task has one episode, and where all episodes of each task agree.
    """
    v, names = np.asarray(values, dtype=np.float64), np.asarray(tasks)
    if v.shape != names.shape or not len(v):
        raise ValueError(f"values {v.shape} and tasks {names.shape} must be (n,), n >= 1")
    groups = [v[names == name] for name in sorted(set(names.tolist()))]
    k = len(groups)
    mean = float(np.mean([group.mean() for group in groups]))
    if min(map(len, groups)) < 2 or len(v) - k < FEWEST - 1:
        return mean, None, k
    variance = third = doubt = 0.0
    for group in groups:
        n, gap = len(group), group - group.mean()
        own = float((gap**2).sum()) / (n - 1) / n / k**2
        variance += own
        doubt += own**2 / (n - 1)
        third += float((gap**3).mean()) * (n / (n - 1)) ** 1.5 / n**2 / k**3
    error = variance**0.5
    if error <= _FLAT * np.abs(v).mean():
        return mean, None, k
    low, high = skewed_t(mean, error, third / error**3, variance**2 / doubt)
    return mean, Interval(float(low), float(high)), k
