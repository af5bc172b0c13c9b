"""The tables of a LeRobotDataset v3 that say where things are; every oddity becomes a one-line UserError."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.core.errors import UserError
from harness.core.text import one_line
from harness.datasets.columns import ends_of, times, whole_numbers
from harness.datasets.recorded import RecordedDataset
from harness.files.reading import read_json

if TYPE_CHECKING:
    from numpy.typing import NDArray

EXTRAS = "meta/robotwin.json"
MOST_EPISODES = 5_000_000
MOST_TASKS = 5_000_000
MOST_CELLS = 250_000_000
"""Numbers and texts read at once: more than the largest episode table or row group of two vectors of 14 has."""


def read_extras(root: Path) -> dict[str, Any]:
    """meta/robotwin.json, what this project's recorder adds; empty for a dataset of another recorder."""
    if not (root / EXTRAS).is_file():
        return {}
    try:
        extras = RecordedDataset.of(read_json(root / EXTRAS)).plain()
    except ValueError as error:
        raise UserError(f"{root / EXTRAS}: {error}; copy or record the dataset again") from None
    return {"config": {}, "episodes": {}, "files": {}, **extras}


@dataclass(frozen=True)
class EpisodeTable:
    """Where each of N episodes is.

    lengths (N,): frames. data (N, 2): chunk and number of the data file. films: key -> chunk and number (N, 2) and
    start and end (N,), seconds, in the film; an end that is not known is infinite.
    """

    lengths: NDArray[np.int64]
    data: NDArray[np.int64]
    films: Mapping[str, tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]]

    def __len__(self) -> int:
        return len(self.lengths)


def read_episode_table(root: Path, films: Iterable[str]) -> EpisodeTable:
    """meta/episodes of a dataset, with where the `films` (keys) of each are."""
    home = root / "meta" / "episodes"
    files = [
        *home.glob("*.parquet"),
        *home.glob("*/*.parquet"),
    ]  # as deep as LeRobot looks, and through links
    paths = sorted(path for path in files if not path.name.startswith("."))
    if not paths:
        raise UserError(
            f"dataset {root} has no meta/episodes: its recording did not come to its end, which is when they are "
            "written; record it again"
        )
    whole = ["episode_index", "length", "data/chunk_index", "data/file_index"]
    seconds = []
    films = list(films)
    for key in films:
        whole += [f"videos/{key}/chunk_index", f"videos/{key}/file_index"]
        seconds.append(f"videos/{key}/from_timestamp")
    ends = {key: f"videos/{key}/to_timestamp" for key in films}
    parts: dict[str, list[NDArray[Any]]] = {name: [] for name in [*whole, *seconds, *ends.values()]}
    rows = 0
    for path in paths:
        file = open_parquet(path)
        rows += file.metadata.num_rows
        if rows > MOST_EPISODES:
            raise UserError(
                f"{path} brings the dataset to more than {MOST_EPISODES:,} episodes; that is not read"
            )
        known = [name for name in ends.values() if name in file.schema_arrow.names]
        table = read_table(file, path, [*whole, *seconds, *known])
        for name in whole:
            parts[name].append(whole_numbers(table[name], name, path, least=1 if name == "length" else 0))
        for name in seconds:
            parts[name].append(times(table[name], name, path))
        for name in ends.values():
            parts[name].append(ends_of(table[name] if name in known else None, len(table)))
    columns = {name: np.concatenate(arrays) for name, arrays in parts.items()}
    order = np.argsort(columns["episode_index"], kind="stable")
    if not np.array_equal(columns["episode_index"][order], np.arange(len(order))):
        raise UserError(f"dataset {root} has gaps in its episode numbers; copy or download it again")
    columns = {name: column[order] for name, column in columns.items()}
    return EpisodeTable(
        columns["length"],
        np.stack([columns["data/chunk_index"], columns["data/file_index"]], axis=1),
        {
            key: (
                np.stack([columns[f"videos/{key}/chunk_index"], columns[f"videos/{key}/file_index"]], axis=1),
                columns[f"videos/{key}/from_timestamp"],
                columns[ends[key]],
            )
            for key in films
        },
    )


def read_tasks(root: Path) -> Sequence[str]:
    """The instructions, by task_index: LeRobot goes by the place of the row, and so does this.

    The column holding the words is named differently by different writers.
    """
    path = root / "meta" / "tasks.parquet"
    file = open_parquet(path)
    if file.metadata.num_rows > MOST_TASKS:
        raise UserError(f"{path} has more than {MOST_TASKS:,} instructions; that is not read")
    words = _words_column(file.schema_arrow, path)
    file = open_parquet(path, [words])  # one text many times over stays one text in memory
    column = read_table(file, path, ["task_index", words])[1]
    tasks: list[Any] = []
    for chunk in column.chunks:
        known = chunk.dictionary.to_pylist() if hasattr(chunk, "dictionary") else None
        cells = chunk.indices.to_pylist() if known is not None else chunk.to_pylist()
        tasks += cells if known is None else [None if at is None else known[at] for at in cells]
    if not all(isinstance(task, str) and task.strip() for task in tasks):
        raise UserError(f"{path} has an instruction that is no text; copy or download the dataset again")
    return tasks


def _words_column(schema: Any, path: Path) -> str:
    """Which column holds the instructions: the table's pandas index, as LeRobot reads it, else the one of text.

    An index of numbers is none of words, though LeRobot would tell a policy the number.
    """
    import pyarrow

    index = (schema.pandas_metadata or {}).get("index_columns")
    named = index[0] if isinstance(index, list) and len(index) == 1 else None
    texts: list[str] = [
        field.name
        for field in schema
        if field.name != "task_index"
        and str(getattr(field.type, "value_type", field.type)) in ("string", "large_string")
        and not pyarrow.types.is_nested(field.type)
    ]
    if preferred := [name for name in (named, "task", "__index_level_0__") if name in texts]:
        return str(preferred[0])
    if len(texts) != 1:
        problem = (
            f"several columns of text ({', '.join(texts[:4])})" if texts else "no column of instructions"
        )
        raise UserError(f"{path} has {one_line(problem)}; name the one that holds the instructions 'task'")
    return texts[0]


def open_parquet(path: Path, dictionaries: Sequence[str] = ()) -> Any:
    """A parquet file, without pyarrow.dataset (which would import pandas); `dictionaries`: see pyarrow's
    `read_dictionary`. UserError for what is none, without waiting for a pipe."""
    import pyarrow
    import pyarrow.parquet

    if path.exists() and not path.is_file():
        raise UserError(f"{path} is no plain file; copy or download the dataset again")
    try:
        return pyarrow.parquet.ParquetFile(path, read_dictionary=list(dictionaries))
    except (OSError, pyarrow.ArrowException) as error:
        raise _unreadable(path, error) from error


def read_table(file: Any, path: Path, columns: Sequence[str], groups: Sequence[int] | None = None) -> Any:
    """The `columns` of a parquet file as a table, of all row groups or some."""
    import pyarrow

    lacking = [name for name in columns if name not in file.schema_arrow.names]
    if lacking:
        raise UserError(f"{path} lacks the column {lacking[0]!r}; copy or download the dataset again")
    names = file.schema_arrow.names
    if twice := [name for name in columns if names.count(name) > 1]:
        raise UserError(f"{path} has the column {twice[0]!r} twice; copy or download the dataset again")
    _check_lists(file, path, columns, groups)
    try:
        return file.read(columns) if groups is None else file.read_row_groups(list(groups), columns)
    except (OSError, pyarrow.ArrowException) as error:
        raise _unreadable(path, error) from error


def _check_lists(file: Any, path: Path, columns: Sequence[str], groups: Sequence[int] | None) -> None:
    """UserError for lists with so many numbers that reading them would fill the memory."""
    about = file.metadata
    chosen = range(about.num_row_groups) if groups is None else groups
    paths = [about.schema.column(i).path for i in range(about.num_columns)]
    wanted = [i for i, at in enumerate(paths) if any(f"{at}.".startswith(f"{name}.") for name in columns)]
    if sum(about.row_group(g).column(i).num_values for g in chosen for i in wanted) > MOST_CELLS:
        raise UserError(f"{path} holds more than {MOST_CELLS:,} numbers in one place; that is not read")


def _unreadable(path: Path, error: Exception) -> UserError:
    return UserError(f"cannot read {path} ({one_line(str(error))[:120]}); copy, download or record it again")
