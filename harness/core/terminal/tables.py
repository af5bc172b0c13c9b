"""Tables of text that fit a width: the columns that say least go first, and it is said which went. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from harness.core.terminal.width import wrapped
from harness.core.text import printable

BETWEEN = 2
SHORTEST_NAME = 12
"""A first column, of names, is cut to no less."""
LONG_CELL = 16
"""A cell of more characters is words or a path, no figure: it may lose its front."""


def table_lines(
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    width: int | None,
    first_to_go: Sequence[str] = (),
    whole: str = "",
) -> list[str]:
    """The header and the rows as lines of at most `width` characters (None: as wide as they are).

    The first column is text on the left, the others figures on the right. What does not fit goes: the columns of
    `first_to_go` in their order, the front of long cells (of a path the end says most), then columns from the right;
    a last line says so, and where the `whole` table is.
    """
    cells = [[printable(cell) for cell in line] for line in (columns, *rows)]
    kept, cut = list(range(len(columns))), False
    if width is not None:
        named = [list(columns).index(name) for name in first_to_go if name in columns]
        for i in named:
            if i and len(kept) > 2 and _least(cells, kept) > width:
                kept.remove(i)
        if _least(cells, kept) > width:
            cells, cut = _shortened(cells, kept, width)
        while len(kept) > 2 and _least(cells, kept) > width:
            kept.pop()
    chosen = [[line[i] for i in kept] for line in cells]
    widths = [max(map(len, column)) for column in zip(*chosen, strict=True)]
    if width is not None:
        room = width - sum(widths[1:]) - BETWEEN * (len(kept) - 1)
        widths[0] = min(widths[0], max(SHORTEST_NAME, room))
    lines = [
        (" " * BETWEEN)
        .join(
            [_cut(name, widths[0]).ljust(widths[0])]
            + [cell.rjust(w) for cell, w in zip(figures, widths[1:], strict=True)]
        )
        .rstrip()
        for name, *figures in chosen
    ]
    gone = [name for i, name in enumerate(columns) if i not in kept]
    shortened = [f"have no room for {', '.join(gone)}"] if gone else []
    shortened += ["cut long cells"] if cut else []
    if shortened:
        where = f"; all of it is in {whole}" if whole else ""
        lines += wrapped(f"({width} columns {' and '.join(shortened)}{where})", width).splitlines()
    return lines


def _least(cells: Sequence[Sequence[str]], kept: Sequence[int]) -> int:
    """The width that these columns need at least."""
    widths = [max(len(line[i]) for line in cells) for i in kept]
    return min(widths[0], SHORTEST_NAME) + sum(widths[1:]) + BETWEEN * (len(kept) - 1)


def _shortened(cells: list[list[str]], kept: Sequence[int], width: int) -> tuple[list[list[str]], bool]:
    """The cells without the front of the longest ones, as far as that is needed and leaves SHORTEST_NAME of them."""
    long = [i for i in kept[1:] if max(len(line[i]) for line in cells) > LONG_CELL]
    room = (width - _least(cells, [i for i in kept if i not in long])) // max(len(long), 1) - BETWEEN
    room = max(room, SHORTEST_NAME)
    shorter = [
        [f"…{cell[1 - room :]}" if i in long and len(cell) > room else cell for i, cell in enumerate(line)]
        for line in cells
    ]
    return shorter, shorter != cells


def _cut(name: str, room: int) -> str:
    return name if len(name) <= room else f"{name[: room - 1]}…"
