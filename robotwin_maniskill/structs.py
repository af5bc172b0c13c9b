"""Bodies of a settled SAPIEN scene in ManiSkill's words, without touching them.

A wrapped body must not be among `scene.actors` and `scene.articulations` while ManiSkill sets a scene up: it would
set its pose, and a pose that is set, even to what it was, wakes a body and moves the robot by 1e-4 rad.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sapien
import torch
from mani_skill.utils.structs import Actor, Articulation
from mani_skill.utils.structs.pose import Pose

from robotwin_env.physics.scene import Scene

FIRST = torch.zeros(1, dtype=torch.int)  # indices of the scenes a struct is in: there is one


def wrapped_articulation(articulation: Any, name: str, scene: Any) -> Articulation:
    """An articulation as ManiSkill's, its links and joints called as they are."""
    with _prefixed(articulation, name):
        struct = Articulation.create_from_physx_articulations([articulation], scene, FIRST)
    struct.name = name
    struct.initial_pose = Pose.create(articulation.root_pose)
    return struct


def wrapped_actors(world: Scene, scene: Any) -> dict[str, Actor]:
    """A scene's rigid bodies by the names of `get_state`; those without a body (mere pictures) are left out."""
    actors = {}
    for name, key in world.keys_by_name.items():
        entity = world.entities[key]
        if key not in world.articulations and _has_body(entity):
            actor = Actor.create_from_entities([entity], scene, FIRST, shared_name=name)
            actor.initial_pose = Pose.create(entity.pose)
            actors[name] = actor
    return actors


def wrapped_jointed(world: Scene, scene: Any) -> dict[str, Articulation]:
    """A scene's jointed actors by the names of `get_state`."""
    return {
        name: wrapped_articulation(world.articulations[key], name, scene)
        for name, key in world.keys_by_name.items()
        if key in world.articulations
    }


def _has_body(entity: Any) -> bool:
    physx = sapien.physx
    kinds = (physx.PhysxRigidDynamicComponent, physx.PhysxRigidStaticComponent)
    return any(entity.find_component_by_type(kind) is not None for kind in kinds)


@contextmanager
def _prefixed(articulation: Any, name: str) -> Iterator[None]:
    """Names as ManiSkill's own loader gives them, which it cuts to size: `scene-0_<name>`, `scene-0-<name>_<link>`."""
    parts = [*articulation.links, *articulation.joints]
    before = [part.name for part in parts]
    own = articulation.name
    articulation.name = f"scene-0_{name}"
    for part, old in zip(parts, before, strict=True):
        part.name = f"scene-0-{name}_{old}"
    try:
        yield
    finally:
        articulation.name = own
        for part, old in zip(parts, before, strict=True):
            part.name = old
