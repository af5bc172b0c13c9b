"""What every test shares: no network, no window, and commands run the way a user runs them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

# Read when huggingface_hub is imported; without it a missing file costs half a minute of retries.
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["MPLBACKEND"] = "Agg"

# Helper modules whose assertions are to say as much as a test's own.
pytest.register_assert_rewrite("asset_archives", "openloop_samples", "refusals")

ROOT = Path(__file__).resolve().parents[1]

RunCommand = Callable[..., subprocess.CompletedProcess[str]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that take longest come first, so that two processes end at the same time."""
    limits: dict[Path, float] = {}
    for item in items:
        marks = [mark.args[0] for mark in item.iter_markers("timeout")] or [
            item.get_closest_marker("slow") is not None
        ]
        limits[item.path] = max(limits.get(item.path, 0), *marks)
    items.sort(key=lambda item: -limits[item.path])


@pytest.fixture(scope="session")
def run_command() -> RunCommand:
    """`run_command("harness.doctor", "--json", NAME="value")`: `python -m …` in the project root, output captured.

    Keywords are environment variables; `limit_s` is the time limit.
    """

    def run(*arguments: str, limit_s: float = 120, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", *arguments],
            cwd=ROOT,
            env=os.environ | environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=limit_s,
        )

    return run
