"""LeRobotDataset v3: many episodes share a file, meta/episodes says which and where."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from harness.core.errors import UserError
from harness.datasets import video_frames
from harness.datasets.clips import Clip, Film, Stills
from harness.datasets.format import read_episode_table, read_tasks
from harness.datasets.forms.data_file import DataFile
from harness.datasets.forms.face import EpisodeData
from harness.datasets.frame_columns import FEATURES
from harness.datasets.info import DatasetInfo
from harness.datasets.source import Source

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FILES_OPEN = 8
FILMS_KNOWN = 64


def count_remarks(info: DatasetInfo, there: int) -> tuple[str, ...]:
    """That meta/info.json says another number of episodes than are there, in a line; nothing where it does not."""
    if info.episodes in (None, there):
        return ()
    return (
        f"meta/info.json says {info.episodes} episodes, and {there} are listed: is a part of the dataset missing? "
        "What is listed is scored",
    )


class LeRobotFiles:
    """What LeRobot's formats have in common: parquet files of numbers, and films or pictures in the table."""

    remarks: Sequence[str] = ()
    places: Sequence[str] = ("meta", "data", "videos")
    tasks_in = "meta/tasks.parquet"

    def __init__(self, source: Source, info: DatasetInfo, tasks: Sequence[str]):
        self.source, self.info, self._tasks = source, info, tasks
        self._marked = any(name in info.features for name in FEATURES)
        self._index_video = functools.lru_cache(maxsize=FILMS_KNOWN)(video_frames.index_video)
        self._data = functools.lru_cache(maxsize=FILES_OPEN)(DataFile)
        self._marks = functools.lru_cache(maxsize=None)(self._read_marks)
        self._stills = functools.lru_cache(maxsize=FILES_OPEN)(self._read_stills)

    @property
    def total_episodes(self) -> int:
        """See `Form`."""
        raise NotImplementedError

    def length(self, index: int) -> int:
        """See `Form`."""
        raise NotImplementedError

    def numbers_file(self, index: int) -> str:
        """See `Form`."""
        raise NotImplementedError

    def film_file(self, index: int, key: str) -> str | None:
        """See `Form`."""
        raise NotImplementedError

    def part(self, index: int, key: str) -> tuple[float, float]:
        """Seconds into the film of a camera at which an episode begins and ends; an end not known is infinite."""
        raise NotImplementedError

    def instructions(self) -> Sequence[str]:
        """See `Form`."""
        return self._tasks

    def marks(self, index: int) -> Mapping[str, Any]:
        """See `Form`."""
        return self._marks(self.numbers_file(index)).get(index, {}) if self._marked else {}

    def read(self, index: int) -> EpisodeData:
        """See `Form`."""
        rows = self._file(index).read(index, self.length(index))
        if rows.tasks.max() >= len(self._tasks):
            raise UserError(f"episode {index} of {self.source} refers to a task that {self.tasks_in} lacks")
        tasks = tuple(self._tasks[task] for task in rows.tasks.tolist())
        return EpisodeData(rows.states, rows.actions, tasks, self._clips(index, rows.seconds))

    def _file(self, index: int) -> DataFile:
        name = self.numbers_file(index)
        self.source.fetch([name])
        return self._data(self.source.path(name))

    def _read_marks(self, file: str) -> Mapping[int, Mapping[str, Any]]:
        self.source.fetch([file])
        return self._data(self.source.path(file)).marks

    def _open_film(self, file: str) -> video_frames.VideoIndex:
        path = self.source.path(file)
        self.source.fetch([file])
        return self._index_video(path)

    def _read_stills(self, key: str, index: int) -> list[bytes]:
        return self._file(index).pictures(key, index, self.length(index))

    def _clips(self, index: int, seconds: NDArray[np.float64]) -> dict[str, Clip]:
        clips: dict[str, Clip] = {}
        for name, camera in self.info.cameras.items():
            film = self.film_file(index, camera.key)
            if film is not None:
                opened = functools.partial(self._open_film, film)
                start, end = self.part(index, camera.key)
                clips[name] = Film(opened, start, seconds, self.info.fps, end)
            else:
                encoded = functools.partial(self._stills, camera.key, index)
                clips[name] = Stills(encoded, f"{camera.key} of episode {index} of {self.source.root}")
        return clips


class LeRobotV3(LeRobotFiles):
    """Format v3."""

    def __init__(self, source: Source, info: DatasetInfo):
        self._films = frozenset(camera.key for camera in info.cameras.values() if camera.film)
        self._table = read_episode_table(source.root, sorted(self._films))
        super().__init__(source, info, read_tasks(source.root))
        self.remarks = count_remarks(info, len(self._table))

    @property
    def total_episodes(self) -> int:
        """See `Form`."""
        return len(self._table)

    def length(self, index: int) -> int:
        """See `Form`."""
        return int(self._table.lengths[index])

    def numbers_file(self, index: int) -> str:
        """See `Form`."""
        chunk, file = self._table.data[index].tolist()
        return self.info.data_file(chunk, file)

    def film_file(self, index: int, key: str) -> str | None:
        """See `Form`."""
        if key not in self._films:
            return None
        chunk, file = self._table.films[key][0][index].tolist()
        return self.info.video_file(key, chunk, file)

    def part(self, index: int, key: str) -> tuple[float, float]:
        """See `LeRobotFiles`."""
        _, start, end = self._table.films[key]
        return float(start[index]), float(end[index])
