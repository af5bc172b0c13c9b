"""--help in groups with examples that parse, at every width; completion in a real shell; prose wrapped."""

from __future__ import annotations

import dataclasses
import importlib
import os
import pty
import re
import select
import shlex
import shutil
import signal
import subprocess
import sys
import time

import pytest

from harness.core import cli
from harness.core.commands import COMMANDS
from harness.core.terminal.completion import completion_script
from harness.core.terminal.examples import EXAMPLES
from harness.core.terminal.help_page import help_page
from harness.core.terminal.options import flags_of
from harness.core.terminal.tables import table_lines
from harness.core.terminal.width import columns, wrapped


def config_of(command):
    return importlib.import_module(f"harness.{command}.config").Config


@pytest.mark.parametrize("command", COMMANDS)
def test_help_shows_every_flag_once_with_its_words_at_every_width(command):
    flags = flags_of(config_of(command))
    assert [flag.name for flag in flags] == [field.name for field in dataclasses.fields(config_of(command))]
    for width in (40, 80, 200, None):
        page = help_page(config_of(command), f"robotwin-pi0 {command}", EXAMPLES.get(command, ()), width)
        lines = page.splitlines()
        lines = lines[lines.index("") :]  # without the usage
        for flag in flags:
            assert flag.help, f"{flag.name} of {command} has no help"
            shown = [line for line in lines if line.startswith(f"  {flag.key}")]
            assert len(shown) == 1, (command, flag.key, width)
        words = [word for line in lines for word in line.split()]
        if width:
            assert all(len(line) <= width or max(map(len, line.split())) > width - 30 for line in lines)
        assert "None" not in words and "{None}|STR" not in page


@pytest.mark.parametrize("command", COMMANDS)
def test_three_examples_that_parse(command):
    examples = EXAMPLES.get(command, ())
    assert len(examples) == 3, f"three examples for {command} in harness/core/terminal/examples.py"
    for line in examples:
        assert isinstance(cli.parse(config_of(command), shlex.split(line)), config_of(command))


def test_help_says_how_it_was_started_and_takes_a_moment():
    before = os.times()
    done = subprocess.run(
        [sys.executable, "-m", "harness", "closedloop", "--help"],
        capture_output=True,
        text=True,
        env=os.environ | {"COLUMNS": "80"},
    )
    after = os.times()
    assert done.returncode == 0 and done.stdout.startswith("usage: robotwin-pi0 closedloop [OPTIONS]")
    assert max(map(len, done.stdout.splitlines())) <= 80 and not done.stderr
    seconds = after.children_user + after.children_system - before.children_user - before.children_system
    assert seconds < 0.6


START = {"bash": ["bash", "--norc", "--noprofile", "-i"], "zsh": ["zsh", "-f", "-i"]}
BEFORE = {"bash": "bind 'set enable-bracketed-paste off'", "zsh": "autoload -U compinit && compinit -u -D"}


def typed(shell, script, *lines):
    """What arrives at `robotwin-pi0` when these lines are typed at a real shell, tabs and all."""
    child, terminal = pty.fork()
    if child == 0:
        os.execvp(START[shell][0], START[shell])
    said = ""

    def until(mark, seconds=20.0):
        nonlocal said
        said, end = "", time.monotonic() + seconds
        while mark not in said and time.monotonic() < end:
            if select.select([terminal], [], [], 0.2)[0]:
                said += os.read(terminal, 65536).decode(errors="replace")
        return said

    def completed(line):
        for patience in (
            0.5,
            3.0,
            10.0,
        ):  # the shell is to complete before the line ends, on a busy machine too
            os.write(terminal, f"{line}\t".encode())
            time.sleep(patience)
            os.write(terminal, b"\n")
            (*_, got) = re.findall(r"GOT\[([^$\]]*)\]TOG", until("]TOG"))
            if got.strip() != line.partition(" ")[2]:
                break
        return got.strip()

    try:
        for line in (BEFORE[shell], f". {script}", 'robotwin-pi0() { echo "GOT[$*]TOG"; }', "echo rea''dy"):
            os.write(terminal, f"{line}\n".encode())
        until("ready")
        return [completed(line) for line in lines]
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(terminal)


@pytest.mark.parametrize("shell", START)
def test_completion_in_a_real_shell(shell, tmp_path):
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not installed")
    done = subprocess.run(
        [sys.executable, "-m", "harness", "--completion", shell], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    script = tmp_path / "completion"
    script.write_text(done.stdout)
    (tmp_path / "a-run").mkdir()
    assert typed(
        shell,
        script,
        "robotwin-pi0 clo",
        "robotwin-pi0 closedloop --str",
        "robotwin-pi0 closedloop --strategy en",
        "robotwin-pi0 closedloop --task click_be",
        "robotwin-pi0 sweep --strategies rt",
        f"robotwin-pi0 compare {tmp_path}/a-r",
    ) == [
        "closedloop",
        "closedloop --strategy",
        "closedloop --strategy ensemble",
        "closedloop --task click_bell",
        "sweep --strategies rtc",
        f"compare {tmp_path}/a-run{'/' * (shell == 'bash')}",
    ]


def test_completion_knows_every_command():
    script = completion_script("bash", list(COMMANDS), {})
    assert all(f"                            {command})" in script for command in COMMANDS)


def test_an_unknown_shell_is_one_line():
    done = subprocess.run(
        [sys.executable, "-m", "harness", "--completion", "tcsh"], capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (2, "error: name the shell: --completion bash or zsh\n")


def test_the_width_is_the_terminals_or_what_columns_says(monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)
    assert columns() is None
    for typed, width in (("40", 40), ("3", 20), ("wide", None), ("-5", None), ("0", None)):
        monkeypatch.setenv("COLUMNS", typed)
        assert columns() == width


def test_prose_is_wrapped_and_paths_stay_whole():
    text = "the report is in /a/very/long/path/that/nobody/wants/to/see/cut/report.html now"
    assert wrapped(text, None) == text
    assert "/a/very/long/path/that/nobody/wants/to/see/cut/report.html" in wrapped(text, 30).splitlines()


def test_columns_go_in_their_order_and_then_from_the_right():
    names, row = ("task", "a", "b", "c"), ["click_bell", "1" * 10, "2" * 10, "3" * 10]
    assert table_lines(names, [row], 60)[0].split() == ["task", "a", "b", "c"]
    assert table_lines(names, [row], 40, ("a",))[0].split() == ["task", "b", "c"]
    assert table_lines(names, [row], 30)[0].split() == ["task", "a"]
    assert (
        " ".join(table_lines(names, [row], 30, whole="x.md")[2:])
        == "(30 columns have no room for b, c; all of it is in x.md)"
    )
    assert table_lines(names, [], 20)[0].split()[0] == "task"
