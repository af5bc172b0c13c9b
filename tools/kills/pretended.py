"""Commands as a user's shell starts them, with the simulator left out: its scenes and demonstrations are in miniature.

Everything that writes, waits, locks, resumes and says is the commands' own.
"""

from __future__ import annotations

import importlib
import sys
import time
from collections import Counter
from collections.abc import Sequence
from typing import Any
from unittest import mock

import numpy as np

from harness.core import cli
from harness.files.bundled import ROOT

PAUSE_S = 0.1
FRAMES = 4


def command(name: str, argv: Sequence[str]) -> None:
    """A command as its door starts it: what it needs is imported where Ctrl-C is said in a line; exits."""
    door = importlib.import_module(f"harness.{name}.__main__")
    cli.run(door.main, door.Config, argv)


def openloop(argv: Sequence[str]) -> None:
    """As it is: recorded episodes need no simulator."""
    command("openloop", argv)


def closedloop(argv: Sequence[str]) -> None:
    """In scenes of `tests/harness/fake_scenes.py`, with real workers."""
    in_miniature()
    command("closedloop", argv)


def sweep(argv: Sequence[str]) -> None:
    """The same."""
    in_miniature()
    command("sweep", argv)


def in_miniature() -> None:
    """Let closed loop play fake scenes."""
    tests = str(ROOT / "tests" / "harness")
    if tests not in sys.path:
        sys.path.insert(0, tests)
    fakes = importlib.import_module("fake_scenes")
    simulation = importlib.import_module("harness.closedloop.simulation")

    def prepare(config: Any, tasks: list[str], *_: Any, **__: Any) -> Any:
        asked = {
            name: getattr(config, name)
            for name in ("episodes", "workers", "out", "resume", "seed", "batch_size")
        }
        ready = fakes.prepared(
            fakes.FakeOptions(pause_s=PAUSE_S), tasks, horizon=config.horizon, patience=20.0, **asked
        )
        return ready

    simulation.InferenceQueue = fakes.FakeQueue  # type: ignore[attr-defined]
    simulation.prepare = prepare  # type: ignore[attr-defined]


def record(argv: Sequence[str]) -> None:
    """With demonstrations that are made up, one every 0.3 s."""
    recording = importlib.import_module("harness.record.command")

    def record_task(
        config: Any, task: str, writer: Any, progress: Any, _: Any, interrupt: Any
    ) -> Counter[str]:
        for number in range(config.episodes):
            if interrupt.asked:
                break
            time.sleep(3 * PAUSE_S)
            walk = np.random.default_rng(number).random((FRAMES, 14), np.float32)
            films = {
                role: np.full((FRAMES, 240, 320, 3), 40 * number, np.uint8)
                for role in ("head", "left", "right")
            }
            writer.add_episode(
                films, walk, walk, task="Ring the bell.", meta={"task": task, "scene_seed": number}
            )
            progress.update(number + 1, "")
        return Counter()

    facts = {"assets_root": None, "assets_kind": "stand-in"}
    with (
        mock.patch.object(recording, "record_task", record_task),
        mock.patch.object(recording, "scene_facts", lambda *_: dict(facts)),
    ):
        command("record", argv)


def train(argv: Sequence[str]) -> None:
    """As it is, on the bundled episodes."""
    command("train", argv)
