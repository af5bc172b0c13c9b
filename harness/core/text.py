"""Nearest name, did-you-mean, one line, cut to a length."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence

SHOWN_NAMES = 12
TURNS = re.compile(r"[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Signs that turn the order in which text is shown: a name with one reads as another."""


def in_reading_order(value: object) -> object:
    """What is filled in, without signs that turn text around; a template's own parts as they are."""
    if not isinstance(value, str) or hasattr(value, "__html__") or value.isascii():
        return value
    return TURNS.sub("", value)


def suggest(name: str, known: Iterable[str], kind: str) -> str:
    """A line about an unknown name that offers the nearest ones.

    >>> suggest("stak_blocks", ["stack_blocks_two", "handover_block"], "task")
    "unknown task 'stak_blocks' – did you mean stack_blocks_two? Known: handover_block, stack_blocks_two"
    """
    names = sorted(set(known))
    line = f"unknown {kind} {name!r}"
    near = nearest(name, names)
    if near:
        line += f" – did you mean {' or '.join(near)}?"
    shown = ", ".join(names[:SHOWN_NAMES]) or "none"
    more = f" and {len(names) - SHOWN_NAMES} more" if len(names) > SHOWN_NAMES else ""
    return f"{line}{'' if near else '.'} Known: {shown}{more}"


def nearest(name: str, names: Sequence[str], count: int = 3) -> list[str]:
    """Up to `count` of `names` that `name` may be a slip of: part of one first, then alike in spelling."""
    folded = {known.lower(): known for known in names}
    typed = name.lower()
    parts = [known for known in folded if len(typed) > 2 and (typed in known or known in typed)]
    alike = difflib.get_close_matches(typed, folded, n=count, cutoff=0.6)
    return [folded[known] for known in dict.fromkeys(parts + alike)][:count]


def one_line(text: str) -> str:
    """`text` with every run of white space as one space, and without what a terminal would carry out.

    >>> one_line("a  b\\n\\x1b[31mc")
    'a b [31mc'
    """
    return printable(" ".join(text.split()))


def printable(text: str) -> str:
    """`text` without what a terminal would carry out: names and sentences come from strangers' files.

    White space of any kind that is no plain space (thin, unbreakable, a tab) becomes one.

    >>> printable("n = 12\u202f345\x1b[0m")
    'n = 12 345[0m'
    """
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() else " " if sign.isspace() else "" for sign in text)


def reason(error: BaseException) -> str:
    """The first line of a foreign error, to be quoted in ours: what it holds may be a stranger's, and long.

    >>> reason(ValueError("no zip file\\nat all")), reason(MemoryError())
    ('no zip file', 'MemoryError')
    """
    lines = str(error).splitlines()
    return short(lines[0], 160) if lines else type(error).__name__


def short(text: str, length: int = 60) -> str:
    """A hash or commit by its first eight digits, other text up to `length` characters."""
    plain = text.removeprefix("sha256:")
    if len(plain) >= 40 and set(plain) <= set("0123456789abcdef"):
        return plain[:8]
    return text if len(text) <= length else f"{text[: length - 1]}…"
