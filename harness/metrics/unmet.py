"""What was missing of success, in words: of parts as rows keep them (`harness.runs.rows.UnmetPart`)."""

from __future__ import annotations

from collections.abc import Sequence

from harness.runs.rows import UnmetPart

NAMED = 3
"""Parts that a sentence names; of more it says how many."""


def lacking(part: str, wanted: float | None) -> str:
    """What is wrong where a part does not hold, without its numbers: equal for equal parts.

    >>> lacking("roller's height above", 0.8), lacking("finger on the bell's mark", None)
    ("roller's height too low", "no finger on the bell's mark")
    """
    if wanted is None:
        if " not touching " in part:
            return part.replace(" not touching ", " touching ")
        if " touching " in part:
            return part.replace(" touching ", " not touching ")
        return part.removeprefix("no ") if part.startswith("no ") else f"no {part}"
    name, side, number = _split(part)
    return f"{name}{number} too {'low' if side == 'above' else 'high'}"


def measured(part: UnmetPart) -> str:
    """The same with its numbers: "roller's height 0.77 of 0.8 m", "right gripper 0.3, at most 0.2".

    Where a part of what is wanted would say nothing: "bottle's x -0.2, at least 0.15 m".
    """
    value, wanted, unit = part.value, part.wanted, f" {part.unit}" if part.unit else ""
    if wanted is None:
        lack = lacking(part.part, None)
        return lack if value is None else f"{lack} ({value:.3g}{unit} away)"
    if value is None:
        return lacking(part.part, wanted)
    name, side, number = _split(part.part)
    joint = ", at most" if side != "above" else " of" if value >= 0 < wanted else ", at least"
    return f"{name}{number} {value:.3g}{joint} {wanted:.3g}{unit}"


def _split(part: str) -> tuple[str, str, str]:
    """ "can's angle below (2)" -> ("can's angle", "below", " (2)")."""
    words = part.split(" ")
    number = f" {words.pop()}" if words[-1].startswith("(") else ""
    return " ".join(words[:-1]), words[-1], number


def sentence(parts: Sequence[str]) -> str:
    """Several of these after each other; the first few, and how many more."""
    more = len(parts) - NAMED
    return ", ".join(parts[:NAMED]) + (f" and {more} more" if more > 0 else "")
