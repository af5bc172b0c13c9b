"""Lists of scenes, read from files: RoboTwin's official ones, which are part of this project, or anybody's own.

A list is JSON: `{"tasks": {"click_bell": [100000, 100003], …}}`, or the inner object alone, or one array for every
task that is asked for; a task's seeds may also stand under "seeds" in an object of their own. "config" and "source"
beside "tasks" are read, other names there are not looked at. A closed-loop run directory is the list of its scenes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.core.errors import UserError
from harness.core.text import short
from harness.files.bundled import ASSETS
from harness.files.hashing import digest
from harness.files.reading import parse_json, read_bytes
from harness.runs.directory import RunDir
from harness.runs.rows import latest

OFFICIAL_FOLDER = ASSETS / "official_scenes"
MAX_BYTES = 16 * 2**20
"""Fifty tasks with 20,000 scenes each; whatever is larger is no list of scenes."""
MAX_SEED = 2**32 - 1  # of numpy's legacy generator, which draws the scenes


@dataclass(frozen=True)
class SceneList:
    """Scene seeds by task in the order they are played, and their `scenes_hash`; the setting and the evaluation seed
    they are of and where they come from, if said."""

    seeds: Mapping[str, tuple[int, ...]]
    hash: str | None
    config: str | None = None
    source: str | None = None
    evaluation_seed: int | None = None


def scenes_hash(seeds: Mapping[str, Sequence[int]]) -> str:
    """What identifies listed scenes, whatever a file says beside them: hexadecimal sha256."""
    return digest({task: ",".join(map(str, own)) for task, own in seeds.items()})


def official_list(config: str) -> SceneList | None:
    """The scenes of RoboTwin's own evaluation with seed 0 in this setting; None where there is no list of it."""
    path = OFFICIAL_FOLDER / f"{config}.json"
    return read_scene_list(path, ()) if path.is_file() else None


def read_scene_list(path: Path, tasks: Sequence[str]) -> SceneList:
    """The list in a file, or of a run; one array is of each of `tasks`. UserError names what is wrong and where."""
    if (path / "run.json").is_file():
        return _scenes_of_run(path)
    try:
        data = read_bytes(path, MAX_BYTES)
    except UserError as error:
        raise UserError(
            f"--scenes: {error}; give official, protocol, or a JSON file or run that lists scenes"
        ) from error
    try:
        content = parse_json(data)
    except ValueError as error:
        raise UserError(f"--scenes {path} is not valid JSON: {error}") from error
    about = content if isinstance(content, dict) and isinstance(content.get("tasks"), dict) else {}
    listed = about.get("tasks", content)
    if isinstance(listed, list):
        listed = dict.fromkeys(tasks, listed)
    if not isinstance(listed, dict) or not listed:
        raise UserError(
            f'--scenes {path} lists no scenes; its form is {{"tasks": {{"click_bell": [100000, 100003]}}}}'
        )
    evaluated = about.get("evaluation_seed")
    seeds = {str(task): _seeds(path, str(task), given) for task, given in listed.items()}
    return SceneList(
        seeds,
        scenes_hash(seeds),
        _text(about.get("config")),
        _text(about.get("source")),
        evaluated if isinstance(evaluated, int) and not isinstance(evaluated, bool) else None,
    )


def _scenes_of_run(path: Path) -> SceneList:
    """The scenes that a closed-loop run played without an error, by their number."""
    run = RunDir.load(path)
    if run.mode != "closedloop":
        raise UserError(f"--scenes {path} is an open-loop run; give one that closedloop wrote")
    seeds: dict[str, list[int]] = {}
    for row in latest(run.closed_rows()):
        if row.status == "ok":
            seeds.setdefault(row.task, []).append(row.seed)
    by_task = {task: tuple(own) for task, own in seeds.items()}
    return SceneList(
        by_task, scenes_hash(by_task), _text(run.run["config"].get("config")), f"run {path.name}"
    )


def _seeds(path: Path, task: str, given: Any) -> tuple[int, ...]:
    """A task's scene seeds, each once; UserError otherwise."""
    if isinstance(given, dict):
        given = given.get("seeds")
    if not isinstance(given, list):
        raise UserError(f"--scenes {path}: {short(task)} must have an array of scene seeds")
    seeds: set[int] = set()
    for seed in given:
        if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed <= MAX_SEED:
            raise UserError(
                f"--scenes {path}: {short(json.dumps(seed), 40)} of {short(task)} is no scene seed; "
                f"seeds are whole numbers in 0..{MAX_SEED}"
            )
        if seed in seeds:
            raise UserError(f"--scenes {path}: {short(task)} lists scene {seed} twice; list it once")
        seeds.add(seed)
    return tuple(given)


def _text(value: Any) -> str | None:
    return short(value, 200) if isinstance(value, str) else None
