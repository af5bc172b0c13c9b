"""Curves over a number: with a band of intervals, dashes that tell them apart without colour, and a reference line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from harness.rendering.charts.marks import BOTTOM, TOP, Panel, label, listed, tag, title
from harness.rendering.charts.scales import Scale, across, frame, reach, short, ticks, upwards

HEIGHT = 232
DOTS = 30
"""points up to which every one has a dot that says its value"""
DASHES = {"hold": "6 3", "mean": "2 3"}


@dataclass(frozen=True)
class Line:
    """A curve: its name, the class of its colour, y over x (None breaks it), intervals."""

    name: str
    colour: str
    x: Sequence[float]
    y: Sequence[float | None]
    ci: Sequence[Sequence[float] | None] = ()
    dash: str | None = None


@dataclass(frozen=True)
class Axis:
    """What stands on an axis; ticks: (where, words), round numbers where none are given."""

    name: str
    ticks: Sequence[tuple[float, str]] = ()
    low: float | None = None
    high: float | None = None
    log: bool = False


def lines(name: str, curves: Sequence[Line], x: Axis, y: Axis, at: tuple[float, str] | None = None) -> Panel:
    """A panel of curves. at: where an upright reference line stands, and its words."""
    xs = [v for curve in curves for v in curve.x] or [0.0, 1.0]
    ys = [
        v for c in curves for v in (*(v for v in c.y if v is not None), *(e for ci in c.ci if ci for e in ci))
    ]
    low, high = reach(ys)
    across_ = across(*_limits(x, min(xs), max(xs)), x.log)
    up = upwards(*_limits(y, low, high), HEIGHT)
    x_ticks = x.ticks or [(v, short(v)) for v in ticks(across_.low, across_.high)]
    y_ticks = y.ticks or [(v, short(v)) for v in ticks(up.low, up.high)]
    body = frame(across_, up, HEIGHT, (x.name, y.name), x_ticks, y_ticks)
    if at is not None:
        place = across_.at(at[0])
        body.append(tag("path", class_="reference", d=f"M{place:.1f} {TOP}V{HEIGHT - BOTTOM}"))
        body.append(label(place + 3, TOP + 9, at[1], class_="tick"))
    for curve in curves:
        body += _curve(curve, across_, up)
    values = [(c.name, f"from {_first(c.y)} to {_first(c.y[::-1])}") for c in curves]
    return Panel(name, listed(values), HEIGHT, body)


def _limits(axis: Axis, low: float, high: float) -> tuple[float, float]:
    return low if axis.low is None else axis.low, high if axis.high is None else axis.high


def _first(values: Sequence[float | None]) -> str:
    return next((short(v) for v in values if v is not None), "nothing")


def _curve(curve: Line, x: Scale, y: Scale) -> list[Markup]:
    drawn = []
    known = [(x.at(a), ci) for a, ci in zip(curve.x, curve.ci, strict=False) if ci]
    few = len(curve.x) <= DOTS
    if few:
        drawn += [
            tag("path", class_=f"line thin {curve.colour}", d=f"M{a:.1f} {y.at(ci[0]):.1f}V{y.at(ci[1]):.1f}")
            for a, ci in known
        ]
    elif known:
        edge = [f"{a:.1f} {y.at(ci[0]):.1f}" for a, ci in known]
        edge += [f"{a:.1f} {y.at(ci[1]):.1f}" for a, ci in reversed(known)]
        drawn.append(tag("path", class_=f"band {curve.colour}", d=f"M{'L'.join(edge)}Z"))
    dash = curve.dash or DASHES.get(curve.colour)
    drawn.append(
        tag(
            "path",
            title(curve.name),
            class_=f"line {curve.colour}",
            d=_path(curve, x, y),
            stroke_dasharray=dash,
        )
    )
    for a, b in zip(curve.x, curve.y, strict=True):
        if few and b is not None:
            hint = title(f"{curve.name}, {short(a)}: {short(b)}")
            drawn.append(tag("circle", hint, class_=f"dot {curve.colour}", cx=x.at(a), cy=y.at(b), r=3))
    return drawn


def _path(curve: Line, x: Scale, y: Scale) -> str:
    parts, pen = [], "M"
    for a, b in zip(curve.x, curve.y, strict=True):
        if b is None:
            pen = "M"
            continue
        parts.append(f"{pen}{x.at(a):.1f} {y.at(b):.1f}")
        pen = "L"
    return "".join(parts) or "M0 0"
