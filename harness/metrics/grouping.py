"""By task, macro means, and numbers as a record of a summary."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from harness.core.errors import UserError
from harness.files.json_files import clean
from harness.files.records import Record
from harness.stats.intervals import Interval, mean_over_tasks


def grouped[R](rows: Sequence[R], key: Callable[[R], str]) -> dict[str, list[R]]:
    """The rows by what `key` says of them, groups in its order."""
    groups: dict[str, list[R]] = {}
    for row in sorted(rows, key=key):
        groups.setdefault(key(row), []).append(row)
    return groups


def recorded[R: Record](kind: type[R], numbers: Mapping[str, Any]) -> R:
    """`numbers` as a record of a summary, NaN as None; UserError where one is beyond what a file of ours may hold."""
    try:
        return kind.of(clean(numbers))
    except ValueError as error:
        raise UserError(f"the numbers of these episodes cannot be put together: {error}") from None


def macro_mean(values: Sequence[float], tasks: Sequence[str]) -> tuple[float | None, Interval | None, int]:
    """The mean over tasks of the values, its interval, and the number of tasks; (None, None, 0) of no value."""
    return mean_over_tasks(values, tasks) if values else (None, None, 0)
