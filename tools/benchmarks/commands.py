"""Start-up of every command, and the contract sheet."""

from __future__ import annotations

import functools
import subprocess
import sys

from harness.core.commands import COMMANDS
from harness.files.bundled import ASSETS, ROOT
from tools.benchmarks.measure import Config, Table, median_s


def measure_help(config: Config, table: Table) -> str:
    """Start-up of every command, wall seconds, best of 3."""
    worst = 0.0
    for command in COMMANDS:
        call = [sys.executable, "-m", f"harness.{command}", "--help"]
        run = functools.partial(subprocess.run, call, cwd=ROOT, capture_output=True, check=True)
        best = min(median_s(run, 1) for _ in range(3))
        worst = max(worst, best)
    table.add("--help, slowest command, best of 3", f"{worst:.2f} s", "< 1 s")
    return f"{worst:.2f} s"


SHEETS = {
    "the demo episodes": ("--dataset", str(ASSETS / "demo_episodes")),
    "a task": ("--task", "click_bell"),
    "all fifty tasks": ("--task", "all"),
}
"""What `harness.check` is asked of the demo policy."""


def measure_check(config: Config, table: Table) -> str:
    """`harness.check`, which loads no weights, wall seconds, best of 3."""
    worst = 0.0
    for name, words in SHEETS.items():
        call = [sys.executable, "-m", "harness.check", "--policy", "demo", *words]
        run = functools.partial(subprocess.run, call, cwd=ROOT, capture_output=True, check=True)
        best = min(median_s(run, 1) for _ in range(3))
        table.add(f"harness.check of {name}, best of 3", f"{best:.2f} s", "< 2 s")
        worst = max(worst, best)
    return f"{worst:.2f} s"
