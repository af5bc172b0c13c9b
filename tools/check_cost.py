"""What the checks of files cost in a run: processor time of every check, against that of the whole command.

    python -m tools.check_cost closedloop --policy demo --task click_bell --episodes 4 --out DIR
    python -m tools.check_cost openloop --policy demo --out DIR

Runs the command in this process with every check's outermost call timed (those of its thread), and sets their sum
against the processor time of this process and its workers. Writing a line to disk (`fsync`) is no check: it was always
done. A machine that others use changes neither.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

import psutil

from harness.core import cli

CHECKS = {  # module -> what of it only checks
    "harness.runs.episode_log": ("EpisodeLog.check",),
    "harness.runs.directory": ("RunDir.rows", "RunDir.summary", "RunDir.load", "check_row", "read_json"),
    "harness.files.records": ("Record.of",),
    "harness.core.bounds": ("Bounds.check", "check_device"),
    "harness.core.cli": ("check_names",),
    "harness.datasets.survey": ("survey",),
    "harness.datasets.reader": ("read_info", "read_extras", "read_episode_table", "read_tasks"),
    "policies.checkpoint.allowed": ("check_config", "check_type", "checked_step", "check_class"),
    "policies.checkpoint.weights": ("check_fit",),
    "policies.checkpoint.files": ("read_json",),
    "policies.checkpoint.processors": ("read_json",),
    "policies.batch_checks": ("check_batch",),
}


class Clock:
    """Processor seconds and calls by check; what a check calls is its own."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self.calls: Counter[str] = Counter()
        self._inside = threading.local()

    def timed(self, name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        """`work`, timed."""

        @functools.wraps(work)
        def run(*args: Any, **kwargs: Any) -> Any:
            if getattr(self._inside, "busy", False):
                return work(*args, **kwargs)
            self._inside.busy, begun = True, time.thread_time()
            try:
                return work(*args, **kwargs)
            finally:
                self._inside.busy = False
                self.seconds[name] += time.thread_time() - begun
                self.calls[name] += 1

        return run


@contextlib.contextmanager
def recorder(clock: Clock) -> Iterator[None]:
    """Every one of CHECKS is timed; AttributeError for one that is not there any more."""
    with contextlib.ExitStack() as stack:
        for module, names in CHECKS.items():
            for name in names:
                place: Any = importlib.import_module(module)
                *outer, last = name.split(".")
                for part in outer:
                    place = getattr(place, part)
                checker = vars(place)[last]
                bound = isinstance(checker, classmethod)
                timed: Any = clock.timed(f"{module}.{name}", checker.__func__ if bound else checker)
                stack.enter_context(mock.patch.object(place, last, classmethod(timed) if bound else timed))
        yield


def processor_seconds() -> float:
    """Of this process, the children that have ended, and those that have not."""
    own = psutil.Process()
    total = sum(own.cpu_times()[:4])
    for child in own.children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            total += sum(child.cpu_times()[:2])
    return float(total)


def main(words: list[str]) -> int:
    """Run the command, then print the table."""
    name, *argv = words or ["--help"]
    if name.startswith("-"):
        print(__doc__)
        return 0
    clock, before = Clock(), processor_seconds()
    command = importlib.import_module(f"harness.{name}.command")
    code: Any = 0
    with recorder(clock):
        try:
            cli.run(command.main, importlib.import_module(f"harness.{name}.config").Config, argv)
        except SystemExit as stop:
            code = stop.code
    whole, checks = processor_seconds() - before, sum(clock.seconds.values())
    print("| check | calls | processor s |\n|---|---:|---:|")
    for check, seconds in sorted(clock.seconds.items(), key=lambda item: -item[1]):
        print(f"| {check} | {clock.calls[check]} | {seconds:.4f} |")
    print(f"\nchecks {checks:.3f} s of {whole:.1f} s of processor time: {checks / whole:.2%}")
    return int(bool(code))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
