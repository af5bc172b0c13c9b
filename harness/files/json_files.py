"""JSON that is always valid and never half-written: NaN becomes null, files appear whole or not at all."""

from __future__ import annotations

import dataclasses
import errno
import json
import math
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from harness.files.locking import is_named, open_alone


def clean(value: Any) -> Any:
    """`value` as plain JSON: numpy, paths, tuples, dataclasses and records converted, NaN and infinity to None."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return clean(dataclasses.asdict(value))
    if callable(plain := getattr(value, "plain", None)):  # a harness.files.records.Record
        return clean(plain())
    if isinstance(value, Mapping):
        return {str(key): clean(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [clean(item) for item in (sorted(value) if isinstance(value, (set, frozenset)) else value)]
    if isinstance(value, (np.ndarray, np.generic)):
        return clean(value.tolist())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, (bool, int, str)):
        return value
    return str(value)


def write_atomic(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Let `write(handle)` fill a file, then rename it to `path`: readers see the old or the whole new one.

    The file is a new one: what stands in its way is removed, and never written through, if it is a link (a stranger's
    folder may hold one to a file of the user's). Processes that write the same one wait for each other, as well as the
    disk lets them; OSError where that takes longer than ten seconds.
    """
    temporary = path.with_name(f".{path.name}.tmp")
    with os.fdopen(open_alone(temporary), "wb") as handle:
        try:
            write(handle)
            handle.flush()
            os.fsync(handle.fileno())
            if not is_named(handle.fileno(), temporary):  # on a disk without locks: taken for a leftover
                raise OSError(errno.EBUSY, "another process writes it at the same time", str(path))
            temporary.replace(path)  # while it is locked: afterwards the name is somebody else's
        except BaseException:
            if is_named(handle.fileno(), temporary):
                temporary.unlink()
            raise


def write_text(path: Path, text: str) -> None:
    """Write `text` atomically in UTF-8."""
    write_atomic(path, lambda handle: handle.write(text.encode()))


def write_json(path: Path, value: Any) -> None:
    """Write `value` atomically as indented JSON, NaN as null."""
    write_text(path, json.dumps(clean(value), indent=2, ensure_ascii=False, allow_nan=False) + "\n")
