"""First frames, drawn more often: which arm acts is decided there, and is to be learnt from the picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from demo_training.data import Demo


def openings(demos: Sequence[Demo], count: int, seed: int) -> list[tuple[int, str]]:
    """(frame, instruction) pairs that draw each episode's first frame `count` times instead of once.

    Which arm acts is chosen there and nowhere else, one frame in twenty. The instructions are others of the same
    scene that name no arm, where there are such: what can be read in the sentence is not learnt from the picture.
    """
    random = np.random.default_rng(seed)
    firsts = np.cumsum([0, *(demo.shown for demo in demos)])
    drawn = []
    for demo, first in zip(demos, firsts, strict=False):
        said = armless(demo.episode.task, demo.episode.meta) if count > 1 else []
        drawn += [(int(first), str(random.choice(said or [demo.episode.task]))) for _ in range(count - 1)]
    return drawn


def armless(recorded: str, meta: Mapping[str, Any]) -> list[str]:
    """The scene's sentences that leave out which arm acts; none where `recorded` is not in this project's wording.

    meta: the episode's `task` and `scene_seed`, from which its scene is drawn again.
    """
    from robotwin_env.instructions import variants
    from robotwin_env.settings import SETTINGS
    from robotwin_env.tasks import draw_layout, instruction, task_names

    task, seed = meta.get("task"), meta.get("scene_seed")
    if task not in task_names() or seed is None:
        return []
    for name, setting in SETTINGS.items():
        if instruction(task, seed, name) == recorded:
            words = draw_layout(task, seed, name).layout.words
            things = {key: thing for key, thing in words.items() if key.isupper()}
            return variants(task, things, setting.split)
    return []
