"""Predicting for many clients: a queue, and predictors that each empty it into batches of one fixed shape.

A row's rounding depends on the shape of its batch, so that the shape is the same whether one client waits or many: a
batch with one row in it costs what a full one does. Clients that were just answered ask again a moment later, so a
batch waits for them, for at most a quarter of what it takes to compute; nobody waits for clients that are not there. A
batch that a client brings whole is computed as it is.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from policies.baselines import require_finite
from policies.errors import PolicyError
from policies.remote.own import batch_request
from policies.remote.rows import Row

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.serve.computing.predictors import Predictor

END_S = 10.0
PATIENCE = 0.25
"""Of the last call's time: how long clients that were just answered are waited for."""


type Ask = Callable[[Mapping[Any, Any]], NDArray[np.float32]]
"""A request to its chunks (B, C, 14)."""


@dataclass(frozen=True)
class Computed:
    """chunks: (C, 14) of a row, (B, C, 14) of a batch. seconds: of the call of the policy they came from."""

    chunks: NDArray[np.float32]
    seconds: float


@dataclass
class _Job:
    """A row, or the request of a whole batch."""

    work: Row | Mapping[Any, Any]
    done: Future[Computed] = field(default_factory=Future)

    def joins(self, first: _Job) -> bool:
        """Whether it can share a batch with another: rows whose pictures have the same sizes."""
        if not isinstance(self.work, Row) or not isinstance(first.work, Row):
            return False
        mine, others = self.work.images, first.work.images
        return mine.keys() == others.keys() and all(mine[key].shape == others[key].shape for key in mine)


class Batcher:
    """predictors: of copies of one policy, each asked by a thread of its own. batch_size: rows of every call.

    places: which rows of a batch are used, those that the policy computes alike.
    """

    def __init__(self, predictors: Sequence[Predictor], batch_size: int, places: Sequence[int]):
        self.batch_size = batch_size
        self.places = tuple(places)
        self._predictors = predictors
        self._jobs: deque[_Job] = deque()
        self._changed = threading.Condition()
        self._closed = False
        self._running = 0
        self._due, self._due_until = 0, 0.0
        self._threads = [
            threading.Thread(target=self._work, args=(predictor,), daemon=True, name=f"policy-{index}")
            for index, predictor in enumerate(predictors)
        ]
        for thread in self._threads:
            thread.start()

    def row(self, row: Row) -> Future[Computed]:
        """The chunk (C, 14) of one row, soon; PolicyError where the policy says no to it."""
        return self._put(_Job(row))

    def batch(self, request: Mapping[Any, Any]) -> Future[Computed]:
        """The chunks (B, C, 14) of a whole batch, a request of `policies.remote.own`; PolicyError where it is none."""
        return self._put(_Job(request))

    @property
    def idle(self) -> bool:
        """Whether nothing waits and nothing is computed."""
        with self._changed:
            return not self._jobs and not self._running

    def close(self, seconds: float = END_S) -> None:
        """Refuse what still waits, and end the threads once they have computed what they are at, for at most `seconds`.

        A copy that has not answered by then is ended, and what it was asked for is computed here.
        """
        with self._changed:
            self._closed = True
            waiting = list(self._jobs)
            self._jobs.clear()
            self._changed.notify_all()
        for job in waiting:
            job.done.set_exception(PolicyError("the server is stopping"))
        end = time.monotonic() + seconds
        for thread in self._threads:  # one may wait for a copy that was stopped and never answers
            thread.join(max(0.0, end - time.monotonic()))
        for predictor in self._predictors:
            predictor.close()

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

    def _work(self, predictor: Predictor) -> None:
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
                alone = len(jobs) == 1 and not self._jobs and not self._running
                self._running += 1
            try:
                self._compute(partial(predictor.chunks, alone=alone), jobs)
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
        for job in [job for job in self._jobs if job.joins(first)][: len(self.places) - 1]:
            self._jobs.remove(job)
            taken.append(job)
        return taken

    def _compute(self, ask: Ask, jobs: Sequence[_Job]) -> None:
        started = time.perf_counter()
        jobs = [job for job in jobs if job.done.set_running_or_notify_cancel()]
        if not jobs:
            return  # nobody waits for them any more
        try:
            found = self._chunks(ask, jobs)
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

    def _chunks(self, ask: Ask, jobs: Sequence[_Job]) -> Sequence[NDArray[np.float32] | PolicyError]:
        """What each job gets. A policy reports a bad batch, not a bad row: then every row is asked alone."""
        first = jobs[0].work
        if not isinstance(first, Row):
            return [ask(first)]
        rows = {
            place: job.work
            for place, job in zip(self.places, jobs, strict=False)
            if isinstance(job.work, Row)
        }
        try:
            return self._at_places(ask, rows)
        except PolicyError as error:
            if len(rows) == 1:
                return [error]
        found: list[NDArray[np.float32] | PolicyError] = []
        for place, row in rows.items():
            try:
                found += self._at_places(ask, {place: row})
            except PolicyError as error:
                found.append(error)
        return found

    def _at_places(self, ask: Ask, rows: Mapping[int, Row]) -> list[NDArray[np.float32]]:
        """The chunk of the row at each place; the first of them fills the empty ones."""
        numbers = {place: number for number, place in enumerate(rows)}
        filled = [numbers.get(place, 0) for place in range(self.batch_size)]
        given = list(rows.values())
        chunks = ask(batch_request(given, filled, list(given[0].images)))
        require_finite(chunks)
        return [chunks[place] for place in rows]
