"""Two policies in the same scenes: who alone solved which, and whether that shows a difference. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from harness.results.views import RunView
from harness.runs.policy_names import NOT_TRAINED, is_control
from harness.runs.rows import ClosedLoopRow
from harness.stats.planning import pairs_to_decide
from harness.stats.significance import holm, mcnemar

MOST = 4
"""Runs that are set against each other; of more a reader asks `harness.compare`."""

Scene = tuple[str, int]
"""(task, scene seed)"""


@dataclass(frozen=True)
class PairedRuns:
    """Closed-loop runs a and b on the n scenes that ended without error in both.

    only_a, only_b: scenes one of them alone solved. p: exact McNemar; p_holm: adjusted for the pairs of the page.
    needed: scenes that would decide (`harness.stats.planning`), None where both solved equally many.
    """

    a: RunView
    b: RunView
    n: int
    only_a: tuple[Scene, ...]
    only_b: tuple[Scene, ...]
    p: float
    p_holm: float
    needed: int | None

    @property
    def discordant(self) -> list[Scene]:
        """The scenes that tell the two apart, by task."""
        return sorted((*self.only_a, *self.only_b))


def scored(run: RunView) -> dict[Scene, ClosedLoopRow]:
    """The rows of a closed-loop run that count, by scene."""
    return {(row.task, row.seed): row for row in run.closed_rows if row.status == "ok"}


def trained_runs(runs: Sequence[RunView]) -> list[RunView]:
    """The closed-loop runs of trained policies, each policy once in each setting: what may be set against another."""
    candidates = [
        run
        for run in runs
        if run.mode == "closedloop" and run.policy not in NOT_TRAINED and not is_control(run.config.ablate)
    ]
    return list({(run.policy, run.settings): run for run in reversed(candidates)}.values())[::-1][:MOST]


def pair(a: RunView, b: RunView) -> PairedRuns | None:
    """a against b; None where they share no scene."""
    first, second = scored(a), scored(b)
    shared = sorted(first.keys() & second.keys())
    if not shared:
        return None
    won = [[bool(rows[scene].success) for scene in shared] for rows in (first, second)]
    tested = mcnemar(*won)
    alone = [
        tuple(scene for scene, x, y in zip(shared, *sides, strict=True) if x and not y)
        for sides in (won, won[::-1])
    ]
    needed = pairs_to_decide(tested.n, tested.only_a, tested.only_b)
    return PairedRuns(a, b, tested.n, alone[0], alone[1], tested.p, tested.p, needed)


def pair_all(runs: Sequence[RunView]) -> list[PairedRuns]:
    """Every two trained runs that share scenes, p Holm-adjusted over these."""
    tests = [d for a, b in combinations(trained_runs(runs), 2) if (d := pair(a, b)) is not None]
    return [replace(d, p_holm=p) for d, p in zip(tests, holm([d.p for d in tests]), strict=True)]
