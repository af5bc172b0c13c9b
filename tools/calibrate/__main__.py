"""Measure how often every interval that the project shows holds what it is about; tables as Markdown.

python -m tools.calibrate                     # the tables of docs/statistics.md: about seven minutes on two cores
python -m tools.calibrate --runs 1000         # rougher: a percentage is then good to 1.4
python -m tools.calibrate --parts correlations
python -m tools.calibrate --parts real --rollouts runs/demo runs/demo_half   # how they move as well
python -m tools.calibrate --parts others      # beside scipy and statsmodels, in seconds
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from harness.core import cli

Part = Literal["others", "means", "rates", "real", "correlations"]


@dataclass(frozen=True)
class Config:
    """Simulate runs, build their intervals, count those that hold the truth."""

    runs: int = 10_000
    """Simulated runs a cell; a twentieth for correlations, a half over tasks, a fifth for differences over tasks."""
    seed: int = 0
    """Of everything that is drawn."""
    parts: tuple[Part, ...] = ("others", "means", "rates", "real", "correlations")
    """Which tables; others: our functions beside scipy's and, where it is installed, statsmodels' own; real: of the
    rollouts of docs/results/, drawn again."""
    rollouts: tuple[Path, ...] = ()
    """Closed-loop run directories whose smoothness and path are drawn again, too, with the part real."""


def main(config: Config) -> None:
    """Print the tables, each as soon as it is known."""
    import numpy as np

    from tools.calibrate import correlations, means, others, rates, real
    from tools.calibrate.table import Table, markdown

    makers: dict[str, Callable[[int, np.random.Generator], Iterable[Table]]] = {
        "others": others.tables,
        "means": means.tables,
        "rates": rates.tables,
        "real": functools.partial(real.tables, rollouts=config.rollouts),
        "correlations": correlations.tables,
    }
    for part in config.parts:
        runs = max(100, config.runs // 20) if part == "correlations" else config.runs
        for table in makers[part](runs, np.random.default_rng(config.seed)):
            print(markdown(table), end="\n\n", flush=True)


if __name__ == "__main__":
    cli.run(main, Config)
