"""Inverse kinematics of one arm, and end-effector orientations worth asking for.

SAPIEN's pinocchio model solves it (0.4 ms); it ignores joint limits, so they are checked here.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from robotwin_env.numbers.pose import Pose
from robotwin_env.physics.robot import Robot

Float = NDArray[np.float64]
REST_SEEDS = ((0.0, 1.2, 1.2, 0.0, 0.0, 0.0), (0.0, 1.8, 1.5, -0.4, 0.0, 0.0), (0.0, 0.8, 0.6, 0.2, 0.0, 0.0))
POSITION_TOLERANCE, ANGLE_TOLERANCE = 1e-3, 1e-2  # m, rad: what counts as solved
WRIST, FOLDED = 3, 2.2  # joint; rad beyond which the hand's collision hull meets the forearm's (measured)


class Kinematics:
    """Forward and inverse kinematics of both arms of a robot. Side 0 is left, 1 right."""

    def __init__(self, robot: Robot):
        articulation = robot.articulation
        self._model: Any = articulation.create_pinocchio_model()
        self._root = articulation.root_pose
        self._neutral = articulation.qpos.astype(float)
        links = [link.name for link in articulation.links]
        self._links = [links.index(arm.end_link.name) for arm in robot.arms]
        self._joints = [robot.front_indices[0:6], robot.front_indices[8:14]]
        self._limits = [articulation.get_qlimits()[joints] for joints in self._joints]

    def solve(self, side: int, target: Pose, near: Float) -> Float | None:
        """Joint angles (6,) rad that bring the end effector to `target`, the solution nearest to `near`.

        None where no seed converges within 1 mm and 0.01 rad, inside the joint limits and with the hand clear of
        the forearm.
        """
        import sapien

        goal = self._root.inv() * sapien.Pose(target.p, target.q)
        mask = np.zeros(len(self._neutral), np.int32)
        mask[self._joints[side]] = 1
        best: Float | None = None
        for seed in (near, *REST_SEEDS):
            start = self._neutral.copy()
            start[self._joints[side]] = seed
            full, _, _ = self._model.compute_inverse_kinematics(
                self._links[side], goal, initial_qpos=start, active_qmask=mask, eps=1e-4, max_iterations=300,
                dt=0.1, damp=1e-6,
            )  # fmt: skip
            qpos = near + wrapped(np.asarray(full, float)[self._joints[side]] - near)
            if abs(qpos[WRIST]) > FOLDED or not self._reaches(side, qpos, goal):
                continue
            if best is None or np.abs(qpos - near).max() < np.abs(best - near).max():
                best = qpos
        return best

    def forward(self, side: int, q: Float) -> Float:
        """End-effector transform (4, 4) in the world at joint angles q (6,) rad."""
        full = self._neutral.copy()
        full[self._joints[side]] = q
        self._model.compute_forward_kinematics(full)
        pose = self._root * self._model.get_link_pose(self._links[side])
        return np.asarray(pose.to_transformation_matrix(), float)

    def _reaches(self, side: int, q: Float, goal: Any) -> bool:
        low, high = self._limits[side].T
        if np.any(q < low) or np.any(q > high):
            return False
        full = self._neutral.copy()
        full[self._joints[side]] = q
        self._model.compute_forward_kinematics(full)
        error = goal.inv() * self._model.get_link_pose(self._links[side])
        angle = 2.0 * np.arccos(min(1.0, abs(float(error.q[0]))))
        return bool(np.linalg.norm(error.p) < POSITION_TOLERANCE and angle < ANGLE_TOLERANCE)


def wrapped(angle: Float) -> Float:
    """The same angles (rad) within half a turn of zero."""
    return (angle + np.pi) % (2 * np.pi) - np.pi


def facing(forward: Float, up: Float) -> Float:
    """Rotation (3, 3) of an end effector whose x axis points along `forward`, its z as near `up` as can be."""
    x = np.asarray(forward, float) / np.linalg.norm(forward)
    y = np.cross(up, x)
    y /= np.linalg.norm(y)
    return np.stack([x, y, np.cross(x, y)], axis=1)


def top_down(yaw: float) -> Float:
    """Rotation (3, 3) of an end effector that points down; at yaw 0 the fingers open along the world's x."""
    return facing(np.array([0.0, 0.0, -1.0]), np.array([-np.sin(yaw), np.cos(yaw), 0.0]))


def level(heading: float) -> Float:
    """Rotation (3, 3) of an end effector held level, pointing along `heading` (rad from the world's x)."""
    return facing(np.array([np.cos(heading), np.sin(heading), 0.0]), np.array([0.0, 0.0, 1.0]))


def rotation_z(yaw: float) -> Float:
    """Rotation (3, 3) by `yaw` rad about the vertical."""
    c, s = np.cos(yaw), np.sin(yaw)
    return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])


def yaw_of(rotation: Float) -> float:
    """Heading (rad) of a body's x axis in the world's horizontal plane."""
    return float(np.arctan2(rotation[1, 0], rotation[0, 0]))


def finger_yaw(rotation: Float) -> float:
    """The yaw of a hand pointing down: `finger_yaw(top_down(yaw)) == yaw`."""
    return float(np.arctan2(-rotation[0, 2], rotation[1, 2]))


def at(rotation: Float, position: Float) -> Float:
    """Homogeneous transform (4, 4)."""
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = rotation, position
    return matrix
