"""What runs on other machines: a simulator, which is a worker in a thread, and a replica of the policies.

Both answer with messages, never with exceptions, which Ray hands on as text.
"""

from __future__ import annotations

import dataclasses
import os
import queue
import socket
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from harness.core.text import one_line
from harness.engine.messages import Answer, Ask, Finished, Going, Ready, Screened, Setup
from harness.engine.predictor import Queue
from harness.engine.task_schedule import Attempt
from harness.engine.worker import RENDER_THREADS, Worker
from harness.rollout.adapter import Observation
from harness.runs.code_digest import code_digest
from policies.errors import PolicyError

MORE_S = 0.005
"""How long a message waits for the next one to travel with."""
RENDER_DEVICE = "ROBOTWIN_RENDER_DEVICE"


@dataclass(frozen=True)
class Hello:
    """An actor has a place: where, as which process, and by which code."""

    node: str
    host: str
    pid: int
    code: dict[str, str]


@dataclass(frozen=True)
class Loaded:
    """The policies of a replica are there: their hashes; or why they are not."""

    hashes: tuple[str | None, ...] = ()
    refused: str | None = None


def hello() -> Hello:
    """What an actor says first."""
    import ray

    node = ray.get_runtime_context().get_node_id()
    return Hello(node, socket.gethostname(), os.getpid(), code_digest())


class Simulator:
    """A worker whose files come back with its rows.

    tell: a message for it. listen: what it said, and what goes with the last of that: the observation of an Ask, the
    files {name in the run: content} of a Finished.
    """

    def __init__(self, render_threads: int | None):
        self._inbox: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._outbox: queue.SimpleQueue[Any] = queue.SimpleQueue()
        if render_threads is not None:
            os.environ.setdefault(RENDER_THREADS, str(render_threads))
        pin_rendering()
        self._folder = tempfile.TemporaryDirectory(prefix="simulator-")
        threading.Thread(target=self._work, name="worker", daemon=True).start()

    def hello(self) -> Hello:
        """It has a place."""
        return hello()

    def tell(self, message: Any) -> None:
        """A message of `harness.engine.messages` for the worker."""
        self._inbox.put(message)

    def exchange(self, message: Any) -> tuple[list[Any], Any]:
        """`tell` and `listen` in one call, for what is sure to be answered."""
        self.tell(message)
        return self.listen()

    def listen(self) -> tuple[list[Any], Any]:
        """The next messages of the worker, as many as are there."""
        messages = [self._outbox.get()]
        while isinstance(messages[-1], Going | Screened):
            try:
                messages.append(self._outbox.get(timeout=MORE_S))
            except queue.Empty:
                break
        payload: Any = None
        if isinstance(messages[-1], Ask):
            ask = messages[-1]
            payload, messages[-1] = ask.observation, StoredAsk(None, ask.left_over, ask.frame)
        elif isinstance(messages[-1], Finished):
            payload = self._files(messages[-1].row)
        return messages, payload

    # What `Worker` asks of its parent.
    def send(self, message: Any) -> None:
        """See Parent."""
        self._outbox.put(message)

    def receive(self) -> Any:
        """See Parent."""
        return owned(self._inbox.get())

    def _work(self) -> None:
        setups: Sequence[Setup] = self.receive()
        worker = Worker([self._moved(setup, number) for number, setup in enumerate(setups)], self)
        self.send(Ready())
        while True:
            worker.attempt(self.receive())

    def _moved(self, setup: Setup, number: int) -> Setup:
        """The setup with folders of this machine in place of the run's."""
        run = Path(self._folder.name) / str(number)
        (run / "videos").mkdir(parents=True)
        return dataclasses.replace(
            setup,
            run=run if setup.run else None,
            videos=run / "videos" if setup.videos else None,
        )

    def _files(self, row: dict[str, Any]) -> dict[str, bytes]:
        """The files a row names, which are not here any more then."""
        contents = {}
        for name in filter(None, (row.get("video"), row.get("trajectory"))):
            for path in Path(self._folder.name).glob(f"*/{name}"):
                contents[name] = path.read_bytes()
                path.unlink()
        return contents


class Replica:
    """The policies of a run on another machine."""

    def __init__(self, make: Callable[[], Sequence[Queue | None]], threads: int):
        self._make, self._threads = make, threads
        self._queues: Sequence[Queue | None] = ()

    def hello(self) -> Hello:
        """It has a place."""
        return hello()

    def load(self) -> Loaded:
        """Load the policies."""
        try:
            self._queues = self._make()
            set_threads(self._threads)
        except Exception as error:
            return Loaded(refused=one_line(str(error)) or type(error).__name__)
        policies = [getattr(each, "policy", None) for each in self._queues]
        return Loaded(tuple(getattr(policy, "content_hash", None) for policy in policies))

    def answer(self, asked: Sequence[tuple[Attempt, Any]], *observations: Observation) -> list[Answer]:
        """The chunk of each, all of one policy: (the attempt, what is left over of its last chunk)."""
        asks = [
            (work, Ask(owned(seen), owned(left)))
            for (work, left), seen in zip(asked, observations, strict=True)
        ]
        answers: dict[int, Answer] = {}
        while len(answers) < len(asks):
            left = [index for index in range(len(asks)) if index not in answers]
            policy = self._queues[asks[left[0]][0].policy]
            assert policy is not None
            served, chunks, seconds = policy.answer([asks[index] for index in left])
            for place, chunk in zip(served, chunks, strict=True):
                whole = PolicyError(str(chunk)) if isinstance(chunk, Exception) else chunk
                answers[left[place]] = Answer(whole, seconds)
        return [answers[index] for index in range(len(asks))]


@dataclass(frozen=True)
class StoredAsk(Ask):
    """An Ask whose observation travels beside it: None on the way, a reference where it stays elsewhere."""

    observation: Any
    at: int = 0

    @property
    def frame(self) -> int:
        """See Ask."""
        return self.at


def owned(value: Any) -> Any:
    """The same with arrays of its own: those out of Ray's store are read-only, and torch writes through them."""
    if isinstance(value, np.ndarray):
        return value.copy()
    if isinstance(value, dict):
        return {key: owned(item) for key, item in value.items()}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = [field.name for field in dataclasses.fields(value) if field.init]
        return dataclasses.replace(value, **{name: owned(getattr(value, name)) for name in names})
    return value


def pin_rendering() -> None:
    """Have this process draw on the GPU that Ray gave it: CUDA_VISIBLE_DEVICES says nothing to Vulkan.

    All GPUs are made visible again, in the order of their buses, so that the number Ray gave is the device's own.
    """
    import ray

    given = ray.get_gpu_ids()
    if given:
        os.environ.pop("CUDA_VISIBLE_DEVICES", None)
        os.environ["CUDA_DEVICE_ORDER"] = "PCI_BUS_ID"
        os.environ[RENDER_DEVICE] = f"cuda:{int(given[0])}"


def set_threads(count: int) -> None:
    """As many threads as the replica has cores, where its policies use torch: the environment's number is fixed."""
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(count)
