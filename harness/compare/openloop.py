"""Two replays as numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from harness.compare.pairs import RATE, RAW, Delta, adjusted, delta, shared_rows, unshared
from harness.compare.sides import PublishedEntry
from harness.core.robot import JOINT_NAMES, JOINT_UNITS
from harness.metrics.catalog import BASELINES, MIXED, OPEN_METRICS
from harness.runs.rows import OpenLoopRow
from harness.runs.summaries.openloop import OpenLoopBlock
from harness.stats.intervals import mean_interval
from harness.stats.significance import Paired, paired, sign_flip


def compared_metrics() -> dict[str, tuple[str, str]]:
    """Fields of an open-loop row that are means over its frames -> (label, unit): the catalogue, then the baselines."""
    own = {metric.key: (metric.label, metric.unit) for metric in OPEN_METRICS}
    return own | {f"{name}_mae": (f"MAE of {name}", MIXED) for name in BASELINES}


def is_tested(key: str) -> bool:
    """Whether a difference of this metric is tested: a baseline's says only how the runs were set up."""
    return not key.startswith(tuple(f"{name}_" for name in BASELINES))


@dataclass(frozen=True)
class EpisodeChange:
    """The MAE of an episode on both sides."""

    episode: int
    task: str
    a: float
    b: float
    difference: float


@dataclass(frozen=True)
class OpenComparison:
    """Two open-loop runs on the `episodes` (dataset indices) both have, `frames` steps in all.

    metrics, rates (SR at thresholds) and joints are over steps; tasks holds the MAE of each task; each list is
    tested as a family of its own (Holm). `paired` tests the mean of the per-episode MAEs, and changes holds every
    shared episode's MAE by difference, B's largest gain first. only_a and only_b are episodes left out.
    """

    episodes: list[int]
    frames: int
    metrics: list[Delta]
    rates: list[Delta]
    joints: list[Delta]
    tasks: list[Delta]
    paired: Paired
    changes: list[EpisodeChange]
    only_a: list[int]
    only_b: list[int]


def compare_openloop(a: Sequence[OpenLoopRow], b: Sequence[OpenLoopRow]) -> OpenComparison:
    """Compare the rows of two open-loop runs; ValueError where they share no episode."""
    pairs = shared_rows(a, b)
    if not pairs:
        raise ValueError("the runs share no episode")
    names = list(dict.fromkeys(row.group for row, _ in pairs))
    by_task = {name: [pair for pair in pairs if pair[0].group == name] for name in sorted(names)}
    taus = [tau for tau in pairs[0][0].sr if all(tau in row.sr for pair in pairs for row in pair)]
    mae = [(x.mae, y.mae) for x, y in pairs]
    changes = [
        EpisodeChange(x.episode, x.group, p, q, q - p) for (x, _), (p, q) in zip(pairs, mae, strict=True)
    ]
    return OpenComparison(
        episodes=[row.episode for row, _ in pairs],
        frames=sum(row.frames for row, _ in pairs),
        metrics=[
            *adjusted(
                [
                    over_steps(pairs, label, unit, _field(key), tested=is_tested(key))
                    for key, (label, unit) in compared_metrics().items()
                ]
            ),
            over_episodes(pairs),
        ],
        rates=adjusted([over_steps(pairs, tau, RATE, _entry("sr", tau)) for tau in taus]),
        joints=adjusted(
            [
                over_steps(pairs, name, unit, _entry("per_joint", i))
                for i, (name, unit) in enumerate(zip(JOINT_NAMES, JOINT_UNITS, strict=True))
            ]
        ),
        tasks=adjusted([over_steps(members, name, RAW, _field("mae")) for name, members in by_task.items()]),
        paired=paired(*zip(*mae, strict=True)),
        changes=sorted(changes, key=lambda change: (change.difference, change.episode)),
        only_a=[row.episode for row in unshared(a, b)],
        only_b=[row.episode for row in unshared(b, a)],
    )


def _field(name: str) -> Callable[[OpenLoopRow], float | None]:
    return lambda row: getattr(row, name, None)


def _entry(name: str, key: Any) -> Callable[[OpenLoopRow], float | None]:
    return lambda row: getattr(row, name)[key]


def over_steps(
    pairs: Sequence[tuple[OpenLoopRow, OpenLoopRow]],
    name: str,
    unit: str,
    value: Callable[[OpenLoopRow], float | None],
    *,
    tested: bool = True,
) -> Delta:
    """A per-episode mean of both runs over all steps, with the paired interval and test of the difference."""
    frames = [row.frames for row, _ in pairs]
    both = []
    for side in (0, 1):
        values = [value(pair[side]) for pair in pairs]
        both.append(None if any(v is None for v in values) else np.array(values, dtype=np.float64))
    means = [None if values is None else float(np.average(values, weights=frames)) for values in both]
    first, second = both
    if first is None or second is None:
        return delta(name, unit, means[0], means[1], n=len(pairs))
    change = second - first
    p = float(sign_flip((change * frames)[:, None])[0]) if tested else None
    return delta(name, unit, means[0], means[1], n=len(pairs), ci=mean_interval(change, frames), p=p)


def over_episodes(pairs: Sequence[tuple[OpenLoopRow, OpenLoopRow]]) -> Delta:
    """The mean of the per-episode MAEs: every episode weighs the same. The verdict's test: one, of no family."""
    a, b = (np.array([pair[side].mae for pair in pairs]) for side in (0, 1))
    means = float(a.mean()), float(b.mean())
    p = float(sign_flip((b - a)[:, None])[0])
    change = delta("MAE by episode", RAW, *means, n=len(pairs), ci=mean_interval(b - a), p=p)
    return replace(change, p_holm=p)


def side_by_side(
    a: OpenLoopBlock | PublishedEntry, b: OpenLoopBlock | PublishedEntry
) -> tuple[list[Delta], list[Delta]]:
    """Metrics and rates of two blocks, computed or published, of different episodes: no test."""
    shown = [
        delta(label, unit, a.number(key), b.number(key))
        for key, (label, unit) in compared_metrics().items()
        if a.number(key) is not None or b.number(key) is not None
    ]
    rates = [delta(tau, RATE, a.sr.get(tau), b.sr.get(tau)) for tau in sorted({*a.sr, *b.sr})]
    return shown, rates
