"""Values that came over the wire, held against what they should be."""

from __future__ import annotations


def same(value: object, wanted: str | int) -> bool:
    """Whether a value is `wanted`, and of its type: what came may be an array, whose `==` is one, too."""
    return type(value) is type(wanted) and value == wanted
