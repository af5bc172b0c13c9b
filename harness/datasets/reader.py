"""Recorded episodes, read strictly: a dataset, in whatever form, is checked before anything relies on it.

Reading needs pyarrow and PyAV only, not lerobot (whose import takes 16 s). An episode's images come from one
pass over each camera's video, for exactly the frames that are asked for.

    dataset = open_dataset("assets/demo_episodes")
    for index in parse_episodes("0:5", dataset.total_episodes):
        episode = dataset.episode(index)
        first_and_last = episode.images([0, episode.length - 1])["head"]   # (2, H, W, 3) uint8
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.core.errors import UserError
from harness.datasets.clips import Clip
from harness.datasets.format import EXTRAS
from harness.datasets.forms.face import Form
from harness.datasets.forms.opening import form_of
from harness.datasets.memory import Memory
from harness.datasets.source import (
    HASH_EVERY_BYTE_UP_TO,
    Source,
    content_hash,
    file_hashes,
    files_under,
    locate,
    stamp,
    total_bytes,
)
from harness.files.hashing import digest

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Episode:
    """One recorded episode.

    states, actions: (T, 14) float32. tasks: the instruction of every frame, T of them. task_name: RoboTwin's name of
    the task, None where the dataset does not say. meta: what else was recorded of it (scene seed, success, ...).
    clips: by camera, its role or, for one that has none, its own key.
    """

    index: int
    task: str
    states: NDArray[np.float32]
    actions: NDArray[np.float32]
    meta: Mapping[str, Any] = field(default_factory=dict)
    clips: Mapping[str, Clip] = field(default_factory=dict, repr=False)
    tasks: Sequence[str] = ()

    @property
    def length(self) -> int:
        """T, the number of frames."""
        return len(self.states)

    @property
    def noise_key(self) -> int:
        """What names the policy's noise: the scene seed, which an edited dataset keeps, or the dataset's index."""
        seed = self.meta.get("scene_seed")
        return self.index if seed is None else int(seed)

    @property
    def task_name(self) -> str | None:
        """RoboTwin's name of the task, e.g. `stack_blocks_two`."""
        return self.meta.get("task")

    def instruction(self, frame: int) -> str:
        """What is to be done at a frame: an episode may have several instructions, one after the other."""
        return self.tasks[frame] if self.tasks else self.task

    def images(
        self, frames: Sequence[int] | NDArray[np.integer], roles: Iterable[str] | None = None
    ) -> dict[str, NDArray[np.uint8]]:
        """Camera -> (n, H, W, 3) uint8 RGB of `frames` (n,), in the order asked for; `roles` None for all.

        Raises UserError where a video does not hold or decode one of them.
        """
        chosen = self.clips if roles is None else roles
        return {role: self.clips[role].decode(frames) for role in chosen}


class Dataset:
    """An opened dataset. Make one with `open_dataset`.

    source: where it is. form: how it lies there. memory: what it knows of its recording. edited: it may differ from
    what was recorded.
    """

    def __init__(self, source: Source, *, edited: bool = False):
        self.source = source
        self._edited = edited
        self.root = source.root
        self.form: Form = form_of(source)
        self.info = self.form.info
        self.fps = self.info.fps
        self.cameras = {name: camera.key for name, camera in self.info.cameras.items()}
        self.memory = Memory(source, self.form)
        self._stamps: dict[str, tuple[int, ...]] = {}  # of the files that are read
        self._hashed: dict[str, tuple[int, ...]] = {}
        if not self.total_episodes:
            raise UserError(f"dataset {self.root} has no episodes; record some first")

    @property
    def extras(self) -> Mapping[str, Any]:
        """What meta/robotwin.json says; empty for a dataset of another recorder."""
        return self.memory.extras

    @property
    def total_episodes(self) -> int:
        """How many episodes there are."""
        return self.form.total_episodes

    @property
    def remarks(self) -> list[str]:
        """What a reader must know of its form, and what it no longer knows of its recording."""
        return [*self.form.remarks, *self.memory.lost]

    def length(self, index: int) -> int:
        """Frames of an episode, from the metadata."""
        return self.form.length(index)

    def record(self, index: int) -> Mapping[str, Any]:
        """What else was recorded of an episode (`task`, `scene_seed`, ...); empty where nothing."""
        return self.memory.record(index)

    @functools.cached_property
    def _hashes(self) -> dict[str, str] | None:
        small = total_bytes(self.root, self.form.places) <= HASH_EVERY_BYTE_UP_TO
        if not small or self.source.repo_id:
            return None
        # before anything is hashed: it may be replaced afterwards
        for file in files_under(self.root, self.form.places):
            self._hashed[file] = stamp(self.root / file)
        return file_hashes(self.root, self.form.places)

    @property
    def fingerprint(self) -> str:
        """What names the content of the files fetched so far, hexadecimal: another for every change of one.

        The dataset's hash where that is of every byte; else with the revision and what shows that a file was replaced.
        """
        content = content_hash(self.source, self._hashes, self.form.places)["sha256"]
        if self._hashes is not None:
            return content
        stamps = {file: str(each) for file, each in self._stamps.items()}
        return digest({**stamps, "": f"{content} {self.source.revision}"})

    def provenance(self) -> dict[str, Any]:
        """What this dataset is, for run.json: where, which revision, its hash and what the hash covers."""
        content = content_hash(self.source, self._hashes, self.form.places)
        return {
            "dataset": self.source.repo_id or str(self.root.resolve()),
            "dataset_revision": self.source.revision,
            "dataset_hash": content["sha256"],
            "dataset_hash_covers": content["covers"],
            "dataset_format": self.info.version,
            "dataset_episodes": self.total_episodes,
            "dataset_fps": self.fps,
            "dataset_sampling": self.memory.sampling,
            "dataset_cameras": self.cameras,
            "dataset_recorded_with": self.extras.get("config"),
            "assets_kind": self.memory.assets_kind,
        }

    def fetch(self, episodes: Sequence[int]) -> None:
        """See that the numbers of `episodes` are here, downloaded where the dataset is on the Hub, and those recorded.

        Raises UserError naming the file.
        """
        self._fetch_recorded({self.form.numbers_file(index) for index in episodes})

    def fetch_films(self, camera: str, episodes: Sequence[int]) -> None:
        """The same for the films of a camera; nothing for one that is kept in the table."""
        films = (self.form.film_file(index, self.cameras[camera]) for index in episodes)
        self._fetch_recorded({film for film in films if film is not None})

    def _fetch_recorded(self, files: Collection[str]) -> None:
        self.source.fetch(sorted(files))
        for file in files:
            self._stamps.setdefault(file, self._hashed.get(file) or stamp(self.root / file))
        recorded, here = ({} if self._edited else self.extras.get("files", {})), self._hashes or {}
        changed = [
            file
            for file in sorted(files)
            if file in recorded and here.get(file) not in (None, recorded[file])
        ]
        if changed:
            raise UserError(
                f"{self.root / changed[0]} is not what was recorded (its checksum differs from {EXTRAS}); if you "
                f"edited the dataset, accept it with `python -m harness.record --reseal {self.root}`, else copy it "
                "again"
            )

    def check_unchanged(self, index: int) -> None:
        """UserError where a file of an episode is another than when it was fetched: what was read may be of both."""
        films = (self.form.film_file(index, key) for key in self.cameras.values())
        for file in (self.form.numbers_file(index), *films):
            if file in self._stamps and stamp(self.root / file) != self._stamps[file]:
                raise UserError(
                    f"{self.root / file} was changed while it was read; leave the dataset as it is, and begin again in "
                    "another --out"
                )

    def episode(self, index: int) -> Episode:
        """Read one episode's numbers; its images are decoded when asked for.

        Raises UserError for rows that contradict the metadata or hold NaN.
        """
        data = self.form.read(index)
        return Episode(
            index, data.tasks[0], data.states, data.actions, self.record(index), data.clips, data.tasks
        )


def open_dataset(spec: str | Path) -> Dataset:
    """Open a dataset, from a directory or a Hub id, and check its description.

    The forms: LeRobotDataset v3, v2.1 and v2.0, and the HDF5 files that RoboTwin's own collection writes.

    Raises UserError, one line that names the fix, for anything this harness cannot use.
    """
    source = locate(spec)
    if source.root.name.endswith(".partial"):
        raise UserError(
            f"{source.root} is a recording that goes on or was interrupted; record to the same --out again, "
            "and its finished episodes become a dataset"
        )
    return Dataset(source)
