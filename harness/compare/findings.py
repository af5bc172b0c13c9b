"""What a comparison says in sentences, only as far as its intervals and tests carry. Pure."""

from __future__ import annotations

from harness.compare.closedloop import ClosedComparison
from harness.compare.openloop import OpenComparison
from harness.compare.pairs import Delta, RateDelta
from harness.core.numbers import counted, p_value, points, signed_interval
from harness.results.verdicts import needed_sentence
from harness.stats.planning import pairs_to_decide
from harness.stats.significance import LEVEL, NEEDED, Paired, reachable, significant

NAMED_JOINTS = 3
ROUNDING = 1e-6


def open_findings(c: OpenComparison) -> list[str]:
    """Which run repeats the demonstrations better, where, and whether the baseline is beaten."""
    sentences = [_open_verdict(c.paired), *_joint_findings(c.joints)]
    deltas = {item.name: item for item in c.metrics}
    mae, hold = deltas["MAE"], deltas["MAE of hold"]
    for name, value, base in (("A", mae.a, hold.a), ("B", mae.b, hold.b)):
        if value is not None and base is not None and value > base * (1 + ROUNDING):
            sentences.append(
                f"{name} does not beat hold on these episodes (MAE {value:.4f} against {base:.4f})."
            )
    return [
        *sentences,
        "A smaller open-loop error is not a higher task success: compare closed-loop runs for that.",
    ]


def _open_verdict(test: Paired) -> str:
    better = "B" if test.difference < 0 else "A"
    counts = f"B is closer in {test.b_lower} and A in {test.a_lower} of n = {test.n} episodes"
    numbers = (
        f"mean MAE by episode {test.a:.4f} (A), {test.b:.4f} (B), difference {test.difference:+.4f}"
        f"{' ' if test.ci else ''}{signed_interval(test.ci)}; {counts}; paired permutation test "
        f"{p_value(test.p)}{' (exact)' if test.exact else ''}"
    )
    if test.p < LEVEL:
        return f"{better} repeats the recorded actions more closely: {numbers}."
    weak = f" With {counted(test.n, 'pair')} this test cannot reach p < 0.05." if test.n < NEEDED else ""
    return f"No difference is shown: {numbers}.{weak}"


def _joint_findings(joints: list[Delta]) -> list[str]:
    clear = [joint for joint in joints if significant(joint.p_holm)]
    tests = sum(joint.p is not None for joint in joints)
    sentences = []
    for word, sign in (("gains", -1), ("losses", 1)):
        members = [joint for joint in clear if sign * (joint.difference or 0) > 0]
        largest = sorted(members, key=lambda joint: -abs(joint.difference or 0))[:NAMED_JOINTS]
        if largest:
            named = ", ".join(_joint(joint) for joint in largest)
            sentences.append(
                f"Largest {word} by joint: {named}; exact tests, Holm-adjusted over {tests} joints."
            )
    tested = [joint for joint in joints if joint.p is not None]
    if not tested:
        return []
    if not clear:
        weak = "" if reachable(tested[0].n, len(tested)) < LEVEL else _too_few(tested[0].n, len(tested))
        return [
            f"No joint's difference is shown (exact tests, Holm-adjusted over {len(tested)} joints){weak}."
        ]
    return sentences


def _too_few(n: int, tests: int) -> str:
    """Why nothing could have been shown."""
    return f"; with {counted(n, 'pair')} and {counted(tests, 'test')} none can reach p < {LEVEL:g}"


def _joint(joint: Delta) -> str:
    percent = "" if joint.percent is None else f" ({joint.percent:+.0f} %)"
    unit = " rad" if joint.unit == "rad" else ""
    return f"{joint.name} {joint.difference:+.4f}{unit}{percent}"


def closed_findings(c: ClosedComparison) -> list[str]:
    """Which run succeeds more often, on the scenes both tried."""
    sentences = [_closed_verdict(c.overall)]
    clear = [task for task in c.tasks if significant(task.p_holm)]
    for task in clear:
        better = "B" if task.difference > 0 else "A"
        sentences.append(
            f"{task.name}: {better} is better ({task.a}/{task.n} A, {task.b}/{task.n} B; Holm-adjusted "
            f"{p_value(task.p_holm or 0.0)})."
        )
    if len(c.tasks) > 1 and not clear:
        sentences.append(f"No single task of {len(c.tasks)} shows a difference after Holm's adjustment.")
    return sentences


def _closed_verdict(rate: RateDelta) -> str:
    reach = f" {signed_interval(rate.ci, 1, 100)}".rstrip()
    numbers = (
        f"{rate.a}/{rate.n} (A), {rate.b}/{rate.n} (B) on the same n = {rate.n} scenes, difference "
        f"{points(rate.difference)}{reach}; only A solved {rate.only_a}, "
        f"only B {rate.only_b}; exact McNemar {p_value(rate.p)}"
    )
    if rate.p < LEVEL:
        return f"{'B' if rate.difference > 0 else 'A'} succeeds more often: {numbers}."
    differ = rate.only_a + rate.only_b
    weak = (
        f" They differ in {counted(differ, 'scene')} only: this test cannot reach p < 0.05."
        if differ < NEEDED
        else ""
    )
    more = needed_sentence(rate.n, pairs_to_decide(rate.n, rate.only_a, rate.only_b))
    return f"No difference is shown: {numbers}.{weak} {more}"
