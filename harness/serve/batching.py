"""Predicting for many clients: a queue, and threads that each empty it into batches of one fixed shape.

A row's rounding depends on the shape of its batch, so that the shape is the same whether one client waits or many: a
batch with one row in it costs what a full one does. Clients that were just answered ask again a moment later, so a
batch waits for them, for at most a quarter of what it takes to compute; nobody waits for clients that are not there. A
batch that a client brings whole is computed as it is.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.rollout.inference import Row, predict_places
from policies.errors import PolicyError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from policies.interface import Policy

PATIENCE = 0.25
"""Of the last call's time: how long clients that were just answered are waited for."""

type Batch = tuple[dict[str, Any], NDArray[np.float32] | None]


@dataclass(frozen=True)
class Computed:
    """chunks: (C, 14) of a row, (B, C, 14) of a batch. seconds: of the call of the policy they came from."""

    chunks: NDArray[np.float32]
    seconds: float


@dataclass
class _Job:
    """A row, or what makes a whole batch."""

    work: Row | Callable[[], Batch]
    done: Future[Computed] = field(default_factory=Future)


class Batcher:
    """policies: copies of one policy, each with a thread of its own. batch_size: rows of every call.

    places: which rows of a batch are used, those that the policy computes alike.
    """

    def __init__(self, policies: Sequence[Policy], batch_size: int, places: Sequence[int]):
        self.batch_size = batch_size
        self.places = tuple(places)
        self._jobs: deque[_Job] = deque()
        self._changed = threading.Condition()
        self._closed = False
        self._running = 0
        self._due, self._due_until = 0, 0.0
        self._threads = [
            threading.Thread(target=self._work, args=(policy,), daemon=True, name=f"policy-{index}")
            for index, policy in enumerate(policies)
        ]
        for thread in self._threads:
            thread.start()

    def row(self, row: Row) -> Future[Computed]:
        """The chunk (C, 14) of one row, soon; PolicyError where the policy says no to it."""
        return self._put(_Job(row))

    def batch(self, make: Callable[[], Batch]) -> Future[Computed]:
        """The chunks (B, C, 14) of a whole batch, which `make` makes in the policy's thread."""
        return self._put(_Job(make))

    @property
    def idle(self) -> bool:
        """Whether nothing waits and nothing is computed."""
        with self._changed:
            return not self._jobs and not self._running

    def close(self) -> None:
        """Refuse what still waits, and end the threads once they have computed what they are at."""
        with self._changed:
            self._closed = True
            waiting = list(self._jobs)
            self._jobs.clear()
            self._changed.notify_all()
        for job in waiting:
            job.done.set_exception(PolicyError("the server is stopping"))
        for thread in self._threads:
            thread.join()

    def _put(self, job: _Job) -> Future[Computed]:
        with self._changed:
            if self._closed:
                job.done.set_exception(PolicyError("the server is stopping"))
            else:
                self._jobs.append(job)
                if isinstance(job.work, Row):
                    self._due = max(0, self._due - 1)
                self._changed.notify_all()
        return job.done

    def _work(self, policy: Policy) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._jobs or self._closed)
                while not self._closed and self._worth_waiting():
                    self._changed.wait(self._due_until - time.monotonic())
                if not self._jobs:
                    if self._closed:
                        return
                    continue
                jobs = self._take()
                self._running += 1
            try:
                self._compute(policy, jobs)
            finally:
                with self._changed:
                    self._running -= 1

    def _worth_waiting(self) -> bool:
        """Whether the next batch has room, and clients that were just answered may fill it."""
        rows = len(self._jobs) if all(isinstance(job.work, Row) for job in self._jobs) else len(self.places)
        return 0 < rows < len(self.places) and self._due > 0 and time.monotonic() < self._due_until

    def _expect(self, clients: int, seconds: float) -> None:
        """Note that so many clients are answered now, and how long they are worth waiting for."""
        with self._changed:
            now = time.monotonic()
            self._due = clients + (self._due if now < self._due_until else 0)
            self._due_until = now + seconds

    def _take(self) -> list[_Job]:
        """The job that waited longest, and as many more rows as share a batch with it."""
        first = self._jobs.popleft()
        if not isinstance(first.work, Row):
            return [first]
        taken = [first]
        for job in [job for job in self._jobs if isinstance(job.work, Row)][: len(self.places) - 1]:
            self._jobs.remove(job)
            taken.append(job)
        return taken

    def _compute(self, policy: Policy, jobs: Sequence[_Job]) -> None:
        started = time.perf_counter()
        try:
            found = self._chunks(policy, jobs)
        except Exception as error:  # whatever a policy does, the next client is served
            for job in jobs:
                job.done.set_exception(error)
            return
        seconds = time.perf_counter() - started
        self._expect(sum(isinstance(job.work, Row) for job in jobs), PATIENCE * seconds)
        for job, chunks in zip(jobs, found, strict=True):
            if isinstance(chunks, PolicyError):
                job.done.set_exception(chunks)
            else:
                job.done.set_result(Computed(chunks, seconds))

    def _chunks(self, policy: Policy, jobs: Sequence[_Job]) -> list[NDArray[np.float32] | PolicyError]:
        if not isinstance(jobs[0].work, Row):
            return [policy.predict(*jobs[0].work())]
        rows = {
            place: job.work
            for place, job in zip(self.places, jobs, strict=False)
            if isinstance(job.work, Row)
        }
        found = predict_places(policy, rows, self.batch_size)
        return [found[place] for place in rows]
