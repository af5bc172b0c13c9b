"""Malformed frames against a running server of ours, over real websockets, with its memory watched.

    python -m tools.remote.fuzz --frames 10000

Starts `harness.serve --policy hold`, sends frames that are changed, cut and joined from good ones of all three
protocols, and asks something good after every hundred. Prints the server's memory as it goes; exits 1 where a good
request is not answered, the server ends (a pickle in the frames would end it), or its memory grows by more than a tenth
after the first thousand frames.
"""

from __future__ import annotations

import contextlib
import random
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tyro
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from policies.remote.wire.codec import OPENPI
from tools.remote.frames import good_frames, mangled

GROWTH = 1.1
EVERY = 100
SETTLED = 1000


@dataclass(frozen=True)
class Config:
    """Fuzz the server."""

    frames: int = 10_000
    """Malformed frames to send."""
    seed: int = 0
    """Of what is done to them."""
    port: int = 18999
    """Port the server is started on."""


def main(config: Config) -> int:
    """0 where the server stayed up, answered, and kept its memory."""
    command = [sys.executable, "-m", "harness.serve", "--policy", "hold", "--port", str(config.port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        try:
            return attack(config, server)
        finally:
            server.terminate()


def attack(config: Config, server: subprocess.Popen[str]) -> int:
    """Send the frames; 0 where all was well."""
    assert server.stdout is not None
    for line in server.stdout:
        if "is served on" in line:
            break
    chance, frames = random.Random(config.seed), good_frames(observation())
    settled = 0.0
    answered = closed = 0
    url = f"ws://127.0.0.1:{config.port}"
    socket = opened(url)
    for sent in range(1, config.frames + 1):
        try:
            socket.send(mangled(chance, frames))
            socket.recv(timeout=10)
            answered += 1
        except ConnectionClosed:
            closed += 1
            socket = opened(url)
        if sent % EVERY == 0:
            socket.send(OPENPI.pack(observation()))
            reply = socket.recv(timeout=10)
            if isinstance(reply, str) or "actions" not in OPENPI.unpack_map(reply):
                print(f"after {sent} frames a good request got {reply!r:.100}")
                return 1
        if sent % SETTLED == 0:
            now = memory_mib(server.pid)
            settled = settled or now
            print(
                f"{sent} frames, {answered} answered, {closed} connections closed, {now:.0f} MiB", flush=True
            )
            if now > GROWTH * settled:
                print(f"memory grew from {settled:.0f} to {now:.0f} MiB")
                return 1
    if server.poll() is not None:
        print("the server ended")
        return 1
    return 0


def opened(url: str) -> ClientConnection:
    """A connection whose metadata was read."""
    socket: ClientConnection = contextlib.ExitStack().enter_context(connect(url, compression=None))
    socket.recv(timeout=10)
    return socket


def observation() -> dict[str, object]:
    """A good one, small."""
    image = np.full((3, 8, 8), 7, np.uint8)
    return {"images": {"cam_high": image}, "state": np.zeros(14, np.float32), "prompt": "ring"}


def memory_mib(pid: int) -> float:
    """Memory of a process and its children that is theirs: what they share counts once (PSS)."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return sum(_pss_kib(each) for each in (str(pid), *children)) / 1024


def _pss_kib(pid: str) -> int:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    return 0


if __name__ == "__main__":
    started = time.monotonic()
    code = main(tyro.cli(Config))
    print(f"{time.monotonic() - started:.0f} s")
    sys.exit(code)
