"""A comparison written out: `compare.json`, `compare.md` and `compare.html`, and printed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from harness.core.terminal.tables import table_lines
from harness.core.terminal.width import bold, columns, say, wrapped
from harness.files.json_files import write_json, write_text
from harness.files.records import Record
from harness.rendering.charts.marks import Figure
from harness.rendering.html import template_environment

NOTHING = "–"


@dataclass(frozen=True)
class Page[Data: Record]:
    """Everything a comparison says, in the order it is said; `data` is what compare.json holds."""

    title: str
    cautions: list[str]
    findings: list[str]
    tables: list[Table]
    notes: list[str]
    data: Data


@dataclass(frozen=True)
class Shown:
    """What only the page of a comparison has: films side by side (`harness.report.films`), figures, colours."""

    wall: Any = None
    figures: Sequence[Figure] = ()
    colours: Mapping[str, str] = field(default_factory=dict)


def write_page(page: Page[Any], out: Path, shown: Shown | None = None) -> list[Path]:
    """Write the three files to `out`, which exists, and return their paths."""
    paths = [out / f"compare.{kind}" for kind in ("json", "md", "html")]
    write_json(paths[0], page.data)
    for path, text in zip(paths[1:], (markdown(page), html(page, shown)), strict=True):
        write_text(path, text)
    return paths


def html(page: Page[Any], shown: Shown | None = None) -> str:
    """The page as text, style and script inside; what runs say about themselves is escaped."""
    shown = shown or Shown()
    about = {"wall": shown.wall, "figures": shown.figures, "colours": shown.colours}
    return template_environment().get_template("compare.html.j2").render(page=page, **about)


def markdown(page: Page[Any]) -> str:
    """The page as GitHub-flavoured Markdown, ready for a README or a model card."""
    parts = [f"# {_plain(page.title)}"]
    if page.cautions:
        parts.append("\n".join(f"> **Note:** {_plain(line)}  " for line in page.cautions))
    if page.findings:
        parts.append("\n".join(f"- {_plain(line)}" for line in page.findings))
    for table in page.tables:
        rule = ["---"] + ["---:"] * (len(table.columns) - 1)
        lines = [_line(table.columns), f"|{'|'.join(rule)}|", *map(_line, table.rows)]
        parts += [f"## {table.title}", _plain(table.note), "\n".join(lines)]
    parts += [_plain(note) for note in page.notes]
    return "\n\n".join(parts) + "\n"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(_plain(cell) for cell in cells)} |"


def _plain(text: str) -> str:
    """Text that Markdown shows as it stands, on one line."""
    return re.sub(r"([\\`*_|<>\[\]#&])", r"\\\1", " ".join(text.split()))


FIRST_TO_GO = ("policy given as", "code", "A 95 %", "B 95 %", "only A", "only B", "unit", "Δ %", "n", "p")
"""Columns that a narrow terminal does without, the first first; what is left of them goes from the right."""


def print_page(page: Page[Any], whole: str = "compare.md") -> None:
    """Print what the page says, as wide as the terminal; `whole` names the file where tables have every column."""
    width = columns()
    for table in page.tables:
        head, *lines = table_lines(table.columns, table.rows, width, FIRST_TO_GO, whole)
        print(f"\n{bold(table.title)}", wrapped(table.note, width), bold(head), *lines, sep="\n")
    print()
    say(*page.findings, *page.notes)
    for line in page.cautions:
        print(bold(wrapped(f"warning: {line}", width)))


@dataclass(frozen=True)
class Table:
    """Rows of text under a title; `bars` are signed lengths -1..1 for a drawing, one a row, negative is left."""

    title: str
    note: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    bars: list[float] = field(default_factory=list)

    @property
    def filled(self) -> Table:
        """The same without columns, but the first, in which nothing stands in any row."""
        kept = [i for i in range(len(self.columns)) if not i or any(row[i] != NOTHING for row in self.rows)]
        if not self.rows or len(kept) == len(self.columns):
            return self
        rows = [[row[i] for i in kept] for row in self.rows]
        return replace(self, columns=[self.columns[i] for i in kept], rows=rows)

    @property
    def text_columns(self) -> list[int]:
        """Columns that hold names, not numbers: a page puts them at the left."""
        cells = [
            [row[i] for row in self.rows if row[i] not in ("", NOTHING)] for i in range(len(self.columns))
        ]
        return [i for i, own in enumerate(cells) if own and all(_is_word(cell) for cell in own)]


def _is_word(cell: str) -> bool:
    return cell[0].isalpha() and not cell.startswith(("p = ", "p < "))
