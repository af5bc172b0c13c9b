"""Numbers as a reader wants them: the template filters of the report."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from harness.runs.rows import CAUSES
from harness.stats.intervals import Interval

NOTHING = "–"


def number(value: float | None, digits: int = 4) -> str:
    """`value` with `digits` decimals, a dash where there is none."""
    return NOTHING if value is None or not math.isfinite(value) else f"{value:.{digits}f}"


def count(value: float | None) -> str:
    """A whole number with thin spaces between thousands."""
    return (
        NOTHING if value is None or not math.isfinite(value) else f"{round(value):,}".replace(",", "\u202f")
    )


def percent(value: float | None, digits: int = 0) -> str:
    """A fraction as `84 %`."""
    return NOTHING if value is None or not math.isfinite(value) else f"{100 * value:.{digits}f}\u202f%"


def interval(ci: Sequence[float] | None, digits: int = 4) -> str:
    """A 95 % interval as `[0.0123, 0.0234]`, empty where there is none."""
    return "" if ci is None else f"[{ci[0]:.{digits}f}, {ci[1]:.{digits}f}]"


def percent_interval(ci: Sequence[float] | None) -> str:
    """A 95 % interval of fractions as `[76–90 %]`, empty where there is none."""
    return "" if ci is None else f"[{100 * ci[0]:.0f}–{100 * ci[1]:.0f}\u202f%]"


def share(value: float | None, whole: float | None) -> str:
    """`value / whole` as a CSS percentage between 0 % and 100 %: the length of a bar."""
    if value is None or not whole or not math.isfinite(value):
        return "0%"
    return f"{100 * min(1.0, max(0.0, value / whole)):.2f}%"


def total(counts: Mapping[str, int] | None) -> str:
    """The sum of counts by name, a dash where there are none to sum."""
    return NOTHING if counts is None else count(sum(counts.values()))


def reached_words(stages: Mapping[str, bool] | None) -> str:
    """The names of the stages that were reached, `nothing` where none was."""
    return ", ".join(name for name, reached in (stages or {}).items() if reached) or "nothing"


def plain(value: Any) -> str:
    """A configuration or provenance value as text."""
    if value is None:
        return NOTHING
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def skipped_words(skipped: Mapping[str, int] | None) -> str:
    """Scenes that do not count, in words: `2 did not come to rest, 1 the expert did not solve`; "" for none."""
    if skipped is None:
        return ""
    return ", ".join(f"{skipped[cause]} {words}" for cause, words in CAUSES.items() if skipped[cause])


def spoken(mode: str) -> str:
    """`open loop` or `closed loop`."""
    return "open loop" if mode == "openloop" else "closed loop"


def p_value(p: float) -> str:
    """`p = 0.013`, `p < 0.001`."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}" if p < 0.1 else f"p = {p:.2f}"


def signed_interval(ci: Interval | None, digits: int = 4, scale: float = 1.0) -> str:
    """`[-0.0123, +0.0040]`, empty where there is none."""
    return "" if ci is None else f"[{scale * ci[0]:+.{digits}f}, {scale * ci[1]:+.{digits}f}]"


def signed(value: float | None, digits: int = 4) -> str:
    """`+0.0123`, a dash where there is none."""
    return NOTHING if value is None else f"{value:+.{digits}f}"


def points(difference: float | None) -> str:
    """A difference of two fractions in percentage points, `+8.3 pp`; a dash where there is none."""
    return NOTHING if difference is None else f"{100 * difference:+.1f} pp"


def counted(n: int, what: str) -> str:
    """`1 pair`, `2 pairs`."""
    return f"{n} {what}{'' if n == 1 else 's'}"


FILTERS: dict[str, Callable[..., str]] = {
    "number": number,
    "count": count,
    "percent": percent,
    "interval": interval,
    "percent_interval": percent_interval,
    "share": share,
    "total": total,
    "skipped_words": skipped_words,
    "reached_words": reached_words,
    "plain": plain,
    "p_value": p_value,
    "counted": counted,
}
