"""What a dataset has of a task, for controls: demonstrations to play back, pictures of other moments."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from harness.core.errors import UserError
from harness.datasets.reader import Dataset

if TYPE_CHECKING:
    from numpy.typing import NDArray


def episodes_of(dataset: Dataset, task: str) -> list[int]:
    """The dataset's episodes of a task; UserError where there is none."""
    episodes = [i for i in range(dataset.total_episodes) if dataset.record(i).get("task") == task]
    if not episodes:
        raise UserError(
            f"dataset {dataset.source} has no episode of {task}; name one that has with --dataset "
            f"(`python -m harness.record --task {task}` records some)"
        )
    return episodes


def demonstrations_of(
    dataset: Dataset, tasks: Iterable[str], *, by_scene: bool
) -> dict[str, dict[int, NDArray[np.float32]]]:
    """Task -> number of the episode -> actions (T, 14) of its successful demonstrations.

    The number is the scene seed (`by_scene`; below zero where the dataset does not say) or the dataset index. UserError
    where a task has none.
    """
    by_task: dict[str, dict[int, NDArray[np.float32]]] = {}
    for task in tasks:
        indices = [i for i in episodes_of(dataset, task) if dataset.record(i).get("success", True)]
        if not indices:
            raise UserError(f"dataset {dataset.source} has no successful episode of {task}; record some")
        by_task[task] = {number_of(dataset, i, by_scene): dataset.episode(i).actions for i in indices}
    return by_task


def number_of(dataset: Dataset, index: int, by_scene: bool) -> int:
    """What names an episode where it is played: its scene seed, below zero where not known, or its dataset index."""
    return int(dataset.record(index).get("scene_seed", -1 - index)) if by_scene else index
