"""Measure the queue on this machine, and say what ten thousand episodes cost on more of them.

python -m tools.scaling queue                        the simulation beside runs of 1, 2 and 4 workers
python -m tools.scaling driver --rows 10000          rows a second and memory of the driver
python -m tools.scaling ray                          the same scenes by processes and by --ray local
python -m tools.scaling plan                         docs/scale.md's table
"""

from __future__ import annotations

import argparse

from tools.scaling.measured import measure
from tools.scaling.model import Costs, Machines, simulate
from tools.scaling.plan import table
from tools.scaling.sleeping import AT_ONCE

SLEEPS = Costs(scene=0.8, action=0.04, draw=0.1, predict=0.15, actions=40, horizon=10)
"""Longer than a busy machine's delays, in the proportions of a closed loop."""


def queue(episodes: int) -> None:
    """The simulation beside measurements."""
    print("| workers | rows a call | measured s | predicted s | difference |\n|---|---|---|---|---|")
    for workers, batch in ((1, 1), (2, 1), (4, 1), (4, 4)):
        machines = Machines(workers, batch=batch)
        measured = measure(SLEEPS, machines, episodes)
        expected = simulate(SLEEPS, machines, episodes)
        off = expected.seconds / measured.seconds - 1
        print(
            f"| {workers} | {batch} | {measured.seconds:.1f} | {expected.seconds:.1f} | {off:+.1%} |",
            flush=True,
        )


def driver(rows: int, workers: int, ray: str | None) -> None:
    """How many rows a second the driver takes."""
    measured = measure(AT_ONCE, Machines(workers, batch=workers), rows, ray)
    print(
        f"{rows} rows, {workers} workers{f', --ray {ray}' if ray else ''}: {rows / measured.seconds:.0f} rows/s, "
        f"{1000 * measured.driver / rows:.2f} ms of the driver's processor a row, {measured.memory:.0f} MiB at most"
    )


def against_ray(episodes: int, workers: int) -> None:
    """The same scenes by processes and by actors."""
    for where in (None, "local"):
        measured = measure(SLEEPS, Machines(workers, batch=workers), episodes, where)
        print(
            f"{where or 'processes'}: {measured.per_hour:.0f} episodes/h, driver {measured.driver:.2f} s",
            flush=True,
        )


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=("queue", "driver", "ray", "plan"))
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--episodes", type=int, default=24)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--ray")
    flags = parser.parse_args()
    if flags.what == "queue":
        queue(flags.episodes)
    elif flags.what == "driver":
        driver(flags.rows, flags.workers, flags.ray)
    elif flags.what == "ray":
        against_ray(flags.episodes, flags.workers)
    else:
        print(table())


if __name__ == "__main__":
    main()
