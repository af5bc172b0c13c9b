"""The processes that simulate, and what keeps watch over them: one that dies or hangs is replaced.

A worker counts as hanging when it has said nothing for longer than what it was asked may take. A thread keeps
that clock, because the parent itself may wait in the middle of a message; it stands still while the parent
predicts, when no worker can be heard.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING, Any

from harness.core.errors import RunFailed
from harness.engine.messages import Answer, Ready, Setup
from harness.engine.pool import NEVER_READY, Lost, Member, Patience
from harness.engine.task_schedule import Attempt
from harness.engine.worker import OUT_OF_MEMORY, main

if TYPE_CHECKING:
    from multiprocessing.context import SpawnProcess

TICK_S = 0.25
GRACE_S = 5.0
"""How long a worker that ends may take for it."""


@dataclass(eq=False, kw_only=True)
class Child(Member):
    """A worker that is a process of this machine."""

    process: SpawnProcess
    pipe: Connection


@dataclass
class LocalPool:
    """`count` workers, for as long as it is used as a context manager.

    patience_s: how long a worker may be silent over starting, a scene, or every 50 actions. render_threads: of
    each worker, None for all cores.
    """

    setups: Sequence[Setup]
    count: int
    patience_s: float
    render_threads: int | None = None
    members: list[Child] = field(default_factory=list)
    _listening: bool = False
    _ended: threading.Event = field(default_factory=threading.Event)
    _never_ready: int = 0

    def __enter__(self) -> LocalPool:
        self.members = [self._start(number) for number in range(1, self.count + 1)]
        threading.Thread(target=self._watch, name="watchdog", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        for member in self.members:
            member.process.kill()
        for member in self.members:
            member.process.join(GRACE_S)
            member.pipe.close()

    @property
    def patience(self) -> Patience:
        """How long workers may be silent."""
        return Patience(self.patience_s, self.setups)

    def poll(self, timeout_s: float) -> list[tuple[Child, Attempt | None, Any]]:
        """See Pool."""
        self._listening = True
        try:
            by_pipe = {member.pipe: member for member in self.members}
            heard = wait(list(by_pipe), timeout_s)
            members = [by_pipe[pipe] for pipe in heard]  # type: ignore[index]
            return [(member, member.work, self._hear(member)) for member in members]
        finally:
            self._listening = False

    def give(self, member: Child, work: Attempt) -> None:
        """See Pool."""
        member.takes(work)
        self._send(member, work, self.patience.attempt)

    def answer(self, member: Child, answer: Answer) -> None:
        """See Pool."""
        member.waiting = False
        self._send(member, answer, self.patience.chunk(member.work))

    def replace(self, member: Child) -> None:
        """See Pool."""
        member.process.kill()
        self._end(member)

    def _send(self, member: Child, message: Any, allowed_s: float) -> None:
        member.silent_s, member.allowed_s = 0.0, allowed_s
        with contextlib.suppress(OSError):  # it is gone: the next poll says so
            member.pipe.send(message)

    def _hear(self, member: Child) -> Any:
        try:
            message = member.pipe.recv()
        except (OSError, EOFError):
            return Lost(self._end(member))
        if isinstance(message, Ready):
            self._never_ready = 0
        member.said(message)
        return message

    def _start(self, number: int) -> Child:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=main, args=(theirs, self.render_threads), daemon=True)
        # Ctrl-C reaches the whole process group; a worker must not meet it before it knows how to ignore it.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        theirs.close()
        member = Child(number=number, process=process, pipe=ours)
        self._send(member, self.setups, self.patience.start)
        return member

    def _end(self, member: Child) -> str:
        """Replace a worker that is gone; returns how it ended."""
        member.process.join(GRACE_S)
        member.process.kill()
        member.process.join(GRACE_S)
        member.pipe.close()
        reason = self._end_of(member)
        if not member.ready:
            self._never_ready += 1
            if self._never_ready >= NEVER_READY:
                raise RunFailed(f"workers do not start ({reason}); `python -m harness.doctor` may tell why")
        member.gone = True
        self.members[self.members.index(member)] = self._start(member.number)
        return reason

    def _end_of(self, member: Child) -> str:
        code = member.process.exitcode
        if member.hung:
            return member.hang_reason()
        if code in (OUT_OF_MEMORY, -signal.SIGKILL):
            return "it was killed or ran out of memory"
        if code is not None and code < 0:
            return f"it died of {signal.Signals(-code).name}"
        return f"it ended with exit code {code}"

    def _watch(self) -> None:
        """Stop workers that are silent for too long; runs in a thread of its own."""
        last = time.monotonic()
        while not self._ended.wait(TICK_S):
            now = time.monotonic()
            passed = min(now - last, 2 * TICK_S)  # a machine that slept has not waited
            last = now
            for member in list(self.members):
                if not self._listening or not member.watched:
                    continue
                member.silent_s += passed
                if member.silent_s > member.allowed_s:
                    member.hung = True
                    member.process.kill()
