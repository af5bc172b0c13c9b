"""Where what is said goes: readers that have read enough, full disks, encodings without a sign, strangers' words."""

from __future__ import annotations

import copy
import io
import os
import subprocess
import sys
from dataclasses import dataclass

import pytest

from harness.core import cli
from harness.core.errors import UserError
from harness.core.terminal import streams
from harness.core.terminal.progress import Progress
from harness.core.terminal.streams import Lasting
from harness.fetch.download import Metered
from harness.rendering.html import template_environment

HOSTILE = "red\x1b[31m\x1b]0;title\x07 \u202eturned\x9b2J\nline"
PROGRAM = """
import sys
from dataclasses import dataclass
from harness.core import cli

@dataclass(frozen=True)
class Config:
    "Say much."

def main(config):
    for number in range(20000):
        print(number, "\\u2013")
    print("the end", file=sys.stderr)

cli.run(main, Config, [])
"""


def end_of(redirected: str, **variables: str) -> tuple[int, str]:
    """Exit code and stderr of PROGRAM, its stdout `redirected`."""
    words = ["bash", "-c", f'set -o pipefail; "{sys.executable}" -c "$0" {redirected}', PROGRAM]
    done = subprocess.run(words, capture_output=True, text=True, env=os.environ | variables, timeout=60)
    return done.returncode, done.stderr


@pytest.mark.parametrize("redirected", ["| head -1", ">&-", "> /dev/null"])
def test_work_goes_on_where_nobody_reads(redirected):
    assert end_of(redirected) == (0, "the end\n")


def test_a_full_disk_under_stdout_is_said_and_is_no_success():
    code, said = end_of("> /dev/full")
    assert code == 1
    assert (
        said == "the end\nerror: what this command says could not all be written: No space left on device\n"
    )


def test_an_encoding_that_lacks_a_sign_ends_nothing():
    assert end_of("> /dev/null", PYTHONIOENCODING="ascii") == (0, "the end\n")


class Screen(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(("made", "kept"), [(Screen, "\x1b[31m"), (io.StringIO, "[31m")])
def test_a_terminal_carries_out_colours_and_nothing_else(made, kept):
    inner = made()
    Lasting(inner).write(HOSTILE)
    assert inner.getvalue() == f"red{kept}]0;title turned2J\nline"


@dataclass(frozen=True)
class Nothing:
    """Nothing."""


def test_a_users_line_is_one_and_has_nothing_that_is_carried_out(capsys):
    def main(_):
        raise UserError(f"{HOSTILE} is no name")

    with pytest.raises(SystemExit):
        cli.run(main, Nothing, [])
    assert capsys.readouterr().err == "error: red[31m]0;title turned2J line is no name\n"
    assert not isinstance(sys.stdout, Lasting)


def test_progress_shows_notes_as_text(capsys, monkeypatch):
    monkeypatch.setattr("harness.core.terminal.progress.LINE_EVERY_S", 0.0)
    with Progress("x", 2, "steps") as progress:
        progress.update(1, HOSTILE)
    assert capsys.readouterr().err.endswith("left; red[31m]0;title turned2J line\n")


def test_a_page_shows_names_in_reading_order():
    page = template_environment().from_string("{{ name }} {{ markup }}")
    assert page.render(name="a\u202eb<", markup=1) == "ab&lt; 1"


def test_lost_output_is_told_once(monkeypatch):
    class Broken(io.StringIO):
        def write(self, _):
            raise OSError(5, "Input/output error")

    stream = Lasting(Broken())
    assert streams.loss(stream) is None
    assert stream.write("x") == 1 and stream.write("y") == 1
    assert streams.loss(stream) == "what this command says could not all be written: Input/output error"


@pytest.mark.parametrize(("kind", "inner"), [(Lasting, "_stream"), (Metered, "_file")])
def test_what_stands_for_a_stream_can_be_asked_before_it_has_one(kind, inner):
    empty = kind.__new__(kind)
    assert not hasattr(empty, "isatty") and not hasattr(empty, inner)


def test_a_stream_that_lasts_can_be_copied():
    assert copy.copy(Lasting(io.StringIO())).write("x") == 1
