"""Answers whoever waits, in one batch."""

from __future__ import annotations

import time
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.engine.messages import Ask
from harness.engine.task_schedule import Attempt
from harness.rollout.adapter import ObservationAdapter
from harness.rollout.inference import Row, make_row, predict_places
from policies.errors import PolicyError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from policies.interface import Policy


def place_of(task: str, seed: int, batch_size: int) -> int:
    """The place of an episode in every batch it is in."""
    return (zlib.crc32(task.encode()) + seed) % batch_size


@dataclass(frozen=True)
class InferenceQueue:
    """The one policy that all worlds ask. run_seed, batch_size: see `harness.openloop.lockstep.rollout`."""

    policy: Policy
    adapter: ObservationAdapter
    run_seed: int
    batch_size: int

    def answer(
        self, asked: Sequence[tuple[Attempt, Ask]]
    ) -> tuple[list[int], list[NDArray[np.float32] | PolicyError], float]:
        """Predict for as many of `asked` (at least one, longest waiting first) as share a batch.

        Returns which of them, the chunk (C, 14) of each or why there is none, and each one's share of the seconds.
        """
        rows: dict[int, Row] = {}
        chosen: dict[int, int] = {}
        started = time.perf_counter()
        for index, (work, ask) in enumerate(asked):
            place = place_of(work.task, work.seed, self.batch_size)
            continues = ask.left_over is not None
            if place in rows or any(row.continues != continues for row in rows.values()):
                continue
            rows[place] = make_row(
                self.policy, self.adapter, ask.observation, ask.left_over, self.run_seed, work.seed
            )
            chosen[index] = place
        chunks = predict_places(self.policy, rows, self.batch_size)
        seconds = (time.perf_counter() - started) / len(chosen)
        return list(chosen), [chunks[place] for place in chosen.values()], seconds
