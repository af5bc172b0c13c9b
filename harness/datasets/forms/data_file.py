"""The rows of one data file: states, actions, times and task numbers of its episodes, and pictures kept in it."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.core.errors import UserError
from harness.core.robot import STATE_DIM
from harness.datasets.columns import as_numpy, whole_numbers
from harness.datasets.format import open_parquet, read_table
from harness.datasets.forms.face import checked
from harness.datasets.frame_columns import marks_of
from harness.datasets.info import ACTION, STATE

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_ROWS = 5_000_000
"""Of the row groups that one episode lies in: 0.6 GB of numbers."""


@dataclass(frozen=True)
class EpisodeRows:
    """One episode's rows: states and actions (T, 14) float32, seconds (T,) float64, task numbers (T,) int64."""

    states: NDArray[np.float32]
    actions: NDArray[np.float32]
    seconds: NDArray[np.float64]
    tasks: NDArray[np.int64]


class DataFile:
    """A parquet file of `data/`, opened once: its row groups are known by the episodes they hold."""

    def __init__(self, path: Path):
        self.path = path
        self._file = open_parquet(path)
        self._first, self._last = _episode_ranges(self._file)

    @property
    def rows(self) -> int:
        """How many rows it has."""
        return int(self._file.metadata.num_rows)

    def read(self, episode: int, length: int) -> EpisodeRows:
        """The rows of an episode that has `length` frames; UserError where they contradict that, or are no numbers."""
        self._check_length(episode, length)
        names = [STATE, ACTION, "frame_index", "task_index", "timestamp"]
        table = self._rows_of(episode, names)
        frames = whole_numbers(table["frame_index"], "frame_index", self.path)
        if not np.array_equal(frames, np.arange(length)):
            has = (
                f"has {len(frames)} rows"
                if len(frames) != length
                else f"frame_index goes from {frames[0]} to {frames[-1]}"
            )
            raise UserError(
                f"{self.path}: episode {episode} should have frames 0..{length - 1} in order but {has}; the dataset is "
                "damaged, or was edited without meta/episodes: fetch it again, or number frame_index from 0"
            )
        seconds = self._numbers(table["timestamp"], "timestamp").astype(np.float64)
        if not np.isfinite(seconds).all() or (seconds < 0).any() or (np.diff(seconds) < 0).any():
            raise UserError(
                f"{self.path}: the timestamps of episode {episode} do not go on from 0 s; the dataset is damaged, "
                "fetch it again"
            )
        return EpisodeRows(
            self._vectors(table[STATE], STATE, episode),
            self._vectors(table[ACTION], ACTION, episode),
            seconds,
            whole_numbers(table["task_index"], "task_index", self.path),
        )

    @functools.cached_property
    def marks(self) -> dict[int, dict[str, Any]]:
        """What the columns `robotwin.*` say of each episode of this file; empty where there are none."""
        return marks_of(self._file, self.path)

    def pictures(self, key: str, episode: int, length: int) -> list[bytes]:
        """The encoded pictures of a camera that is kept in the table, one for each of `length` frames."""
        import pyarrow

        self._check_length(episode, length)
        column = self._rows_of(episode, [key])[key]
        kind = column.type
        if pyarrow.types.is_struct(kind) and "bytes" in [kind.field(i).name for i in range(kind.num_fields)]:
            cells = [cell and cell["bytes"] for cell in column.to_pylist()]
        else:
            cells = column.to_pylist()
        if len(cells) != length or not all(isinstance(data, bytes) for data in cells):
            raise UserError(
                f"{self.path}: {key} does not hold one picture for each of the {length} frames of episode {episode} "
                "(as PNG, JPEG or WebP, in the file itself and not beside it); convert the dataset again"
            )
        return cells

    def _check_length(self, episode: int, length: int) -> None:
        """Nothing of the length that the metadata claims is made before it is held against the file."""
        if length > self.rows:
            raise UserError(
                f"{self.path}: episode {episode} should have frames 0..{length - 1} in order but has at most "
                f"{self.rows} "
                "rows; the dataset is damaged, fetch it again"
            )

    def _rows_of(self, episode: int, names: Sequence[str]) -> Any:
        groups = np.flatnonzero((self._first <= episode) & (episode <= self._last)).tolist()
        count = sum(self._file.metadata.row_group(group).num_rows for group in groups)
        if count > MOST_ROWS:
            raise UserError(
                f"{self.path}: episode {episode} lies in {count:,} rows; that is more than is read"
            )
        table = read_table(self._file, self.path, ["episode_index", *names], groups)
        rows = np.flatnonzero(whole_numbers(table["episode_index"], "episode_index", self.path) == episode)
        first = int(rows[0]) if len(rows) else 0
        if len(rows) and rows[-1] - first + 1 != len(rows):
            raise UserError(
                f"{self.path}: the rows of episode {episode} are scattered; sort them by episode_index and "
                "frame_index, or fetch the dataset again"
            )
        return table.slice(first, len(rows))

    def _vectors(self, column: Any, name: str, episode: int) -> NDArray[np.float32]:
        """A column of lists of 14 as (T, 14); UserError for any other width, gaps, NaN and absurd numbers."""
        import pyarrow
        import pyarrow.compute

        kind = column.type
        is_list = any(
            test(kind)
            for test in (
                pyarrow.types.is_list,
                pyarrow.types.is_large_list,
                pyarrow.types.is_fixed_size_list,
            )
        )
        lengths = as_numpy(pyarrow.compute.list_value_length(column)) if is_list else np.array([0])
        if column.null_count or not (lengths == STATE_DIM).all():
            raise UserError(
                f"{self.path}: {name} of episode {episode} must have {STATE_DIM} numbers in every row; the "
                "dataset is of "
                "another robot, or damaged"
            )
        flat = self._numbers(pyarrow.compute.list_flatten(column), name)
        return checked(flat.reshape(-1, STATE_DIM), name, episode, self.path)

    def _numbers(self, column: Any, name: str) -> NDArray[Any]:
        import pyarrow

        if not (pyarrow.types.is_floating(column.type) or pyarrow.types.is_integer(column.type)):
            raise UserError(f"{self.path}: {name} holds {column.type}, not numbers; fetch the dataset again")
        return as_numpy(column)


def _episode_ranges(file: Any) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First and last episode (G,) that each row group can hold, by its statistics; all where it has none."""
    names = [file.metadata.schema.column(i).path for i in range(file.metadata.num_columns)]
    first = np.zeros(file.num_row_groups, np.int64)
    last = np.full(file.num_row_groups, np.iinfo(np.int64).max)
    if "episode_index" in names:
        at = names.index("episode_index")
        for group in range(file.num_row_groups):
            statistics = file.metadata.row_group(group).column(at).statistics
            if statistics is not None and statistics.has_min_max and isinstance(statistics.min, int):
                first[group], last[group] = statistics.min, statistics.max
    return first, last
