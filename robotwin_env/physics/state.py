"""A scene's state as plain arrays: read, and checked as a whole before anything of it is restored.

What a state can hold, beyond finite numbers of the right shape: joints within their limits (PhysX keeps them there
to 1e-6; 1e-3 is let pass), arms' drive targets within the arms' limits and fingers' within what a gripper can be
told, commanded grippers in 0..1, actors less than 100 m from the middle, unit quaternions. A quaternion whose length
is off by more than 1e-3 is refused, not mended; within that it is taken as it is, since scenes themselves hold
rounded ones (0.707, 0.707, 0, 0).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from robotwin_env.arguments import choices, mapping, numbers, same, shown, truth, whole
from robotwin_env.errors import ArgumentError
from robotwin_env.numbers.action_checks import ARM_BOUND
from robotwin_env.numbers.control import GRIPPER_SCALE
from robotwin_env.physics.scene import Scene

FINGERS = ([6, 7], [14, 15])  # of the 16 joints
FAR = 100.0  # m
UNIT_SLACK = 1e-3
JOINT_SLACK = 1e-3  # rad or m
TARGET_SLACK = 1e-6  # rad or m, of float32
Float = NDArray[np.float64]


@dataclass(frozen=True)
class Progress:
    """How far the episode of a state had come."""

    actions_taken: int
    succeeded: bool
    stages: tuple[str, ...]
    facts: tuple[str, ...]


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


def check_scene(state: Any, names: Mapping[str, str | int]) -> None:
    """ArgumentError unless a state is a dictionary, and of this scene where it says of which (`task`, `seed`, …)."""
    given = mapping(state, "state")
    for name, own in names.items():
        if name in given and not same(given[name], own):
            raise ArgumentError(
                f"the state is of {name} {shown(given[name])}, this scene of {own!r}; reset to that scene first"
            )


def check_state(state: Mapping[str, Any], scene: Scene) -> dict[str, Any]:
    """What `Scene.restore` takes, from what `read_state` said of this scene; ArgumentError if it cannot be.

    `grippers`, `joints` and `end_poses` may be left out: the first are then taken from the fingers' drive targets, the
    second stay, the last follow from `qpos` in any case.
    """
    missing = [key for key in ("actors", "qpos", "drive_targets") if key not in state]
    if missing:
        raise ArgumentError(f"the state lacks {missing[0]!r}; give what get_state() returned")
    actors = mapping(state["actors"], "the state's actors")
    if set(actors) != set(scene.keys_by_name):
        raise ArgumentError(
            f"the state's actors {sorted(actors)} are not this scene's {sorted(scene.keys_by_name)}"
        )
    qpos = numbers(state["qpos"], "the state's qpos", (16,))
    robot = scene.robot
    _within(qpos, robot.limits16(), JOINT_SLACK, "qpos", robot.qpos16_names)
    targets = numbers(state["drive_targets"], "the state's drive_targets", (16,))
    _within(targets, _target_limits(), TARGET_SLACK, "drive_targets", robot.qpos16_names)
    low, high = GRIPPER_SCALE
    from_fingers = np.clip((targets[[6, 14]] - low) / (high - low), 0.0, 1.0)
    grippers = numbers(state.get("grippers", from_fingers), "the state's grippers", (2,))
    _within(grippers, np.array([[0.0, 1.0]] * 2), 0.0, "grippers", ("left", "right"))
    if "end_poses" in state:  # they follow from qpos; what cannot be such is a sign of another file
        for side, pose in zip(
            ("left", "right"), numbers(state["end_poses"], "the state's end_poses", (2, 7)), strict=True
        ):
            _pose(pose, f"the {side} hand")
    return {
        "actors": {name: _pose(pose, name) for name, pose in actors.items()},
        "joints": _joints(state.get("joints", {}), scene),
        "qpos": qpos,
        "drive_targets": targets,
        "grippers": grippers,
    }


def check_progress(
    state: Mapping[str, Any], step_limit: int, stages: Collection[str], facts: Collection[str]
) -> Progress:
    """The episode's part of a state: counters whole and in range, booleans boolean, names known."""
    return Progress(
        whole(state.get("actions_taken", 0), "the state's actions_taken", 0, step_limit),
        truth(state.get("is_success", False), "the state's is_success"),
        choices(state.get("stages", ()), "the state's stages", "stage", stages),
        choices(state.get("facts", ()), "the state's facts", "fact", facts),
    )


def _joints(joints: Any, scene: Scene) -> dict[str, Float]:
    """Joint positions (n,) by key of a scene's jointed actors; those a state leaves out stay where they are."""
    names = {name: key for name, key in scene.keys_by_name.items() if key in scene.articulations}
    joints = mapping(joints, "the state's joints")
    foreign = set(joints) - set(names)
    if foreign:
        raise ArgumentError(
            f"the state has joints of {shown(min(foreign))}; jointed in this scene: {', '.join(names) or 'nothing'}"
        )
    positions = {}
    for name, key in names.items():
        body, what = scene.articulations[key], f"joints of {name}"
        positions[key] = numbers(joints.get(name, body.qpos), f"the state's {what}", (body.dof,))
        moving = [joint.name for joint in body.active_joints]
        _within(positions[key], np.asarray(body.get_qlimits(), float), JOINT_SLACK, what, moving)
    return positions


def _pose(value: ArrayLike, name: str) -> Float:
    pose = numbers(value, f"the state's pose of {name}", (7,))
    if np.abs(pose[:3]).max() > FAR:
        raise ArgumentError(f"the state's pose of {name} is over {FAR:g} m away: {pose[:3].tolist()}")
    length = float(np.linalg.norm(pose[3:]))
    if abs(length - 1.0) > UNIT_SLACK:
        raise ArgumentError(
            f"the state's pose of {name} has a quaternion of length {length:.4g}; give a unit one, wxyz"
        )
    return pose


def _target_limits() -> Float:
    limits = np.tile([-ARM_BOUND, ARM_BOUND], (16, 1))
    limits[np.concatenate(FINGERS)] = GRIPPER_SCALE
    return limits


def _within(values: Float, limits: Float, slack: float, what: str, names: Collection[str]) -> None:
    """ArgumentError naming the first of `values` (n,) outside `limits` (n, 2)."""
    for name, value, (low, high) in zip(names, values.tolist(), limits.tolist(), strict=True):
        if not low - slack <= value <= high + slack:
            raise ArgumentError(
                f"the state's {what}: {name} is at {value:.6g}, outside its limits {low:.6g}..{high:.6g}"
            )
