"""What every frame of a recording says of itself: columns `robotwin.*`.

LeRobot's tools rebuild meta/ from what they know and drop the rest; columns of the frames they carry along, and
`lerobot-train` passes over those that are no `observation` or `action` (tried with lerobot 0.6.1, tools/edited.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from harness.core.errors import UserError
from harness.core.text import one_line, short
from harness.datasets.columns import MOST_NUMBER, whole_numbers
from harness.datasets.format import read_table

PREFIX = "robotwin."
UNKNOWN = -1
"""The scene seed of an episode that has none."""
TEXTS = ("task", "sampling", "assets")
FEATURES: Mapping[str, Mapping[str, Any]] = {
    f"{PREFIX}scene_seed": {"dtype": "int64", "shape": (1,), "names": None},
    **{f"{PREFIX}{name}": {"dtype": "string", "shape": (1,), "names": None} for name in TEXTS},
}
"""As LeRobot describes them."""


def frame_columns(episode: Mapping[str, Any], sampling: str, assets: str | None) -> dict[str, Any]:
    """The columns of each frame of an episode of which `episode` is kept; assets: the kind of its 3D models."""
    seed = episode.get("scene_seed")
    texts = {"task": episode.get("task"), "sampling": sampling, "assets": assets}
    return {
        f"{PREFIX}scene_seed": np.array([UNKNOWN if seed is None else seed], np.int64),
        **{f"{PREFIX}{name}": text or "" for name, text in texts.items()},
    }


def marks_of(file: Any, path: Path) -> dict[int, dict[str, Any]]:
    """Episode -> what the columns of its first frame say, of an open parquet file; empty where it has no columns.

    UserError where its frames contradict each other.
    """
    known = [name for name in FEATURES if name in file.schema_arrow.names]
    if not known:
        return {}
    table = read_table(file, path, ["episode_index", *known])
    episodes, first, at = np.unique(
        whole_numbers(table["episode_index"], "episode_index", path), return_index=True, return_inverse=True
    )
    columns = {}
    for name in known:
        column = table[name].combine_chunks()
        values = column.take(_indices(first)).to_pylist()
        if not bool(column.equals(column.take(_indices(first[at])))):
            raise UserError(
                f"{path}: {name} changes within an episode, but says of which scene it is; if rows were moved on "
                "purpose, drop the columns robotwin.*"
            )
        columns[name.removeprefix(PREFIX)] = [_value(value) for value in values]
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    return {
        int(episode): {name: value for name, value in marks.items() if value is not None}
        for episode, marks in zip(episodes, rows, strict=True)
    }


def _indices(rows: Any) -> Any:
    import pyarrow

    return pyarrow.array(rows)


def _value(value: Any) -> Any:
    """A cell: text or a scene seed; None for whatever is neither."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, str) and value.strip():
        return short(one_line(value), 80)
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # a table that was written again by pandas
    is_seed = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_NUMBER
    return value if is_seed else None
