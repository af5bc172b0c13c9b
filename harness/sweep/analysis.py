"""What a horizon sweep says: rates, paired tests and whether success is monotonic in the horizon. Pure.

Every setting is one (horizon, strategy), run on the same episodes and scenes. Tests are on the scenes that ended
without error in every setting: exact McNemar, adjusted (Holm) for the number of settings tested. A difference
is always the setting less what it is compared with. None is a number that does not exist.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from harness.compare.pairs import RateDelta, rate_delta, shared_rows
from harness.runs.rows import ClosedLoopRow, OpenLoopRow
from harness.runs.summaries.closedloop import Rate
from harness.runs.summaries.openloop import OpenLoopBlock
from harness.stats.intervals import Interval, mean_interval
from harness.stats.significance import holm, sign_flip, significant

PLAIN = "plain"


@dataclass(frozen=True)
class Point:
    """One setting: its horizon k, its strategy and the rows of its two runs (`harness.runs.rows`).

    open, closed: the `overall` of each run's summary (`harness.runs.summaries`). closed_rows:
    without episodes that ended in an error, of which there were `errors`.
    """

    horizon: int
    strategy: str
    open: OpenLoopBlock
    closed: Rate
    open_rows: Sequence[OpenLoopRow] = field(default=(), repr=False)
    closed_rows: Sequence[ClosedLoopRow] = field(default=(), repr=False)

    @property
    def key(self) -> tuple[int, str]:
        """(horizon, strategy)."""
        return self.horizon, self.strategy

    @property
    def name(self) -> str:
        """`k = 10`, `k = 10, ensemble`."""
        return f"k = {self.horizon}" + ("" if self.strategy == PLAIN else f", {self.strategy}")

    @property
    def errors(self) -> int:
        """Rollouts that ended in an error."""
        return self.closed.errors


@dataclass(frozen=True)
class Cost:
    """What a setting asks of the policy, over n episodes: chunks an episode and milliseconds a chunk.

    Open-loop rows hold no wall time (what they say must not depend on the machine), so `ms` is None there.
    """

    n: int
    chunks: float | None
    ms: float | None


def cost(rows: Sequence[OpenLoopRow] | Sequence[ClosedLoopRow]) -> Cost:
    """The mean number of chunks of the rows' episodes, and the policy's wall milliseconds for one of them."""
    timed = [
        (seconds, row.replans)
        for row in rows
        if (seconds := getattr(row, "inference_seconds", None)) is not None and row.replans
    ]
    chunks = [row.replans for row in rows if row.replans is not None]
    total = sum(replans for _, replans in timed)
    return Cost(
        n=len(rows),
        chunks=float(np.mean(chunks)) if chunks else None,
        ms=1e3 * sum(seconds for seconds, _ in timed) / total if total else None,
    )


@dataclass(frozen=True)
class Effort:
    """Mean actions a rollout, over n rollouts: what still differs where all succeed.

    A rollout ends with success or at its limit, so a failure counts with as many actions as it was given. That makes
    failures rare and far out, and no interval of the mean holds its 95 % (docs/statistics.md): there is none.
    """

    n: int
    actions: float | None


def effort(rows: Sequence[ClosedLoopRow]) -> Effort:
    """How many actions the rollouts of `rows` took."""
    steps = [row.steps for row in rows if row.steps is not None]
    return Effort(len(steps), float(np.mean(steps)) if steps else None)


def common_scenes(points: Sequence[Point]) -> list[Point]:
    """The points with only those closed-loop rows whose scene every point has."""
    keys = [{row.key for row in point.closed_rows} for point in points]
    shared = set.intersection(*keys) if keys else set()
    return [
        replace(
            point,
            closed_rows=[row for row in point.closed_rows if row.key in shared],
        )
        for point in points
    ]


def successes_of(point: Point) -> int:
    """Successes among the point's closed-loop rows."""
    return sum(bool(row.success) for row in point.closed_rows)


def best(points: Sequence[Point]) -> Point | None:
    """The point that succeeds most often, of several the one that asks the policy least; None where all are equal.

    The points must have the same scenes (`common_scenes`).
    """
    if len({successes_of(point) for point in points}) < 2:
        return None
    return max(points, key=lambda point: (successes_of(point), point.horizon, point.strategy == PLAIN))


def paired_rates(points: Sequence[Point], base: Point | None) -> dict[tuple[int, str], RateDelta]:
    """Every other point compared with `base` on their common scenes: `a` is the base, `b` the point."""
    others = [point for point in points if base is not None and point.key != base.key and point.closed_rows]
    if base is None or not others:
        return {}
    deltas = [rate_delta(point.name, shared_rows(base.closed_rows, point.closed_rows)) for point in others]
    adjusted = holm([rate.p for rate in deltas])
    return {
        point.key: replace(rate, p_holm=p) for point, rate, p in zip(others, deltas, adjusted, strict=True)
    }


@dataclass(frozen=True)
class MaeDelta:
    """Open-loop MAE of a point less the base's, mean over the n episodes both have, paired.

    p: exact sign-flip test; p_holm: adjusted for the number of points.
    """

    n: int
    difference: float
    ci: Interval | None
    p: float
    p_holm: float


def paired_mae(points: Sequence[Point], base: Point | None) -> dict[tuple[int, str], MaeDelta]:
    """Every other point's open-loop MAE compared with `base`'s."""
    deltas: dict[tuple[int, str], MaeDelta] = {}
    for point in points:
        if base is None or point.key == base.key:
            continue
        pairs = shared_rows(base.open_rows, point.open_rows)
        if pairs:
            change = np.array([y.mae - x.mae for x, y in pairs])
            p = float(sign_flip(change[:, None])[0])
            deltas[point.key] = MaeDelta(len(pairs), float(change.mean()), mean_interval(change), p, p)
    adjusted = holm([change.p for change in deltas.values()])
    return {key: replace(change, p_holm=p) for (key, change), p in zip(deltas.items(), adjusted, strict=True)}


@dataclass(frozen=True)
class Trend:
    """Closed-loop success over the horizons of one strategy, every pair tested and Holm-adjusted.

    rises, falls: pairs (shorter, longer horizon) at which success is shown to be higher, or lower, with the
    longer one. verdict: "not monotonic" (both are shown), "rises", "falls" (only that is shown; what lies
    between is not), or None (nothing is shown).
    """

    strategy: str
    horizons: list[int]
    successes: list[int]
    n: int
    rises: list[RateDelta]
    falls: list[RateDelta]
    smallest_p: float
    most_discordant: int
    verdict: str | None


def line_of(points: Sequence[Point], strategy: str, chunk_size: int) -> list[Point]:
    """A strategy's points, shortest horizon first; at the whole chunk every strategy is plain."""
    on_line = [point for point in points if strategy == point.strategy or point.horizon == chunk_size]
    return sorted(on_line, key=lambda point: point.horizon)


def trend(own: Sequence[Point], strategy: str) -> Trend | None:
    """The Trend of a strategy's points (`line_of`), which have the same scenes; None below two, or no scene."""
    if len(own) < 2 or not own[0].closed_rows:
        return None
    tested = [
        rate_delta(f"{x.horizon} to {y.horizon}", shared_rows(x.closed_rows, y.closed_rows))
        for i, x in enumerate(own)
        for y in own[i + 1 :]
    ]
    adjusted = holm([rate.p for rate in tested])
    tested = [replace(rate, p_holm=p) for rate, p in zip(tested, adjusted, strict=True)]
    shown = [rate for rate in tested if significant(rate.p_holm)]
    rises = [rate for rate in shown if rate.difference > 0]
    falls = [rate for rate in shown if rate.difference < 0]
    verdict = "not monotonic" if rises and falls else "rises" if rises else "falls" if falls else None
    return Trend(
        strategy=strategy,
        horizons=[point.horizon for point in own],
        successes=[successes_of(point) for point in own],
        n=len(own[0].closed_rows),
        rises=rises,
        falls=falls,
        smallest_p=min(adjusted),
        most_discordant=max(rate.only_a + rate.only_b for rate in tested),
        verdict=verdict,
    )


def folder(mode: str, point: tuple[int, str]) -> str:
    """The name of the run directory of a point (horizon, strategy) under the sweep's folder."""
    return f"{mode}-h{point[0]}-{point[1]}"
