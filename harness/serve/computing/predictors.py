"""Who computes a request: the policy in this process, or a copy of it in a process of its own.

A small policy's time is half Python, which one process runs on one core whatever its threads: two threads get 1.1 times
the batches of four of one, two processes 1.4 times (docs/remote.md).
"""

from __future__ import annotations

import contextlib
import gc
import mmap
import multiprocessing
import signal
import sys
import threading
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any, Protocol

from harness.serve.computing.shared_memory import put, taken
from policies.errors import PolicyError, one_line
from policies.remote.own import read_request

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

    import numpy as np
    from numpy.typing import NDArray

    from policies.interface import Policy

MEMORY = 64 << 20
"""Bytes that a copy shares with the server: 80 rows of three 240x320 cameras. More goes through its pipe."""
JOIN_S = 2.0


class Predictor(Protocol):
    """One that computes; each is asked by one thread at a time."""

    def chunks(self, request: Mapping[Any, Any], alone: bool) -> NDArray[np.float32]:
        """The chunks (B, C, 14) of a request as `policies.remote.own.batch_request` makes it. PolicyError: its no.

        alone: whether nothing else is in flight.
        """

    def close(self) -> None:
        """No more is asked."""


@dataclass
class Here:
    """A policy in this process."""

    policy: Policy
    _one: threading.Lock = field(default_factory=threading.Lock)

    def chunks(self, request: Mapping[Any, Any], alone: bool = True) -> NDArray[np.float32]:
        """See `Predictor`."""
        with self._one:
            return self.policy.predict(*read_request(request, self.policy))

    def close(self) -> None:
        """Nothing to do."""


@dataclass
class Forked:
    """A copy in another process, which costs a request half a millisecond: one that is alone is computed `here`.

    So is everything where the process has ended (the system may kill it for memory).
    """

    process: BaseProcess
    pipe: Connection
    memory: mmap.mmap
    here: Here

    def chunks(self, request: Mapping[Any, Any], alone: bool) -> NDArray[np.float32]:
        """See `Predictor`. RuntimeError for what is no PolicyError over there; its traceback is in the log."""
        if alone or self.pipe.closed:
            return self.here.chunks(request)
        try:
            self.pipe.send(put(request, self.memory))
            found, said, is_ours = self.pipe.recv()
        except (EOFError, OSError):
            self.pipe.close()
            print(
                "a copy of the policy has ended; the server goes on without it", file=sys.stderr, flush=True
            )
            return self.here.chunks(request)
        except BaseException:
            self.pipe.close()  # an answer may still be in it, and would be given to whoever asks next
            raise
        if said is not None:
            raise (PolicyError if is_ours else RuntimeError)(said)
        return found

    def close(self) -> None:
        """Let the process end."""
        self.pipe.close()
        self.process.join(JOIN_S)
        if self.process.is_alive():
            self.process.kill()


def can_fork(policy: Policy, device: str) -> bool:
    """Whether copies of the policy can be processes: on Linux, without a GPU or threads of torch's own."""
    if device != "cpu" or not policy.images or sys.platform != "linux":
        return False
    import torch

    return torch.get_num_threads() == 1


def forked(policy: Policy, copies: int) -> Sequence[Forked]:
    """That many copies, which share the policy's memory with this process. Call it before there are threads."""
    context = multiprocessing.get_context("fork")
    here = Here(policy)
    found: list[Forked] = []
    gc.collect()
    gc.freeze()  # the collector would write into what is shared
    for index in range(copies):
        memory = mmap.mmap(-1, MEMORY)
        ours, theirs = context.Pipe()
        closed = [ours, *(other.pipe for other in found)]  # else a copy would never see this process end
        process = context.Process(
            target=_serve, args=(policy, theirs, memory, closed), daemon=True, name=f"policy-{index}"
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # threads of libraries, which wait
            # a copy must not meet Ctrl-C before it ignores it
            before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
            try:
                process.start()
            finally:
                signal.pthread_sigmask(signal.SIG_SETMASK, before)
        theirs.close()
        found.append(Forked(process, ours, memory, here))
    return found


def _serve(policy: Policy, pipe: Connection, memory: mmap.mmap, closed: Sequence[Connection]) -> None:
    """The body of a copy: answer until the server is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches it too; the server says when to end
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    for other in closed:
        other.close()
    here = Here(policy)
    with contextlib.suppress(EOFError, OSError, KeyboardInterrupt):
        while True:
            pipe.send(_answer(here, pipe.recv(), memory))


def _answer(here: Here, sent: tuple[Any, ...], memory: mmap.mmap) -> tuple[Any, str | None, bool]:
    """Chunks, or what went wrong and whether it is the client's to mend."""
    try:
        return here.chunks(taken(sent, memory)), None, False
    except PolicyError as error:
        return None, str(error), True
    except Exception as error:  # whatever a policy does, the next client is served
        import traceback

        traceback.print_exception(error, file=sys.stderr)
        sys.stderr.flush()
        return None, f"{type(error).__name__}: {one_line(error)}", False
