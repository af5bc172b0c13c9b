"""What a reader came to ask, each answered in a sentence, only as far as the tests carry. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from harness.core.numbers import count, counted, p_value
from harness.results.official import departures
from harness.results.paired_runs import PairedRuns, pair_all
from harness.results.scatter import Scatter
from harness.results.views import RunView
from harness.runs.policy_names import NOT_TRAINED, is_control
from harness.runs.summaries.closedloop import ClosedLoopSummary
from harness.runs.summaries.openloop import OpenLoopSummary
from harness.stats.significance import LEVEL, holm, reachable, sign_flip, significant

YES, NO, OPEN = "yes", "no", "open"
MOST_NEEDED = 100_000
NAMED = 4


@dataclass(frozen=True)
class Verdict:
    """A question, how it is answered ("yes", "no", "open"), the mark's words, the sentence, and where to look."""

    question: str
    kind: str
    mark: str
    answer: str
    link: str | None = None


def verdicts(runs: Sequence[RunView], scatter: Scatter | None) -> list[Verdict]:
    """One for each question that these runs can be asked."""
    return [
        *map(_success, pair_all(runs)),
        *_errors(runs),
        *_baseline(runs),
        *_weakest(runs),
        *([_relation(scatter)] if scatter else []),
        *_official(runs),
    ]


def _success(d: PairedRuns) -> Verdict:
    a, b = (d.a, d.b) if len(d.only_a) >= len(d.only_b) else (d.b, d.a)
    mine, theirs = sorted((len(d.only_a), len(d.only_b)), reverse=True)
    names = _told_apart(a, b)
    question = f"Does {names[0]} succeed more often than {names[1]}?"
    seen = (
        f"{names[0]} alone solved {counted(mine, 'scene')} and {names[1]} alone {theirs}, of n = {count(d.n)} that "
        f"both played; exact McNemar {p_value(d.p_holm)}{_adjusted(d.p, d.p_holm)}"
    )
    if significant(d.p_holm):
        return Verdict(question, YES, "shown", f"{seen}.", "beside")
    return Verdict(
        question,
        OPEN,
        "not shown",
        f"{seen}. {needed_sentence(d.n, d.needed)}",
        "beside" if d.discordant else None,
    )


def needed_sentence(n: int, needed: int | None) -> str:
    """What would decide where n scenes do not: `needed` in all (`harness.stats.planning`)."""
    if needed is None:
        return "They solved equally many, so more scenes like these would not decide."
    more = needed - n
    if more <= 0:
        return "The difference seen is large enough for this many scenes; a few more would decide."
    if more > MOST_NEEDED:
        return f"Over {count(MOST_NEEDED)} more scenes would be needed to show a difference this small."
    return f"If the difference is what was seen, about {count(_rounded(more))} more scenes would decide (power 80 %)."


def _rounded(n: int) -> int:
    """Two digits: more would be a claim."""
    unit = 10 ** max(0, len(str(n)) - 2)
    return -(-n // unit) * unit


def _told_apart(a: RunView, b: RunView) -> tuple[str, str]:
    if a.policy != b.policy:
        return a.policy, b.policy
    return f"{a.policy} ({a.folder})", f"{b.policy} ({b.folder})"


def _errors(runs: Sequence[RunView]) -> Iterator[Verdict]:
    """Trained policies that replayed the same episodes, by their error."""
    replays = [r for r in _trained(runs) if r.mode == "openloop" and r.rows]
    first = list({run.policy: run for run in reversed(replays)}.values())[::-1][:NAMED]
    tested = []
    for a, b in combinations(first, 2):
        x, y = ({(r.episode, r.frames): r.mae for r in run.open_rows} for run in (a, b))
        shared = sorted(x.keys() & y.keys())
        if shared and a.provenance.dataset_hash == b.provenance.dataset_hash:
            change = np.array([y[key] - x[key] for key in shared])
            tested.append((a, b, change, float(sign_flip(change[:, None])[0])))
    for (a, b, change, own), p in zip(tested, holm([p for *_, p in tested]), strict=True):
        near, far = (a, b) if change.mean() >= 0 else (b, a)
        closer = int((change > 0).sum() if near is a else (change < 0).sum())
        test = f"exact sign-flip {p_value(p)}{_adjusted(own, p)}"
        evidence = f"closer in {closer} of n = {counted(len(change), 'episode')}; {test}"
        if not significant(p) and reachable(len(change), len(tested)) >= LEVEL:
            evidence += ", which so few cannot bring under 0.05"
        kind, mark = (YES, "shown") if significant(p) else (OPEN, "not shown")
        question = f"Does {near.policy} repeat the demonstrations more closely than {far.policy}?"
        yield Verdict(question, kind, mark, f"{evidence[0].upper()}{evidence[1:]}.")


def _trained(runs: Sequence[RunView]) -> list[RunView]:
    return [run for run in runs if run.policy not in NOT_TRAINED and not is_control(run.config.ablate)]


def _baseline(runs: Sequence[RunView]) -> Iterator[Verdict]:
    """Replays of trained policies against standing still, p Holm-adjusted over them."""
    tested = [
        (run, block, less, p)
        for run in _trained(runs)
        if isinstance(run.summary, OpenLoopSummary)
        and (p := (block := run.summary.overall).minus_hold_p) is not None
        and (less := block.minus_hold) is not None
    ]
    for (run, block, less, own), p in zip(tested, holm([p for *_, p in tested]), strict=True):
        evidence = (
            f"Exact sign-flip {p_value(p)}{_adjusted(own, p)} over {counted(block.episodes, 'episode')}"
        )
        kind, mark = (
            (OPEN, "not shown") if not significant(p) else (YES, "shown") if less < 0 else (NO, "worse")
        )
        if not significant(p) and reachable(block.episodes, len(tested)) >= LEVEL:
            evidence += ", which so few cannot bring under 0.05"
        yield Verdict(
            f"Is {run.policy} closer to the demonstrations than hold, which stands still?",
            kind,
            mark,
            f"{evidence}.",
            run.anchor,
        )


def _adjusted(p: float, p_holm: float) -> str:
    """Says that a p was adjusted where that changed it."""
    return "" if p_holm == p else " (Holm)"


def _weakest(runs: Sequence[RunView]) -> Iterator[Verdict]:
    """The task with most failures, where one has more than the others, and its most frequent reason."""
    for run in _trained(runs):
        if not isinstance(run.summary, ClosedLoopSummary):
            continue
        failed = {task: rate.failed for task, rate in run.summary.tasks.items()}
        total, worst = sum(failed.values()), max(failed, key=lambda task: failed[task], default="")
        if not total or len(failed) < 2 or list(failed.values()).count(failed[worst]) > 1:
            continue
        reasons = run.summary.tasks[worst].failures
        why = f"; most often: {next(iter(reasons))}" if reasons else ""
        part = f"{failed[worst]} of its {count(total)} failures are"
        if failed[worst] == total:
            part = "Its only failure is" if total == 1 else f"All its {count(total)} failures are"
        where = f"{part} in {worst}{why}."
        yield Verdict(f"Where does {run.policy} fail?", OPEN, worst, where, run.anchor)


def _relation(scatter: Scatter) -> Verdict:
    reading = scatter.readings[0]
    ci = reading.agreement.spearman.ci
    answer = f"{reading.about}: {reading.sentences[0]}" if reading.sentences else reading.about
    kind, mark = OPEN, "not shown"
    if ci is not None and not ci.low <= 0 <= ci.high:
        kind, mark = (YES, "shown") if ci.low > 0 else (NO, "the other way")
    return Verdict("Does a low open-loop error mean success?", kind, mark, answer, "open-against-closed")


def _official(runs: Sequence[RunView]) -> Iterator[Verdict]:
    closed = [run for run in runs if run.mode == "closedloop"]
    if not closed:
        return
    names = dict.fromkeys(d.badge for run in closed for d in departures(run.mode, run.config, run.provenance))
    question = "May these rates be quoted as RoboTwin's?"
    if names:
        yield Verdict(
            question, NO, "no", f"What differs from upstream's evaluation: {', '.join(names)}.", "official"
        )
    else:
        yield Verdict(
            question,
            YES,
            "as far as recorded",
            "Nothing that is recorded differs from upstream's.",
            "official",
        )
