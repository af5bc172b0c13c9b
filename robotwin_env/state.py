"""A scene's state as plain arrays: read, and restored once it is checked."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from robotwin_env.control import GRIPPER_SCALE
from robotwin_env.errors import RoboTwinError
from robotwin_env.scene import Scene


def read_state(scene: Scene) -> dict[str, Any]:
    """Poses (7,) of `actors` and `joints` (n,) of jointed ones by name, `qpos` (16,), `drive_targets` (16,),
    `end_poses` (2, 7) and commanded `grippers` (2,) of the arms.
    """
    robot = scene.robot
    return {
        "actors": {name: scene.pose(key).vector() for name, key in scene.keys_by_name.items()},
        "joints": {
            name: scene.articulations[key].qpos.copy()
            for name, key in scene.keys_by_name.items()
            if key in scene.articulations
        },
        "qpos": robot.qpos16(),
        "drive_targets": robot.drive_targets16(),
        "end_poses": robot.end_poses(),
        "grippers": np.array([arm.gripper.value for arm in robot.arms]),
    }


def restore_state(scene: Scene, state: dict[str, Any]) -> None:
    """Set a scene to what `read_state` said of it, at rest; RoboTwinError, with nothing changed, if it cannot be.

    `grippers` and `joints` may be left out: they are then taken from the fingers' drive targets, and stay.
    """
    checked = check_state(state, scene.keys_by_name)
    checked["joints"] = check_joints(state.get("joints", {}), scene)
    scene.restore(checked)


def check_state(state: dict[str, Any], names: Collection[str]) -> dict[str, Any]:
    """A state's actors (7,), qpos (16,), drive_targets (16,) and grippers (2,) as finite float64 arrays."""
    missing = [key for key in ("actors", "qpos", "drive_targets") if key not in state]
    if missing:
        raise RoboTwinError(f"the state lacks {missing[0]!r}; give what get_state() returned")
    if set(state["actors"]) != set(names):
        raise RoboTwinError(
            f"the state's actors {sorted(state['actors'])} are not this scene's {sorted(names)}"
        )
    targets = _finite(state["drive_targets"], (16,), "drive_targets")
    low, high = GRIPPER_SCALE
    from_fingers = np.clip((targets[[6, 14]] - low) / (high - low), 0.0, 1.0)
    return {
        "actors": {name: _finite(pose, (7,), f"pose of {name}") for name, pose in state["actors"].items()},
        "qpos": _finite(state["qpos"], (16,), "qpos"),
        "drive_targets": targets,
        "grippers": _finite(state.get("grippers", from_fingers), (2,), "grippers"),
    }


def check_joints(joints: dict[str, ArrayLike], scene: Scene) -> dict[str, NDArray[np.float64]]:
    """Joint positions (n,) by key of a scene's jointed actors; those a state leaves out stay where they are."""
    names = {key: name for name, key in scene.keys_by_name.items()}
    return {
        key: _finite(joints.get(names[key], body.qpos), (body.dof,), f"joints of {names[key]}")
        for key, body in scene.articulations.items()
    }


def _finite(value: ArrayLike, shape: tuple[int, ...], what: str) -> NDArray[np.float64]:
    try:
        array = np.asarray(value, np.float64)
    except (TypeError, ValueError):
        raise RoboTwinError(f"the state's {what} must be numbers of shape {shape}") from None
    if array.shape != shape:
        raise RoboTwinError(f"the state's {what} must have shape {shape}, not {array.shape}")
    if not np.isfinite(array).all():
        raise RoboTwinError(f"the state's {what} holds NaN or infinity")
    return array
