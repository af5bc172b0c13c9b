"""What the checks cost a run: the same command in turns in one process, with every check and with nothing in its place.

    python -m tools.check_cost --out DIR [--rounds 8] -- openloop --policy demo
    python -m tools.check_cost --out DIR -- closedloop --policy demo --task click_bell --episodes 2

Processor time of this process and its workers, so that a machine that others use matters little; a round is a run with
and one without, and which comes first changes every round. Not taken away: what a check shares with the work itself (a
row is read into its record, the statistics are of a first reading of the episodes), and what workers check in processes
of their own. Records are timed beside it (`Record.of`, those of the runs with checks).
"""

from __future__ import annotations

import contextlib
import importlib
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any
from unittest import mock

import numpy as np
import psutil
import tyro
from tyro.conf import Positional

from harness.core import cli


def nothing(*_: Any, **__: Any) -> None:
    """In place of a check that only raises."""


def unchecked_step(entry: Mapping[str, Any]) -> dict[str, Any]:
    """A step of a processor as it stands in the file."""
    state = {key: entry[key] for key in ("state_file",) if entry.get(key)}
    return {"registry_name": entry["registry_name"], "config": dict(entry.get("config", {})), **state}


CHECKS: Mapping[tuple[str, str], Callable[..., Any]] = {
    ("harness.core.cli", "check_names"): nothing,
    ("harness.core.bounds", "Bounds.check"): nothing,
    ("harness.files.reading", "_check"): nothing,
    ("harness.runs.episode_log", "EpisodeLog.check"): nothing,
    ("harness.datasets.survey", "_Films.look_up"): nothing,
    ("harness.datasets.survey", "_Films.finish"): lambda _: {},
    ("harness.datasets.reader", "Dataset.check_unchanged"): nothing,
    ("harness.datasets.reader", "stamp"): lambda _: (),
    ("harness.datasets.format", "_check_lists"): nothing,
    ("harness.datasets.forms.data_file", "checked"): lambda values, *_: values.astype(np.float32),
    ("policies.json_files", "_check"): nothing,
    ("policies.checkpoint.allowed", "check_type"): nothing,
    ("policies.checkpoint.allowed", "check_config"): nothing,
    ("policies.checkpoint.allowed", "check_class"): nothing,
    ("policies.checkpoint.allowed", "checked_step"): unchecked_step,
    ("policies.checkpoint.tokenizers", "check_vocabulary"): nothing,
    ("policies.checkpoint.processors", "check_actions"): nothing,
    ("policies.building", "check_features"): nothing,
    ("policies.building", "check_sizes"): nothing,
    ("policies.lerobot_policy", "check_batch"): lambda _, __, ___, batch: len(batch["observation.state"]),
    ("policies.lerobot_policy", "LeRobotPolicy._check_tokens"): nothing,
    ("policies.lerobot_policy", "LeRobotPolicy._checked"): lambda _, chunks, __: chunks,
}
"""(module, name there) -> what stands in its place while the checks are off."""


@dataclass(frozen=True)
class Config:
    """Measure what the checks cost."""

    command: Positional[Annotated[tuple[str, ...], tyro.conf.arg(metavar="COMMAND ...")]]
    """openloop or closedloop, and its flags but --out."""
    out: Path
    """Where its runs go."""
    rounds: int = 8
    """Runs with and runs without."""


@contextlib.contextmanager
def off() -> Iterator[None]:
    """Nothing in the place of every check; AttributeError for one that is not there any more."""
    with contextlib.ExitStack() as stack:
        for (module, name), instead in CHECKS.items():
            place: Any = importlib.import_module(module)
            *outer, last = name.split(".")
            for part in outer:
                place = getattr(place, part)
            stack.enter_context(mock.patch.object(place, last, instead))
        yield


@contextlib.contextmanager
def timed_records(seconds: list[float]) -> Iterator[None]:
    """Adds the processor time of every record that is made to `seconds`."""
    from harness.files.records import Record

    made: Any = Record.of.__func__  # type: ignore[attr-defined]

    def of(cls: type, value: Any) -> Any:
        begun = time.thread_time()
        try:
            return made(cls, value)
        finally:
            seconds.append(time.thread_time() - begun)

    with mock.patch.object(Record, "of", classmethod(of)):
        yield


def processor_seconds() -> float:
    """Of this process, the children that have ended, and those that have not."""
    own = psutil.Process()
    total = sum(own.cpu_times()[:4])
    for child in own.children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            total += sum(child.cpu_times()[:2])
    return float(total)


def run(words: tuple[str, ...], out: Path) -> float:
    """The processor seconds of the command; RuntimeError where it does not end well."""
    name, *argv = words
    command = importlib.import_module(f"harness.{name}.command")
    config = importlib.import_module(f"harness.{name}.config").Config
    before = processor_seconds()
    try:
        cli.run(command.main, config, [*argv, "--out", str(out)])
    except SystemExit as stop:
        if stop.code:
            raise RuntimeError(f"harness.{name} ended with {stop.code}") from None
    return processor_seconds() - before


def main(config: Config) -> None:
    """Warm up, play the rounds, print the table."""
    run(config.command, config.out / "warm-up")
    records: list[float] = []
    measured: list[dict[str, float]] = []
    for number in range(config.rounds):
        took = {}
        for way in ("with", "without") if number % 2 else ("without", "with"):
            with timed_records(records) if way == "with" else off():
                took[way] = run(config.command, config.out / f"{number}-{way}")
        measured.append(took)
    print(table(measured, sum(records) / config.rounds))


def table(measured: list[dict[str, float]], records: float) -> str:
    """The rounds and what they come to, in Markdown."""
    ratios = sorted(took["with"] / took["without"] for took in measured)
    lines = ["| round | with checks, s | without, s | ratio |", "|---:|---:|---:|---:|"]
    for number, took in enumerate(measured, 1):
        ratio = took["with"] / took["without"]
        lines.append(f"| {number} | {took['with']:.2f} | {took['without']:.2f} | {ratio:.4f} |")
    whole = statistics.median(took["with"] for took in measured)
    cost = statistics.median(ratios) - 1
    lines.append(f"\nchecks: {cost:+.2%} of a run, median ({ratios[0] - 1:+.2%} to {ratios[-1] - 1:+.2%})")
    lines.append(f"records made of rows and files: {records:.4f} s of {whole:.1f} s, {records / whole:.3%}")
    return "\n".join(lines)


if __name__ == "__main__":
    main(tyro.cli(Config))
