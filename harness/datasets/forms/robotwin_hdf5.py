"""RoboTwin's own recordings: an HDF5 file an episode, as its collection writes them today and wrote them before.

Today (`envs/utils/pkl2hdf5.py` since commit 9633927 of 2026-08-07, "XPolicyLab v1.0"): `state/` and `action/` lie one
frame apart, pictures in `vision/<camera>/colors`. Before: one trajectory `joint_action/`, pictures in
`observation/<camera>/rgb`; an action is the next frame's state and the last frame has none, as upstream's converters
take it (`scripts/process_data_xpolicylab.py`). Beside them lie `seed.txt` and, before, `instructions/`.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.core.errors import UserError
from harness.core.robot import IMAGE_PREFIX, JOINT_NAMES, STATE_DIM, role_of
from harness.datasets.clips import Clip
from harness.datasets.forms.face import EpisodeData, checked
from harness.datasets.forms.hdf5_file import MOST_FRAMES, Hdf5File
from harness.datasets.forms.hdf5_folder import beside, find_episodes
from harness.datasets.forms.hdf5_layout import OLD, WIDTHS, layout_of
from harness.datasets.forms.hdf5_pictures import Pictures
from harness.datasets.info import MOST_FPS, Camera, DatasetInfo
from harness.datasets.source import Source

if TYPE_CHECKING:
    from numpy.typing import NDArray

FILES_OPEN = 8
FREQUENCY = 15
"""Frames a second where a file does not say: what upstream writes (250 Hz / 15 steps is 16.7, cosmetic there too)."""


class RoboTwinHdf5:
    """A folder of such files, in place."""

    def __init__(self, source: Source):
        self.source = source
        self._files = find_episodes(source.root)
        self._open = functools.lru_cache(maxsize=FILES_OPEN)(Hdf5File)
        self._length = functools.lru_cache(maxsize=None)(self._read_length)
        self._told = functools.lru_cache(maxsize=None)(self._read_told)
        first = self._file(0)
        self._layout = layout_of(first)
        self.info = DatasetInfo(
            self._layout.name,
            self._fps(first),
            self._cameras(first),
            JOINT_NAMES,
            JOINT_NAMES,
            "",
            "",
        )
        self.places = sorted({Path(file.name).parent.as_posix() for file in self._files})

    @property
    def total_episodes(self) -> int:
        """See `Form`."""
        return len(self._files)

    @property
    def remarks(self) -> Sequence[str]:
        """See `Form`."""
        told = max(len(self._told(index)) for index in range(min(len(self._files), 20)))
        spoken = "no sentence is recorded: the task's name in words is told"
        if told:
            spoken = (
                f"of {told} sentences an episode the first is told" if told > 1 else "one sentence an episode"
            )
        form = f"the dataset is HDF5 as RoboTwin's collection writes it ({self._layout.name}), read in place; {spoken}"
        without = sum(file.seed is None for file in self._files)
        few = f"seed.txt names no scene for {without} of {len(self._files)} episodes: is it of another collection?"
        return (form, few) if 0 < without < len(self._files) else (form,)

    def length(self, index: int) -> int:
        """See `Form`."""
        return self._length(index)

    def instructions(self) -> Sequence[str]:
        """See `Form`."""
        return [self._sentence(index) for index in range(len(self._files))]

    def numbers_file(self, index: int) -> str:
        """See `Form`."""
        return self._files[index].name

    def film_file(self, index: int, key: str) -> str | None:
        """See `Form`."""
        return None

    def marks(self, index: int) -> Mapping[str, Any]:
        """See `Form`."""
        file = self._files[index]
        collected = self._layout.name == OLD or self._file(index).attribute("source_format") == "RoboTwin"
        known = {"task": file.task, "scene_seed": file.seed, "sampling": "dense" if collected else None}
        return {name: value for name, value in known.items() if value is not None}

    def read(self, index: int) -> EpisodeData:
        """See `Form`."""
        file, layout, length = self._file(index), self._layout, self._length(index)
        states = self._vectors(file, layout.states, layout.states_together)
        actions = self._vectors(file, layout.actions, layout.actions_together)
        if len(states) != len(actions):
            raise UserError(
                f"{file.path} has {len(states)} states and {len(actions)} actions; convert it again"
            )
        states, actions = (states[:length], actions[-length:])
        clips: dict[str, Clip] = {
            name: Pictures(file, self._place(camera), f"{camera.key} of episode {index}", length)
            for name, camera in self.info.cameras.items()
        }
        return EpisodeData(
            checked(states, "state", index, file.path),
            checked(actions, "action", index, file.path),
            (self._sentence(index),) * length,
            clips,
        )

    def _file(self, index: int) -> Hdf5File:
        return self._open(self.source.path(self._files[index].name))

    def _fps(self, file: Hdf5File) -> float:
        name = "additional_info/frequency"
        value = float(file.numbers(name)) if name in file and file.array(name).shape == () else FREQUENCY
        if not 0 < value <= MOST_FPS:  # also catches NaN
            raise UserError(f"{file.path}: {name} is {value}; it must be a number of frames a second")
        return value

    def _cameras(self, file: Hdf5File) -> dict[str, Camera]:
        cameras: dict[str, Camera] = {}
        for name in file.groups(self._layout.cameras):
            place = f"{self._layout.cameras}/{name}/{self._layout.picture}"
            if place in file:
                key, role = IMAGE_PREFIX + name, role_of(name)
                height, width = Pictures(file, place, key, 1).decode([0]).shape[1:3]
                cameras[role if role and role not in cameras else key] = Camera(key, False, (height, width))
        return cameras

    def _place(self, camera: Camera) -> str:
        return f"{self._layout.cameras}/{camera.key.removeprefix(IMAGE_PREFIX)}/{self._layout.picture}"

    def _read_length(self, index: int) -> int:
        file = self._file(index)
        if layout_of(file) != self._layout:
            raise UserError(f"{file.path} is of another form than the first; give one folder for each")
        part = next(
            place for place in (self._layout.states[0], self._layout.states_together) if place in file
        )
        shape = file.array(part).shape
        frames = (shape[0] if shape else 0) - self._layout.without_action
        if not 0 < frames <= MOST_FRAMES:
            raise UserError(
                f"{file.path} has {frames} frames with an action; leave it out or record it again"
            )
        return int(frames)

    def _vectors(self, file: Hdf5File, parts: Sequence[str], together: str) -> NDArray[Any]:
        if parts[0] not in file and together in file:
            columns = [file.numbers(together)]
        else:
            columns = [file.numbers(part) for part in parts]
            columns = [column[:, None] if column.ndim == 1 else column for column in columns]
        shapes = [column.shape for column in columns]
        wanted = [STATE_DIM] if len(shapes) == 1 else list(WIDTHS)
        lengths = {shape[0] for shape in shapes if shape}
        if [shape[1:] for shape in shapes] != [(width,) for width in wanted] or len(lengths) != 1:
            sizes = ", ".join(f"{part} {shape}" for part, shape in zip(parts, shapes, strict=False))
            raise UserError(
                f"{file.path} has {sizes}; this scores the aloha-agilex: 6 joints and a gripper an arm. The recording "
                "is of another robot, or damaged"
            )
        return np.concatenate(columns, axis=1)

    def _read_told(self, index: int) -> Sequence[str]:
        file, told = self._file(index), list[str]()
        for name in ("instruction", "instructions"):
            told += file.texts(name) if name in file else []
        return list(dict.fromkeys(told)) or beside(self.source.root, self._files[index])

    def _sentence(self, index: int) -> str:
        told = self._told(index)
        return told[0] if told else (self._files[index].task or "").replace("_", " ") or "no instruction"
