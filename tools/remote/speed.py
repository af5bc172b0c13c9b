"""What serving costs, and what batching over clients brings.

    python -m tools.remote.speed

1. Milliseconds of a chunk of the demo policy (three 240x320 cameras) in process and served on this machine, in turns.
2. Chunks a second of eight clients at once: from our server, and from a loop like openpi's own server's, which predicts
   for one request at a time on its event loop, around the same policy: with the one thread that a small policy is
   loaded with here, and with torch's default.

Medians of several rounds; the loads of the machine before and after stand beside them.
"""

from __future__ import annotations

import contextlib
import os
import statistics
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import tyro
from websockets.sync.client import connect

from policies.remote.wire.codec import OPENPI
from tools.remote.clients import served, started

CAMERAS = ("cam_high", "cam_left_wrist", "cam_right_wrist")
ROLES = ("head", "left", "right")


@dataclass(frozen=True)
class Config:
    """Measure the server on this machine."""

    rounds: int = 30
    """Chunks, in process and served in turns."""
    clients: int = 8
    """At once."""
    looks: int = 8
    """Of each client, in a turn."""
    turns: int = 7
    """Of eight clients, at our server and at the other."""
    port: int = 18_800
    """First of three ports used."""


def main(config: Config) -> int:
    """Print the table."""
    from policies import load_policy

    print(f"load before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    policy = load_policy("demo")
    with served("openpi", config.port) as url:
        remote = load_policy(url)
        for name, here, there in in_turns(policy, remote, config.rounds):
            print(f"a chunk, {name}: in process {here:.1f} ms, served {there:.1f} ms: {there - here:+.1f} ms")
        print(remote.latency.line())  # type: ignore[attr-defined]
        loops: dict[str, list[str]] = {"one thread": [], "torch's default threads": ["0"]}
        with contextlib.ExitStack() as running:
            urls = {"ours": url}
            for port, (name, threads) in enumerate(loops.items(), config.port + 1):
                command = [sys.executable, "-m", "tools.remote.one_at_a_time", str(port), *threads]
                running.enter_context(started(command, f"http://127.0.0.1:{port}/healthz"))
                urls[name] = f"ws://127.0.0.1:{port}"
            turns = [
                {name: chunks_a_second(each, config) for name, each in urls.items()}
                for _ in range(config.turns)
            ]
    ours = statistics.median(turn["ours"] for turn in turns)
    print(f"{config.clients} clients at once, {config.turns} turns: {ours:.1f} chunks/s")
    for name in loops:
        theirs = statistics.median(turn[name] for turn in turns)
        ratios = sorted(turn["ours"] / turn[name] for turn in turns)
        print(
            f"from a loop that serves one at a time, {name}: {theirs:.1f} chunks/s, so "
            f"{statistics.median(ratios):.2f} x ({ratios[0]:.2f} to {ratios[-1]:.2f})"
        )
    print(f"load after: {os.getloadavg()[0]:.1f}")
    return 0


def in_turns(policy: Any, remote: Any, rounds: int) -> list[tuple[str, float, float]]:
    """Milliseconds from an observation to its chunk of each: the median, and the least, which a busy machine disturbs
    less."""
    from harness.rollout.adapter import Observation, adapter_for
    from harness.rollout.inference import make_row, predict_places

    random = np.random.default_rng(0)
    images = {role: random.integers(0, 256, (240, 320, 3), np.uint8) for role in ROLES}
    seen = Observation(images, np.zeros(14, np.float32), "Press the bell.", 0)
    adapters = [adapter_for(each) for each in (policy, remote)]
    times: dict[int, list[float]] = {0: [], 1: []}
    for index in range(2 * rounds + 4):
        which = (policy, remote)[index % 2]
        begun = time.perf_counter()
        row = make_row(which, adapters[index % 2], seen, None, 0, 0)
        if isinstance(found := predict_places(which, {0: row}, 1)[0], Exception):
            raise found
        if index >= 4:
            times[index % 2].append(1000 * (time.perf_counter() - begun))
    return [
        ("median", statistics.median(times[0]), statistics.median(times[1])),
        ("least", min(times[0]), min(times[1])),
    ]


def chunks_a_second(url: str, config: Config) -> float:
    """Chunks that all clients together get in a second."""
    random = np.random.default_rng(0)
    frame = OPENPI.pack(
        {
            "images": {name: random.integers(0, 256, (3, 240, 320), np.uint8) for name in CAMERAS},
            "state": np.zeros(14, np.float32),
            "prompt": "Press the bell.",
        }
    )

    def play(looks: int) -> None:
        with connect(url, compression=None, max_size=None) as socket:
            socket.recv()
            for _ in range(looks):
                socket.send(frame)
                if isinstance(socket.recv(), str):
                    raise RuntimeError("the server refused a request")

    play(2)
    with ThreadPoolExecutor(config.clients) as pool:
        begun = time.perf_counter()
        list(pool.map(play, [config.looks] * config.clients))
        return config.clients * config.looks / (time.perf_counter() - begun)


if __name__ == "__main__":
    sys.exit(main(tyro.cli(Config)))
