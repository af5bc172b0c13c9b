"""How wide the terminal is, and prose wrapped to it; what is piped stays one sentence a line, to be searched."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap

from harness.core.text import printable

NARROWEST = 20


def columns() -> int | None:
    """Characters a line of stdout has: $COLUMNS where it is set, else the terminal's; None where it is no terminal."""
    asked = os.environ.get("COLUMNS", "")
    if asked.isdecimal() and 0 < int(asked) < 100_000:
        return max(int(asked), NARROWEST)
    if not sys.stdout.isatty():
        return None
    return max(shutil.get_terminal_size().columns, NARROWEST)


def wrapped(text: str, width: int | None, indent: str = "") -> str:
    """`text` in lines of at most `width`, later ones behind `indent`; words longer than that (paths) stay whole.

    >>> print(wrapped("demo succeeds more often than hold", 20, "  "))
    demo succeeds more
      often than hold
    """
    lines = [printable(line) for line in text.splitlines()] or [""]
    if width is None:
        return "\n".join(lines)
    return "\n".join(
        textwrap.fill(line, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
        for line in lines
    )


def say(*lines: str) -> None:
    """Print each of `lines`, wrapped."""
    width = columns()
    for line in lines:
        print(wrapped(line, width))


def bold(line: str) -> str:
    """`line` as a terminal shows it bold; as it is where stdout is none, or $NO_COLOR asks for it."""
    shown = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    return f"\033[1m{line}\033[0m" if shown else line
