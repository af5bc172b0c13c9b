"""What a run has left to do: the same rows whoever takes it, in whatever order it ends."""

from __future__ import annotations

from collections.abc import Sequence

from harness.engine.episode_row import error_row
from harness.engine.task_schedule import Attempt, Row, TaskSchedule
from harness.scenes.protocol import Verdict

TRIES = 2
"""How often an episode is begun whose worker was lost."""


class Schedule:
    """The attempts of all tasks, first task first."""

    def __init__(self, tasks: Sequence[TaskSchedule]):
        self.tasks = {plan.task: plan for plan in tasks}
        self._again: list[Attempt] = []
        self._lost: dict[tuple[str, int, int], list[str]] = {}

    def next(self) -> Attempt | None:
        """The next attempt to make; None where none may be begun now."""
        while self._again:
            work = self._again.pop(0)
            if self.tasks[work.task].wants(work.seed):
                return work
        return next(filter(None, (plan.next() for plan in self.tasks.values())), None)

    def has_work(self) -> bool:
        """Whether there is anything to do before anybody has begun."""
        work = self.next()
        if work:
            self._again.insert(0, work)
        return work is not None

    def screened(self, work: Attempt, verdict: Verdict) -> None:
        """Whether the scene of `work` counts."""
        self.tasks[work.task].screened(work.seed, verdict)

    def finished(self, work: Attempt, row: Row) -> None:
        """The scene of `work` was run and left this row."""
        self.tasks[work.task].finished(work.seed, row, work.policy)

    def broken(self, work: Attempt, reason: str) -> None:
        """The scene of `work` met a mistake: screening it stops its task, running it is an error of the episode."""
        plan = self.tasks[work.task]
        if plan.is_screened(work.seed):
            plan.finished(work.seed, error_row(work.task, work.seed, reason), work.policy)
        else:
            plan.screened(work.seed, reason)

    def lost(self, work: Attempt, reason: str, *, mistake: bool = False) -> None:
        """The worker that had `work` is gone: another tries once more; then it is an error or, where it is sure
        that a mistake in the code was met, what `broken` says."""
        plan = self.tasks[work.task]
        reasons = self._lost.setdefault((work.task, work.seed, work.policy), [])
        reasons.append(reason)
        if len(reasons) < TRIES:
            screened = plan.is_screened(work.seed)
            self._again.append(Attempt(work.task, work.seed, screened, work.policy, work.runs))
        elif mistake:
            self.broken(work, reason)
        else:
            causes = " and then: ".join(reasons) if len(set(reasons)) > 1 else f"twice: {reason}"
            row = error_row(work.task, work.seed, f"the worker was lost {causes}")
            plan.finished(work.seed, row, work.policy)

    def rows(self) -> list[tuple[int, Row]]:
        """The rows that can be written now and whose they are; each is given once."""
        return [row for plan in self.tasks.values() for row in plan.rows()]
