"""Into a Ray cluster and out of it again: one of this machine alone, or one that is there.

What Ray 2.60 does by itself and is not wanted: workers run at niceness 15, its ports listen on every interface, a
token is written into HOME, its folders stay in /tmp. Measured, each.
"""

from __future__ import annotations

import contextlib
import math
import os
import secrets
import shutil
import socket
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from harness.core.errors import RunFailed, UserError
from harness.core.text import one_line

LOCAL, AUTO = "local", "auto"
STORE_BYTES = 256 * 2**20
"""Object store of a cluster of this machine, least: a hundred observations at once."""
OBSERVATION_BYTES = 2**20
STARTS = 3
"""How often a cluster of this machine is tried to be started."""
REACH_S = 10.0
SHORT = 24
"""Bytes of a folder's name that leave Ray room for its sockets."""
QUIET: dict[str, Any] = {"log_to_driver": False, "logging_level": "error"}
ENVIRONMENT = {"RAY_worker_niceness": "0", "RAY_USAGE_STATS_ENABLED": "0"}


@dataclass(frozen=True)
class Shares:
    """What a node must have free for one simulator and for one replica of the policy."""

    simulator_cpus: float = 1.0
    simulator_gpus: float = 0.0
    replica_cpus: float = 1.0
    replica_gpus: float = 0.0


@contextlib.contextmanager
def connected(where: str, cpus: float, workers: int) -> Iterator[None]:
    """Ray, for as long as it is needed. where: `local`, `auto` or HOST:PORT; cpus: what a local one must offer.

    UserError where there is no Ray, or no such cluster.
    """
    ray = import_ray()
    if ray.is_initialized():  # whoever did it ends it
        yield
        return
    with contextlib.ExitStack() as stack:
        try:
            if where == LOCAL:
                _start_here(ray, stack, cpus, workers)
            else:
                _reach(where)
                stack.callback(ray.shutdown)
                ray.init(address=where, **QUIET)
            stack.enter_context(_silence())
        except Exception as error:  # Ray raises what comes to hand, Exception itself too
            raise _refusal(where, error) from error
        yield


def _start_here(ray: ModuleType, stack: contextlib.ExitStack, cpus: float, workers: int) -> None:
    """A cluster of this machine alone, which ends with the stack; Ray gives a node 30 s to start, whatever its load."""
    stack.enter_context(_environment(_local_environment()))
    stack.enter_context(_loopback())
    for attempt in range(1, STARTS + 1):
        folder = tempfile.mkdtemp(prefix="ray-", dir=_short_folder())
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        try:
            ray.init(
                address=LOCAL,
                num_cpus=max(os.cpu_count() or 1, math.ceil(cpus)),
                object_store_memory=STORE_BYTES + workers * 4 * OBSERVATION_BYTES,
                include_dashboard=False,
                _node_ip_address="127.0.0.1",
                _temp_dir=folder,
                **QUIET,
            )
        except Exception as error:
            ray.shutdown()
            if attempt == STARTS or "timed out" not in str(error):
                raise
        else:
            stack.callback(ray.shutdown)
            return


def _reach(where: str) -> None:
    """OSError or ValueError where nobody listens at HOST:PORT: Ray tries for forty seconds and writes into the log."""
    if where != AUTO:
        host, _, port = where.rpartition(":")
        socket.create_connection((host.strip("[]"), int(port)), REACH_S).close()


def import_ray() -> ModuleType:
    """The library; UserError where it is not installed."""
    try:
        import ray
        import ray.exceptions
    except ImportError:
        raise UserError(
            "--ray needs Ray, which is not installed: uv pip install -c requirements.txt -e .[ray]"
        ) from None
    return ray


def _refusal(where: str, error: Exception) -> Exception:
    reason = one_line(str(error))[:300]
    if where == LOCAL:
        return RunFailed(f"Ray does not start on this machine: {reason}")
    fix = (
        "start one with `ray start --head`"
        if where == AUTO
        else "is HOST:PORT the address that `ray start` said?"
    )
    return UserError(f"--ray {where}: no Ray cluster answers there ({reason}); {fix}, or give --ray local")


def _short_folder() -> str:
    """Where temporary folders go, or /tmp: the name of a Unix socket has 107 bytes, of which Ray takes 70."""
    usual = tempfile.gettempdir()
    return usual if len(usual.encode()) <= SHORT else "/tmp"


@contextlib.contextmanager
def _loopback() -> Iterator[None]:
    """Have Ray take 127.0.0.1 for an address: it looks for one of the outside otherwise, and listens to everybody."""
    from ray._private import ray_constants

    before, ray_constants.ENABLE_RAY_CLUSTER = ray_constants.ENABLE_RAY_CLUSTER, False
    try:
        yield
    finally:
        ray_constants.ENABLE_RAY_CLUSTER = before


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """Keep what Ray says of lost workers, a paragraph each, from stdout: the loop says it in a line."""
    from ray._private import worker

    before = worker.print_to_stdstream
    worker.print_to_stdstream = lambda *_, **__: None
    try:
        yield
    finally:
        worker.print_to_stdstream = before


@contextlib.contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    """Environment variables for what is started meanwhile."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _local_environment() -> dict[str, str]:
    """What a cluster of this machine runs with: at this process's niceness, on its import path, for its user only."""
    path = os.pathsep.join(entry or str(Path.cwd()) for entry in sys.path)
    return {name: os.environ.get(name, value) for name, value in ENVIRONMENT.items()} | {
        "PYTHONPATH": path,
        "RAY_AUTH_TOKEN": secrets.token_hex(32),
        "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
    }
