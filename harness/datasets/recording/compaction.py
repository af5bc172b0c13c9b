"""A dataset with files of their own for every episode, as one whose episodes share files, as LeRobot writes them.

While it is recorded every episode has its own files, so that whatever happens costs the episode at work alone.
"""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from harness.files.json_files import write_json
from harness.files.reading import read_json

DATA_MB, VIDEO_MB = 100, 200
"""LeRobot's own limits of a file's size."""
OWN_FILES_MB = 1e-9
"""A limit that no file keeps: every episode begins new ones."""
EPISODES = "meta/episodes/chunk-000/file-000.parquet"

Row = dict[str, Any]


def own_rows(folder: Path, count: int) -> list[Row]:
    """The metadata of the first `count` episodes; the files of one that was begun after them are not looked at."""
    import pyarrow.parquet

    files = sorted((folder / "meta" / "episodes").rglob("*.parquet"))[:count]
    return [row for file in files for row in pyarrow.parquet.read_table(file).to_pylist()]


def compact(folder: Path, target: Path, count: int) -> None:
    """Write the first `count` episodes of the dataset in `folder` to the new folder `target`; films stay as encoded."""
    info, rows = read_json(folder / "meta" / "info.json"), own_rows(folder, count)
    (target / EPISODES).parent.mkdir(parents=True)
    _compact_numbers(folder, target, info, rows)
    for key in (name for name, feature in info["features"].items() if feature["dtype"] == "video"):
        _compact_films(folder, target, info, rows, key)
    shutil.copy(folder / "meta" / "tasks.parquet", target / "meta" / "tasks.parquet")
    describe(folder, target, rows)
    _write_rows(folder, target, rows)


def describe(folder: Path, target: Path, rows: list[Row]) -> None:
    """meta/info.json and meta/stats.json of these episodes of `folder`, in `target`."""
    from lerobot.datasets.compute_stats import aggregate_stats
    from lerobot.datasets.io_utils import write_stats

    info = read_json(folder / "meta" / "info.json")
    info |= {
        "total_episodes": len(rows),
        "total_frames": sum(row["length"] for row in rows),
        "splits": {"train": f"0:{len(rows)}"},
        "data_files_size_in_mb": DATA_MB,
        "video_files_size_in_mb": VIDEO_MB,
    }
    write_json(target / "meta" / "info.json", info)
    write_stats(aggregate_stats([_stats(row) for row in rows]), target)


def _stats(row: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The statistics of an episode by feature and name, from the columns `stats/<feature>/<name>`."""
    import numpy as np

    statistics: dict[str, dict[str, Any]] = {}
    for column, value in row.items():
        if column.startswith("stats/"):
            _, feature, name = column.split("/")
            statistics.setdefault(feature, {})[name] = np.asarray(value)
    return statistics


def _compact_numbers(folder: Path, target: Path, info: Mapping[str, Any], rows: list[Row]) -> None:
    import pyarrow.parquet

    def source(row: Row) -> Path:
        return folder / _path(info["data_path"], row["data/chunk_index"], row["data/file_index"])

    for number, group in enumerate(_groups(rows, source, DATA_MB)):
        path = target / _path(info["data_path"], 0, number)
        path.parent.mkdir(parents=True, exist_ok=True)
        schema = pyarrow.parquet.read_schema(source(group[0]))
        with pyarrow.parquet.ParquetWriter(path, schema, compression="snappy") as writer:
            for row in group:
                writer.write_table(pyarrow.parquet.read_table(source(row), schema=schema))
                row |= {"data/chunk_index": 0, "data/file_index": number}


def _compact_films(folder: Path, target: Path, info: Mapping[str, Any], rows: list[Row], key: str) -> None:
    from lerobot.datasets.video_utils import concatenate_video_files

    def source(row: Row) -> Path:
        place = (row[f"videos/{key}/{of}_index"] for of in ("chunk", "file"))
        return folder / _path(info["video_path"], *place, video_key=key)

    for number, group in enumerate(_groups(rows, source, VIDEO_MB)):
        path = target / _path(info["video_path"], 0, number, video_key=key)
        path.parent.mkdir(parents=True, exist_ok=True)
        concatenate_video_files([source(row) for row in group], path)
        ends = itertools.accumulate(
            row[f"videos/{key}/to_timestamp"] - row[f"videos/{key}/from_timestamp"] for row in group
        )
        start = 0.0
        for row, end in zip(group, ends, strict=True):
            row |= {f"videos/{key}/chunk_index": 0, f"videos/{key}/file_index": number}
            row |= {f"videos/{key}/from_timestamp": start, f"videos/{key}/to_timestamp": end}
            start = end


def _groups(rows: list[Row], source: Any, limit_mb: float) -> Iterator[list[Row]]:
    """The episodes of each new file, in order: as many as stay below the limit together, at least one."""
    group: list[Row] = []
    size = 0
    for row in rows:
        own = source(row).stat().st_size
        if group and size + own > limit_mb * 2**20:
            yield group
            group, size = [], 0
        group.append(row)
        size += own
    yield group


def _path(template: str, chunk: int, file: int, **more: str) -> str:
    return template.format(chunk_index=chunk, file_index=file, **more)


def _write_rows(folder: Path, target: Path, rows: list[Row]) -> None:
    import pyarrow
    import pyarrow.parquet

    for row in rows:
        row |= {"meta/episodes/chunk_index": 0, "meta/episodes/file_index": 0}
    schema = pyarrow.parquet.read_schema(folder / EPISODES)
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows, schema=schema), target / EPISODES)
