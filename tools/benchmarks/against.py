"""The same work in this checkout and in another commit's, in turns: how much sooner it is done here.

`python -m tools.benchmarks --against REV [--only PART]` checks REV out into a temporary worktree and runs
`against_probe.py` in both, round by round, so that whatever else the machine does meets both alike. What is compared
is processor time: wall time of a machine that others use says little.
"""

from __future__ import annotations

import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from harness.core.errors import RunFailed, UserError
from harness.core.text import suggest
from harness.files.bundled import ROOT
from tools.benchmarks.measure import Config, Table

PROBE = Path(__file__).with_name("against_probe.py")
PARTS = {  # name: how much of it, in words
    "open": (30, "a physics step, grippers open"),
    "closed": (30, "a physics step, both grippers closed on nothing"),
    "observe": (30, "an observation of three cameras, stand-in robot"),
    "observe-real": (15, "an observation of three cameras, real robot"),
    "act": (150, "an action of the demo policy, horizon 4"),
    "expert": (10, "a scene built and solved by the expert, the first ten tasks"),
    "command": (1, "harness.closedloop --policy hold --episodes 1, 40 actions"),
    "replay": (16, "a frame of the open loop, demo policy on the demo episodes, horizon 4"),
    "memory": (1, "a run of the demo policy with two workers"),
}
LIMIT_S = 900.0


def git(*words: str) -> str:
    """What git says; UserError with its last line where it refuses."""
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise UserError(f"git {words[0]}: {(done.stderr.strip().splitlines() or ['failed'])[-1]}")
    return done.stdout.strip()


@contextlib.contextmanager
def checked_out(revision: str) -> Iterator[Path]:
    """A commit in a temporary worktree that is gone afterwards; UserError where there is no such commit."""
    try:
        commit = git("rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}")
    except UserError:
        raise UserError(
            f"--against {revision!r} is no commit of this repository; `git log` lists them"
        ) from None
    with tempfile.TemporaryDirectory(prefix="against-") as folder:
        tree = Path(folder) / "tree"
        git("worktree", "add", "--detach", str(tree), commit)
        try:
            yield tree
        finally:
            git("worktree", "remove", "--force", str(tree))


def surroundings(tree: Path, part: str, assets: str | None) -> dict[str, str]:
    """Environment variables of a probe. The asset root is known to `observe-real` alone: today's environments take it
    from there by themselves, those of 2d910d5 do not, and two robots would be compared."""
    inherited = {name: value for name, value in os.environ.items() if name != "ROBOTWIN_ASSETS"}
    real = {"ROBOTWIN_ASSETS": str(Path(assets).resolve())} if assets and part == "observe-real" else {}
    return inherited | {"PYTHONPATH": str(tree), "HF_HUB_OFFLINE": "1"} | real


def probe(tree: Path, part: str, count: int, assets: str | None = None) -> float:
    """Processor seconds of one unit of a part of the work in a checkout, or the MiB that it holds.

    RunFailed where it fails there.
    """
    with tempfile.TemporaryDirectory(prefix="against-") as out:
        call = [sys.executable, "-P", str(PROBE), part, str(count), out]
        environment = surroundings(tree, part, assets)
        done = subprocess.run(
            call, cwd=tree, env=environment, capture_output=True, text=True, timeout=LIMIT_S
        )
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["nothing said"])[-1]
        raise RunFailed(f"{part} failed in {tree}: {said}")
    found = json.loads(done.stdout.strip().splitlines()[-1])
    return float(found.get("mebibytes", found.get("processor"))) / float(found["amount"])


def say(line: str) -> None:
    """Progress of a long measurement."""
    print(line, file=sys.stderr, flush=True)


def ratio_text(theirs: Sequence[float], ours: Sequence[float]) -> str:
    """'3.1x (3.0-3.3)': median, smallest and largest ratio of the rounds."""
    ratios = [their / our for their, our in zip(theirs, ours, strict=True)]
    return f"{statistics.median(ratios):.2f}x ({min(ratios):.2f}-{max(ratios):.2f})"


def measure_against(config: Config, table: Table) -> str:
    """Every part, or the one asked for, in turns; the last part's ratio."""
    revision = str(config.against)
    if config.only and config.only not in PARTS:
        raise UserError(suggest(config.only, PARTS, "part of --against"))
    if config.rounds < 1:
        raise UserError(f"--rounds {config.rounds} is not positive; measure at least once")
    chosen = (
        [config.only] if config.only else [name for name in PARTS if name != "observe-real" or config.assets]
    )
    if "observe-real" in chosen and not config.assets:
        raise UserError("observe-real draws the real robot; give --assets or ROBOTWIN_ASSETS")
    last = ""
    with checked_out(revision) as other:
        for part in chosen:
            count, words = PARTS[part]
            taken: dict[Path, list[float]] = {other: [], ROOT: []}
            what, scale, unit = (
                ("peak memory", 1.0, "MiB") if part == "memory" else ("processor time", 1e3, "ms")
            )
            for number in range(1, config.rounds + 1):
                for tree, times in taken.items():
                    times.append(probe(tree, part, count, config.assets))
                theirs, mine = (scale * taken[tree][-1] for tree in (other, ROOT))
                say(f"{part}, round {number} of {config.rounds}: {theirs:.3g} -> {mine:.3g} {unit}")
            last = ratio_text(taken[other], taken[ROOT])
            mine, theirs = (scale * statistics.median(taken[tree]) for tree in (ROOT, other))
            table.add(
                f"{words}: {what}, {revision} against this checkout",
                f"{last}; {theirs:.3g} -> {mine:.3g} {unit}",
            )
    return last
