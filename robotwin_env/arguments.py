"""What a caller gives, checked before anything is done with it: one line that names the argument.

The one place where the types of arguments are judged. Booleans are no numbers and numbers no booleans; arrays are
of real numbers and finite. Each function returns the plain value it was given.
"""

from __future__ import annotations

import operator
import os
import re
import reprlib
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from robotwin_env.errors import ArgumentError, RoboTwinError

MAX_SEED = 2**32 - 1  # of numpy's legacy generator
MOST_ITEMS = 100_000
UNSPEAKABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")  # in no path that a line of text could name
Error = type[RoboTwinError]


def shown(value: object) -> str:
    """A value as a short text of one line."""
    return " ".join(reprlib.repr(value).split())


def whole(value: Any, name: str, low: int = 0, high: int | None = None) -> int:
    """A whole number in low..high; the error names the argument."""
    wanted = f"a whole number in {low}..{high}" if high is not None else f"a whole number from {low} on"
    try:
        number = low - 1 if isinstance(value, (bool, np.bool_)) else operator.index(value)
    except TypeError:
        number = low - 1
    if number < low or (high is not None and number > high):
        raise ArgumentError(f"{name} must be {wanted}, not {shown(value)}")
    return number


def number(value: Any, name: str, low: float, high: float) -> float:
    """A real number in low..high."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise ArgumentError(f"{name} must be a number in {low:g}..{high:g}, not {shown(value)}")
    if not low <= value <= high:
        raise ArgumentError(f"{name} must be a number in {low:g}..{high:g}, not {shown(value)}")
    return float(value)


def check_seed(seed: object) -> int:
    """A scene seed as a plain int in 0 … 2³²-1."""
    return whole(seed, "a scene seed", 0, MAX_SEED)


def truth(value: Any, name: str) -> bool:
    """True or False, also numpy's."""
    if not isinstance(value, (bool, np.bool_)):
        raise ArgumentError(f"{name} must be True or False, not {shown(value)}")
    return bool(value)


def same(value: Any, own: str | int) -> bool:
    """Whether a value is this text or this number, whatever else it may be."""
    if isinstance(own, str):
        return isinstance(value, str) and value == own
    return (
        not isinstance(value, (bool, np.bool_)) and isinstance(value, (int, np.integer)) and int(value) == own
    )


def choice(value: Any, name: str, known: Collection[str], error: Error = ArgumentError) -> str:
    """One of the `known` texts."""
    if not isinstance(value, str) or value not in known:
        raise error(f"unknown {name} {shown(value)}; choose one of {', '.join(known)}")
    return value


def listed(value: Any, name: str, wanted: str, error: Error = ArgumentError) -> list[Any]:
    """The items of a list, a set, an array of one dimension, …; not of a text or a dictionary."""
    try:
        items = isinstance(value, Collection) and not isinstance(value, (str, bytes, memoryview, Mapping))
        if items and len(value) <= MOST_ITEMS:
            return list(value)
    except (TypeError, OverflowError):  # an array of no dimension; a range too long to be counted
        pass
    raise error(f"{name} must be {wanted}, not {shown(value)}")


def choices(
    value: Any, name: str, one: str, known: Collection[str], error: Error = ArgumentError
) -> tuple[str, ...]:
    """Any number of the `known` texts, none twice; `one` is what a single one is called."""
    wanted = f"a list of names out of {', '.join(known) or 'none'}"
    chosen = tuple(choice(item, one, known, error) for item in listed(value, name, wanted, error))
    if len(set(chosen)) < len(chosen):
        raise error(f"{name} names {one} {shown(max(chosen, key=chosen.count))} twice")
    return chosen


def indices(value: Any, name: str) -> frozenset[int]:
    """Whole numbers from 0 on."""
    return frozenset(
        whole(item, f"every one of {name}") for item in listed(value, name, "a list of whole numbers")
    )


def mapping(value: Any, name: str) -> Mapping[str, Any]:
    """A dictionary whose keys are texts."""
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise ArgumentError(f"{name} must be a dictionary with names as keys, not {shown(value)}")
    return value


def no_settings(options: Any, settings: Collection[str]) -> None:
    """ArgumentError for options of a reset that are no dictionary, or settings of the environment itself."""
    if named := [name for name in mapping(options, "options") if name in settings]:
        raise ArgumentError(
            f"options of reset cannot set {named[0]}: it is chosen when the environment is made, as in "
            f"gymnasium.make(..., {named[0]}=...)"
        )


def path(value: Any, name: str, error: Error = ArgumentError) -> Path:
    """The path of a file or folder, given as text or as an object that stands for one; `~` is expanded."""
    if not isinstance(value, (str, os.PathLike)) or not str(value) or UNSPEAKABLE.search(str(value)):
        raise error(f"{name} must be a path, not {shown(value)}")
    try:
        return Path(value).expanduser()
    except RuntimeError:
        raise error(f"{name} begins in the home of a user whom this machine does not know: {value}") from None


def function(value: Any, name: str) -> Any:
    """Something that can be called."""
    if not callable(value):
        raise ArgumentError(f"{name} must be a function, not {shown(value)}")
    return value


def real(value: Any, name: str, wanted: str, error: Error = ArgumentError) -> NDArray[np.float64]:
    """Real numbers as float64, of any shape, NaN and infinity included; `wanted` says which shape was asked for."""
    try:
        array = np.asarray(value)
    except (TypeError, ValueError, RuntimeError, OverflowError, MemoryError):
        array = np.empty(0, object)
    if array.dtype.kind not in "iuf":
        raise error(f"{name} must be numbers of shape {wanted}, real ones, not {shown(value)}")
    return array.astype(np.float64)


def numbers(value: Any, name: str, shape: Sequence[int], error: Error = ArgumentError) -> NDArray[np.float64]:
    """Finite real numbers of a shape, as float64."""
    shape = tuple(shape)
    array = real(value, name, str(shape), error)
    if array.shape != shape:
        raise error(f"{name} must have shape {shape}, not {array.shape}")
    if not np.isfinite(array).all():
        raise error(f"{name} holds NaN or infinity")
    return array
