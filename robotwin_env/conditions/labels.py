"""What a measured number is of, and what a number computed from others is of; see `quantities`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from robotwin_env.conditions.parts import Part

POSITION, AWAY, TURN, DIRECTION, ANGLE, VALUE = "position", "away", "turn", "direction", "angle", "value"
_OF_ONE = {
    POSITION: {"x": "{}'s x", "y": "{}'s y", "z": "{}'s height", "": "{}'s position"},
    AWAY: {"z": "{} from its height", "": "{} from its place"},
    TURN: {"": "{}'s turn"},
    DIRECTION: {"z": "{}'s uprightness", "": "{}'s direction"},
    ANGLE: {"": "{}'s angle"},
    VALUE: {"": "{}"},
}


@dataclass(frozen=True)
class Label:
    """What one number is of: the things, what of them (`kind`), the axis ("" for none or several), the unit."""

    things: tuple[str, ...]
    kind: str
    axis: str = ""
    unit: str = ""


@lru_cache(maxsize=1024)
def label_text(label: Label) -> str:
    """A label for readers: "roller's height", "can to pot, x", "left gripper"."""
    axis = "height" if label.axis == "z" and label.kind in (POSITION, AWAY) else label.axis
    if len(label.things) > 1:
        name = " to ".join(label.things)
    else:
        known = _OF_ONE[label.kind]
        name = known.get(label.axis, known[""]).format(label.things[0])
        axis = "" if label.axis in known else axis
    return f"{name}, {axis}" if axis else name


@lru_cache(maxsize=1024)
def joined(one: Label | None, other: Label | None) -> Label | None:
    """What a number computed from two is of; one of them may be a plain number."""
    if one is None or other is None:
        return one or other
    things = tuple(dict.fromkeys((*one.things, *other.things)))
    return Label(
        things,
        one.kind if one.kind == other.kind else VALUE if len(things) == 1 else POSITION,
        one.axis if one.axis == other.axis else "",
        one.unit if one.unit == other.unit else "",
    )


@lru_cache(maxsize=1024)
def shifted(one: Label | None, other: Label | None) -> Label | None:
    """The same of a sum or difference: a place less a plain number is how far away it is from there."""
    label = joined(one, other)
    if label is not None and (one is None or other is None) and label.kind == POSITION:
        return replace(label, kind=AWAY)
    return label


@lru_cache(maxsize=1024)
def multiplied(one: Label | None, other: Label | None) -> Label | None:
    """The same of a product."""
    label = joined(one, other)
    if label is None or one is None or other is None:
        return label
    return replace(label, unit="m²" if one.unit == other.unit == "m" else one.unit or other.unit)


def squared(label: Label | None) -> Label | None:
    """The same of a square."""
    return multiplied(label, label)


def rooted(label: Label | None) -> Label | None:
    """The same of a square root."""
    return None if label is None else replace(label, unit="m" if label.unit == "m²" else "")


def angled(*labels: Label | None) -> Label | None:
    """The same of an angle computed from these."""
    label = joined(labels[0], labels[-1])
    return None if label is None else replace(label, kind=ANGLE, axis="", unit="rad")


def _same(label: Label | None) -> Label | None:
    return label


RULES: dict[Any, Callable[..., Label | None]] = {
    np.add: shifted,
    np.subtract: shifted,
    np.multiply: multiplied,
    np.divide: multiplied,
    np.hypot: joined,
    np.maximum: joined,
    np.minimum: joined,
    np.absolute: _same,
    np.negative: _same,
    np.square: squared,
    np.sqrt: rooted,
    np.arctan2: angled,
    np.arccos: angled,
    np.arcsin: angled,
}


def part_of(label: Label | None, value: float, wanted: float, above: bool, met: bool) -> Part:
    """A comparison as a part: squares as what they are squares of."""
    label = label or Label(("a number",), VALUE)
    unit = label.unit
    if unit == "m²" and value >= 0 and wanted >= 0:
        value, wanted, unit = value**0.5, wanted**0.5, "m"
    return Part(f"{label_text(label)} {'above' if above else 'below'}", value, wanted, unit, met)
