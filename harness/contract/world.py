"""What a world gives a policy: a dataset, from its metadata, or the simulator, from the task's files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.contract.statistics import Float
from harness.core.robot import CAMERA_OF, JOINT_NAMES, JOINTS
from harness.datasets.info import ACTION, STATE
from harness.datasets.reader import Dataset
from harness.datasets.survey import Survey
from harness.files.reading import read_json

Range = tuple[Float, Float]


@dataclass(frozen=True)
class WorldContract:
    """What there is to see, to send and to be told.

    names: what each of the 14 numbers is called there, by `state` and `action`. ranges: their least and largest
    values (n,), None where that is not known; observed: they are of recorded numbers and not bounds. cameras: role ->
    (what it is called, (height, width) or None). rate: how often an action follows another, in words.
    instructions: what a policy is told, each once.
    """

    name: str
    names: Mapping[str, tuple[str, ...]]
    ranges: Mapping[str, Range | None]
    range_source: str
    observed: bool
    cameras: Mapping[str, tuple[str, tuple[int, int] | None]]
    rate: str
    instructions: tuple[str, ...]


def dataset_contract(dataset: Dataset, scored: Survey | None = None) -> WorldContract:
    """A recorded dataset as a world; nothing but its metadata is read.

    scored: what its scored episodes hold, where they were read: that is believed, and not the dataset's own statistics,
    which LeRobot's tools rewrite for relative actions.
    """
    info = dataset.info
    if scored is not None:
        return replace(
            dataset_contract(dataset),
            ranges={
                "state": _both(scored.state_range),
                "action": _both(scored.action_range),
            },
            range_source=f"least and largest of the {scored.frames} scored frames",
            instructions=scored.instructions,
        )
    path = dataset.root / "meta" / "stats.json"
    stats = read_json(path) if path.is_file() else {}
    sampling = dataset.memory.sampling
    return WorldContract(
        name=f"dataset {dataset.source}",
        names={"state": info.state_names or (), "action": info.action_names or ()},
        ranges={"state": _range(stats.get(STATE)), "action": _range(stats.get(ACTION))},
        range_source="least and largest in meta/stats.json"
        if stats
        else "not known: there is no meta/stats.json",
        observed=True,
        cameras={role: (camera.key, camera.size) for role, camera in info.cameras.items()},
        rate=f"{dataset.fps:g} frames a second, sampling {sampling or 'not recorded'}",
        instructions=tuple(dict.fromkeys(dataset.form.instructions())),
    )


def simulator_contract(
    tasks: Sequence[str],
    seeds: Mapping[str, Sequence[int]],
    config: str,
    source: str | None,
    split: str | None,
) -> WorldContract:
    """The simulator as a world: `seeds` of each task are the scenes whose sentences are looked up, the other words as
    `robotwin_env.instruction` takes them. Raises InstructionError."""
    from robotwin_env import instruction, load_task
    from robotwin_env.faces.spaces import reachable_action_space
    from robotwin_env.rendering.cameras import HEIGHT, WIDTH

    reach = reachable_action_space()
    bounds = reach.low.astype(np.float64), reach.high.astype(np.float64)
    limits = sorted({load_task(task).STEP_LIMIT for task in tasks})
    told = (instruction(task, seed, config, source, split) for task in tasks for seed in seeds[task])
    return WorldContract(
        name=f"the simulator: {', '.join(tasks) if len(tasks) <= 4 else f'{len(tasks)} tasks'}, {config}",
        names={"state": JOINT_NAMES, "action": JOINT_NAMES},
        ranges={"state": bounds, "action": bounds},
        range_source="where the arms work (robotwin_env.faces.spaces.reachable_action_space)",
        observed=False,
        cameras={role: (name, (HEIGHT, WIDTH)) for role, name in CAMERA_OF.items()},
        rate="an action is a motion from rest to rest of 0.2 to about 0.5 s; at most "
        + " to ".join(map(str, dict.fromkeys([limits[0], limits[-1]])))
        + " actions an episode",
        instructions=tuple(dict.fromkeys(told)),
    )


def _range(stats: Any) -> Range | None:
    """Least and largest of each of the 14 numbers by LeRobot's statistics; None where they do not say."""
    if not isinstance(stats, dict):
        return None
    try:
        low, high = (np.asarray(stats[name], dtype=np.float64) for name in ("min", "max"))
    except (KeyError, TypeError, ValueError):
        return None
    return (low, high) if low.shape == high.shape == (JOINTS,) else None


def _both(limits: NDArray[np.float32]) -> Range:
    return limits[0].astype(np.float64), limits[1].astype(np.float64)
