"""The benchmark runs, with as little as one repeat, and refuses what it cannot measure. No time is judged."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from harness.core.errors import UserError
from harness.datasets.reader import Episode
from tools.benchmarks import openloop as speed

ROOT = Path(__file__).resolve().parents[3]


def benchmark(*arguments):
    """`python scripts/benchmark.py ...` without a real asset root."""
    return subprocess.run(
        [sys.executable, "scripts/benchmark.py", *arguments],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name != "ROBOTWIN_ASSETS"},
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_one_repeat_gives_a_ratio():
    done = benchmark("--only", "step", "--repeats", "1")
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(r"\d+\.\d\dx", done.stdout.splitlines()[-1])
    assert "stand-in robot" in done.stdout


def test_a_race_needs_the_same_actions_on_both_sides(monkeypatch):
    episode = Episode(0, "walk", np.zeros((5, 14), np.float32), np.zeros((5, 14), np.float32))
    track = speed.Course(None, None, [episode], 1)
    monkeypatch.setattr(speed.Course, "harness", lambda self: [np.zeros((5, 14))])
    found = speed.race(track, lambda: [np.full((5, 14), 5e-6)])
    assert found.frames == 5 and found.difference == pytest.approx(5e-6) and found.ratio > 0
    with pytest.raises(UserError, match="differ by 2e-05"):
        speed.race(track, lambda: [np.full((5, 14), 2e-5)])


@pytest.mark.parametrize(
    ("arguments", "said"), [(["--only", "stp"], "step"), (["--repeats", "0"], "--repeats 0 is not positive")]
)
def test_bad_input_is_one_line(arguments, said):
    done = benchmark(*arguments)
    assert done.returncode == 2 and said in done.stderr
    assert done.stderr.count("\n") == 1 and done.stdout == ""
