"""Which colour a policy has: bound to its name, whatever stands beside it and in whatever order. Pure."""

from __future__ import annotations

import zlib
from collections.abc import Iterable

COLOURS = 8
"""classes `policy-0` … of the style sheet"""
OWN = {"hold": "hold", "mean": "mean", "expert": "expert", "random_replay": "replay"}
FIXED = {"demo": 0, "demo_half": 1}
"""the bundled policies, whose names would meet"""


def colours_of(names: Iterable[str]) -> dict[str, str]:
    """Name -> class. A name has one colour by itself; where two of a page meet, the later in the alphabet moves on."""
    colours: dict[str, str] = {}
    taken: set[int] = set()
    for name in sorted(set(names), key=lambda name: (name not in FIXED, name)):
        if name in OWN:
            colours[name] = OWN[name]
            continue
        place = FIXED.get(name, zlib.crc32(name.encode("utf-8", "replace")) % COLOURS)
        if len(taken) < COLOURS:
            while place in taken:
                place = (place + 1) % COLOURS
        taken.add(place)
        colours[name] = f"policy-{place}"
    return colours
