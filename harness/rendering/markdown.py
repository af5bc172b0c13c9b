"""Escape, cut, table."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from harness.core import numbers
from harness.core.numbers import NOTHING

LONGEST_TEXT = 200


def cut(text: Any) -> str:
    """`text` on one line of at most LONGEST_TEXT characters, unprintable ones left out."""
    line = "".join(c for c in " ".join(str(text).split()) if c.isprintable())
    return line if len(line) <= LONGEST_TEXT else f"{line[: LONGEST_TEXT - 1]}…"


def escape(text: Any) -> str:
    """Text that Markdown shows as it stands: no link, picture, HTML, formula or emphasis comes of it."""
    return re.sub(r"([\\`*_|<>\[\]#&$~@])", r"\\\1", cut(text))


def markdown_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of GitHub-flavoured Markdown; the first column is text, all others are numbers. Cells as given."""
    rule = ["---"] + ["---:"] * (len(columns) - 1)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (columns, rule, *rows))


def interval(ci: Sequence[float] | None) -> str:
    """A 95 % interval in brackets, or a dash."""
    return escape(numbers.interval(ci)) or NOTHING


def percent(fraction: float | None) -> str:
    """A fraction as `84.0 %`."""
    return numbers.percent(fraction, 1)


def percent_interval(ci: Sequence[float] | None) -> str:
    """A 95 % interval of fractions as `75.6–89.9 %`."""
    return numbers.percent_interval(ci, 1)
