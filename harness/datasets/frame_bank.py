"""Pictures of other moments, for `--ablate images`."""

from __future__ import annotations

import functools
import zlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from harness.core.errors import UserError
from harness.datasets.demonstrations import episodes_of, number_of
from harness.datasets.reader import Dataset
from harness.datasets.survey import survey

if TYPE_CHECKING:
    from numpy.typing import NDArray

BANK = 96
"""Moments of a task that are drawn from: 66 MB of three cameras at 240 x 320."""
TASKS_KEPT = 4
"""Tasks whose pictures stay in memory."""


class FrameBank:
    """Pictures of recorded moments of each task: BANK of them, drawn once for a run, decoded when first needed.

    roles: the cameras. seed: of the draw, >= 0. by_scene: see `demonstrations_of`. UserError where the dataset has no
    episode of one of `tasks`, or only one that is the very episode it would be shown in.
    """

    def __init__(
        self, dataset: Dataset, tasks: Sequence[str], roles: Sequence[str], seed: int, *, by_scene: bool
    ):
        self.dataset, self.roles, self._seed, self._by_scene = dataset, tuple(roles), seed, by_scene
        self._episodes = {task: episodes_of(dataset, task) for task in tasks}
        for task, episodes in self._episodes.items():
            if not by_scene and len(episodes) < 2:
                raise UserError(
                    f"dataset {dataset.source} has one episode of {task}, so there are no pictures of another; "
                    "name one that has more with --dataset"
                )
        survey(dataset, [i for episodes in self._episodes.values() for i in episodes]).require(self.roles)
        self._of = functools.lru_cache(maxsize=TASKS_KEPT)(self._decode)

    def draw(self, task: str, episode: int, entropy: Sequence[int]) -> dict[str, NDArray[np.uint8]]:
        """role -> (H, W, 3), all of one moment of `task` in an episode other than `episode`.

        Which follows from `episode` and the numbers `entropy`, all of them >= 0, alone. UserError where there is none.
        """
        numbers, pictures = self._of(task)
        others = np.flatnonzero(numbers != episode)
        if not others.size:
            raise UserError(f"dataset {self.dataset.source} shows {task} only in scene {episode} itself")
        picked = np.random.default_rng([*entropy, episode, zlib.crc32(task.encode())]).choice(others)
        return {role: images[picked] for role, images in pictures.items()}

    def moments(self, task: str) -> dict[int, list[int]]:
        """Episode -> the frames of it that are drawn from, every frame of the task equally likely."""
        episodes = self._episodes[task]
        ends = np.cumsum([self.dataset.length(i) for i in episodes])
        random = np.random.default_rng([self._seed, zlib.crc32(task.encode())])
        moments: dict[int, list[int]] = {}
        for at in np.sort(random.choice(ends[-1], size=min(BANK, ends[-1]), replace=False)):
            k = int(np.searchsorted(ends, at, side="right"))
            moments.setdefault(episodes[k], []).append(int(at - ends[k] + self.dataset.length(episodes[k])))
        return moments

    def _decode(self, task: str) -> tuple[NDArray[np.int64], dict[str, NDArray[np.uint8]]]:
        """Of n moments the number (n,) of their episode, and role -> (n, H, W, 3)."""
        moments = self.moments(task)
        parts = [self.dataset.episode(i).images(frames, self.roles) for i, frames in moments.items()]
        numbers = [
            number_of(self.dataset, i, self._by_scene) for i, frames in moments.items() for _ in frames
        ]
        return np.array(numbers), {
            role: np.concatenate([part[role] for part in parts]) for role in self.roles
        }
