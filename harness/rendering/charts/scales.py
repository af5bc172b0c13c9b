"""From numbers to places on a panel: round ticks, linear and logarithmic scales, axes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from harness.rendering.charts.marks import BOTTOM, LEFT, RIGHT, TOP, WIDTH, label, tag

STEPS = (1, 2, 2.5, 5, 10)


@dataclass(frozen=True)
class Scale:
    """Numbers from low to high onto units from start to end; what lies outside is put at the edge."""

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def at(self, value: float) -> float:
        """Where `value` stands."""
        low, high, x = (math.log10(v) if self.log else v for v in (self.low, self.high, self._inside(value)))
        share = (x - low) / (high - low) if high > low else 0.5
        return self.start + share * (self.end - self.start)

    def _inside(self, value: float) -> float:
        return min(max(value, self.low), self.high)


def ticks(low: float, high: float, about: int = 4) -> list[float]:
    """Round numbers from low to high, about so many; none where there is nothing between."""
    if not (math.isfinite(low) and math.isfinite(high)) or high <= low:
        return [low] if math.isfinite(low) else []
    rough = (high - low) / about
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(s * power for s in STEPS if s * power >= rough * (1 - 1e-9))
    first = math.ceil(low / step - 1e-9)
    return [k * step for k in range(first, math.floor(high / step + 1e-9) + 1)]


def reach(values: Sequence[float], zero: bool = True, room: float = 0.05) -> tuple[float, float]:
    """Where an axis over `values` begins and ends, with some room; from 0 on where `zero`."""
    finite = [v for v in values if math.isfinite(v)]
    if not finite:
        return 0.0, 1.0
    low, high = (min(0.0, *finite) if zero else min(finite)), max(finite)
    gap = (high - low) * room or abs(high) * room or 1.0
    return (low if zero and low == 0 else low - gap), high + gap


def short(value: float) -> str:
    """A tick's number without needless digits."""
    return f"{value:.4g}".replace("e-0", "e-").replace("e+0", "e")


def across(low: float, high: float, log: bool = False) -> Scale:
    """The scale of a panel's width."""
    return Scale(low, high, LEFT, WIDTH - RIGHT, log)


def upwards(low: float, high: float, height: float) -> Scale:
    """The scale of a panel's height: low at the bottom."""
    return Scale(low, high, height - BOTTOM, TOP)


def frame(
    x: Scale,
    y: Scale,
    height: float,
    names: tuple[str, str],
    x_ticks: Sequence[tuple[float, str]],
    y_ticks: Sequence[tuple[float, str]],
) -> list[Markup]:
    """Grid, ticks and the names of both axes: `names` of x, below, and of y, above the plot at its left."""
    low = height - BOTTOM
    drawn = [tag("path", class_="grid", d=f"M{LEFT} {y.at(v):.1f}H{WIDTH - RIGHT}") for v, _ in y_ticks]
    drawn += [label(LEFT - 6, y.at(v) + 4, text, class_="tick end") for v, text in y_ticks]
    drawn.append(tag("path", class_="axis", d=f"M{LEFT} {low}H{WIDTH - RIGHT}"))
    drawn += [label(x.at(v), low + 15, text, class_="tick middle") for v, text in x_ticks]
    drawn.append(label((LEFT + WIDTH - RIGHT) / 2, height - 8, names[0], class_="name middle"))
    drawn.append(label(2, TOP - 12, names[1], class_="name"))
    return drawn
