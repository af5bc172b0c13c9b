"""Does a cheap score say what the dear one says: Spearman, Pearson and MMRV of open-loop error and success. Pure.

Everything is oriented so that agreement is a lower error with more success: correlations are those of -error and
success, 1 is perfect agreement; MMRV is 0 for perfect agreement, and its unit is success (0..1).

A rate of k of n is uncertain also where it is 0 or 1: rates are drawn from Jeffreys' posterior, Beta(k + 1/2,
n - k + 1/2), and new counts from those rates (beta-binomial). Two intervals come of it:
- `rollouts_ci` keeps the points: what the same points would say with endless rollouts. Rollouts hide agreement, so
  that new counts agree less than the rates they were drawn from; the interval holds the statistics of new counts and
  the observed one less what the counts lost, whichever reaches further. None with fewer rollouts a point than points,
  and of ranks none of more than eight points (MMRV: five);
- `ci`, of the two correlations, is about other policies or tasks like these: Fisher's z with the variance of n points
  (for Spearman Bonett & Wright 2000, Psychometrika 65:23) and that of the rollouts, and the same correction.
The error is taken as measured. The seed is fixed. Measured coverage: `docs/statistics.md`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np

from harness.stats.intervals import CONFIDENCE, Interval

FEWEST_POINTS = 4
"""Of three points one order in three is perfect or reversed by chance alone: they have no correlation."""
FEWEST_ROLLOUTS = 5
"""Rollouts a point below which its rate is hardly known, and no correlation is shown."""
POINTS_FOR_INTERVAL = 8
ROLLOUTS_FOR_INTERVAL = 20
"""From here on (and with as many rollouts a point as there are points) `ci` covers what it says."""
MOST_POINTS = {"spearman": 8, "mmrv": 5}
"""Beyond it `rollouts_ci` of ranks does not cover where true rates are tied: Spearman's 60-95 % at 12 and 20 points,
MMRV's 91 % at 8. Pearson's always does."""
SMALL_N = 10
"""Below this many points nothing is concluded from a correlation."""
ONE_DECIDES = 0.3
"""A point decides a rank correlation if that moves by more than this without it."""
DRAWS = 2000
_SAME = 1e-12
_BLOCK = 4_000_000
_STEEPEST = 0.999
"""Correlations beyond it have no useful z."""


def pearson(x: Any, y: Any) -> Any:
    """Pearson's r of x, y `(..., n)` over the last axis, `(...)`; NaN where one of them is constant."""
    x, y = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    dx, dy = x - x.mean(axis=-1, keepdims=True), y - y.mean(axis=-1, keepdims=True)
    varies = (np.ptp(x, axis=-1) > _SAME) & (np.ptp(y, axis=-1) > _SAME)
    with np.errstate(invalid="ignore", divide="ignore"):
        r = (dx * dy).sum(axis=-1) / np.sqrt((dx**2).sum(axis=-1) * (dy**2).sum(axis=-1))
    return np.where(varies, np.clip(r, -1.0, 1.0), np.nan)[()]


def ranks(x: Any) -> np.ndarray:
    """Ranks from 1 of x `(..., n)` over the last axis, ties averaged; n is small, and scipy.stats slow to load."""
    values = np.asarray(x)
    one, other = values[..., :, None], values[..., None, :]
    return (one > other).sum(axis=-1) + ((one == other).sum(axis=-1) + 1) / 2


def spearman(x: Any, y: Any) -> Any:
    """Spearman's rank correlation of x, y `(..., n)`, ties averaged; NaN where one of them is constant."""
    return pearson(ranks(x), ranks(y))


def mmrv(proxy: Any, reference: Any) -> Any:
    """SIMPLER's mean maximum rank violation over the last axis; 0 is best (Li et al. 2024, arXiv 2405.05941, eq. 2).

    proxy `(..., n)` the cheap score and reference `(..., n)` the one that counts, both larger is better (pass
    -MAE). For each item i: the largest |reference_i - reference_j| among the items j that the proxy ranks the other
    way, (proxy_i > proxy_j) != (reference_i > reference_j); then the mean over i. In a tie of the proxy only the
    better of the two is violated, as in SIMPLER's own code.
    """
    x, y = np.asarray(proxy, dtype=np.float64), np.asarray(reference, dtype=np.float64)
    gap = y[..., :, None] - y[..., None, :]
    violated = (x[..., :, None] > x[..., None, :]) != (gap > 0)
    return (np.abs(gap) * violated).max(axis=-1).mean(axis=-1)[()]


STATISTICS = {"spearman": spearman, "pearson": pearson, "mmrv": mmrv}


@dataclass(frozen=True)
class Statistic:
    """A value with its two intervals (see above); None where it is not defined."""

    value: float | None
    ci: Interval | None
    rollouts_ci: Interval | None


@dataclass(frozen=True)
class Agreement:
    """How error and success of n points go together.

    rates `(n,)`: success of each point. rollouts: the fewest that a point has. varies_error, varies_success: False
    where all points have the same. without `(n,)`: Spearman when that point is left out, None where it is not defined.
    """

    n: int
    spearman: Statistic
    pearson: Statistic
    mmrv: Statistic
    rates: tuple[float, ...]
    rollouts: int
    varies_error: bool
    varies_success: bool
    without: tuple[float | None, ...]

    @property
    def defined(self) -> bool:
        """Whether there is a correlation to speak of."""
        return self.spearman.value is not None

    @property
    def enough(self) -> bool:
        """Whether there are points and rollouts enough for any statistic to be shown."""
        return self.n >= FEWEST_POINTS and self.rollouts >= FEWEST_ROLLOUTS


def agree(
    error: Sequence[float] | np.ndarray,
    successes: Sequence[Any] | np.ndarray,
    trials: Sequence[Any] | np.ndarray,
    *,
    seed: int = 0,
    draws: int = DRAWS,
) -> Agreement:
    """Agreement of open-loop errors `(n,)` with successes of trials `(n,)`, or `(n, T)` over T tasks.

    A point's success is the mean over its tasks of k / n. ValueError for no point, an error that is not finite, or
    counts that are none.
    """
    e, k, t = _checked(error, successes, trials)
    x, y = -e, (k / t).mean(axis=1)
    rollouts = int(t.sum(axis=1).min())
    varies = bool(np.ptp(y) > _SAME)
    statistics = dict.fromkeys(STATISTICS, Statistic(None, None, None))
    enough = len(x) >= FEWEST_POINTS and rollouts >= FEWEST_ROLLOUTS
    if varies and enough:
        rng = np.random.default_rng(seed)
        likely = rng.beta(k + 0.5, t - k + 0.5, size=(draws, *t.shape))
        counted = (rng.binomial(t, likely) / t).mean(axis=2)
        pairs = (x, y), likely.mean(axis=2), counted
        statistics = {name: _statistic(name, *pairs, rollouts) for name in STATISTICS}
    return Agreement(
        n=len(x),
        **statistics,
        rates=tuple(float(rate) for rate in y),
        rollouts=rollouts,
        varies_error=bool(np.ptp(x) > _SAME),
        varies_success=varies,
        without=_without(x, y) if enough else (None,) * len(x),
    )


def _checked(error: Any, successes: Any, trials: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    e = np.asarray(error, dtype=np.float64)
    k, t = (np.asarray(counts) for counts in (successes, trials))
    if e.ndim != 1 or not len(e) or not np.isfinite(e).all():
        raise ValueError(f"errors must be (n,), n >= 1 and finite, got {e.tolist()}")
    if k.shape != t.shape or k.shape[:1] != e.shape or k.ndim > 2 or (t < 1).any() or (k < 0).any():
        raise ValueError(f"need 0 <= successes <= trials, trials >= 1, a row a point, got {k} of {t}")
    if (k > t).any():
        raise ValueError(f"more successes than trials: {k} of {t}")
    return e, k.reshape(len(e), -1), t.reshape(len(e), -1)


def _statistic(
    name: str, points: tuple[np.ndarray, np.ndarray], likely: np.ndarray, counted: np.ndarray, rollouts: int
) -> Statistic:
    """The statistic of points (x, y) `(n,)` with its intervals from draws `(R, n)` of their rates and new counts."""
    value = float(STATISTICS[name](*points))
    if not np.isfinite(value):
        return Statistic(None, None, None)
    of_rates, of_counts = (_over_draws(name, points[0], y) for y in (likely, counted))
    known = np.isfinite(of_rates) & np.isfinite(of_counts)
    of_rates, of_counts = of_rates[known], of_counts[known]
    if 2 * len(of_counts) < len(known) or rollouts < len(points[0]):
        return Statistic(value, None, None)
    again = None
    tails = np.array([(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    if len(points[0]) <= MOST_POINTS.get(name, len(points[0])):
        low, high = np.quantile(of_counts, tails)
        high_loss, low_loss = np.quantile(of_rates - of_counts, tails[::-1])
        floor = 0.0 if name == "mmrv" else -1.0
        again = Interval(
            float(max(min(low, value + low_loss), floor)), float(min(max(high, value + high_loss), 1.0))
        )
    if len(points[0]) < POINTS_FOR_INTERVAL or rollouts < ROLLOUTS_FOR_INTERVAL or name == "mmrv":
        return Statistic(value, None, again)
    lost = _z(of_rates) - _z(of_counts)
    sampling = (1 + value**2 / 2 if name == "spearman" else 1.0) / (len(points[0]) - 3)
    reach = NormalDist().inv_cdf(tails[1]) * float(sampling + lost.var()) ** 0.5
    centre = float(_z(value) + lost.mean())
    return Statistic(value, Interval(float(np.tanh(centre - reach)), float(np.tanh(centre + reach))), again)


def _z(r: Any) -> Any:
    return np.arctanh(np.clip(r, -_STEEPEST, _STEEPEST))


def _over_draws(name: str, x: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """The statistic of x `(n,)` with every row of draws `(R, n)`; NaN for a row that is constant."""
    size = max(1, _BLOCK // len(x) ** 2)
    blocks = [draws[start : start + size] for start in range(0, len(draws), size)]
    return np.concatenate([STATISTICS[name](np.broadcast_to(x, block.shape), block) for block in blocks])


def _without(x: np.ndarray, y: np.ndarray) -> tuple[float | None, ...]:
    left = [float(spearman(np.delete(x, i), np.delete(y, i))) for i in range(len(x))]
    return tuple(value if np.isfinite(value) else None for value in left)
