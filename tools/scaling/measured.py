"""Runs of the harness's own loop on scenes that sleep: what the simulation of the queue is held against."""

from __future__ import annotations

import contextlib
import resource
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.core.interrupt import Interrupt
from harness.core.terminal.progress import Progress
from harness.engine.cluster.connection import Shares, connected
from harness.engine.cluster.pool import RayPool
from harness.engine.dispatch import Dispatch
from harness.engine.live_status import LiveStatus
from harness.engine.local_pool import LocalPool
from harness.engine.messages import Setup
from harness.engine.predictor import InThisProcess
from harness.engine.schedule import Schedule
from harness.engine.task_schedule import Row, TaskSchedule
from harness.runs.code_digest import code_digest
from harness.runs.directory import RunDir
from harness.runs.rows import ClosedLoopRow
from harness.scenes.protocol import Verdict
from tools.scaling.model import Costs, Machines
from tools.scaling.sleeping import SleepingOptions, SleepingQueue

PATIENCE_S = 300.0
POLL_S = 0.05


@dataclass(frozen=True)
class Measured:
    """seconds: from the moment all workers are ready to the last row on disk. driver: its processor seconds meanwhile.
    memory: the most it held, MiB.
    """

    episodes: int
    seconds: float
    driver: float
    memory: float

    @property
    def per_hour(self) -> float:
        """Episodes an hour."""
        return 3600 * self.episodes / self.seconds


def measure(costs: Costs, machines: Machines, episodes: int, ray: str | None = None) -> Measured:
    """A run of `episodes` scenes that sleep, rows and all, in a temporary folder."""
    options = SleepingOptions(shader="default", shadows="off", costs=costs)
    setup = Setup(options, (), (), "sleeping", costs.horizon, costs.horizon, "plain", False)
    seeds = range(100_000, 100_000 + episodes)
    plan = Schedule([TaskSchedule("sleep", seeds, episodes, {seed: Verdict(seed, True) for seed in seeds})])
    predictor = InThisProcess([SleepingQueue(costs, machines.batch)])
    with (
        tempfile.TemporaryDirectory(prefix="scaling-") as folder,
        RunDir.create("closedloop", "sleeping", config={}, provenance={}, out=Path(folder) / "run") as run,
        _pool(setup, machines.workers, ray) as pool,
        Progress("sleeping", episodes, "episodes") as progress,
    ):
        board = LiveStatus(progress, [[]])

        def record(row: Row, _: int) -> None:
            added = run.add(row)
            assert isinstance(added, ClosedLoopRow)
            board.add(added)

        while not all(member.ready for member in pool.members):
            pool.poll(POLL_S)
        started, processor = time.perf_counter(), time.process_time()
        Dispatch(plan, pool, predictor, record, lambda *_: None, lambda: board.show(pool.members)).run(
            Interrupt()
        )
        seconds, processor = time.perf_counter() - started, time.process_time() - processor
        assert len(run.rows()) == episodes
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Measured(episodes, seconds, processor, memory)


@contextlib.contextmanager
def _pool(setup: Setup, workers: int, ray: str | None) -> Iterator[Any]:
    if ray is None:
        with LocalPool([setup], workers, PATIENCE_S, 1) as pool:
            yield pool
        return
    with (
        connected(ray, workers, workers),
        RayPool([setup], workers, PATIENCE_S, 1, Shares(), code_digest()) as members,
    ):
        yield members
