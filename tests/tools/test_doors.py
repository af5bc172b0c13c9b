"""The commands of docs/doors.md: read as they stand there; flags that exist, tasks that exist, examples that run."""

from __future__ import annotations

import importlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from harness.core import cli
from tools.doors.__main__ import NEEDS, NOT_RUN, shortened, why_not
from tools.doors.reading import commands, examples

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "doors.md").read_text(encoding="utf-8")
COMMANDS = commands(PAGE)
OURS = [words for words in COMMANDS if words[:2] == ["python", "-m"] and words[2].startswith("harness.")]


def lerobots(program):
    """The documented lines of a program of LeRobot's."""
    found = [words[1:] for words in COMMANDS if words[0] == program]
    assert found
    return found


def test_continued_lines_are_one_command_and_comments_none():
    assert commands("text\n```bash\na b \\\n  c   # why\n# nothing\nd\n```\n```python\ne\n```\n") == [
        ["a", "b", "c"],
        ["d"],
    ]


def test_every_program_of_the_page_is_known():
    programs = {words[0] for words in COMMANDS}
    assert programs <= {"python", "lerobot-eval", "lerobot-train", *NOT_RUN}
    assert "..." not in " ".join(" ".join(words) for words in COMMANDS)


def test_they_are_made_short():
    line = "lerobot-train --steps=20000 --batch_size=8 --env_eval_freq=5000 --out data/steps=7"
    assert shortened(line.split()) == [
        "lerobot-train",
        "--steps=2",
        "--batch_size=2",
        "--env_eval_freq=2",
        "--out",
        "data/steps=7",
    ]
    assert shortened(["x", "--episodes", "50", "--open"]) == ["x", "--episodes", "2"]
    null = "--policy.pretrained_backbone_weights=null"
    for kind in ("act", "diffusion"):
        typed = f"--policy.type={kind}"
        assert shortened(["lerobot-train", typed, "--a"])[1:] == [typed, null, "--a"]


def test_what_is_not_run_is_said_with_what_to_install(monkeypatch):
    monkeypatch.setattr("importlib.metadata.distributions", lambda **_: [])
    assert why_not(["uv", "pip"], "uv pip") == "an installation"
    line = "lerobot-train --policy.path=assets/demo --steps=2"
    assert "uv pip install -e packages/lerobot_env_robotwin" in why_not(line.split(), line)
    line = "python -m harness.closedloop --policy demo"
    assert why_not(line.split(), line) == ""
    monkeypatch.setattr("importlib.metadata.distributions", lambda **_: [object()])
    assert {why_not(words, " ".join(words)) for words in COMMANDS if words[0] not in NOT_RUN} == {""}


def test_every_need_is_one_of_the_page():
    lines = [" ".join(words) for words in COMMANDS] + [example.source for example in examples(PAGE)]
    assert all(any(re.search(pattern, line) for line in lines) for pattern, _, _ in NEEDS)


@pytest.mark.parametrize("words", OURS, ids=[" ".join(words[2:5]) for words in OURS])
def test_our_commands_understand_their_flags(words):
    door = importlib.import_module(f"{words[2]}.__main__")
    cli.parse(door.Config, words[3:])


@pytest.mark.slow
def test_lerobots_programs_understand_theirs(monkeypatch):
    import draccus
    from lerobot.configs import parser
    from lerobot.configs.eval import EvalPipelineConfig
    from lerobot.configs.train import TrainPipelineConfig

    import lerobot_env_robotwin

    assert lerobot_env_robotwin
    monkeypatch.chdir(ROOT)
    for program, kind in (("lerobot-train", TrainPipelineConfig), ("lerobot-eval", EvalPipelineConfig)):
        for words in lerobots(program):
            monkeypatch.setattr(sys, "argv", [program, *words])  # where it looks for --policy.path
            plain = parser.filter_path_args(kind.__get_path_fields__(), words)
            found = draccus.parse(kind, args=plain)
            assert found.env is None or found.env.type == "robotwin_pip"


@pytest.mark.slow
def test_the_pages_python_runs(tmp_path):
    """Each in a process of its own, as somebody would paste it."""
    sources = [example.source for example in examples(PAGE) if example.language == "python"]
    assert len(sources) == 2
    for number, source in enumerate(sources):
        file = tmp_path / f"example_{number}.py"
        file.write_text(source)
        done = subprocess.run(
            [sys.executable, str(file)],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=240,
        )
        assert done.returncode == 0, done.stderr
