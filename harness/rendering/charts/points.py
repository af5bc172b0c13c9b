"""A scatter: points with both intervals, told apart by shape as well as by colour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from harness.core.numbers import percent
from harness.rendering.charts.marks import BOTTOM, LEFT, RIGHT, WIDTH, Panel, label, listed, tag, title
from harness.rendering.charts.scales import Scale, across, frame, reach, short, ticks, upwards

HEIGHT = 252
LABELS, LETTERS, LETTER, LINE = 12, 22, 6.2, 13
TITLE = 44
"""points up to which names stand beside them; letters of a name; units of a letter and of a line; letters of a title"""
SHAPES = {
    "circle": "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0Z",
    "square": "M-4 -4H4V4H-4Z",
    "diamond": "M0 -5L5 0L0 5L-5 0Z",
    "up": "M0 -5L5 4H-5Z",
    "down": "M0 5L5 -4H-5Z",
}


@dataclass(frozen=True)
class Spot:
    """A point: x, y (0..1) with their intervals; hollow: a baseline."""

    name: str
    colour: str
    shape: str
    x: float
    y: float
    x_ci: Sequence[float] | None = None
    y_ci: Sequence[float] | None = None
    hollow: bool = False
    hint: str = ""


def points(name: str, spots: Sequence[Spot], x_name: str, y_name: str = "success") -> Panel:
    """Points over `x_name`, y from 0 to 100 %."""
    low, high = reach([v for s in spots for v in (s.x, *(s.x_ci or ()))], zero=False, room=0.12)
    x, y = across(max(0.0, low), high), upwards(-0.04, 1.08, HEIGHT)
    quarters = [(q / 4, f"{25 * q} %") for q in range(5)]
    head = f"{name if len(name) <= TITLE else name[: TITLE - 1] + '…'}: {y_name}"
    body = frame(x, y, HEIGHT, (x_name, head), [(v, short(v)) for v in ticks(x.low, x.high)], quarters)
    for spot in spots:
        body += _spot(spot, x, y)
    body += _names(spots, x, y) if len(spots) <= LABELS else []
    return Panel(name, listed([(s.name, f"{short(s.x)}, {percent(s.y)}") for s in spots]), HEIGHT, body)


def _spot(spot: Spot, x: Scale, y: Scale) -> list[Markup]:
    a, b = x.at(spot.x), y.at(spot.y)
    whiskers = f"M{a:.1f} {y.at(spot.y_ci[0]):.1f}V{y.at(spot.y_ci[1]):.1f}" if spot.y_ci else ""
    whiskers += f"M{x.at(spot.x_ci[0]):.1f} {b:.1f}H{x.at(spot.x_ci[1]):.1f}" if spot.x_ci else ""
    drawn = [tag("path", class_=f"line thin {spot.colour}", d=whiskers)] if whiskers else []
    kind = f"spot {'hollow ' if spot.hollow else ''}{spot.colour}"
    hint = title(spot.hint or f"{spot.name}: {short(spot.x)}, {percent(spot.y)}")
    return [
        *drawn,
        tag("path", hint, class_=kind, d=SHAPES[spot.shape], transform=f"translate({a:.1f} {b:.1f})"),
    ]


def _names(spots: Sequence[Spot], x: Scale, y: Scale) -> list[Markup]:
    """Names beside points, each where it covers no point and no other name; none where there is no room."""
    dots = [(x.at(s.x), y.at(s.y)) for s in spots]
    taken: list[tuple[float, float, float, float]] = []
    drawn = []
    for spot, (a, b) in zip(spots, dots, strict=True):
        text = spot.name if len(spot.name) <= LETTERS else f"{spot.name[: LETTERS - 1]}…"
        long = LETTER * len(text)
        for right in (True, False):
            for shift in (-6, 14):
                start = a + 7 if right else a - 7 - long
                box = (start, b + shift - LINE + 3, start + long, b + shift + 3)
                inside = (
                    start >= LEFT and box[2] <= WIDTH - RIGHT and box[1] >= 0 and box[3] <= HEIGHT - BOTTOM
                )
                if (
                    inside
                    and not any(_meet(box, other) for other in taken)
                    and not any(_in(d, box) for d in dots)
                ):
                    taken.append(box)
                    drawn.append(label(start, b + shift, text, class_="label"))
                    break
            else:
                continue
            break
    return drawn


def _meet(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _in(dot: tuple[float, float], box: tuple[float, ...]) -> bool:
    return box[0] - 4 < dot[0] < box[2] + 4 and box[1] - 4 < dot[1] < box[3] + 4
