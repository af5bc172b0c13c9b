"""Every command of the README is run, smaller: other names and counts, the same options in the same order."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text()

SMALLER = (
    (".venv/bin/python", sys.executable),
    (" scripts/", f" {ROOT}/scripts/"),
    (" examples/", f" {ROOT}/examples/"),
    ("--dataset lerobot/robotwin_unified --episodes 0:25", "--dataset data/stack --episodes 0:1"),
    ("--task stack_blocks_two,handover_block --episodes 100", "--task stack_blocks_two --episodes 1"),
    ("--episodes 20", "--episodes 1"),
    ("--minutes 10", "--steps 12"),
    ("--task click_bell --horizon 12", "--task click_bell --horizon 12 --episodes 1"),
    ("--out runs/half", "--episodes 0:2 --out runs/half"),
    ("--out runs/today", "--episodes 0:2 --out runs/today"),
)
POLICY_OF = {"openloop": "data/my-policy", "closedloop": "expert"}
MAKE_TARGETS = ("make demo", "make check")


def commands() -> list[str]:
    """The lines of the README's bash blocks, without comments."""
    blocks = re.findall(r"```bash\n(.*?)```", README, flags=re.DOTALL)
    lines = [line.split(" #")[0].strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line and not line.startswith("#")]


def smaller(command: str) -> str:
    """The command as the test runs it."""
    for long, short in SMALLER:
        command = command.replace(long, short)
    mode = next((name for name in POLICY_OF if f"harness.{name}" in command), None)
    return command.replace("owner/my-pi0", POLICY_OF[mode]) if mode else command


def in_order(command: str) -> int:
    """Recording and training come first: the others use what they make."""
    return next((i for i, part in enumerate(("record", "train", "infer", "loop")) if part in command), 9)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_every_command_of_the_readme_runs(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    for command in sorted(commands(), key=in_order):
        if command in MAKE_TARGETS:
            continue  # what they start is tested below and is this very test run
        done = subprocess.run(
            smaller(command),
            shell=True,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    assert (tmp_path / "report" / "report.html").is_file()
    assert list(tmp_path.glob("runs/*-compare-*/compare.html"))


def test_the_make_targets_of_the_readme_exist():
    for target in MAKE_TARGETS:
        assert target in commands()
        done = subprocess.run(["make", "-n", target.split()[1]], cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr


def test_the_python_of_the_readme_runs():
    (code,) = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    namespace: dict = {}
    exec(code, namespace)
    assert namespace["info"]["physics_steps"] > 0
    namespace["env"].close()


def test_files_the_readme_names_exist():
    for path in re.findall(r"`((?:docs|scripts|harness|policies|examples)/[\w./-]+)`", README):
        assert (ROOT / path).exists(), path
    for picture in re.findall(r"!\[.*?\]\((.*?)\)", README):
        assert (ROOT / picture).is_file(), picture
