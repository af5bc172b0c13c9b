"""Columns of a stranger's table as arrays: whole numbers, times, or a UserError that names the column."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.core.errors import UserError

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_SECONDS = 1e7
MOST_NUMBER = 10**9


def whole_numbers(column: Any, name: str, path: Path, least: int = 0) -> NDArray[np.int64]:
    """A column as whole numbers (n,) from `least` up; UserError for gaps, text, fractions, absurd ones."""
    import pyarrow

    number = pyarrow.types.is_integer(column.type) or pyarrow.types.is_floating(column.type)
    numbers = as_numpy(column) if number and not column.null_count else np.array([np.nan])
    if numbers.dtype.kind == "f":
        numbers = numbers.astype(np.float64)  # in half floats the bound below would be infinite
    if not bool((numbers == np.floor(numbers)).all()):  # pandas writes whole numbers with a gap as floats
        raise UserError(
            f"{path}: {name} must be whole numbers without gaps, one a row, and is {column.type}; write the column as "
            "int64, or copy or download the dataset again"
        )
    if len(numbers) and not (numbers.min() >= least and numbers.max() <= MOST_NUMBER):
        raise UserError(
            f"{path}: {name} goes from {numbers.min()} to {numbers.max()}; it must lie between {least} and "
            f"{MOST_NUMBER:,}"
        )
    return np.asarray(numbers, dtype=np.int64)


def times(column: Any, name: str, path: Path) -> NDArray[np.float64]:
    """A column of times (n,) in seconds; UserError for what is no time."""
    import pyarrow

    number = pyarrow.types.is_floating(column.type) or pyarrow.types.is_integer(column.type)
    times = as_numpy(column).astype(np.float64) if number and not column.null_count else np.array([np.nan])
    if not bool(((times >= 0) & (times <= MOST_SECONDS)).all()):  # also catches NaN
        raise UserError(
            f"{path}: {name} must be times from 0 s on; the dataset is damaged, copy or download it again"
        )
    return times


def ends_of(column: Any, rows: int) -> NDArray[np.float64]:
    """Times (n,) at which something ends, infinite where the column does not say one."""
    import pyarrow

    if column is None or not (
        pyarrow.types.is_floating(column.type) or pyarrow.types.is_integer(column.type)
    ):
        return np.full(rows, np.inf)
    times = as_numpy(column).astype(np.float64)
    return np.where(np.isfinite(times), times, np.inf)


def as_numpy(column: Any) -> NDArray[Any]:
    """A column of numbers (n,), gaps as NaN: out of its buffers, because pyarrow's own `to_numpy` imports pandas."""
    import pyarrow
    import pyarrow.compute

    floating = pyarrow.types.is_floating(column.type)
    if column.null_count:
        column, floating = column.cast(pyarrow.float64()).fill_null(float("nan")), True
    kind = "f" if floating else "u" if pyarrow.types.is_unsigned_integer(column.type) else "i"
    width = column.type.bit_width // 8
    parts = [
        np.frombuffer(chunk.buffers()[1], f"{kind}{width}")[chunk.offset : chunk.offset + len(chunk)]
        for chunk in (column.chunks if isinstance(column, pyarrow.ChunkedArray) else [column])
        if len(chunk)
    ]
    return np.concatenate(parts) if parts else np.zeros(0, f"{kind}{width}")
