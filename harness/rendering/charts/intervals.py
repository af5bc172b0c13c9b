"""Differences around 0 with their intervals, a row a name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from harness.rendering.charts.bars import FOOT, HEAD, LETTERS, NAMES, ROW
from harness.rendering.charts.marks import RIGHT, WIDTH, Panel, label, listed, tag, title
from harness.rendering.charts.scales import Scale, reach, short, ticks


@dataclass(frozen=True)
class Change:
    """One row: a difference, its interval where there is one, and whether a test shows it (Holm-adjusted)."""

    name: str
    value: float
    ci: Sequence[float] | None = None
    shown: bool = False


def changes(name: str, rows: Sequence[Change], unit: str, digits: int) -> Panel:
    """A panel of differences; filled where a test shows them."""
    low, high = reach([v for row in rows for v in (row.value, *(row.ci or ()), 0.0)], zero=False)
    x = Scale(low, high, NAMES, WIDTH - RIGHT)
    height = HEAD + ROW * len(rows) + FOOT
    foot = height - FOOT
    marks = ticks(low, high)
    body: list[Markup] = [tag("path", class_="grid", d=f"M{x.at(v):.1f} {HEAD}V{foot}") for v in marks]
    body += [label(x.at(v), foot + 14, short(v), class_="tick middle") for v in marks]
    body.append(tag("path", class_="axis", d=f"M{x.at(0):.1f} {HEAD}V{foot}"))
    body.append(label((NAMES + WIDTH - RIGHT) / 2, height - 6, unit, class_="name middle"))
    for i, row in enumerate(rows):
        body.append(_row(row, HEAD + ROW * (i + 0.5), x, digits))
    values = [(row.name, _described(row, digits)) for row in rows]
    return Panel(name, listed(values), height, body)


def _described(row: Change, digits: int) -> str:
    ci = f" [{row.ci[0]:+.{digits}f}, {row.ci[1]:+.{digits}f}]" if row.ci else ""
    return f"{row.value:+.{digits}f}{ci}"


def _row(row: Change, y: float, x: Scale, digits: int) -> Markup:
    shown = row.name if len(row.name) <= LETTERS else f"{row.name[: LETTERS - 1]}…"
    parts = [
        title(f"{row.name}: {_described(row, digits)}"),
        tag("rect", class_="hit", x=0, y=y - ROW / 2, width=WIDTH, height=ROW),
        label(NAMES - 6, y + 4, shown, class_="label end"),
    ]
    if row.ci is not None:
        parts.append(tag("path", class_="whisker", d=f"M{x.at(row.ci[0]):.1f} {y:.1f}H{x.at(row.ci[1]):.1f}"))
    kind = f"spot {'' if row.shown else 'hollow '}policy-0"
    parts.append(tag("circle", class_=kind, cx=x.at(row.value), cy=y, r=4))
    return tag("g", *parts)
