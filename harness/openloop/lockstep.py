"""Observe, predict, execute; for real-time chunking."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.core.errors import UserError
from harness.rollout.adapter import ObservationAdapter
from harness.rollout.inference import make_row, predict_places
from harness.rollout.world import Trace, World
from policies.chunking import PLAIN, check_horizon, chunker, policy_for
from policies.errors import PolicyError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from policies.interface import Policy


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
        run_seed: with the world's `noise_key` and `frame`, all that the noise of a prediction depends on.
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
            policy, adapter, trace.world.observe(), trace.chunker.left_over, run_seed, trace.world.noise_key
        )
        for trace in traces
    ]
    predicted: list[NDArray[np.float32] | PolicyError] = [PolicyError("nothing was predicted")] * len(rows)
    # Rows that continue a chunk and rows that do not (an episode's first) have other keys: two batches.
    for continuing in (False, True):
        group = [i for i, row in enumerate(rows) if row.continues == continuing]
        started = time.perf_counter()
        chunks = predict_places(policy, {place: rows[i] for place, i in enumerate(group)}, batch_size)
        seconds = time.perf_counter() - started
        for place, i in enumerate(group):
            predicted[i] = chunks[place]
            traces[i].inference_s += seconds / len(group)
    return predicted
