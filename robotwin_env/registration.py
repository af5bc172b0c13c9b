"""Every task's name and official limit for gymnasium, read from the task files without running them."""

from __future__ import annotations

import functools
import re
from pathlib import Path

import gymnasium
from gymnasium.envs.registration import WrapperSpec

FOLDER = Path(__file__).with_name("tasks")
LIMIT = re.compile(r"^STEP_LIMIT\s*(?::[^=\n]*)?=\s*(\d+)\s*(?:#.*)?$", re.MULTILINE)


@functools.cache
def task_names() -> tuple[str, ...]:
    """All tasks, alphabetically: the files of `robotwin_env/tasks` that do not begin with an underscore."""
    return tuple(sorted(file.stem for file in FOLDER.glob("*.py") if not file.stem.startswith("_")))


def step_limit(task: str) -> int:
    """The official number of actions of a task; ValueError where its file does not give it as a plain number."""
    matches = LIMIT.findall((FOLDER / f"{task}.py").read_text(encoding="utf-8"))
    if len(matches) != 1:
        raise ValueError(f"robotwin_env/tasks/{task}.py must have one line 'STEP_LIMIT = <number>'")
    return int(matches[0])


def register_all() -> None:
    """`RoboTwin/<task>-v0` for every task."""
    for task in task_names():
        gymnasium.register(
            id=f"RoboTwin/{task}-v0",
            entry_point="robotwin_env.env:RoboTwinEnv",
            max_episode_steps=step_limit(task),
            additional_wrappers=(
                WrapperSpec("OfficialStepLimit", "robotwin_env.wrappers:OfficialStepLimit", kwargs={}),
            ),
            kwargs={"task": task},
        )
