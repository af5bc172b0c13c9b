"""The memory of a server of ours over many good requests, from clients that come and go.

    python -m tools.remote.memory --requests 10000

Starts `harness.serve`. Three kinds of client ask at the same time and connect anew every hundred requests: openpi's,
this project's own (whole batches with their noise), and the same continuing chunks (`--strategy rtc`). Prints the
server's memory as it goes, its copies included; exits 1 where a request is refused, the server ends, or its memory
grows by more than a twentieth after the first tenth of the requests.
"""

from __future__ import annotations

import itertools
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import tyro
from websockets.sync.client import connect

from policies.chunking import REAL_TIME, policy_for
from policies.noise import frame_noise
from policies.remote.loading import connect_policy
from policies.remote.wire.codec import OPENPI
from tools.remote.fuzz import memory_mib

CAMERAS = ("cam_high", "cam_left_wrist", "cam_right_wrist")
HEIGHT, WIDTH = 240, 320
EACH = 100
"""Requests of a connection."""
GROWTH = 1.05


@dataclass(frozen=True)
class Config:
    """Watch the server's memory."""

    requests: int = 10_000
    """Good requests, of all clients together."""
    policy: str = "demo"
    """What is served."""
    port: int = 18_950
    """Port the server is started on."""


@dataclass
class Count:
    """Requests that were answered, counted by several threads; failed: what went wrong first."""

    wanted: int
    given: int = 0
    failed: BaseException | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def next(self) -> bool:
        """Whether one more is to be asked."""
        with self._lock:
            self.given += 1
            return self.given <= self.wanted and self.failed is None


def main(config: Config) -> int:
    """0 where the memory stayed."""
    command = [sys.executable, "-m", "harness.serve", "--policy", config.policy, "--port", str(config.port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        try:
            assert server.stdout is not None
            for line in server.stdout:
                if "is served on" in line:
                    break
            return watch(config, server)
        finally:
            server.terminate()


def watch(config: Config, server: subprocess.Popen[str]) -> int:
    """Let the clients ask; 0 where all was well."""
    count, url = Count(config.requests), f"ws://127.0.0.1:{config.port}"
    plays = (openpi, lambda u, c: own(u, c, "plain"), lambda u, c: own(u, c, REAL_TIME))
    clients = [threading.Thread(target=keep_on, args=(play, url, count), daemon=True) for play in plays]
    for client in clients:
        client.start()
    begun, settled, step = time.monotonic(), 0.0, config.requests // 10
    marks = list(range(step, config.requests + 1, step))
    while any(client.is_alive() for client in clients):
        time.sleep(0.1)
        if server.poll() is not None:
            print("the server ended")
            return 1
        while marks and count.given >= marks[0]:
            now = memory_mib(server.pid)
            settled = settled or now
            print(f"{marks.pop(0)} requests, {time.monotonic() - begun:.0f} s, {now:.1f} MiB", flush=True)
    last = memory_mib(server.pid)
    print(f"from {settled:.1f} MiB after the first tenth to {last:.1f} MiB at the end")
    if count.failed is not None:
        print(f"a request failed: {count.failed}")
    return int(count.failed is not None or last > GROWTH * settled)


def keep_on(play: Callable[[str, Count], None], url: str, count: Count) -> None:
    """Play one connection after the other until enough was asked."""
    while count.given < count.wanted and count.failed is None:
        try:
            play(url, count)
        except Exception as error:
            count.failed = error


def openpi(url: str, count: Count) -> None:
    """One connection of an openpi client."""
    with connect(url, compression=None, max_size=None) as socket:
        socket.recv()
        for sent in itertools.islice(looks(), EACH):
            if not count.next():
                return
            socket.send(OPENPI.pack(sent))
            reply = socket.recv()
            if isinstance(reply, str):
                raise RuntimeError(reply)


def own(url: str, count: Count, strategy: str) -> None:
    """One connection of this project's client."""
    remote: Any = policy_for(connect_policy(url, say=lambda line: None), strategy)
    left_over: dict[str, Any] = {}
    for index, sent in enumerate(itertools.islice(looks(), EACH)):
        if not count.next():
            break
        images = {
            f"observation.images.{name}": image[None].astype(np.float32) / np.float32(255)
            for name, image in sent["images"].items()
        }
        batch = {"observation.state": sent["state"][None], **images, "task": [sent["prompt"]], **left_over}
        noise = frame_noise(0, 0, index, remote.noise_shape)[None] if remote.noise_shape else None
        chunks = remote.predict(batch, noise)
        left_over = {"left_over": chunks[:, 4:]} if strategy == REAL_TIME else {}
    remote.close()


def looks() -> Iterator[dict[str, Any]]:
    """Observations as openpi's clients send them, none like another."""
    random = np.random.default_rng()
    for index in itertools.count():
        yield {
            "images": {name: random.integers(0, 256, (3, HEIGHT, WIDTH), np.uint8) for name in CAMERAS},
            "state": random.random(14, np.float32),
            "prompt": f"Press bell {index}.",
        }


if __name__ == "__main__":
    sys.exit(main(tyro.cli(Config)))
