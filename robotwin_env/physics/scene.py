"""One SAPIEN scene: ground, wall, table, robot, a task's actors, and their settling.

Creation order, materials, masses and the number of physics steps before the first observation are upstream's
(robotwin_facts.md §1, §3), since PhysX repeats itself to the last bit only where they are the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from robotwin_env.assets.models import Point
from robotwin_env.assets.roots import AssetRoot
from robotwin_env.assets.shapes import Jointed
from robotwin_env.drawing.layout import TABLE_HEIGHT, Layout, unique_names
from robotwin_env.drawing.settings import Surroundings
from robotwin_env.later import import_sapien
from robotwin_env.numbers.control import TIMESTEP, action_table
from robotwin_env.numbers.pose import Pose, angle_between_deg
from robotwin_env.physics.build import Builder, dynamic_body
from robotwin_env.physics.robot import Robot
from robotwin_env.physics.scenery import Scenery

TASK_FRICTION = (0.5, 0.5, 0.0)  # static, dynamic, restitution of wall, table top and primitives
GRIPPER_OPEN_STEPS, GRIPPER_HOLD_STEPS = 200, 100
SETTLE_STEPS, WATCH_STEPS, JUDGED_STEPS = 2000, 500, 200
UNSTABLE_DEG = 3.0


def configure_physics() -> None:
    """SAPIEN's process-wide PhysX settings: its own defaults, said aloud in case another package changed them."""
    physx = import_sapien().physx
    scene = physx.PhysxSceneConfig()
    scene.gravity = np.array([0, 0, -9.81], np.float32)
    scene.bounce_threshold = 2.0
    scene.enable_tgs = scene.enable_pcm = scene.enable_friction_every_iteration = True
    scene.enable_ccd = scene.enable_enhanced_determinism = False
    physx.set_scene_config(scene)
    body = physx.PhysxBodyConfig()
    body.sleep_threshold = 0.005
    body.solver_position_iterations, body.solver_velocity_iterations = 10, 1
    physx.set_body_config(body)
    shape = physx.PhysxShapeConfig()
    shape.contact_offset, shape.rest_offset = 0.01, 0.0
    physx.set_shape_config(shape)
    physx.set_default_material(0.3, 0.3, 0.1)


@dataclass(frozen=True)
class Settled:
    """How the scene came to rest: `stable`, and the names of the actors that still turned."""

    stable: bool
    unstable: tuple[str, ...]


class Scene:
    """A running scene. `step()` is one physics step of 4 ms; nothing here draws."""

    def __init__(
        self,
        layout: Layout,
        root: AssetRoot,
        render_system: Any | None = None,
        surroundings: Surroundings | None = None,
    ):
        import sapien

        configure_physics()
        systems = [sapien.physx.PhysxCpuSystem()]
        if render_system is not None:
            systems.append(render_system)
        self.visible = render_system is not None
        self.layout = layout
        self.sapien = sapien.Scene(systems)
        self.sapien.set_timestep(TIMESTEP)
        ground = self.sapien.add_ground(0, render=False)
        self.sapien.default_physical_material = self.sapien.create_physical_material(*TASK_FRICTION)
        self.step = self.sapien.physx_system.step
        scenery = Scenery(self.sapien, ground, layout.table_xy, TABLE_HEIGHT + layout.lift)
        builder = Builder(self.sapien, visible=self.visible)
        self.robot = Robot(self.sapien, root, visible=self.visible)
        self.step()
        for arm in self.robot.arms:
            for joint in arm.joints:
                joint.set_drive_target(0.0)
        self._open_grippers(0.0)
        self.entities = {actor.key: builder.actor(actor) for actor in layout.actors}
        self.wait(layout.rest_rounds)
        self.entities |= {actor.key: builder.actor(actor) for actor in layout.clutter}
        if self.visible:
            scenery.show(root.path, surroundings)
        jointed = [actor.key for actor in layout.actors if isinstance(actor.shape, Jointed)]
        self.articulations = {key: self.entities[key] for key in jointed}
        rigid = (dynamic_body(self.entities[a.key]) for a in layout.everything if a.key not in jointed)
        self._bodies = [body for body in rigid if body is not None]
        self._links = [link for key in jointed for link in self.entities[key].links]
        self._marks: dict[tuple[str, str, int], Point] = {}  # asked for by conditions, 250 times a second
        names = unique_names([actor.name for actor in layout.everything])
        self.keys_by_name = dict(zip(names, self.entities, strict=True))

    def _open_grippers(self, start: float) -> None:
        """Upstream's `together_open_gripper`: 200 linear steps from `start` to 1, 100 more at 1."""
        ramp = np.linspace(start, 1.0, GRIPPER_OPEN_STEPS).tolist()
        for value in [*ramp, *[1.0] * GRIPPER_HOLD_STEPS]:
            self.robot.compensate_gravity()
            for arm in self.robot.arms:
                arm.set_gripper(value, eps=(1.0 - start) / GRIPPER_OPEN_STEPS)
            self.step()

    def settle(self) -> Settled:
        """Let the actors come to rest (2000 + 500 steps) and see whether any still turns more than 3°.

        Judged over the last 200 steps, rotation only, as upstream's `check_stable`.
        """
        moving = {
            a.key: self.entities[a.key]
            for a in self.layout.everything
            if not a.static and a.key not in self.articulations
        }
        for _ in range(SETTLE_STEPS + WATCH_STEPS - JUDGED_STEPS):
            self.step()
        turned: dict[str, list[NDArray[np.float32]]] = {key: [] for key in moving}
        for _ in range(JUDGED_STEPS):
            self.step()
            for key, entity in moving.items():
                turned[key].append(entity.pose.q)
        unstable = tuple(
            self.layout.actor(key).name
            for key, qs in turned.items()
            if np.any(angle_between_deg(qs[-1], np.array(qs)) > UNSTABLE_DEG)
        )
        return Settled(not unstable, unstable)

    def act(
        self, action: NDArray[np.float64], succeeded: Callable[[], bool], restless: Callable[[], bool]
    ) -> tuple[int, bool]:
        """Play one action (14,) to its end, or to the first physics step after which `succeeded()`.

        While every actor sleeps and no gripper's command changes, the last answer stands and `succeeded` is not
        asked again, unless `restless()` says that the condition looked at more than actors' poses and gripper
        commands. Returns (physics steps taken, whether it stopped on success).
        """
        left, right = self.robot.arms
        targets = left.targets.astype(float), right.targets.astype(float)
        steps = 0
        seen: tuple[float, float] | None = None
        for for_left, for_right in action_table(action, targets, (left.gripper, right.gripper)):
            self.robot.compensate_gravity()
            if for_left is not None:
                left.follow(for_left)
            if for_right is not None:
                right.follow(for_right)
            self.step()
            steps += 1
            before, seen = seen, (left.gripper.value, right.gripper.value) if self._asleep() else None
            if (seen is None or seen != before or restless()) and succeeded():
                return steps, True
        return steps, False

    def pose(self, key: str) -> Pose:
        """Present world pose of an actor (of a jointed one: of its root)."""
        pose = self.entities[key].pose
        return Pose.of(pose.p, pose.q)

    def frame(self, key: str, kind: str, index: int) -> NDArray[np.float64]:
        """Present world transform (4, 4) of a marked frame: `contact`, `functional`, `target`, `orientation`."""
        mark = self._marks.get((key, kind, index))
        if mark is None:
            mark = self._marks[key, kind, index] = self.layout.actor(key).shape.point(kind, index)
        if mark.link is None:
            pose = self.entities[key].pose
        else:
            pose = self.articulations[key].find_link_by_name(mark.link).entity_pose
        return pose.to_transformation_matrix().astype(float) @ mark.matrix

    def wait(self, rounds: int) -> None:
        """Command the open grippers to stay open for `rounds` times 300 steps: upstream's `delay`."""
        for _ in range(rounds):
            self._open_grippers(1.0)

    def _asleep(self) -> bool:
        """Whether PhysX has put every movable actor to sleep: none will move until something touches it."""
        for body in self._bodies:  # a generator costs more than the question, 250 times a second
            if not body.is_sleeping:
                return False
        return all(link.sleeping for link in self._links)

    def restore(self, state: dict[str, Any]) -> None:
        """Set actors, joints, drive targets and grippers to a recorded state, everything at rest."""
        import sapien

        for name, key in self.keys_by_name.items():
            pose = state["actors"][name]
            self.entities[key].set_pose(sapien.Pose(pose[:3], pose[3:]))
        for body in self._bodies:
            body.linear_velocity = body.angular_velocity = np.zeros(3, np.float32)
        for key, articulation in self.articulations.items():
            articulation.set_qpos(state["joints"][key])
            articulation.set_qvel(np.zeros(articulation.dof, np.float32))
            articulation.set_root_linear_velocity(np.zeros(3, np.float32))
            articulation.set_root_angular_velocity(np.zeros(3, np.float32))
        self.robot.restore(state["qpos"], state["drive_targets"], state["grippers"])
