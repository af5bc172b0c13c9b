"""Escape, cut, table."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from harness.rendering import formats
from harness.rendering.formats import NOTHING

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


def number(value: float | None) -> str:
    """`value` with four decimals."""
    return formats.number(value)


def interval(ci: Sequence[float] | None) -> str:
    """A 95 % interval in brackets, or a dash."""
    return NOTHING if ci is None else f"\\[{ci[0]:.4f}, {ci[1]:.4f}\\]"


def percent(value: float | None) -> str:
    """A fraction as `84.0 %`."""
    return NOTHING if value is None else f"{100 * value:.1f} %"


def percent_interval(ci: Sequence[float] | None) -> str:
    """A 95 % interval of fractions as `75.6–89.9 %`."""
    return NOTHING if ci is None else f"{100 * ci[0]:.1f}–{100 * ci[1]:.1f} %"
