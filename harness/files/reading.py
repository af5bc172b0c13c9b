"""Files that may come from a stranger, read with bounds: JSON, lines of JSON, arrays.

Whatever is wrong is one `UserError` line with the file's name: too large, too deep, no file but a pipe or a folder,
text that could not be written again, arrays larger than they say. `policies/json_files.py` is the twin of `read_json`
on the other side of the fence; `tests/harness/core/test_reading.py` holds the two equal.
"""

from __future__ import annotations

import json
import math
import os
import re
import stat
import zipfile
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from harness.core.errors import UserError
from harness.core.text import reason

if TYPE_CHECKING:
    import numpy as np

MOST_BYTES = 1 << 28
"""256 MiB: a run of 100000 episodes is smaller."""
MOST_DEPTH = 64
"""Of lists and objects in each other; ours are five deep."""
MOST_ARRAY_BYTES = 1 << 30

_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_HUGE = re.compile(rb"[eE]\+?\d{3}|\d{309}")


def read_bytes(path: Path, most: int = MOST_BYTES) -> bytes:
    """The content of a plain file of at most `most` bytes; UserError for anything else, without waiting for a pipe."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            os.close(handle)
            raise UserError(f"{path} is no plain file; give one")
        with os.fdopen(handle, "rb") as file:
            data = file.read(most + 1)
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror or error}") from error
    if len(data) > most:
        raise UserError(f"{path} is larger than {most >> 20} MiB, which no such file is; it is not read")
    return data


def read_json(path: Path, most: int = MOST_BYTES) -> dict[str, Any]:
    """Read a JSON object; UserError in one line if it is missing, broken or something else. NaN is None."""
    data = read_bytes(path, most)
    try:
        value = parse_json(data)
    except ValueError as error:
        raise UserError(f"{path} is not valid JSON: {error}") from error
    if not isinstance(value, dict):
        raise UserError(f"{path} must hold a JSON object, not a {type(value).__name__}")
    return value


def parse_json(data: bytes) -> Any:
    """The value in UTF-8 JSON; ValueError in one line if it is none, too deep, or could not be written again."""
    try:
        value = json.loads(data.decode("utf-8"), parse_constant=lambda _: None)
    except (ValueError, RecursionError) as error:
        raise ValueError(reason(error)) from error
    _check(value, bool(_SURROGATE.search(data)), bool(_HUGE.search(data)), MOST_DEPTH)
    return value


def _check(value: Any, strings: bool, numbers: bool, depth: int) -> None:
    """ValueError for nesting deeper than `depth`; and, where `data` may hold such, for lone surrogates and infinity."""
    if isinstance(value, (dict, list)):
        if not depth:
            raise ValueError(f"lists and objects are nested more than {MOST_DEPTH} deep")
        if strings and isinstance(value, dict):
            for key in value:
                _check(key, strings, numbers, depth - 1)
        for item in value.values() if isinstance(value, dict) else value:
            if strings or numbers or isinstance(item, (dict, list)):
                _check(item, strings, numbers, depth - 1)
    elif strings and isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            raise ValueError(f"{ascii(value)[:60]} is not text that can be written in UTF-8") from None
    elif numbers and isinstance(value, float) and not math.isfinite(value):
        raise ValueError("it holds a number that is too large")


def parse_lines(data: bytes, source: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """(number from 1, object) of every line that is not empty; a torn last line, which has no end, is left out.

    UserError that names `source` and the line.
    """
    lines = data.split(b"\n")
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            value = parse_json(line)
        except ValueError as error:
            if number == len(lines):
                return
            raise UserError(f"{source} line {number} is not valid JSON: {error}") from error
        if not isinstance(value, dict):
            raise UserError(f"{source} line {number}: it must be a JSON object")
        yield number, value


def read_arrays(path: Path, names: Collection[str], what: str) -> dict[str, np.ndarray]:
    """Those of the arrays `names` that an npz file holds; nothing is unpickled, no size is believed unseen.

    UserError where `path` is not such a file; `what` is what it should be.
    """
    try:
        if not path.is_file():
            raise ValueError("it is no plain file")
        with zipfile.ZipFile(path) as archive:
            members = {name: f"{name}.npy" for name in names if f"{name}.npy" in archive.namelist()}
            total = sum(archive.getinfo(member).file_size for member in members.values())
            if total > MOST_ARRAY_BYTES:
                raise ValueError(f"it would unpack to {total >> 20} MiB")
            arrays = {}
            for name, member in members.items():
                with archive.open(member) as file:
                    arrays[name] = _read_array(file, archive.getinfo(member).file_size)
            return arrays
    except (
        Exception
    ) as error:  # numpy and zipfile raise a dozen kinds, from tokenize.TokenError to MemoryError
        raise UserError(f"{path} is not {what}: {reason(error)}") from error


def _read_array(file: IO[bytes], size: int) -> np.ndarray:
    """An array in npy format; ValueError where it is of objects or larger than its `size` bytes."""
    import numpy as np

    version = np.lib.format.read_magic(file)
    header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, dtype = header(file)
    if dtype.hasobject:
        raise ValueError("it holds objects, which are not unpickled")
    if math.prod(shape) * dtype.itemsize > size:
        raise ValueError(f"it says to hold {dtype} {shape}, more than its {size} bytes")
    file.seek(0)
    return np.asarray(np.lib.format.read_array(file, allow_pickle=False))
