"""What every loop shares, a World and its Trace, and the simplest loop: observe, predict, execute k actions, again.

`rollout` advances `batch_size` worlds in lock-step, a new one taking the place of each that is done. It serves
real-time chunking in open loop, where each chunk needs the one before, and tests. Other replays run `harness.replay`,
closed loop `harness.dispatch` and `harness.worker`; all of them keep a Trace of every world.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from harness.adapter import Observation, ObservationAdapter
from harness.errors import UserError
from harness.mind import make_row, predict_places
from policies.chunking import PLAIN, Chunker, check_horizon, chunker, policy_for
from policies.errors import PolicyError
from policies.interface import ACTION_DIM

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from policies.interface import Policy


class World(Protocol):
    """Something that shows observations and consumes actions."""

    @property
    def episode(self) -> int:
        """Dataset episode index or scene seed: it names the noise."""
        ...

    @property
    def frame(self) -> int:
        """Actions consumed so far."""
        ...

    @property
    def done(self) -> bool:
        """Nothing more to do here."""
        ...

    def observe(self) -> Observation:
        """What the robot sees now."""
        ...

    def advance(self, actions: NDArray[np.float32]) -> None:
        """Consume up to k of `actions` (k, 14), fewer only where the world ends."""
        ...


@dataclass
class Trace[W: World]:
    """What one world went through. `error` is None unless the policy failed there, which ends that world.

    chunker: what is executed of the chunks predicted here (`policies.chunking`). replans: the R frames at
    which a chunk was predicted. inference_s: wall seconds the policy took for them, a batch's shared equally
    among its worlds.
    """

    world: W
    chunk_size: int
    chunker: Chunker
    replans: list[int] = field(default_factory=list)
    error: str | None = None
    inference_s: float = 0.0
    _chunks: list[NDArray[np.float32]] = field(default_factory=list, repr=False)
    _actions: list[NDArray[np.float32]] = field(default_factory=list, repr=False)

    @property
    def chunks(self) -> NDArray[np.float32]:
        """The R predicted chunks (R, C, 14), raw units."""
        return np.reshape(self._chunks, (-1, self.chunk_size, ACTION_DIM))

    @property
    def actions(self) -> NDArray[np.float32]:
        """The actions the world consumed (T, 14)."""
        return np.concatenate([np.zeros((0, ACTION_DIM), np.float32), *self._actions])

    @property
    def finished(self) -> bool:
        """True once nothing more will happen here."""
        return self.error is not None or self.world.done

    def execute(self, chunk: NDArray[np.float32]) -> None:
        """Hand the world what is to be done after `chunk` (C, 14) and note what it consumed."""
        start = self.world.frame
        self.replans.append(start)
        self._chunks.append(chunk)
        actions = self.chunker.actions(start, chunk)
        self.world.advance(actions)
        consumed = self.world.frame - start
        if consumed == 0 and not self.world.done:
            raise RuntimeError(
                f"the world of episode {self.world.episode} consumed no action at frame {start}"
            )
        self._actions.append(actions[:consumed])

    def take(self, chunk: NDArray[np.float32] | PolicyError, policy: str) -> None:
        """Execute a chunk; where there is none, or the world refuses it, the trace ends with that error."""
        try:
            if isinstance(chunk, PolicyError):
                raise chunk
            self.execute(chunk)
        except ValueError as error:
            if not getattr(error, "is_user_error", False):
                raise
            where = f"episode {self.world.episode}, frame {self.world.frame}"
            self.error = f"policy {policy!r} failed at {where}: {error}"


def default_horizon(policy: Policy) -> int:
    """How many actions of a chunk to execute when nobody says: what the checkpoint was made for, or all."""
    return int(getattr(policy, "n_action_steps", policy.chunk_size))


def rollout[W: World](
    worlds: Iterable[W],
    policy: Policy,
    adapter: ObservationAdapter,
    *,
    horizon: int,
    run_seed: int,
    batch_size: int,
    strategy: str = PLAIN,
    on_step: Callable[[Sequence[Trace[W]]], None] | None = None,
) -> Iterator[Trace[W]]:
    """Run every world to its end; yields each one's Trace as it finishes.

    Args:
        worlds: taken from the iterable only when there is room, so that they can be made lazily.
        policy: who predicts; adapter: made for `policy.images`.
        horizon: k, actions executed of every chunk, 1 <= k <= policy.chunk_size.
        run_seed: with the world's `episode` and `frame`, all that the noise of a prediction depends on.
        batch_size: rows of every call of the policy (filled up where fewer are left), worlds in lock-step.
        strategy: what is executed of the chunks, one of `policies.chunking.STRATEGIES`.
        on_step: called after every step with the traces that took it.

    Raises PolicyError for a horizon or strategy the policy cannot serve and UserError for a batch size below 1. A
    prediction that fails (NaN actions, say) ends the world it was for, with `Trace.error` naming episode and
    frame; the others go on.
    """
    check_horizon(horizon, policy.chunk_size)
    policy = policy_for(policy, strategy)
    if batch_size < 1:
        raise UserError(f"batch size {batch_size} is out of range; choose --batch-size of at least 1")
    waiting = iter(worlds)
    active: list[Trace[W]] = []
    while True:
        active += [
            Trace(world, policy.chunk_size, chunker(strategy, horizon))
            for world in itertools.islice(waiting, batch_size - len(active))
        ]
        if not active:
            return
        running = [trace for trace in active if not trace.finished]
        chunks = _predict(policy, adapter, running, run_seed, batch_size)
        for trace, chunk in zip(running, chunks, strict=True):
            trace.take(chunk, policy.name)
        if on_step:
            on_step(running)
        yield from (trace for trace in active if trace.finished)
        active = [trace for trace in active if not trace.finished]


def _predict(
    policy: Policy, adapter: ObservationAdapter, traces: Sequence[Trace[Any]], run_seed: int, batch_size: int
) -> list[NDArray[np.float32] | PolicyError]:
    """A chunk (C, 14) for every trace's world, or why there is none; notes the time on each trace."""
    rows = [
        make_row(
            policy, adapter, trace.world.observe(), trace.chunker.left_over, run_seed, trace.world.episode
        )
        for trace in traces
    ]
    found: list[NDArray[np.float32] | PolicyError] = [PolicyError("nothing was predicted")] * len(rows)
    # Rows that continue a chunk and rows that do not (an episode's first) have other keys: two batches.
    for continuing in (False, True):
        group = [i for i, row in enumerate(rows) if row.continues == continuing]
        started = time.perf_counter()
        chunks = predict_places(policy, {place: rows[i] for place, i in enumerate(group)}, batch_size)
        seconds = time.perf_counter() - started
        for place, i in enumerate(group):
            found[i] = chunks[place]
            traces[i].inference_s += seconds / len(group)
    return found
