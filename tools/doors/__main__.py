"""Run the commands and examples of docs/doors.md one after the other, made short, and say how each ended.

    python -m tools.doors --out DIR
    python -m tools.doors --out DIR --only lerobot-train

Made short: trainings of two steps of two frames, two episodes, no window (`SHORT`); everything else as it stands. They
run in DIR, beside a link to the project's assets, with the programs of the Python that runs this. What is not run is
said with its reason (`NOT_RUN`, `NEEDS`): an installation, a program that waits for somebody, a package that is not
there. Exit 1 where a command failed; what it said is in DIR/<number>.log, the table also in DIR/doors.md.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.core import cli
from harness.core.errors import UserError
from tools.doors.reading import examples, lines_of

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "doors.md"
SHORT = (
    (r"--steps=\d+", "--steps=2"),
    (r"--save_freq=\d+", "--save_freq=2"),
    (r"--env_eval_freq=\d+", "--env_eval_freq=2"),
    (r"--batch_size=\d+", "--batch_size=2"),
    (r"--eval\.n_episodes=\d+", "--eval.n_episodes=1"),
    (r"--episodes \d+", "--episodes 2"),
    (r"--rounds \d+", "--rounds 1"),
    (r" --open", ""),
    (r"--policy\.type=(act|diffusion)", r"--policy.type=\1 --policy.pretrained_backbone_weights=null"),
)
"""What is asked less of, so that the commands can be run on a CPU and without a network."""
NOT_RUN = {
    "uv": "an installation",
    "wandb": "waits for somebody",
    "tensorboard": "waits for somebody",
    "trackio": "waits for somebody",
}
"""Programs that are not started, and why."""
NEEDS = (
    (r"robotwin_pip|tiny_pi0|assets/demo ", "lerobot_env_robotwin", "-e packages/lerobot_env_robotwin"),
    (r"--policy\.type=diffusion", "diffusers", '"lerobot[diffusion]"'),
    (r"robotwin_maniskill", "mani_skill", "-e .[maniskill]"),
    (r"harness\.view", "rerun-sdk", "-e .[rerun]"),
    (r"--track tensorboard", "tensorboard", "-e .[tensorboard]"),
)
"""What stands in a command, the distribution it takes, and what to install."""

TOO_LONG = 124


@dataclass(frozen=True)
class Config:
    """Run what docs/doors.md says."""

    out: Path
    """A folder to run in; new or empty."""
    only: str = ""
    """Only commands in which this stands; others they build on must have been run."""
    minutes: float = 15
    """At most so long each."""


@dataclass(frozen=True)
class Ended:
    """How a command ended: its exit code, or why it was not run."""

    line: str
    code: int | None
    seconds: float
    reason: str = ""

    def row(self) -> str:
        """A row of the table."""
        how = f"not run: {self.reason}" if self.code is None else f"exit {self.code}"
        return f"| `{self.line}` | {how} | {self.seconds:.0f} |"


def shortened(words: list[str]) -> list[str]:
    """A command that is quick to try."""
    line = "\0".join(words)
    for pattern, less in SHORT:
        line = re.sub(pattern.replace(" ", "\0"), less.replace(" ", "\0"), line)
    return line.split("\0")


def why_not(words: list[str], line: str) -> str:
    """Why a command is not run; "" where it is."""
    if words[0] in NOT_RUN:
        return NOT_RUN[words[0]]
    for pattern, distribution, install in NEEDS:
        if re.search(pattern, f"{line} ") and not list(importlib.metadata.distributions(name=distribution)):
            return f"{distribution} is not installed (uv pip install {install})"
    return ""


def run(words: list[str], line: str, log: Path, minutes: float, env: Mapping[str, str]) -> Ended:
    """Run a command beside its log."""
    reason = why_not(words, line)
    if reason:
        return Ended(line, None, 0, reason)
    started = time.monotonic()
    with log.open("w", encoding="utf-8") as file, contextlib.suppress(subprocess.TimeoutExpired):
        code = subprocess.run(
            [shutil.which(words[0], path=env["PATH"]) or words[0], *words[1:]],
            cwd=log.parent,
            env=dict(env),
            stdout=file,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            timeout=60 * minutes,
        ).returncode
        return Ended(line, code, time.monotonic() - started)
    return Ended(line, TOO_LONG, time.monotonic() - started)


def main(config: Config) -> int:
    """Run and print a table; 1 where one failed."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # and the command at work ends with this program
    out = config.out.resolve()
    if out.exists() and any(out.iterdir()) and not config.only:
        raise UserError(f"{config.out} is not empty: choose another --out")
    out.mkdir(parents=True, exist_ok=True)
    if not (out / "assets").exists():
        (out / "assets").symlink_to(ROOT / "assets")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    env = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT)}
    work: list[tuple[list[str], str]] = []
    for example in examples(PAGE.read_text(encoding="utf-8")):
        if example.language == "bash":
            work += [(words, " ".join(words)) for words in lines_of(example.source)]
        else:
            file = out / f"example-{len(work)}.py"
            file.write_text(example.source, encoding="utf-8")
            work.append((["python", str(file)], "; ".join(example.source.splitlines()[:3])))
    ended, rows = [], ["| command | ended | seconds |", "|---|---|---|"]
    print("\n".join(rows), flush=True)
    for number, (words, line) in enumerate(work):
        if config.only in line:
            ended.append(run(shortened(words), line, out / f"{number}.log", config.minutes, env))
            rows.append(ended[-1].row())
            print(rows[-1], flush=True)
    (out / "doors.md").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return int(any(one.code for one in ended))


if __name__ == "__main__":
    cli.run(main, Config)
