"""The attempts of one task: which scene is screened next, which count, and the rows of every policy on those.

Attempts are handed out in order, and only while accepted + pending < wanted: those accepted are then exactly the
first that count. A row is let out once every earlier attempt is screened, because it tells how many of them were
skipped, and because a task that stops has no rows after the attempt it stopped at.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.core.errors import UserError
from harness.engine.episode_row import error_row
from harness.runs.rows import EXPERT
from harness.scenes.protocol import RejectionStreak, Verdict

Row = dict[str, Any]

STOPPED = "the task stopped here"
"""How the row begins after which a task has no others."""


@dataclass(frozen=True)
class Attempt:
    """One attempt: a scene of a task. `screened`: it is known to count and only has to be run.

    policy: which of the run's policies acts. runs: whether it is run at all, or only screened here.
    """

    task: str
    seed: int
    screened: bool = False
    policy: int = 0
    runs: bool = True


@dataclass(frozen=True)
class Earlier:
    """What of a task a policy has from before. done: seeds whose rows are written already. failed: seeds that ended in
    an error when the run was tried before; those that turn out not to count are retracted.
    """

    done: Collection[int] = ()
    failed: Collection[int] = ()


NOTHING_YET = (Earlier(),)


class TaskSchedule:
    """The attempts of one task.

    seeds: scene seeds in the order they are tried. wanted: how many of them shall count. known: verdicts found
    earlier. earlier: what each policy of the run has done. mine: whether attempt 0, 1, … is run here, or in another
    shard, and then only screened.
    """

    def __init__(
        self,
        task: str,
        seeds: Iterable[int],
        wanted: int,
        known: Mapping[int, Verdict],
        earlier: Sequence[Earlier] = NOTHING_YET,
        mine: Callable[[int], bool] = lambda _: True,
    ):
        self.task, self.wanted, self.stopped = task, wanted, False
        self._seeds, self._known, self._is_mine = iter(seeds), known, mine
        self._policies = range(len(earlier))
        self._done = [set(policy.done) for policy in earlier]
        self._failed = [set(policy.failed) for policy in earlier]
        self._order: list[int] = []
        self._elsewhere: set[int] = set()
        self._in_order = 0  # attempts, from the first, that are settled
        self._accepted = 0
        self._pending: set[int] = set()
        self._to_run: deque[Attempt] = deque()
        self._verdicts: dict[int, Verdict | str] = {}
        self._refusals = RejectionStreak(task)
        self._skipped: dict[int, dict[str, int]] = {}
        self._held: dict[tuple[int, int], Row] = {}
        self._ready: list[tuple[int, Row]] = []

    def next(self) -> Attempt | None:
        """The next attempt to make; None where none may be begun now."""
        while True:
            while self._to_run:
                work = self._to_run.popleft()
                if self.wants(work.seed):
                    return work
            if self.stopped or self._accepted + len(self._pending) >= self.wanted:
                return None
            seed = next(self._seeds, None)
            if seed is None:
                return None
            mine = self._is_mine(len(self._order))
            self._order.append(seed)
            if not mine:
                self._elsewhere.add(seed)
            verdict = self._known.get(seed)
            if verdict is None:
                self._pending.add(seed)
                return Attempt(self.task, seed, runs=mine)
            self.screened(seed, verdict)

    def wants(self, seed: int) -> bool:
        """Whether a row of this scene may still be written."""
        return not self.stopped or seed in self._skipped

    def screened(self, seed: int, verdict: Verdict | str) -> None:
        """Whether a scene counts, or why that could not be found out, which stops the task there."""
        found_here = seed in self._pending
        self._pending.discard(seed)
        self._verdicts[seed] = verdict
        if isinstance(verdict, Verdict) and verdict.ok:
            self._accepted += 1
            if seed not in self._elsewhere:
                self._to_run += [
                    Attempt(self.task, seed, screened=True, policy=policy)
                    for policy in self._policies[int(found_here) :]  # who found out goes on with the first
                    if seed not in self._done[policy]
                ]
        while not self.stopped and self._in_order < len(self._order):
            seed = self._order[self._in_order]
            earlier = self._verdicts.get(seed)
            if earlier is None:
                return
            self._in_order += 1
            self._settle(seed, earlier)

    def finished(self, seed: int, row: Row, policy: int = 0) -> None:
        """The row of a scene that was run, or that failed twice; such a one takes the place of one that counts."""
        self._held[policy, seed] = row
        if seed in self._pending:  # nobody could screen it, so that no policy can run it
            self._held |= {(each, seed): row for each in self._policies if seed not in self._elsewhere}
            self.screened(seed, Verdict(seed, True))
            self._to_run = deque(work for work in self._to_run if work.seed != seed)

    def rows(self) -> list[tuple[int, Row]]:
        """The rows that can be written now and whose they are; each is given once."""
        for policy, seed in [key for key in self._held if key[1] in self._skipped]:
            row = self._held.pop((policy, seed))
            if seed not in self._elsewhere:
                self._ready.append((policy, row | {"skipped": self._skipped[seed]}))
                self._done[policy].add(seed)
        for policy, failed in enumerate(self._failed):
            if failed and self._complete(policy):
                self._ready += [
                    (policy, retraction_row(self.task, seed)) for seed in sorted(failed - self._counted)
                ]
                failed.clear()
        ready, self._ready = self._ready, []
        return ready

    def is_screened(self, seed: int) -> bool:
        """Whether a scene is known to count."""
        verdict = self._verdicts.get(seed)
        return isinstance(verdict, Verdict) and verdict.ok

    @property
    def _counted(self) -> set[int]:
        return {seed for seed in self._order if self.is_screened(seed)}

    def _complete(self, policy: int) -> bool:
        mine = self._counted - self._elsewhere
        return self._accepted == self.wanted and self._done[policy].issuperset(mine)

    def _settle(self, seed: int, verdict: Verdict | str) -> None:
        if isinstance(verdict, str):
            self._stop(seed, verdict)
        elif verdict.ok:
            self._skipped[seed] = self._refusals.accept()
        else:
            try:
                self._refusals.refuse(verdict.reason, verdict.cause or EXPERT)
            except UserError as error:
                self._stop(seed, str(error))

    def _stop(self, seed: int, reason: str) -> None:
        self.stopped = True
        if seed not in self._elsewhere:
            message, skipped = f"{STOPPED}: {reason}", self._refusals.by_cause()
            row = error_row(self.task, seed, message, skipped=skipped)
            self._ready += [(policy, row) for policy in self._policies]


def retraction_row(task: str, seed: int) -> Row:
    """Says that an earlier row was of a scene that does not count: `harness.runs.rows.latest` leaves both out."""
    return error_row(task, seed, "retracted: the scene does not count", retracted=True)
