"""What every protocol asks: the chunk of an observation, computed with those of other clients."""

from __future__ import annotations

import asyncio
import sys
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from harness.rollout.adapter import Observation, ObservationAdapter
from harness.serve.computing.batching import Batcher, Computed
from policies.errors import one_line
from policies.interface import Policy
from policies.noise import frame_noise
from policies.remote.rows import Row


@dataclass
class Client:
    """A connection: the episode it is in and the look of it that comes next. Together with the seed they name the
    noise, so that a client gets the same whoever else is served."""

    episode: int = 0
    frame: int = 0

    def next_episode(self) -> None:
        """Another episode begins."""
        self.episode, self.frame = self.episode + 1, 0

    def looked(self) -> int:
        """The number of the look that comes now."""
        self.frame += 1
        return self.frame - 1


@dataclass(frozen=True)
class Engine:
    """policy: one of the batcher's, for what it says of itself. horizon: actions executed of a chunk, where that is
    decided here."""

    policy: Policy
    adapter: ObservationAdapter
    batcher: Batcher
    seed: int
    horizon: int

    async def chunk(self, read: Callable[[], Observation], client: Client) -> Computed:
        """The chunk (C, 14) of the observation that `read` reads. Raises what `answerable` knows."""
        return await asyncio.wrap_future(self.batcher.row(self.row(read(), client.episode)))

    def row(self, seen: Observation, episode: int) -> Row:
        """An observation as a row: its pictures still bytes, with the noise of its episode and frame."""
        shape, frame = self.policy.noise_shape, seen.frame_index
        noise = None if shape is None else frame_noise(self.seed, episode, frame, shape)
        return Row(self.adapter.pictures(seen), seen.state, seen.task, frame, None, noise)

    async def batch(self, request: Mapping[Any, Any]) -> Computed:
        """The chunks (B, C, 14) of a whole batch, as this project's own clients send it."""
        return await asyncio.wrap_future(self.batcher.batch(request))


def answerable(error: Exception) -> str:
    """What a client is told of an error: its line where it is the client's to mend; the rest is ours, and logged."""
    if getattr(type(error), "is_user_error", False):
        return one_line(error, 400)
    traceback.print_exception(error, file=sys.stderr)
    return f"the server itself failed ({type(error).__name__}); see its log"
