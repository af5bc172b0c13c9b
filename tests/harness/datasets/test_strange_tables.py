"""Tables as other writers leave them, and such as stall a reader: columns beside the words, pipes, bombs."""

from __future__ import annotations

import os
import resource
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from dataset_samples import refuses

from harness.datasets import format as tables
from harness.datasets.columns import whole_numbers

TASKS = "meta/tasks.parquet"
WORDS = ["press the bell", "lift the roller"]


def written(root: Path, table: Any) -> Path:
    (root / "meta").mkdir()
    pq.write_table(table, root / TASKS)
    return root


@pytest.mark.parametrize("name", ["task", "__index_level_0__", "instruction"])
def test_the_words_are_the_pandas_index_wherever_other_columns_stand(tmp_path: Path, name: str) -> None:
    table = pa.table({"category": ["easy", "hard"], "task_index": [0, 1], name: WORDS})
    about = {b"pandas": f'{{"index_columns": ["{name}"], "columns": [], "column_indexes": []}}'.encode()}
    assert tables.read_tasks(written(tmp_path, table.replace_schema_metadata(about))) == WORDS


def test_without_an_index_the_words_are_the_column_called_task(tmp_path: Path) -> None:
    table = pa.table({"category": ["easy", "hard"], "task_index": [0, 1], "task": WORDS})
    assert tables.read_tasks(written(tmp_path, table)) == WORDS


def test_numbers_beside_the_words_are_no_words(tmp_path: Path) -> None:
    table = pa.table({"level": [3, 4], "task_index": [0, 1], "prompt": pa.array(WORDS).dictionary_encode()})
    assert tables.read_tasks(written(tmp_path, table)) == WORDS


def test_an_index_of_numbers_is_none_of_words(tmp_path: Path) -> None:
    table = pa.table({"id": [7, 8], "task_index": [0, 1], "task": WORDS})
    about = {b"pandas": b'{"index_columns": ["id"], "columns": [], "column_indexes": []}'}
    assert tables.read_tasks(written(tmp_path, table.replace_schema_metadata(about))) == WORDS


@pytest.mark.parametrize("values", [[0.0, 1.0], pa.array([0, 1], pa.uint8())])
def test_whole_numbers_however_they_are_written(values: Any) -> None:
    """pandas writes whole numbers as floats once one of them was missing on the way."""
    found = whole_numbers(pa.chunked_array([pa.array(values)]), "task_index", Path("file"))
    assert found.dtype == np.int64 and found.tolist() == [0, 1]


@pytest.mark.parametrize("values", [[0.0, 0.5], [0, None], [[0], [1]], ["0", "1"], [0.0, float("inf")]])
def test_numbers_that_are_not_whole_say_how_to_write_them(values: Any) -> None:
    with refuses("task_index (must be whole numbers.*as int64|goes from)"):
        whole_numbers(pa.chunked_array([pa.array(values)]), "task_index", Path("file"))


def test_of_two_columns_of_text_none_is_guessed(tmp_path: Path) -> None:
    table = pa.table({"category": ["easy", "hard"], "task_index": [0, 1], "prompt": WORDS})
    with refuses(r"several columns of text \(category, prompt\); name the one"):
        tables.read_tasks(written(tmp_path, table))


def test_a_pipe_is_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "meta").mkdir()
    os.mkfifo(tmp_path / TASKS)
    with refuses("tasks.parquet is no plain file"):
        tables.read_tasks(tmp_path)


def test_one_long_text_many_times_over_stays_one(tmp_path: Path) -> None:
    text = pa.DictionaryArray.from_arrays(pa.array(np.zeros(3000, np.int32)), pa.array(["x" * 1_000_000]))
    root = written(tmp_path, pa.table({"task_index": np.arange(3000), "task": text}))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert len(tables.read_tasks(root)) == 3000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 500 * 1024


def test_lists_that_unpack_to_more_than_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "long.parquet"
    pq.write_table(pa.table({"episode_index": [0, 0], "observation.state": [[0.0] * 600] * 2}), path)
    file = tables.open_parquet(path)
    monkeypatch.setattr(tables, "MOST_CELLS", 1000)
    assert len(tables.read_table(file, path, ["episode_index"])) == 2
    with refuses("more than 1,000 numbers in one place"):
        tables.read_table(file, path, ["episode_index", "observation.state"])


@pytest.mark.parametrize("indexed", [True, False])
def test_lists_of_words_are_no_words(tmp_path: Path, indexed: bool) -> None:
    table = pa.table({"task_index": [0, 1], "task": [[word] for word in WORDS]})
    about = {b"pandas": b'{"index_columns": ["task"], "columns": [], "column_indexes": []}'}
    with refuses("no column of instructions"):
        tables.read_tasks(written(tmp_path, table.replace_schema_metadata(about) if indexed else table))
