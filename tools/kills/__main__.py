"""Stop every command a hundred times at random moments, and see that nothing that was finished is lost.

    python -m tools.kills --kills 100 [--seed 7] [--only train]

Each round is one piece of small work on a small disk: it is begun, stopped in one of six ways (SIGKILL, SIGINT once or
twice, SIGTERM, a worker's SIGKILL, the disk suddenly full) at a moment drawn from its whole length, once to three
times, each time taken up again by the command that a user would type; then it is left alone. After every stop, what was
finished must be there still; what is said has no traceback, full disks and Ctrl-C name the way on, no worker is left;
in the end the result is that of work that nothing happened to. The simulator is left out (tools/kills/pretended.py).
"""

from __future__ import annotations

import importlib
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import tyro

from policies.loading import load_policy
from tools.fuzz import good_runs
from tools.kills.stopping import LONGEST_S, WAYS, Disk, no_worker_left, start, stop
from tools.kills.works import WORKS, Work

SIZE = "64m"
PATIENCE = 5
"""A hang is what takes so many times as long as undisturbed work, and LONGEST_S: a machine may be busy."""
DONE = re.compile("already exists|is not empty")
"""What is said of a result that is there; whether it is whole is asked afterwards."""
MOMENTS = ("first third", "middle", "last third")


@dataclass(frozen=True)
class Config:
    """Stop and go on."""

    kills: int = 100
    """Stops in all, spread over the commands."""
    seed: int = 0
    """Of the ways and moments."""
    only: str = ""
    """One command."""


@dataclass
class Table:
    """stops: (command, moment or "had ended") -> count; ways: (command, way); problems: in words."""

    stops: Counter[tuple[str, str]] = field(default_factory=Counter)
    ways: Counter[tuple[str, str]] = field(default_factory=Counter)
    after: Counter[tuple[str, str]] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    rounds: int = 0


class Place:
    """A folder on a small disk, where one may be mounted; else on the common one, which is then not filled."""

    def __init__(self, folder: Path):
        self.folder = folder
        folder.mkdir()
        words = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder)]
        self.mounted = subprocess.run(words, capture_output=True).returncode == 0
        self.disk = Disk(folder)

    def clear(self) -> None:
        """Empty it."""
        for path in self.folder.iterdir():
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()

    def leave(self) -> None:
        """Unmount it."""
        if self.mounted:
            subprocess.run(["umount", "-l", str(self.folder)], check=True)


def undisturbed(work: Work, place: Place, runs: Path, said: Path) -> tuple[Any, float]:
    """The result of work that nothing happens to, and how long it takes."""
    place.clear()
    begun = time.monotonic()
    attempt = start(work, place.folder / "w", False, runs, said)
    if not attempt.wait(PATIENCE * LONGEST_S) or attempt.code != 0:
        attempt.send(9)
        raise RuntimeError(f"{work.name} fails by itself: {attempt.text()[-2000:]}")
    result = work.result(place.folder / "w")
    place.clear()
    return result, time.monotonic() - begun


def one_round(
    work: Work,
    place: Place,
    runs: Path,
    said: Path,
    dice: random.Random,
    length: float,
    stops: int,
    table: Table,
) -> None:
    """Stop work `stops` times, then leave it alone; what is wrong is noted."""
    place.clear()
    folder, happened = place.folder / "w", []
    ways = [
        way for way in WAYS if (work.workers or "worker" not in way) and (place.mounted or "disk" not in way)
    ]
    for number in range(stops):
        way, share = dice.choice(ways), dice.random()
        attempt = start(work, folder, number > 0, runs, said)
        attempt.wait(share * length)
        ended_before, before, workers = attempt.ended(), dict(work.finished(folder)), attempt.workers()
        if not ended_before:
            stop(attempt, way, place.disk)
        happened.append(f"{way} at {share:.2f}{' (had ended)' if ended_before else ''}")
        table.stops[work.name, "had ended" if ended_before else MOMENTS[min(2, int(3 * share))]] += 1
        table.ways[work.name, "had ended" if ended_before else way] += 1
        note = f"{work.name}, {', '.join(happened)}: "
        if not attempt.wait(max(LONGEST_S, PATIENCE * length)):
            table.problems.append(f"{note}hangs")
            attempt.send(9)
            attempt.wait(10)
        place.disk.empty()
        table.after[work.name, str(attempt.code)] += 1
        for problem in wrong_end(way if not ended_before else "nothing", attempt.code or 0, attempt.text()):
            table.problems.append(f"{note}{problem}: {attempt.text()[-600:]}")
        if not no_worker_left(workers):
            table.problems.append(f"{note}workers are left")
        lost = {name for name, what in before.items() if work.finished(folder).get(name) != what}
        if lost:
            table.problems.append(f"{note}lost {sorted(lost)[:3]}")
    table.rounds += 1
    note = f"{work.name}, {', '.join(happened)}: "
    before = dict(work.finished(folder))
    attempt = start(work, folder, True, runs, said)
    if not attempt.wait(max(LONGEST_S, PATIENCE * length)) or attempt.code not in (0, 2):
        attempt.send(9)
        table.problems.append(f"{note}does not come to its end ({attempt.code}): {attempt.text()[-1500:]}")
        return
    if attempt.code == 2 and not DONE.search(attempt.text()):  # the stop came after the end
        table.problems.append(f"{note}is refused: {attempt.text()[-600:]}")
        return
    lost = {name for name, what in before.items() if work.finished(folder).get(name) != what}
    if lost:
        table.problems.append(f"{note}going on lost {sorted(lost)[:3]}")


def wrong_end(way: str, code: int, said: str) -> list[str]:
    """What is wrong with how a command ended."""
    problems = []
    if "Traceback" in said:
        problems.append("a traceback")
    allowed = {
        "SIGKILL": {0, -9},
        "SIGTERM": {0, -15, 143},
        "SIGINT": {0, 130},
        "two SIGINT": {0, 130},
        "worker SIGKILL": {0, 1},
        "full disk": {0, 1, 2},
        "nothing": {0, 2},
    }[way]
    if code not in allowed and not (code == 2 and DONE.search(said)):
        problems.append(f"exit code {code}")
    return problems


def main(config: Config) -> int:
    """Play the rounds and print the table; 1 where something is wrong."""
    os.environ |= {"HF_HUB_OFFLINE": "1", "MPLBACKEND": "Agg", "OMP_NUM_THREADS": "1"}
    warm_up()
    dice, table = random.Random(config.seed), Table()
    works = [work for work in WORKS if config.only in ("", work.name)]
    with tempfile.TemporaryDirectory(prefix="kills-", ignore_cleanup_errors=True) as home:
        os.environ["XDG_CACHE_HOME"] = f"{home}/cache"
        runs, said, place = Path(home) / "runs", Path(home) / "said.txt", Place(Path(home) / "disk")
        runs.mkdir()
        good_runs.open_run(runs / "open")
        good_runs.open_run(runs / "open-2")
        good_runs.closed_run(runs / "closed")
        try:
            for number, work in enumerate(works):
                undisturbed(work, place, runs, said)  # once for what only a first one waits for
                expected, length = undisturbed(work, place, runs, said)
                print(f"{work.name}: {length:.1f} s undisturbed", flush=True)
                left = config.kills // len(works) + (number < config.kills % len(works))
                while left:
                    stops = min(left, dice.choice((1, 1, 2, 3)))
                    one_round(work, place, runs, said, dice, length, stops, table)
                    compare(work, place, expected, table)
                    left -= stops
        finally:
            place.leave()
    print(printed(table, works))
    return int(bool(table.problems))


def warm_up() -> None:
    """Import once, before the forks, what commands import for long."""
    for name in (
        "torch",
        "matplotlib.pyplot",
        "pyarrow.parquet",
        "av",
        "scipy.stats",
        "lerobot.datasets",
        "datasets",
        "harness.closedloop.simulation",
        "harness.record.command",
    ):
        importlib.import_module(name)
    load_policy("demo")


def compare(work: Work, place: Place, expected: Any, table: Table) -> None:
    """Hold a result against that of undisturbed work."""
    try:
        found = work.result(place.folder / "w")
    except Exception as error:
        table.problems.append(f"{work.name}: no result: {error!r:.300}")
        return
    if not (1 <= found <= expected if work.name == "record" else found == expected):
        table.problems.append(f"{work.name}: another result: {found!r:.300}")


def printed(table: Table, works: list[Work]) -> str:
    """Stops by command and moment, by command and way, exit codes, problems."""
    lines = [f"{table.stops.total()} stops in {table.rounds} rounds, {len(table.problems)} problems"]
    for head, counts in (("moment", table.stops), ("way", table.ways), ("exit code", table.after)):
        columns = sorted({column for _, column in counts}, key=str)
        lines += ["", f"| command, {head} | {' | '.join(columns)} |", "|---|" + "---:|" * len(columns)]
        for work in works:
            lines.append(
                f"| {work.name} | {' | '.join(str(counts[work.name, column] or '') for column in columns)} |"
            )
    return "\n".join([*lines, "", *table.problems])


if __name__ == "__main__":
    sys.exit(main(tyro.cli(Config)))
