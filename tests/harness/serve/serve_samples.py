"""A policy that needs no model, and a server of it in a thread."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch

from harness.rollout.adapter import ObservationAdapter
from harness.serve.computing.batching import Batcher
from harness.serve.computing.predictors import Here
from harness.serve.engine import Engine
from harness.serve.openpi import OpenPIProtocol
from harness.serve.server import Server
from policies.errors import PolicyError

IMAGES = (
    "observation.images.cam_high",
    "observation.images.cam_left_wrist",
    "observation.images.cam_right_wrist",
)
CHUNK = 6


@dataclass
class Toy:
    """Chunks that depend on everything a row shows, and on the row's place where `by_place`.

    An instruction "refuse" is a PolicyError, "crash" is none. sizes: rows of every call. offers: whether it can
    continue chunks; continues: whether it does.
    """

    by_place: bool = False
    seconds: float = 0.0
    name: str = "toy"
    chunk_size: int = CHUNK
    n_action_steps: int = 2
    images: tuple[str, ...] = IMAGES
    noise_shape: tuple[int, int] | None = (CHUNK, 14)
    content_hash: str | None = "abc"
    sizes: list[int] = field(default_factory=list)
    offers: bool = False
    continues: bool = False

    def describe(self) -> dict[str, Any]:
        """With a path, which is the server's own affair."""
        about = {"name": self.name, "type": "toy", "path": "/home/somebody/toy"}
        return about | ({"real_time_chunking": {"inference_delay": 0}} if self.continues else {})

    def continuing(self) -> Toy:
        """The same with `left_over`."""
        if not self.offers:
            raise PolicyError(f"policy {self.name!r} does not offer real-time chunking")
        return replace(self, continues=True)

    def predict(self, batch: dict[str, Any], noise: np.ndarray | None) -> np.ndarray:
        """Chunks (B, C, 14)."""
        tasks = batch["task"]
        self.sizes.append(len(tasks))
        time.sleep(self.seconds)
        if "crash" in tasks:
            raise RuntimeError("a bug of the policy")
        if "refuse" in tasks:
            raise PolicyError("it says no")
        state = np.asarray(batch["observation.state"])
        seen = sum(np.asarray(batch[key]).reshape(len(tasks), -1).mean(axis=1) for key in self.images)
        words = np.array([len(task) for task in tasks], np.float32)
        chunks = noise + (state + (seen + words)[:, None])[:, None, :]
        if self.by_place:
            chunks = chunks + np.arange(len(tasks), dtype=np.float32)[:, None, None] / len(tasks)
        if "left_over" in batch:
            assert self.continues
            before = np.asarray(batch["left_over"])
            chunks[:, : before.shape[1]] = (chunks[:, : before.shape[1]] + before) / 2
        return chunks.astype(np.float32)


def engine_of(policy: Toy, batch_size: int = 4, places: int = 4, copies: int = 1, horizon: int = 2) -> Engine:
    """An engine with `copies` threads, all of one toy."""
    batcher = Batcher([Here(policy)] * copies, batch_size, range(places))
    return Engine(policy, ObservationAdapter(policy.images), batcher, 0, horizon)


@contextlib.contextmanager
def serving(engine: Engine, protocol: type[Any] = OpenPIProtocol, **options: Any) -> Iterator[str]:
    """The address of a running server; it is stopped in good order at the end."""
    found: list[int] = []
    listening = threading.Event()
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    def ready(port: int) -> None:
        found.append(port)
        listening.set()

    server = Server(protocol(engine), "127.0.0.1", 0, lambda: engine.batcher.idle, **options)
    thread = threading.Thread(target=lambda: loop.run_until_complete(server.run(stop, ready)), daemon=True)
    thread.start()
    assert listening.wait(10)
    try:
        yield f"ws://127.0.0.1:{found[0]}"
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(20)
        engine.batcher.close()
        assert not thread.is_alive()
        loop.close()


def batch_of(seed: int, rows: int, frame: int = 0) -> dict[str, Any]:
    """A policy batch of random pictures that were bytes."""
    random = np.random.default_rng(seed)
    images = {
        key: torch.from_numpy(
            random.integers(0, 256, (rows, 3, 6, 8), np.uint8).astype(np.float32) / np.float32(255)
        )
        for key in IMAGES
    }
    return {
        "observation.state": torch.from_numpy(random.random((rows, 14), np.float32)),
        **images,
        "task": [f"ring {i}" for i in range(rows)],
        "frame_index": np.full(rows, frame),
        "episode": [("click_bell", seed + i) for i in range(rows)],
    }


def observation(seed: int = 0, **changes: Any) -> dict[str, Any]:
    """What an openpi client sends."""
    random = np.random.default_rng(seed)
    images = {
        name: random.integers(0, 256, (3, 6, 8), np.uint8)
        for name in ("cam_high", "cam_left_wrist", "cam_right_wrist")
    }
    return {"images": images, "state": random.random(14, np.float32), "prompt": "ring"} | changes
