"""What a page shows, as text: the filters of the templates."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from harness.core import numbers
from harness.core.numbers import NOTHING, count, counted, interval, number, p_value
from harness.runs.rows import CAUSES


def percent(fraction: float | None, digits: int = 0) -> str:
    """A fraction as `84 %`, its space thin and without a line break."""
    return numbers.percent(fraction, digits).replace(" ", "\u202f")


def percent_interval(ci: Sequence[float] | None) -> str:
    """A 95 % interval of fractions as `[76–90 %]`, empty where there is none."""
    return "" if ci is None else f"[{numbers.percent_interval(ci)}]".replace(" ", "\u202f")


def share(value: float | None, whole: float | None) -> str:
    """`value / whole` as a CSS percentage between 0 % and 100 %: the length of a bar."""
    if value is None or not whole or not math.isfinite(value):
        return "0%"
    return f"{100 * min(1.0, max(0.0, value / whole)):.2f}%"


def total(counts: Mapping[str, int] | None) -> str:
    """The sum of counts by name, a dash where there are none to sum."""
    return NOTHING if counts is None else count(sum(counts.values()))


def reached_stages(stages: Mapping[str, bool] | None) -> str:
    """The names of the stages that were reached, `nothing` where none was."""
    return ", ".join(name for name, reached in (stages or {}).items() if reached) or "nothing"


def plain(value: Any) -> str:
    """A configuration or provenance value as text."""
    if value is None:
        return NOTHING
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def skipped_scenes(skipped: Mapping[str, int] | None) -> str:
    """Scenes that do not count, in words: `2 did not come to rest, 1 the expert did not solve`; "" for none."""
    if skipped is None:
        return ""
    return ", ".join(f"{skipped[cause]} {words}" for cause, words in CAUSES.items() if skipped[cause])


def mode_name(mode: str) -> str:
    """`open loop` or `closed loop`."""
    return "open loop" if mode == "openloop" else "closed loop"


FILTERS: dict[str, Callable[..., str]] = {
    "number": number,
    "count": count,
    "percent": percent,
    "interval": interval,
    "percent_interval": percent_interval,
    "share": share,
    "total": total,
    "skipped_scenes": skipped_scenes,
    "reached_stages": reached_stages,
    "plain": plain,
    "p_value": p_value,
    "counted": counted,
}
