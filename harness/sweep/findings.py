"""What a sweep says in sentences, only as far as its tests carry. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from harness.compare.pairs import RateDelta
from harness.core.numbers import counted, p_value, points, signed_interval
from harness.stats.significance import NEEDED, significant
from harness.sweep.analysis import MaeDelta, Point, Trend, successes_of


def best_sentences(points: Sequence[Point], best: Point | None) -> list[str]:
    """Which setting succeeds most often, and why that number flatters it."""
    n = len(points[0].closed_rows)
    if not n:
        return ["No scene ended without an error in every setting: nothing is said about success."]
    if best is None:
        equal = (
            f"All {len(points)} settings succeed equally often ({successes_of(points[0])}/{n}): none is best."
        )
        return [equal] if len(points) > 1 else []
    top = successes_of(best)
    level = [point.name for point in points if successes_of(point) == top and point.key != best.key]
    tie = f", level with {' and '.join(level)}" if level else ""
    return [
        f"Most successes: {best.name} ({top}/{n}){tie}. It was chosen after looking at {len(points)} settings "
        "on these very scenes, so its rate and the tests against it are optimistic: run it again on another "
        "--seed before quoting it."
    ]


def default_sentences(default: Point | None, tests: Mapping[tuple[int, str], RateDelta]) -> list[str]:
    """Which settings differ from what the policy does by default."""
    if default is None or not tests:
        return []
    shown = [rate for rate in tests.values() if significant(rate.p_holm)]
    if not shown:
        most = max(rate.only_a + rate.only_b for rate in tests.values())
        return [f"No setting differs from the default ({default.name}) in success as shown by{_weak(most)}."]
    sentences = []
    for word, sign in (("more", 1), ("less", -1)):
        members = [rate for rate in shown if sign * rate.difference > 0]
        if members:
            named = "; ".join(
                f"{rate.name} ({rate.b}/{rate.n}, {points(rate.difference)} "
                f"{signed_interval(rate.ci, 1, 100)}, {p_value(rate.p_holm or 0.0)})"
                for rate in members
            )
            sentences.append(
                f"{word.capitalize()} successes than the default ({default.name}, {successes_of(default)}/"
                f"{len(default.closed_rows)}) by the Holm-adjusted exact McNemar test: {named}."
            )
    return sentences


def _weak(discordant: int) -> str:
    """The test that showed nothing, and whether it could have."""
    test = " the exact McNemar test after Holm's adjustment"
    if discordant >= NEEDED:
        return test
    return f"{test}; two settings differ in {counted(discordant, 'scene')} at most, too few to reach p < 0.05"


def trend_sentence(trend: Trend) -> str:
    """Whether success is monotonic in the horizon, where that is shown."""
    rates = ", ".join(f"{k}: {won}/{trend.n}" for k, won in zip(trend.horizons, trend.successes, strict=True))
    intro = f"Horizon and success ({trend.strategy}; {rates})"
    if trend.verdict == "not monotonic":
        return f"{intro}: not monotonic. It rises from {_pairs(trend.rises)} and falls from {_pairs(trend.falls)}."
    if trend.verdict is not None:
        shown = trend.rises or trend.falls
        return (
            f"{intro}: it {trend.verdict} from {_pairs(shown)}. No pair of horizons shows the opposite, which "
            "is no proof that success is monotonic between them."
        )
    return (
        f"{intro}: {_observed(trend.successes)}; no difference is shown by{_weak(trend.most_discordant)} "
        f"(smallest {p_value(trend.smallest_p)}). Whether success is monotonic in the horizon is open."
    )


def _pairs(rates: Sequence[RateDelta]) -> str:
    """The pair of horizons that differs most, and how many others there are."""
    most = max(rates, key=lambda rate: abs(rate.difference))
    others = f" and between {counted(len(rates) - 1, 'other pair')}" if len(rates) > 1 else ""
    return (
        f"{most.name} ({most.a}/{most.n} to {most.b}/{most.n}, Holm-adjusted {p_value(most.p_holm or 0.0)})"
        f"{others}"
    )


def _observed(successes: Sequence[int]) -> str:
    steps = np.diff(successes)
    if not steps.any():
        return "the observed rates are equal"
    if (steps >= 0).all():
        return "the observed rate never falls"
    return "the observed rate never rises" if (steps <= 0).all() else "the observed rate rises and falls"


def open_sentences(
    points: Sequence[Point], default: Point | None, deltas: Mapping[tuple[int, str], MaeDelta]
) -> list[str]:
    """Which setting repeats the recorded actions most closely."""
    known = [(point.open.mae, point) for point in points if point.open.mae is not None]
    if not known:
        return []
    mae, lowest = min(known, key=lambda pair: pair[0])
    sentence = f"Lowest open-loop MAE: {lowest.name} ({mae:.4f})"
    delta = deltas.get(lowest.key)
    if default is not None and delta is not None:
        shown = "" if significant(delta.p_holm) else "; no difference is shown"
        ci = f" {signed_interval(delta.ci)}" if delta.ci else ""
        sentence += (
            f", {delta.difference:+.4f}{ci} against the default ({default.name}), mean over "
            f"n = {counted(delta.n, 'episode')}, exact sign-flip test, Holm-adjusted {p_value(delta.p_holm)}{shown}"
        )
    return [f"{sentence}. A smaller open-loop error is not a higher success."]
