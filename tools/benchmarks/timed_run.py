"""What a closed-loop run takes, and what of it goes where: a run with clocks around its parts.

Used by scripts/benchmark.py. The run is the harness's own loop (`Dispatch`, `Pool`, `InferenceQueue`) on the
standing order of scenes; workers are started before the clock, the expert's verdicts are known, films are off unless
asked for.
"""

from __future__ import annotations

import contextlib
import dataclasses
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from harness.closedloop.config import Config
from harness.closedloop.crew import queue_of, render_threads
from harness.closedloop.preparation import Prepared, prepare
from harness.core.errors import RunFailed
from harness.core.interrupt import Interrupt
from harness.core.robot import ROLES
from harness.engine.dispatch import Dispatch
from harness.engine.local_pool import LocalPool
from harness.engine.messages import Answer, Ask
from harness.engine.predictor import InThisProcess
from harness.engine.schedule import Schedule
from harness.engine.task_schedule import Attempt, Row, TaskSchedule
from harness.rollout.environments import SceneOptions
from harness.runs.directory import RunDir
from harness.runs.rows import ClosedLoopRow
from harness.scenes.protocol import Verdict, attempts
from tools.benchmarks.clocks import WARM_UP, Clock, TimedOptions

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from policies.errors import PolicyError
    from policies.interface import Policy

PARTS = {
    "scene": "building the scene and letting it settle",
    "physics": "physics steps of the actions",
    "control": "control: ramps, drive targets, success after every physics step",
    "render": "drawing observations",
    "chunk": "predicting chunks, the batch made from the observation included",
    "check": "the expert's check of the scene",
    "film": "making and writing films",
    "write": "rows, each on disk before the next",
}
PATIENCE_S = 300.0


@dataclass(frozen=True)
class Measured:
    """A run: its wall and processor seconds from the first scene to the last row, by part, and its rows."""

    wall: float
    processor: float
    seconds: Mapping[str, float]
    calls: Mapping[str, int]
    rows: Sequence[ClosedLoopRow]

    @property
    def actions(self) -> int:
        """Actions executed."""
        return sum(row.steps or 0 for row in self.rows)

    @property
    def replans(self) -> int:
        """Chunks predicted."""
        return sum(row.replans or 0 for row in self.rows)

    @property
    def step_s(self) -> float:
        """Seconds of an action, not drawn."""
        return (self.seconds["physics"] + self.seconds["control"]) / self.actions

    @property
    def render_s(self) -> float:
        """Seconds of an observation's pictures."""
        return self.seconds["render"] / self.calls["render"]

    @property
    def least(self) -> float:
        """Seconds of the parts no closed loop can do without, one after the other."""
        return sum_of_parts(self.seconds, self.replans, self.render_s)

    @property
    def per_hour(self) -> float:
        """Episodes an hour."""
        return 3600 * len(self.rows) / self.wall


def sum_of_parts(seconds: Mapping[str, float], replans: int, render_s: float) -> float:
    """Scenes, actions, chunks, and one observation drawn for each chunk."""
    return (
        sum(seconds.get(part, 0.0) for part in ("scene", "physics", "control", "chunk")) + replans * render_s
    )


def shares(run: Measured) -> list[tuple[str, float, float]]:
    """(part, seconds, share of the wall time) of a run with one worker, and the rest, which nobody claims."""
    named = [(PARTS[part], run.seconds[part]) for part in PARTS if run.seconds.get(part)]
    rest = run.wall - sum(seconds for _, seconds in named)
    rows = [*named, ("the rest: messages, digests, the loop itself", rest)]
    return [(name, seconds, seconds / run.wall) for name, seconds in rows]


def prepared(policy: Policy, task: str) -> Prepared:
    """The demo policy on a task with the stand-in robot and the default renderer."""
    return prepare(Config(task=task, assets=None, videos=False), [task], policy)


class Bench:
    """Workers that stand ready for one task, as a context manager; every `run` is measured for itself.

    Before the first each has drawn a scene, so that none pays for a process's first picture. limit: actions of an
    episode at most. film: with videos; film_all: of every action.
    """

    def __init__(
        self,
        ready: Prepared,
        workers: int = 1,
        *,
        limit: int | None = None,
        film: bool = False,
        film_all: bool = False,
    ):
        self._ready, self._workers, self._film = ready, workers, film
        (self._task,) = ready.tasks
        self._limit, self._film_all = limit, film_all
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> Bench:

        self._folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="closedloop-")))
        (self._folder / "times").mkdir()
        (self._folder / "videos").mkdir()
        known = {
            part.name: getattr(self._ready.options, part.name) for part in dataclasses.fields(SceneOptions)
        }
        times = str(self._folder / "times")
        options = TimedOptions(**known, folder=times, limit=self._limit, film_all=self._film_all)
        roles = ROLES if self._film else self._ready.roles
        ready = dataclasses.replace(self._ready, options=options, roles=roles)
        setup = ready.setup(self._folder / "videos" if self._film else None)
        pool = LocalPool([setup], self._workers, PATIENCE_S, render_threads(self._workers))
        started = time.perf_counter()
        self._pool = self._stack.enter_context(pool)
        while not all(member.ready for member in pool.members):
            pool.poll(PATIENCE_S)
        self.start_s = time.perf_counter() - started
        self._warm_up()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def run(self, seeds: Sequence[int], *, check: bool = False) -> Measured:
        """Run these scenes; check: the expert screens each first. RunFailed where one does not end well."""
        clock, before = Clock(), self._noted()
        known = {} if check else {seed: Verdict(seed, True) for seed in seeds}
        plan = Schedule([TaskSchedule(self._task, iter(seeds), len(seeds), known)])
        where = self._folder / f"run-{time.monotonic_ns()}"
        with RunDir.create("closedloop", "speed", config={}, provenance={}, out=where) as run:

            def record(row: Row, _: int) -> None:
                run.add(row)

            dispatch = Dispatch(
                plan,
                self._pool,
                InThisProcess([TimedQueue(self._ready, clock)]),
                clock.timed("write", record),
                lambda *_: None,
                lambda: None,
            )
            processor, start = self._processor_s(), time.perf_counter()
            dispatch.run(Interrupt())
            wall, processor = time.perf_counter() - start, self._processor_s() - processor
            rows = run.closed_rows()
        errors = [row.error for row in rows if row.status == "error"]
        if errors or len(rows) != len(seeds):
            raise RunFailed(
                f"{len(rows)} of {len(seeds)} episodes, errors: {'; '.join(filter(None, errors)) or 'none'}"
            )
        clock.add(self._noted().since(before))
        return Measured(wall, processor, clock.seconds, clock.calls, rows)

    def _warm_up(self) -> None:
        """One action in each worker."""
        for member in self._pool.members:
            self._pool.give(member, Attempt(self._task, WARM_UP, screened=True))
        queue = TimedQueue(self._ready, Clock())
        while any(member.work for member in self._pool.members):
            for member, work, message in self._pool.poll(PATIENCE_S):
                if isinstance(message, Ask) and work:
                    _, chunks, seconds = queue.answer([(work, message)])
                    self._pool.answer(member, Answer(chunks[0], seconds))

    def _noted(self) -> Clock:
        """What all workers have noted so far."""
        total = Clock()
        for path in (self._folder / "times").iterdir():
            total.add(Clock.load(path))
        return total

    def _processor_s(self) -> float:
        """Processor seconds of this process and the workers so far."""
        workers = [member.process.pid for member in self._pool.members]
        return time.process_time() + sum(processor_s(pid) for pid in workers if pid is not None)


class TimedQueue:
    """The policy that acts, with a clock: a `harness.engine.predictor.Queue`."""

    def __init__(self, ready: Prepared, clock: Clock):
        queue = queue_of(ready)
        assert queue is not None
        self._answer = clock.timed("chunk", queue.answer)

    def answer(
        self, asked: Sequence[tuple[Attempt, Ask]]
    ) -> tuple[list[int], Sequence[NDArray[np.float32] | PolicyError], float]:
        """See InferenceQueue."""
        return self._answer(asked)


def processor_s(pid: int) -> float:
    """Processor time of a process over all its threads, s; 0 for one that is gone."""
    try:
        used = psutil.Process(pid).cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(used.user + used.system)


def seeds_of(count: int, seed: int = 0) -> list[int]:
    """The first scenes of an evaluation seed."""
    return [number for number, _ in zip(attempts(seed), range(count), strict=False)]
