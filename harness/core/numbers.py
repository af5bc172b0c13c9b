"""Numbers as text: one spelling for the console, Markdown, figures and pages."""

from __future__ import annotations

import math
from collections.abc import Sequence

NOTHING = "–"
"""Stands where there is no number."""


def number(value: float | None, digits: int = 4) -> str:
    """`value` with `digits` decimals, a dash where there is none."""
    return NOTHING if value is None or not math.isfinite(value) else f"{value:.{digits}f}"


def signed(value: float | None, digits: int = 4) -> str:
    """`+0.0123`, without a sign where it is 0, a dash where there is none."""
    if value is None or not math.isfinite(value):
        return NOTHING
    rounded = round(value, digits) + 0.0  # no minus zero
    return f"{rounded:{'+' if rounded else ''}.{digits}f}"


def count(value: float | None) -> str:
    """A whole number with thin spaces between thousands."""
    if value is None or not math.isfinite(value):
        return NOTHING
    return f"{round(value):,}".replace(",", "\u202f")


def counted(n: int, what: str) -> str:
    """`1 pair`, `2 pairs`."""
    return f"{n} {what}{'' if n == 1 else 's'}"


def percent(fraction: float | None, digits: int = 0) -> str:
    """A fraction as `84 %`, a dash where there is none."""
    if fraction is None or not math.isfinite(fraction):
        return NOTHING
    return f"{100 * fraction:.{digits}f} %"


def points(difference: float | None) -> str:
    """A difference of two fractions in percentage points, `+8.3 pp`; a dash where there is none."""
    return (
        NOTHING
        if difference is None or not math.isfinite(difference)
        else f"{signed(100 * difference, 1)} pp"
    )


def interval(ci: Sequence[float] | None, digits: int = 4) -> str:
    """A 95 % interval as `[0.0123, 0.0234]`, empty where there is none."""
    return "" if ci is None else f"[{ci[0]:.{digits}f}, {ci[1]:.{digits}f}]"


def percent_interval(ci: Sequence[float] | None, digits: int = 0) -> str:
    """A 95 % interval of fractions as `76–90 %`, a dash where there is none."""
    return NOTHING if ci is None else f"{100 * ci[0]:.{digits}f}–{100 * ci[1]:.{digits}f} %"


def signed_interval(ci: Sequence[float] | None, digits: int = 4, scale: float = 1.0) -> str:
    """`[-0.0123, +0.0040]`, empty where there is none."""
    return "" if ci is None else f"[{scale * ci[0]:+.{digits}f}, {scale * ci[1]:+.{digits}f}]"


def p_value(p: float) -> str:
    """`p = 0.013`, `p < 0.001`."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}" if p < 0.1 else f"p = {p:.2f}"
