"""What a run's scenes are made of and told: the provenance that closed loop and recordings share."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from harness.files.hashing import digest, file_sha256
from harness.rollout.environments import SceneOptions
from harness.runs.provenance import git_state

OWN = "own"
SENTENCES_CHECKED = 10  # scenes of every task whose instruction is looked up before anything starts

WHOLE_UP_TO = 2**20
"""Bytes. Descriptions, annotations and small meshes are smaller; larger meshes and textures are gigabytes."""


def scene_facts(options: SceneOptions, tasks: Sequence[str], roles: tuple[str, ...]) -> dict[str, Any]:
    """Provenance of the simulator: assets and their kind, instructions, and how it draws where it draws at all.

    `roles` are the cameras drawn. Raises the user's mistakes a scene would: AssetError, InstructionError, ….
    """
    from robotwin_env.asset_origin import kind_of_run, surroundings_kinds
    from robotwin_env.drawing.settings import setting_of
    from robotwin_env.instructions import TASK_NAME
    from robotwin_env.rendering.cameras import RenderSettings, resolve, vulkan_device

    root = options.make(tasks[0], roles=()).root
    instructions = instructions_of(options, tasks)
    setting = setting_of(options.config)
    facts: dict[str, Any] = {
        "assets_root": str(root.path),
        "assets_kind": kind_of_run(root, tasks, options.config),
        "assets_hash": assets_hash(root.path),
        "instructions": instructions,
        "instruction_split": None
        if instructions == TASK_NAME
        else options.instruction_split or setting.split,
    }
    if setting.clutter:
        facts |= {f"{part}_kind": kind for part, kind in surroundings_kinds(root).items()}
    if roles:
        settings = resolve(RenderSettings(options.shader, options.shadows))
        facts |= {"shader": settings.shader, "shadows": settings.shadows, "render_device": vulkan_device()[1]}
    return facts


def instructions_of(options: SceneOptions, tasks: Sequence[str]) -> str:
    """`own`, `task-name`, or the RoboTwin checkout whose templates are used: its folder and, if any, its commit.

    A checkout must have what the tasks need: the instructions of some scenes of each are looked up.
    """
    if options.instructions is None:
        return OWN
    from robotwin_env import instruction
    from robotwin_env.instructions import TASK_NAME

    if options.instructions == TASK_NAME:
        return TASK_NAME
    folder = Path(options.instructions).expanduser().resolve()
    for task in tasks:
        for seed in range(SENTENCES_CHECKED):
            instruction(task, seed, options.config, folder, options.instruction_split)
    commit, dirty = git_state(folder)
    return f"{folder} at {commit}{' with changes' if dirty else ''}" if commit else str(folder)


def assets_hash(root: Path) -> str:
    """sha256 over what scenes are built from: robot and object models of an asset root and of the stand-ins.

    The stand-ins count beside any root, because they serve where it lacks a model. Files up to WHOLE_UP_TO
    count with every byte, larger ones with name and size.
    """
    from robotwin_env.assets.roots import EMBODIMENT, STANDIN_ROOT

    content = {}
    for whose, base in (("root", root), ("stand-in", STANDIN_ROOT)):
        for part in (EMBODIMENT, Path("objects")):
            for file in (base / part).rglob("*"):
                if file.is_file():
                    content[f"{whose}/{file.relative_to(base).as_posix()}"] = _content(file)
    return digest(content)


def _content(file: Path) -> str:
    size = file.stat().st_size
    return file_sha256(file) if size <= WHOLE_UP_TO else f"{size} bytes"
