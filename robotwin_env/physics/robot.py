"""The dual-arm ALOHA-AgileX in a scene: loading, drives, grippers, state vector, end poses.

Source: RoboTwin `envs/robot/robot.py` and config.yml of the embodiment; robotwin_facts.md §3-4.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from robotwin_env.assets.roots import CAMERA_LINKS, AssetRoot
from robotwin_env.numbers.control import ArmPath, Command, Gripper
from robotwin_env.numbers.pose import Pose
from robotwin_env.physics.urdf import build_articulation

if TYPE_CHECKING:
    import sapien

ROOT_P, ROOT_Q = (0.0, -0.65, 0.0), (0.707, 0.0, 0.0, 0.707)  # config.yml robot_pose
LINK_MASS = 1.0  # kg, forced on every link; inertias stay those of density 1000
TOOL_OFFSET = 0.12  # m, from the end-effector frame to the tool point, along its x


class Arm:
    """One arm: its six joints, two finger joints, end-effector link and wrist camera link."""

    def __init__(self, articulation: Any, side: int, config: dict[str, Any]):
        find = articulation.find_joint_by_name
        gripper = config["gripper_name"][side]
        self.joints = [find(name) for name in config["arm_joints_name"][side]]
        self.fingers = [find(gripper["base"]), *(find(mimic[0]) for mimic in gripper["mimic"])]
        self.end_link = articulation.find_link_by_name(config["move_group"][side])
        self.camera_link = articulation.find_link_by_name(CAMERA_LINKS[side])
        self.gripper = Gripper()
        self._finger_command: tuple[float, float] | None = None
        self._setters = [(joint.set_drive_target, joint.set_drive_velocity_target) for joint in self.joints]
        self._drive_setters = [setter for pair in self._setters for setter in pair]
        self._finger_setters = [(j.set_drive_target, j.set_drive_velocity_target) for j in self.fingers]

    @property
    def targets(self) -> NDArray[np.float32]:
        """Drive targets of the six joints (6,) rad."""
        return np.array([joint.drive_target[0] for joint in self.joints], np.float32)

    def set_targets(self, position: list[float], velocity: list[float]) -> None:
        """Drive targets (6,) rad and drive velocity targets (6,) rad/s for the next physics step."""
        for (set_position, set_velocity), p, v in zip(self._setters, position, velocity, strict=True):
            set_position(p)
            set_velocity(v)

    def set_gripper(self, value: float, eps: float | None = None) -> None:
        """Command a gripper value in [0, 1] (clipped); see control.Gripper."""
        self._drive_fingers(self.gripper.command(value) if eps is None else self.gripper.command(value, eps))

    def follow(self, command: Command) -> None:
        """Give the joints and the gripper what a row of control.action_table has for this arm."""
        if command.drives is not None:
            for give, number in zip(self._drive_setters, command.drives, strict=True):
                give(number)
        self.gripper.value, self.gripper.target = command.value, command.held
        self._drive_fingers(command.fingers)

    def _drive_fingers(self, command: tuple[float, float]) -> None:
        if command == self._finger_command:
            return  # most steps of most actions: the fingers' drives hold these very values
        self._finger_command = command
        target, velocity = command
        for set_position, set_velocity in self._finger_setters:
            set_position(target)
            set_velocity(velocity)

    def restore_gripper(self, value: float, target: float) -> None:
        """Take over a commanded value and the drive target (m) that the fingers have already been given."""
        self.gripper.value, self.gripper.target = value, target
        self._finger_command = None

    def end_pose(self) -> Pose:
        """Measured world pose of the end-effector link, the quaternion with w ≥ 0 as upstream reports it."""
        pose = self.end_link.entity_pose
        return Pose.of(pose.p, pose.q if pose.q[0] >= 0 else -pose.q)


class Robot:
    """The whole articulation. `arms` is (left, right)."""

    def __init__(self, scene: sapien.Scene, root: AssetRoot, *, visible: bool):
        import sapien

        self.articulation, _ = build_articulation(scene, root.urdf, visible=visible, fixed=True)
        self.articulation.set_root_pose(sapien.Pose(ROOT_P, ROOT_Q))
        config = root.robot
        for joint in self.articulation.active_joints:
            joint.set_drive_property(config["joint_stiffness"], config["joint_damping"])
        self.arms = tuple(Arm(self.articulation, side, config) for side in range(2))
        for joint in (finger for arm in self.arms for finger in arm.fingers):
            joint.set_drive_property(config["gripper_stiffness"], config["gripper_damping"])
        for link in self.articulation.links:
            link.set_mass(LINK_MASS)
        order = [joint.name for joint in self.articulation.active_joints]
        self.qpos16_names = tuple(j.name for arm in self.arms for j in (*arm.joints, *arm.fingers))
        self._front = np.array([order.index(name) for name in self.qpos16_names])

    @property
    def front_indices(self) -> NDArray[np.intp]:
        """Where the 16 front-arm joints stand among the articulation's active joints (16,)."""
        return self._front

    def compensate_gravity(self) -> None:
        """Cancel gravity and Coriolis forces; the force stays on until the next call, as upstream has it."""
        passive = self.articulation.compute_passive_force(True, True)
        self.articulation.set_qf(passive)

    def state(self) -> NDArray[np.float32]:
        """State vector (14,): arm drive *targets* (rad) and last *commanded* gripper values, not measurements."""
        parts = [np.append(arm.targets, np.float32(arm.gripper.value)) for arm in self.arms]
        return np.concatenate(parts)

    def qpos16(self) -> NDArray[np.float32]:
        """Measured positions (16,) of the front arms, in the order of `qpos16_names` (rad, fingers m)."""
        return self.articulation.qpos[self._front]

    def limits16(self) -> NDArray[np.float64]:
        """Limits (16, 2) of the front arms' positions, in the order of `qpos16_names` (rad, fingers m)."""
        return np.asarray(self.articulation.get_qlimits()[self._front], float)

    def drive_targets16(self) -> NDArray[np.float32]:
        """Drive targets (16,) in the order of `qpos16_names` (rad, fingers m)."""
        joints = self.articulation.active_joints
        return np.array([joints[i].drive_target[0] for i in self._front], np.float32)

    def restore(self, qpos: ArrayLike, drive_targets: ArrayLike, grippers: ArrayLike) -> None:
        """Set the front arms' positions (16,), drive targets (16,) and commanded gripper values (2,), at rest."""
        full = self.articulation.qpos
        full[self._front] = qpos
        self.articulation.set_qpos(full)
        self.articulation.set_qvel(np.zeros_like(full))
        joints = self.articulation.active_joints
        targets = np.asarray(drive_targets, float).tolist()
        for i, target in zip(self._front, targets, strict=True):
            joints[i].set_drive_target(target)
            joints[i].set_drive_velocity_target(0.0)
        for arm, value, finger in zip(self.arms, np.asarray(grippers, float).tolist(), (6, 14), strict=True):
            arm.restore_gripper(value, targets[finger])

    def end_poses(self) -> NDArray[np.float32]:
        """Measured end-effector poses (2, 7), left then right."""
        return np.stack([arm.end_pose().vector() for arm in self.arms])


def path_rows(path: ArmPath) -> tuple[list[list[float]], list[list[float]]]:
    """A path's samples as nested lists, which SAPIEN's setters take several times faster than array rows."""
    if path.position is None or path.velocity is None:
        return [], []
    return path.position.tolist(), path.velocity.tolist()
