"""What the environment is given, checked: actions and states from outside."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from robotwin_env.control import GRIPPER_SCALE
from robotwin_env.errors import ActionError, RoboTwinError
from robotwin_env.scene import Scene

ARM_BOUND = 10.0  # rad, the joint limits of the robot description
LOW = np.array(([-ARM_BOUND] * 6 + [0.0]) * 2, np.float32)
HIGH = np.array(([ARM_BOUND] * 6 + [1.0]) * 2, np.float32)
ARM_COLUMNS = np.array([0, 1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 12])


def check_actions(actions: ArrayLike) -> NDArray[np.float64]:
    """Actions (k, 14) as float64; ActionError names the first bad one."""
    try:
        array = np.asarray(actions, np.float64)
    except (TypeError, ValueError):
        raise ActionError("actions must be numbers of shape (k, 14)") from None
    if array.ndim != 2 or array.shape[1] != len(LOW) or len(array) == 0:
        raise ActionError(f"actions must have shape (k, 14) with k >= 1, not {array.shape}")
    bad = np.flatnonzero(~np.isfinite(array).all(axis=1))
    if bad.size:
        raise ActionError(f"action {bad[0]} holds NaN or infinity; the policy's output is broken")
    arms = np.abs(array[:, ARM_COLUMNS])
    if arms.max() > ARM_BOUND:
        index, joint = np.unravel_index(int(arms.argmax()), arms.shape)
        raise ActionError(
            f"action {index} sends a joint to {array[index, ARM_COLUMNS[joint]]:.4g} rad, beyond its limit of "
            f"±{ARM_BOUND:g}; are the actions un-normalised?"
        )
    return array


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
