"""JSON beside weights, which may be a stranger's: bounded, one line for whatever is wrong.

The twin of `harness.files.reading.read_json`, which this package may not import; a test holds the two equal.
"""

from __future__ import annotations

import json
import math
import os
import re
import stat
from pathlib import Path
from typing import Any

from policies.errors import PolicyError, one_line

MOST_BYTES = 1 << 28
MOST_DEPTH = 64
HINT = "download or save it again"

_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_HUGE = re.compile(rb"[eE]\+?\d{3}|\d{309}")


def read_json(path: Path, *, standard: bool = False) -> dict[str, Any]:
    """The JSON object in a plain file, NaN as None; PolicyError if it is missing, too large, too deep or not one.

    standard: NaN and infinities, which JSON's standard does not have, are refused.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # a pipe is not waited for
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            os.close(handle)
            raise PolicyError(f"{path} cannot be read (it is no plain file); {HINT}")
        with os.fdopen(handle, "rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise PolicyError(f"{path} cannot be read ({error.strerror or error}); {HINT}") from error
    if len(data) > MOST_BYTES:
        raise PolicyError(f"{path} cannot be read (it is larger than {MOST_BYTES >> 20} MiB); {HINT}")
    try:
        value = json.loads(data.decode("utf-8"), parse_constant=_no_number if standard else lambda _: None)
        _check(value, bool(_SURROGATE.search(data)), bool(_HUGE.search(data)), MOST_DEPTH)
    except (ValueError, RecursionError) as error:
        raise PolicyError(f"{path} cannot be read ({one_line(error, 160)}); {HINT}") from error
    if not isinstance(value, dict):
        raise PolicyError(f"{path} should hold a JSON object; {HINT}")
    return value


def _no_number(name: str) -> None:
    raise ValueError(f"it holds {name}, which is no number")


def _check(value: Any, strings: bool, numbers: bool, depth: int) -> None:
    """ValueError for nesting deeper than `depth`, lone surrogates and infinity, where they may be."""
    if isinstance(value, (dict, list)):
        if not depth:
            raise ValueError(f"lists and objects are nested more than {MOST_DEPTH} deep")
        for item in (*value, *value.values()) if isinstance(value, dict) else value:
            if strings or numbers or isinstance(item, (dict, list)):
                _check(item, strings, numbers, depth - 1)
    elif strings and isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            raise ValueError(f"{ascii(value)[:60]} is not text that can be written in UTF-8") from None
    elif numbers and isinstance(value, float) and not math.isfinite(value):
        raise ValueError("it holds a number that is too large")
