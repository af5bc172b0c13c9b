"""SVG as text: elements, escaped; the panel that every figure is drawn on, and what it says to those who cannot see it.

A panel is WIDTH units wide, which a page shows at about as many pixels, so text in it is as large as the page's own.
Colours are classes (`policy-0`, `hold`, …): the style sheet knows them for light and dark.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from markupsafe import Markup, escape

from harness.core.text import in_reading_order

WIDTH = 360
LEFT, RIGHT, TOP, BOTTOM = 46, 12, 24, 40
"""units around the plot of a panel"""
VALUES_LISTED = 24
"""values that an alternative text names; of more it says where they stand"""


def tag(name: str, *children: str, **attributes: object) -> Markup:
    """An element; `class_` and names with `_` become what SVG calls them, numbers two decimals, None nothing."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(in_reading_order(_plain(value)))}"'
        for key, value in attributes.items()
        if value is not None
    )
    inside = "".join(escape(in_reading_order(child)) for child in children)
    return Markup(f"<{name}{written}>{inside}</{name}>" if inside else f"<{name}{written}/>")


def _plain(value: object) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def label(x: float, y: float, text: str, **attributes: object) -> Markup:
    """Text at (x, y)."""
    return tag("text", text, x=x, y=y, **attributes)


def title(text: str) -> Markup:
    """What a mark says when it is pointed at."""
    return tag("title", text)


@dataclass(frozen=True)
class Panel:
    """One drawing and its name; `alt` has its values in words."""

    name: str
    alt: str
    height: float
    body: Sequence[Markup]

    @property
    def svg(self) -> Markup:
        """The drawing, to stand in a page."""
        box = f"0 0 {WIDTH} {self.height:g}"
        description = f"{self.name}: {self.alt}" if self.alt else self.name
        return tag("svg", *self.body, class_="panel", viewBox=box, role="img", aria_label=description)


@dataclass(frozen=True)
class Figure:
    """Panels that belong together under one caption; legend: (class of the colour, words)."""

    caption: str
    panels: Sequence[Panel]
    legend: Sequence[tuple[str, str]] = field(default=())


def listed(values: Sequence[tuple[str, str]]) -> str:
    """`name value` of each, for an alternative text; of many, the first and how many more."""
    text = "; ".join(f"{name} {value}".strip() for name, value in values[:VALUES_LISTED])
    return text + (f"; and {len(values) - VALUES_LISTED} more" if len(values) > VALUES_LISTED else "")
