"""The loop of a run: many environments, one policy. Workers get attempts and chunks; rows are handed on once
they are final.

A worker never waits for another's episode. The policy predicts for whoever is waiting when it is free; it does not
wait for a batch to fill up, because a row's result does not depend on who shares its batch
(`harness.rollout.inference`). Who the workers are, and where, is the pool's business; who predicts, the predictor's.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from harness.core.errors import RunFailed
from harness.core.interrupt import LAST_S, Interrupt
from harness.engine.messages import Ask, Broken, Finished, Screened, Unwritable
from harness.engine.pool import Lost, Member, Pool
from harness.engine.predictor import Predictor, Waiting
from harness.engine.schedule import Schedule
from harness.engine.task_schedule import Attempt, Row
from harness.scenes.protocol import Verdict

POLL_S = 0.5


@dataclass
class Dispatch:
    """plan: what is to be done. predictor: who predicts. record: takes each final row and the policy it is of.
    remember: takes each new verdict. show: is called after whatever happened.
    """

    plan: Schedule
    pool: Pool[Any]
    predictor: Predictor
    record: Callable[[Row, int], None]
    remember: Callable[[str, Verdict], None]
    show: Callable[[], None]
    _waiting: dict[int, Waiting] = field(default_factory=dict)

    def run(self, interrupt: Interrupt) -> None:
        """Work until everything is done, or for a little longer after Ctrl-C; RunFailed where it cannot go on."""
        while True:
            if not interrupt.asked:
                self._hand_out()
            self._write()
            self.show()
            members = self.pool.members
            # A worker that is idle after work was handed out says that there is none.
            nothing_left = interrupt.asked or any(member.idle for member in members)
            if nothing_left and not any(member.work for member in members):
                return
            if interrupt.seconds > LAST_S:
                return
            for member, work, message in self.pool.poll(
                0 if self._waiting and self.predictor.is_free else POLL_S
            ):
                self._hear(member, work, message)
            self._predict()

    def _hand_out(self) -> None:
        for member in self.pool.members:
            if member.idle:
                work = self.plan.next()
                if work is None:
                    return
                self.pool.give(member, work)

    def _hear(self, member: Member, work: Attempt | None, message: Any) -> None:
        if isinstance(message, Lost):
            self._waiting.pop(member.number, None)
            if work:
                self._say(f"{self._name(member)} at {work.task} {work.seed}: {message.reason}")
                self.plan.lost(work, message.reason)
        elif work is None:
            return
        elif isinstance(message, Screened):
            self.remember(work.task, message.verdict)
            self.plan.screened(work, message.verdict)
        elif isinstance(message, Ask):
            self._waiting[member.number] = Waiting(member, work, message)
        elif isinstance(message, Finished):
            self.plan.finished(work, message.row)
        elif isinstance(message, Unwritable):
            raise RunFailed(message.reason)
        elif isinstance(message, Broken):
            self._broken(member, work, message)

    def _broken(self, member: Member, work: Attempt, message: Broken) -> None:
        """A user's mistake would be met again; after any other the worker is not to be trusted any more."""
        if message.details is None:
            self.plan.broken(work, message.reason)
            return
        self._say(f"{self._name(member)} at {work.task} {work.seed}:\n{message.details}")
        self.pool.replace(member)
        self.plan.lost(work, message.reason, mistake=True)

    def _predict(self) -> None:
        """Hand those that wait for a chunk to whoever predicts, and chunks to whom they are for."""
        if self._waiting:
            for taken in self.predictor.take(list(self._waiting.values())):
                del self._waiting[taken.member.number]
        for asked, answer in self.predictor.answers():
            if not asked.member.gone:
                self.pool.answer(asked.member, answer)

    def _write(self) -> None:
        for policy, row in self.plan.rows():
            self.record(row, policy)

    def _name(self, member: Member) -> str:
        return f"worker {member.number}{f' on {member.node}' if member.node else ''}"

    def _say(self, text: str) -> None:
        print(text, file=sys.stderr, flush=True)
