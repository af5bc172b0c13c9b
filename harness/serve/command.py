"""`harness.serve`: load a policy, listen, and stop in good order."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from harness.core.terminal.width import say
from harness.rollout.adapter import adapter_for
from harness.rollout.policy_setup import default_horizon, pick_device
from harness.serve.computing.batching import Batcher
from harness.serve.computing.places import equal_places
from harness.serve.computing.predictors import Here, Predictor, can_fork, forked
from harness.serve.config import PORTS, Config, check
from harness.serve.engine import Engine
from harness.serve.openpi import OpenPIProtocol
from harness.serve.server import Served, Server
from harness.serve.vla_eval import VlaEvalProtocol
from harness.serve.xpolicylab import XPolicyLabProtocol
from harness.serve.xpolicylab_folder import write_folder
from policies import load_policy
from policies.chunking import REAL_TIME, check_horizon, policy_for
from policies.errors import PolicyError
from policies.remote.options import api_key

if TYPE_CHECKING:
    from policies.interface import Policy

PROTOCOLS: dict[str, Callable[[Engine], Served]] = {
    "openpi": OpenPIProtocol,
    "vla-eval": VlaEvalProtocol,
    "xpolicylab": XPolicyLabProtocol,
}
CPU_ROWS, GPU_ROWS = 4, 8
MOST_COPIES = 4


def main(config: Config) -> None:
    """Serve until SIGTERM or Ctrl-C, or write the folder that --write-xpolicylab names."""
    check(config)
    if config.write_xpolicylab is not None:
        print(write_folder(config.write_xpolicylab, config))
        return
    policy = load(config)
    predictors = copies_of(policy, config)
    adapter = adapter_for(policy)
    batch_size = config.batch_size or (CPU_ROWS if pick_device(config.device) == "cpu" else GPU_ROWS)
    batch_size, places = shape_of(policy, batch_size)
    batcher = Batcher(predictors, batch_size, places)
    horizon = default_horizon(policy) if config.horizon is None else config.horizon
    engine = Engine(policy, adapter, batcher, config.seed, check_horizon(horizon, policy.chunk_size))
    say(*adapter.describe().splitlines())
    print(batch_line(batch_size, config.batch_size, len(predictors)))
    try:
        asyncio.run(listen(config, PROTOCOLS[config.protocol](engine), batcher))
    finally:
        batcher.close()
    print("stopped")


def shape_of(policy: Policy, batch_size: int) -> tuple[int, tuple[int, ...]]:
    """Rows of every call, and the places of them that are used: all of `batch_size`, or one row at a time where the
    places of a batch are computed differently; one place of a wider batch would be paid for as the whole."""
    places = equal_places(policy, batch_size)
    return (batch_size, places) if len(places) > 1 else (1, (0,))


async def listen(config: Config, protocol: Served, batcher: Batcher) -> None:
    """Listen until a signal says to stop."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    server = Server(
        protocol,
        config.host,
        PORTS[config.protocol] if config.port is None else config.port,
        lambda: batcher.idle,
        lambda: batcher.close(0.0),
        config.max_clients,
        config.max_request_mib << 20,
        api_key(),
    )

    def ready(port: int) -> None:
        host = f"[{config.host}]" if ":" in config.host else config.host
        print(
            f"{config.policy} is served on ws://{host}:{port} ({config.protocol}); Ctrl-C stops", flush=True
        )

    await server.run(stop, ready)


def load(config: Config) -> Policy:
    """The policy that is served."""
    return continuing(load_policy(config.policy, device=pick_device(config.device), dtype=config.dtype))


def copies_of(policy: Policy, config: Config) -> Sequence[Predictor]:
    """The policy, as often as it computes at the same time: one a core where that is a process of its own."""
    forks = can_fork(policy, pick_device(config.device))
    cores = min(MOST_COPIES, len(os.sched_getaffinity(0))) if forks else 1
    copies = config.copies or cores
    if forks and copies > 1:
        return forked(policy, copies)
    return [Here(policy), *(Here(load(config)) for _ in range(copies - 1))]


def continuing(policy: Policy) -> Policy:
    """The policy ready for clients that continue chunks, where it offers that; for all others it stays the same."""
    try:
        return policy_for(policy, REAL_TIME)
    except PolicyError:
        return policy


def batch_line(batch_size: int, asked: int, copies: int) -> str:
    """What happens to clients that ask at the same time, in words. asked: --batch-size, 0 for none."""
    if batch_size == 1 and asked != 1:
        rows = "one row at a time, because places of a larger batch are computed differently here"
    else:
        rows = f"up to {batch_size} clients in one batch"
    return f"{rows}; {copies} {'copy' if copies == 1 else 'copies'} of the policy"
