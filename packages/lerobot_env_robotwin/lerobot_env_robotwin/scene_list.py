"""Which scenes are to be played: a list by task, or those of a closed-loop run of `harness`.

LeRobot counts seeds up from `--seed` and checks nothing; the official protocol plays only scenes that come to rest and
that the scripted expert solves. Whoever has found those out leaves them in a file, and this reads it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from robotwin_env.arguments import check_seed
from robotwin_env.errors import RoboTwinError

EPISODES = "episodes.jsonl"
RETRACTED = {"retracted", "withdrawn"}
"""Marks of a line that takes an earlier one back, today's and that of harness 0.1."""


def read_scenes(path: str | Path, task: str) -> tuple[int, ...]:
    """The scene seeds of a task, in the order they are to be played.

    `path`: a JSON file, {task: [seeds]} or {"tasks": {task: {"seeds": [seeds]}}}; or a run directory of
    `python -m harness.closedloop`, whose scenes are then played again. RoboTwinError names what is wrong with it.
    """
    file = Path(path).expanduser()
    try:
        if file.is_dir():
            text = (file / EPISODES).read_text(encoding="utf-8")
            seeds = run_scenes(text, task)
        else:
            seeds = listed_scenes(json.loads(file.read_text(encoding="utf-8")), task)
    except OSError as error:
        raise RoboTwinError(f"--env.scenes={path} cannot be read: {error.strerror}") from None
    except (ValueError, TypeError, KeyError) as error:
        if isinstance(error, RoboTwinError):
            raise
        raise RoboTwinError(f"--env.scenes={path} is neither a list of scenes nor a run: {error}") from None
    if not seeds:
        raise RoboTwinError(f"--env.scenes={path} holds no scenes of {task}")
    if len(set(seeds)) < len(seeds):
        raise RoboTwinError(f"--env.scenes={path} holds a scene of {task} twice")
    return seeds


def listed_scenes(content: Any, task: str) -> tuple[int, ...]:
    """The seeds of a task in the content of a list file; () where it does not name the task."""
    tasks = content.get("tasks", content) if isinstance(content, dict) else None
    if not isinstance(tasks, dict):
        raise TypeError("it has no tasks")
    entry = tasks.get(task, [])
    seeds = entry["seeds"] if isinstance(entry, dict) else entry
    if not isinstance(seeds, list):
        raise TypeError(f"the seeds of {task} are no list")
    return tuple(check_seed(seed) for seed in seeds)


def run_scenes(text: str, task: str) -> tuple[int, ...]:
    """The seeds of a task among the lines of a run's `episodes.jsonl`, those retracted left out, ascending."""
    rows: dict[int, dict[str, Any]] = {}
    for line in text.splitlines():
        try:
            row = json.loads(line)
        except ValueError:
            continue  # the last line of a run that was killed
        if row["task"] == task:
            rows[check_seed(row["seed"])] = row
    return tuple(sorted(seed for seed, row in rows.items() if RETRACTED.isdisjoint(row)))
