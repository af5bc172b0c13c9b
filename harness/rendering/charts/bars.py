"""Horizontal bars, a row a name, that read the same on a phone and on a wall."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from harness.rendering.charts.marks import RIGHT, WIDTH, Panel, label, listed, tag, title
from harness.rendering.charts.scales import Scale, reach, short, ticks

NAMES, ROW, HEAD, FOOT = 104, 20, 8, 36
"""units: left of the bars, of a row, above and below"""
LETTERS = 16


@dataclass(frozen=True)
class Bar:
    """One row: its value with its interval and what stands beside it, {class of the colour: value}."""

    name: str
    value: float
    ci: Sequence[float] | None = None
    beside: tuple[tuple[str, float | None], ...] = ()


def bars(name: str, rows: Sequence[Bar], colour: str, unit: str, digits: int = 4) -> Panel:
    """Bars of `colour` over a common axis from 0, other values as upright marks."""
    values = [
        v for row in rows for v in (row.value, *(row.ci or ()), *(b for _, b in row.beside if b is not None))
    ]
    x = Scale(0.0, reach(values)[1], NAMES, WIDTH - RIGHT)
    height = HEAD + ROW * len(rows) + FOOT
    low = height - FOOT
    marks = ticks(0, x.high)
    body: list[Markup] = [tag("path", class_="grid", d=f"M{x.at(v):.1f} {HEAD}V{low}") for v in marks]
    body += [label(x.at(v), low + 14, short(v), class_="tick middle") for v in marks]
    body.append(label((NAMES + WIDTH - RIGHT) / 2, height - 6, unit, class_="name middle"))
    for i, row in enumerate(rows):
        body.append(_row(row, HEAD + ROW * i, x, colour, digits))
    body.append(tag("path", class_="axis", d=f"M{NAMES} {HEAD}V{low}"))
    return Panel(name, listed([(row.name, f"{row.value:.{digits}f}") for row in rows]), height, body)


def _row(row: Bar, top: float, x: Scale, colour: str, digits: int) -> Markup:
    description = f"{row.name}: {row.value:.{digits}f}"
    if row.ci is not None:
        description += f" [{row.ci[0]:.{digits}f}, {row.ci[1]:.{digits}f}]"
    description += "".join(f"; {key} {value:.{digits}f}" for key, value in row.beside if value is not None)
    shown = row.name if len(row.name) <= LETTERS else f"{row.name[: LETTERS - 1]}…"
    middle = top + ROW / 2
    parts = [
        title(description),
        tag("rect", class_="hit", x=0, y=top, width=WIDTH, height=ROW),
        label(NAMES - 6, middle + 4, shown, class_="label end"),
        tag(
            "rect", class_=f"fill {colour}", x=NAMES, y=top + 4, width=x.at(row.value) - NAMES, height=ROW - 8
        ),
    ]
    for key, value in row.beside:
        if value is not None:
            parts.append(tag("path", class_=f"mark {key}", d=f"M{x.at(value):.1f} {top + 2}v{ROW - 4}"))
    if row.ci is not None:
        parts.append(tag("path", class_="whisker", d=_whisker(x.at(row.ci[0]), x.at(row.ci[1]), middle)))
    return tag("g", *parts)


def _whisker(start: float, end: float, y: float) -> str:
    return f"M{start:.1f} {y - 3}v6M{start:.1f} {y}H{end:.1f}M{end:.1f} {y - 3}v6"
