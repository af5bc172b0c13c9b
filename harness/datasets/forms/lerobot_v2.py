"""LeRobotDataset v2.1 and v2.0, read in place: every episode has files of its own, meta/*.jsonl says the rest."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.core.errors import UserError
from harness.core.text import short
from harness.datasets.columns import MOST_NUMBER
from harness.datasets.format import MOST_EPISODES, MOST_TASKS
from harness.datasets.forms.lerobot_v3 import LeRobotFiles, count_remarks
from harness.datasets.info import DatasetInfo
from harness.datasets.source import Source
from harness.files.reading import parse_lines, read_bytes

EPISODES, TASKS = "meta/episodes.jsonl", "meta/tasks.jsonl"


class LeRobotV2(LeRobotFiles):
    """Format v2.1, or v2.0, which differs from it in its statistics alone."""

    tasks_in = TASKS

    def __init__(self, source: Source, info: DatasetInfo):
        self._films = frozenset(camera.key for camera in info.cameras.values() if camera.film)
        self._lengths = [
            _number(row, "length", source.root / EPISODES, least=1)
            for row in _numbered(source.root, EPISODES, "episode_index", MOST_EPISODES)
        ]
        tasks = [row.get("task") for row in _numbered(source.root, TASKS, "task_index", MOST_TASKS)]
        if not all(isinstance(task, str) and task.strip() for task in tasks):
            raise UserError(
                f"{source.root / TASKS} has an instruction that is no text; copy the dataset again"
            )
        super().__init__(source, info, [str(task) for task in tasks])
        form = f"the dataset is of LeRobot's format {info.version}, read in place"
        self.remarks = (form, *count_remarks(info, len(self._lengths)))

    @property
    def total_episodes(self) -> int:
        """See `Form`."""
        return len(self._lengths)

    def length(self, index: int) -> int:
        """See `Form`."""
        return self._lengths[index]

    def numbers_file(self, index: int) -> str:
        """See `Form`."""
        return self._place(self.info.data_path, index)

    def film_file(self, index: int, key: str) -> str | None:
        """See `Form`."""
        return self._place(self.info.video_path, index, key) if key in self._films else None

    def part(self, index: int, key: str) -> tuple[float, float]:
        """See `LeRobotFiles`."""
        return 0.0, math.inf

    def _place(self, template: str, index: int, key: str = "") -> str:
        chunk = index // self.info.chunks_size
        return template.format(episode_chunk=chunk, episode_index=index, video_key=key)


def _numbered(root: Path, file: str, number: str, most: int) -> list[Mapping[str, Any]]:
    """The lines of a file, in the order of their numbers 0, 1, 2, ..."""
    path = root / file
    if not path.is_file():
        raise UserError(f"dataset {root} has no {file}, which its format needs; copy or download it again")
    data = read_bytes(path)
    rows: Sequence[Mapping[str, Any]] = [row for _, row in parse_lines(data, path)]
    if len(rows) < sum(1 for line in data.split(b"\n") if line.strip()):
        raise UserError(f"{path} breaks off in its last line; copy or download the dataset again")
    if len(rows) > most:
        raise UserError(f"{path} has more than {most:,} lines; that is not read")
    by_number = {_number(row, number, path): row for row in rows}
    if sorted(by_number) != list(range(len(rows))):
        raise UserError(f"{path} has gaps in {number}, or one twice; copy or download the dataset again")
    return [by_number[index] for index in range(len(rows))]


def _number(row: Mapping[str, Any], name: str, path: Path, least: int = 0) -> int:
    value = row.get(name)
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # as a tool writes it that went through a table of floats
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= MOST_NUMBER:
        raise UserError(
            f"{path}: {name} is {short(repr(value))}; it must be a whole number from {least} up to {MOST_NUMBER:,}"
        )
    return value
