"""Which episodes a command line means."""

from __future__ import annotations

import collections
from collections.abc import Sequence

from harness.core.errors import UserError
from harness.core.text import suggest
from harness.datasets.reader import Dataset


def parse_episodes(text: str, total: int) -> list[int]:
    """Episode numbers from `all`, `0:25` (end excluded) or `3,7,9`, in the order given.

    >>> parse_episodes("0:3,7", total=10)
    [0, 1, 2, 7]
    """
    if text.strip() == "all":
        return list(range(total))
    chosen: list[int] = []
    for part in text.split(","):
        start, colon, stop = part.strip().partition(":")
        try:
            first = int(start) if start or not colon else 0
            end = (int(stop) if stop else total) if colon else first + 1
        except ValueError:
            raise UserError(
                f"cannot read episodes {text!r}; write `all`, a range like 0:25 or a list like 3,7,9"
            ) from None
        if not 0 <= first < end <= total:
            raise UserError(
                f"episodes {part.strip()!r} are not in this dataset: it has 0..{total - 1} (0:{total} is all)"
            )
        chosen.extend(range(first, end))
    most_named, times = collections.Counter(chosen).most_common(1)[0]
    if times > 1:
        raise UserError(f"episode {most_named} is named twice in {text!r}; name each once")
    return chosen


def select(dataset: Dataset, episodes: str, task: str) -> list[int]:
    """The episodes `episodes` names (see `parse_episodes`), those of the tasks `task` names only."""
    chosen = parse_episodes(episodes, dataset.total_episodes)
    if task == "all":
        return chosen
    names = [name.strip() for name in task.split(",")]
    recorded = [dataset.record(index).get("task") for index in range(dataset.total_episodes)]
    known = {name for name in recorded if name}
    for name in names:
        if name not in known:
            raise UserError(suggest(name, known, f"task of dataset {dataset.root}"))
    chosen = [index for index in chosen if dataset.record(index).get("task") in names]
    if not chosen:
        raise UserError(f"none of the episodes {episodes} is of {task}; leave one of the two out")
    return chosen


def named_tasks(dataset: Dataset, indices: Sequence[int]) -> list[str]:
    """RoboTwin's names of the episodes' tasks; UserError where the dataset does not say one."""
    tasks = list(dict.fromkeys(dataset.record(index).get("task") or "" for index in indices))
    if "" in tasks:
        raise UserError(
            f"dataset {dataset.root} does not name its episodes' tasks, which --ablate and random_replay need; "
            "leave them out"
        )
    return tasks
