"""Workers as actors of a Ray cluster: they join as they find a place and leave with their machines.

Every worker is an actor with a stated share of a node. One that has no place yet waits for a node to have room or to
join, which is what an autoscaler acts on; the others work meanwhile. One whose process or machine is gone is replaced.
"""

from __future__ import annotations

import contextlib
import dataclasses
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.core.errors import RunFailed, UserError
from harness.engine.cluster.actors import Hello, Simulator, StoredAsk, owned
from harness.engine.cluster.connection import Shares, import_ray
from harness.engine.cluster.endings import NODE_GONE, end_of
from harness.engine.cluster.files import Unsaved, save
from harness.engine.messages import Answer, Finished, Ready, Setup, Unwritable
from harness.engine.pool import NEVER_READY, Lost, Member, Patience
from harness.engine.task_schedule import Attempt

NOTE_S = 15.0
"""After how long it is said that workers have no place."""


@dataclass(eq=False, kw_only=True)
class Actor(Member):
    """A worker that is an actor.

    next: what it says next, None while it waits for a chunk. placed: whether a node has taken it. ping: a sign of life
    it owes before it gets work.
    """

    handle: Any
    next: Any
    payload: Any = None
    placed: bool = False
    ping: Any = None


@dataclass
class RayPool:
    """`count` workers, for as long as it is used as a context manager, inside `connected`.

    near: where to look for a place first, by the worker's number. code: what decides an episode here, and has to
    everywhere. fetch: whether observations are wanted here, or stay where they are. also: what else ends a `poll`.
    """

    setups: Sequence[Setup]
    count: int
    patience_s: float
    render_threads: int | None
    shares: Shares
    code: dict[str, str]
    near: Callable[[int], Any] = lambda _: "SPREAD"
    fetch: bool = True
    also: Callable[[], list[Any]] = list
    members: list[Actor] = field(default_factory=list)
    _never_ready: int = 0
    _homeless_s: float = 0.0
    _noted: bool = False

    def __enter__(self) -> RayPool:
        self._ray = import_ray()
        self._class = self._ray.remote(Simulator)
        self._setups = self._ray.put(list(self.setups))
        self.members = [self._start(number) for number in range(1, self.count + 1)]
        return self

    def __exit__(self, *_: object) -> None:
        for member in self.members:
            self._kill(member)

    @property
    def patience(self) -> Patience:
        """How long workers may be silent."""
        return Patience(self.patience_s, self.setups)

    def poll(self, timeout_s: float) -> list[tuple[Actor, Attempt | None, Any]]:
        """See Pool."""
        by_ref = {member.next: member for member in self.members if member.next is not None}
        pinged = {member.ping: member for member in self.members if member.ping is not None}
        refs = [*by_ref, *pinged, *self.also()]
        if not refs:  # all wait for the policy of this process
            return []
        started = time.monotonic()
        heard, _ = self._ray.wait(refs, num_returns=1, timeout=timeout_s)
        passed = min(time.monotonic() - started, timeout_s + 1.0)  # a machine that slept has not waited
        self._watch(passed)
        if heard:
            heard, _ = self._ray.wait(refs, num_returns=len(refs), timeout=0)
        messages: list[tuple[Actor, Attempt | None, Any]] = []
        for ref in heard:
            if ref in by_ref:
                self._hear(by_ref[ref], messages)
            elif ref in pinged:
                self._alive(pinged[ref])
        return messages

    def give(self, member: Actor, work: Attempt) -> None:
        """See Pool."""
        member.takes(work)
        member.silent_s, member.allowed_s = 0.0, self.patience.attempt
        member.handle.tell.remote(work)  # where it is gone, the next poll says so

    def answer(self, member: Actor, answer: Answer) -> None:
        """See Pool."""
        member.waiting, member.silent_s, member.allowed_s = False, 0.0, self.patience.chunk(member.work)
        member.next, member.payload = member.handle.exchange.options(num_returns=2).remote(answer)

    def replace(self, member: Actor) -> None:
        """See Pool."""
        self._kill(member)
        self._again(member)

    def _hear(self, member: Actor, heard: list[tuple[Actor, Attempt | None, Any]]) -> None:
        """Add what a worker said."""
        try:
            answer = self._ray.get(member.next)
            if isinstance(answer, Hello):
                self._welcome(member, answer)
                return
            payload = self._fetched(member, answer)
        except self._ray.exceptions.RayError as error:
            heard.append((member, member.work, Lost(self._end(member, error))))
            return
        for part in answer:
            work, message = member.work, self._whole(member, part, payload)
            if isinstance(message, Ready):
                self._never_ready = 0
            member.said(message)
            heard.append((member, work, message))
        if member.waiting:
            member.next = None
        else:
            self._listen(member)

    def _fetched(self, member: Actor, messages: Sequence[Any]) -> Any:
        """What goes with the last message, brought here where it is needed here."""
        if isinstance(messages[-1], Finished) or (self.fetch and isinstance(messages[-1], StoredAsk)):
            return owned(self._ray.get(member.payload))
        return member.payload

    def _whole(self, member: Actor, message: Any, payload: Any) -> Any:
        """A message with what goes with it; files are in the run's folder then."""
        if isinstance(message, Finished):
            setup = self.setups[member.work.policy if member.work else 0]
            try:
                save(payload, setup.run)
            except Unsaved as error:
                return Unwritable(str(error))
        elif isinstance(message, StoredAsk):
            return dataclasses.replace(message, observation=payload)
        return message

    def _welcome(self, member: Actor, hello: Hello) -> None:
        """A node has taken a worker: see that it has the same code, and have it start."""
        if hello.code != self.code:
            differ = sorted(name for name in self.code if hello.code.get(name) != self.code[name])
            raise UserError(
                f"{hello.host} has other code than this machine ({', '.join(differ)}); install the same there"
            )
        member.placed, member.node = True, f"{hello.host}/{hello.node[:4]}"
        member.silent_s, member.allowed_s = 0.0, self.patience.start
        member.handle.tell.remote(self._setups)
        self._listen(member)

    def _listen(self, member: Actor) -> None:
        member.next, member.payload = member.handle.listen.options(num_returns=2).remote()

    def _start(self, number: int) -> Actor:
        handle = self._class.options(
            num_cpus=self.shares.simulator_cpus,
            num_gpus=self.shares.simulator_gpus,
            max_restarts=0,
            max_task_retries=0,
            max_concurrency=2,  # one listens, one tells
            scheduling_strategy=self.near(number),
        ).remote(self.render_threads)
        return Actor(number=number, handle=handle, next=handle.hello.remote())

    def _end(self, member: Actor, error: Exception) -> str:
        """Replace a worker that is gone; returns how it ended."""
        self._kill(member)
        reason = member.hang_reason() if member.hung else end_of(error)
        if not member.ready and member.ping is None and reason != NODE_GONE:
            self._never_ready += 1
            if self._never_ready >= NEVER_READY:
                raise RunFailed(f"workers do not start ({reason}); `python -m harness.doctor` may tell why")
        self._again(member)
        self._doubt(member.node)
        return reason

    def _doubt(self, node: str | None) -> None:
        """A worker of this node is gone, perhaps with the node: the others get nothing before they give a sign."""
        for member in self.members:
            if member.idle and member.node == node:
                member.ready, member.ping = False, member.handle.hello.remote()

    def _alive(self, member: Actor) -> None:
        ping, member.ping = member.ping, None
        with contextlib.suppress(self._ray.exceptions.RayError):  # it is gone: what it says next will tell
            self._ray.get(ping)
            member.ready = True

    def _again(self, member: Actor) -> None:
        member.gone = True
        self.members[self.members.index(member)] = self._start(member.number)

    def _kill(self, member: Actor) -> None:
        self._ray.kill(member.handle, no_restart=True)

    def _watch(self, passed: float) -> None:
        """Stop workers that are silent for too long, and a run for whose workers there is no place."""
        for member in self.members:
            if member.placed and member.watched:
                member.silent_s += passed
                if member.silent_s > member.allowed_s:
                    member.hung = True
                    self._kill(member)
        if any(member.placed for member in self.members):
            self._homeless_s = 0.0
            return
        self._homeless_s += passed
        wants = f"each wants {self.shares.simulator_cpus:g} CPUs and {self.shares.simulator_gpus:g} GPUs"
        if self._homeless_s > self.patience.start:
            raise RunFailed(
                f"no node of the Ray cluster took a worker in {self.patience.start:.0f} s ({wants}; there are "
                f"{self._resources()}); add nodes, or ask for less with --simulator-cpus and --simulator-gpus"
            )
        if self._homeless_s > NOTE_S and not self._noted:
            self._noted = True
            print(f"no node has taken a worker yet ({wants}; there are {self._resources()})", file=sys.stderr)

    def _resources(self) -> str:
        known = self._ray.cluster_resources()
        return f"{known.get('CPU', 0):g} CPUs and {known.get('GPU', 0):g} GPUs"
