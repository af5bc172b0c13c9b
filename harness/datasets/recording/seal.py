"""What makes files on disk a recording of ours: meta/robotwin.json checksums, a card, modes for others to read."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from harness.core.errors import UserError
from harness.core.robot import JOINT_NAMES
from harness.datasets import source
from harness.datasets.format import EXTRAS, read_extras
from harness.datasets.reader import Dataset
from harness.datasets.recorded import SCHEMA
from harness.datasets.recording.card import write_card
from harness.datasets.survey import Survey, verify
from harness.files.json_files import write_json

ARMS = {"left": slice(0, 6), "right": slice(7, 13)}
BY_FRAME = ("states", "solved_at", "discontinuities")
"""What is said of an episode by the numbers of its frames."""


def seal(
    root: Path, about: Mapping[str, Any], episodes: Mapping[str, Mapping[str, Any]], name: str
) -> list[str]:
    """Write what a recording in `root` is, and see that it is whole.

    about: how it was made. episodes: index as text -> what is known of it. name: what it is called. Returns what is
    to be said of it. Raises UserError where a video has lost frames.
    """
    readable(root)
    hashes = source.file_hashes(root)
    files = {file: sha for file, sha in hashes.items() if not file.startswith("meta/")}
    write_json(root / EXTRAS, {"schema": SCHEMA, **about, "episodes": episodes, "files": files})
    dataset = Dataset(source.Source(root))
    scored = verify(dataset, range(dataset.total_episodes))
    write_card(dataset, name)
    return still_arms(scored)


def reseal(root: Path) -> list[str]:
    """Accept a recording that was edited: see that it is whole and write what it is now.

    What its frames or the earlier meta/robotwin.json say of an episode is kept where it is still true. Returns what is
    to be said. Raises UserError for what is no recording of ours, or not whole.
    """
    if not (root / "meta" / "info.json").is_file():
        raise UserError(
            f"--reseal {root}: no LeRobot dataset (it has no meta/info.json); give a dataset's own folder"
        )
    before = read_extras(root)
    dataset = Dataset(source.Source(root), edited=True)
    verify(dataset, range(dataset.total_episodes))
    episodes = {str(index): _still_true(dataset, index) for index in range(dataset.total_episodes)}
    about = {name: value for name, value in before.items() if name not in ("episodes", "files", "schema")}
    if dataset.memory.sampling:
        about.setdefault("sampling", dataset.memory.sampling)
    config = dict(about.get("config", {}))
    if dataset.memory.assets_kind:
        config.setdefault("assets_kind", dataset.memory.assets_kind)
    known = sum("scene_seed" in episode for episode in episodes.values())
    remarks = seal(root, {**about, "config": config, "edited": True}, episodes, root.resolve().name)
    return [
        f"{root}: {len(episodes)} episodes accepted as they are now, the scene of {known} is known",
        *remarks,
    ]


def _still_true(dataset: Dataset, index: int) -> dict[str, Any]:
    """What is known of an episode; what names frames only where it has as many as it had."""
    known = dict(dataset.record(index))
    named = [state.get("frame") for state in known.get("states") or []]
    named += [known.get("solved_at"), *(known.get("discontinuities") or [])]
    if any(isinstance(frame, int) and frame >= dataset.length(index) for frame in named):
        known = {name: value for name, value in known.items() if name not in BY_FRAME}
    return {name: value for name, value in known.items() if name not in ("sampling", "assets")}


def readable(root: Path) -> None:
    """Give a dataset's files the mode that new ones have: LeRobot leaves films to their owner alone.

    What else lies in the folder, or is linked from it, is its owner's.
    """
    mask = os.umask(0)
    os.umask(mask)
    for place in (root / name for name in source.LEROBOT_PLACES):
        for path in () if place.is_symlink() else place.rglob("*"):
            if path.is_file() and not path.is_symlink():
                path.chmod(0o666 & ~mask)


def still_arms(scored: Survey) -> list[str]:
    """That an arm, or a single number, never moves, in a sentence; none where all do."""
    still = (scored.state_range[0] == scored.state_range[1]) & (
        scored.action_range[0] == scored.action_range[1]
    )
    if not still.any() or still.all():
        return []
    arms = [name for name, part in ARMS.items() if still[part].all()]
    named = [f"the {arm} arm" for arm in arms]
    inside = np.zeros(len(still), bool)
    for arm in arms:
        inside[ARMS[arm]] = True
    named += [JOINT_NAMES[i] for i in np.flatnonzero(still & ~inside)]
    return [
        f"{' and '.join(named) if len(named) < 3 else ', '.join(named)} never moved: the standard deviation there is "
        "0, so what a policy trained on this predicts for it is undefined; record scenes that need both arms"
    ]
