"""What the kinds of inputs that once broke the harness end in.

    python -m tools.breaking
    python -m tools.breaking --against 2d910d5 --out before.json
    python -m tools.breaking --repo ../other --areas checkpoints datasets

About 890 inputs of the 17 groups (F1..F17) that twenty minutes of breaking commit 2d910d5 had found, and of what had
held: command lines, run directories, checkpoints, datasets, calls of the environment, signals, disks. They are made
from what the checkout that is tried brings itself. Commands run in forks of one process that has imported what is slow.
A hang is more than 10 s of processor time (20 where figures are drawn) or four times that in all.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import tyro

from harness.files.bundled import ROOT
from tools.benchmarks.against import checked_out
from tools.breaking import checkpoints, commands, datasets, disks, disturbed, environment, hostile_runs
from tools.breaking.case import ENDS, GOOD, Case, Outcome, screened
from tools.breaking.material import Material

AREAS = {
    "commands": commands.cases,
    "runs": hostile_runs.cases,
    "checkpoints": checkpoints.cases,
    "datasets": datasets.cases,
}
OTHERS = ("environment", "signals", "disks")
GOOD_RUNS = {
    "open": ("harness.openloop", "--policy", "hold", "--episodes", "0:2", "--videos", "1"),
    "closed": (
        "harness.closedloop",
        "--policy",
        "hold",
        "--task",
        "click_bell",
        "--episodes",
        "2",
        "--max-actions",
        "4",
    ),
}


@dataclass(frozen=True)
class Config:
    """Break it again."""

    repo: Path | None = None
    """Another checkout to try; this one by default."""
    against: str | None = None
    """A commit to try instead, in a temporary worktree."""
    areas: tuple[str, ...] = (*AREAS, *OTHERS)
    """Which of them."""
    every: int = 1
    """Only every so-manieth input of an area, where they are many."""
    out: Path | None = None
    """A JSON file for every outcome."""


class Forks:
    """`stage.py` in a checkout: commands in forks."""

    def __init__(self, tree: Path, folder: Path):
        stage = Path(__file__).with_name("stage.py")
        environment = os.environ | {
            "HF_HUB_OFFLINE": "1",
            "OMP_NUM_THREADS": "1",
            "MPLBACKEND": "Agg",
            "XDG_CACHE_HOME": str(folder / "cache"),
            "PYTHONPATH": str(tree),
        }
        self.process = subprocess.Popen(
            [sys.executable, "-P", str(stage), str(folder / "said.txt")],
            cwd=tree,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.reply()

    def reply(self) -> dict[str, object]:
        """The next line it says."""
        assert self.process.stdout is not None
        return dict(json.loads(self.process.stdout.readline()))

    def ask(self, case: Case, cwd: Path) -> dict[str, object]:
        """Run a case."""
        assert self.process.stdin is not None
        job: dict[str, object] = {
            "id": case.name,
            "module": case.module,
            "argv": case.argv,
            "script": case.script,
        }
        job |= {"cwd": str(cwd), "env": case.env, "seconds": case.seconds}
        self.process.stdin.write(json.dumps(job) + "\n")
        self.process.stdin.flush()
        return self.reply()

    def close(self) -> None:
        """Let it end."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(60)


def tried(config: Config, tree: Path, folder: Path) -> Iterator[Outcome]:
    """Every case of the chosen areas, tried in a checkout."""
    forks = Forks(tree, folder)
    here = folder / "here"
    here.mkdir()
    material = made(forks, tree, folder, here)
    commands.props(folder)
    for name, cases in AREAS.items():
        if name in config.areas:
            for case in itertools.islice(cases(material), 0, None, config.every):
                yield screened(case, forks.ask(case, here))
    if "environment" in config.areas:
        said = str(forks.ask(environment.case(), here)["said"])
        for case, end, words in environment.parted(said):
            yield Outcome(case, end, words)
    forks.close()
    for name, parts in (("signals", disturbed.cases), ("disks", disks.cases)):
        if name in config.areas:
            for case, end, said in parts(tree, folder):
                yield Outcome(case, end, said[-1500:])


def made(forks: Forks, tree: Path, folder: Path, here: Path) -> Material:
    """Good runs of a checkout, and where its checkpoint and episodes are."""
    for name, (module, *argv) in GOOD_RUNS.items():
        whole = (*argv, "--out", str(folder / name))
        reply = forks.ask(Case("", "", name, module, whole, seconds=120), here)
        if reply["rc"] != 0:
            raise RuntimeError(f"{module} fails in {tree}: {str(reply['said'])[-800:]}")
    assets = tree / "assets"
    return Material(folder, folder / "open", folder / "closed", assets / "demo", assets / "demo_episodes")


def main(config: Config) -> int:
    """Try, and print the table; 1 where something ended badly."""
    with contextlib.ExitStack() as stack:
        folder = Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="breaking-", ignore_cleanup_errors=True))
        )
        tree = (
            stack.enter_context(checked_out(config.against))
            if config.against
            else (config.repo or ROOT).resolve()
        )
        outcomes = []
        for outcome in tried(config, tree, folder):
            outcomes.append(outcome)
            if outcome.end not in GOOD:
                last = (outcome.said.strip().splitlines() or [""])[-1]
                print(f"{outcome.end}: {outcome.case.group} {outcome.case.name}: {last:.150}", flush=True)
            if config.out:
                config.out.write_text(json.dumps([plain(each) for each in outcomes], indent=1))
    print(table(outcomes, "group"))
    print(table(outcomes, "area"))
    return int(any(outcome.end not in GOOD for outcome in outcomes))


def plain(outcome: Outcome) -> dict[str, object]:
    """An outcome for a file."""
    case = outcome.case
    return {
        "area": case.area,
        "group": case.group,
        "name": case.name,
        "end": outcome.end,
        "said": outcome.said,
        "processor_s": outcome.seconds,
        "mib": outcome.mib,
    }


def table(outcomes: list[Outcome], by: str) -> str:
    """Ends by group or area, as Markdown."""
    lines = [f"| {by} | tried | {' | '.join(ENDS)} |", "|---|" + "---:|" * (1 + len(ENDS))]
    names = dict.fromkeys(getattr(outcome.case, by) for outcome in outcomes)
    order = sorted(names, key=lambda name: (len(name), name)) if by == "group" else list(names)
    for name in [*order, "all"]:
        ends = Counter(o.end for o in outcomes if name in (getattr(o.case, by), "all"))
        lines.append(f"| {name} | {ends.total()} | {' | '.join(str(ends[end] or '') for end in ENDS)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main(tyro.cli(Config)))
