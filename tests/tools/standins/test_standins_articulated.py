"""The articulated stand-ins: they load as upstream loads them, stand still, and every joint turns through its range."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sapien

from tools.standins.articulated import build, joints
from tools.standins.articulated.urdf import rotation

ROOT = Path(__file__).resolve().parents[3]
MODELS = build.models()
IDS = [f"{model}-{model_id}" for model, model_id in MODELS]
HEIGHT = {"044_microwave": 0.8, "056_switch": 0.82}  # m, where the tasks put the root; else 0.741
FORCE = {
    "015_laptop": 4.0,
    "036_cabinet": 0.2,
    "044_microwave": 0.02,
    "056_switch": 0.02,
    "060_kitchenpot": 0.5,
}
QUARTER = np.array([0.7071068, 0, 0, 0.7071068])  # the tasks turn them to face the robot


class Stage:
    """One model on a table, as upstream sets it up for its task."""

    def __init__(self, model: str, model_id: int):
        self.scene = sapien.Scene([sapien.physx.PhysxCpuSystem()])
        self.scene.set_timestep(0.004)
        self.scene.default_physical_material = self.scene.create_physical_material(0.5, 0.5, 0)
        table = self.scene.create_actor_builder()
        table.add_box_collision(sapien.Pose([0, 0, 0.715]), [0.6, 0.35, 0.025])
        table.build_static()
        folder = build.OBJECTS / model / str(model_id)
        self.data = json.loads((folder / "model_data.json").read_text(encoding="utf-8"))
        loader = self.scene.create_urdf_loader()
        loader.scale, loader.fix_root_link = self.data["scale"], model != "060_kitchenpot"
        loader.load_multiple_collisions_from_file = True
        builder = loader.load_file_as_articulation_builder(str(folder / "mobility.urdf"))
        for link in builder.link_builders:
            link.visual_records = []
        self.body: Any = builder.build()
        lift = np.array(self.data.get("transform_matrix", np.eye(4)))
        turned = sapien.Pose(q=QUARTER).to_transformation_matrix()
        matrix = lift @ turned
        matrix[2, 3] += HEIGHT.get(model, 0.741)
        self.body.set_root_pose(sapien.Pose(matrix))
        for link in self.body.links:
            link.set_mass(0.01)
        self.limits = self.body.get_qlimits()
        self.start = np.zeros(self.body.dof)
        if model == "015_laptop":
            low, high = self.limits[0]
            self.start[0] = low + 0.2 * (high - low)
            for joint in self.body.joints:
                joint.set_drive_properties(stiffness=0, damping=1)
        self.body.set_qpos(self.start)

    def step(self, count: int, force: np.ndarray | None = None) -> np.ndarray:
        """Take `count` steps under joint forces; the positions on the way (count, dof)."""
        path = np.empty((count, self.body.dof))
        for index in range(count):
            if force is not None:
                self.body.set_qf(force)
            self.scene.step()
            path[index] = self.body.qpos
        return path


@pytest.mark.parametrize(("model", "model_id"), MODELS, ids=IDS)
def test_it_stands_still_for_ten_seconds(model: str, model_id: int) -> None:
    stage = Stage(model, model_id)
    before = stage.body.root_pose
    path = stage.step(2500)
    assert np.isfinite(path).all()
    assert (path >= stage.limits[:, 0] - 1e-4).all()
    assert (path <= stage.limits[:, 1] + 1e-4).all()
    assert np.abs(path[-1, 0] - stage.start[0]) < 0.005  # the joint a task looks at stays where it was put
    after = stage.body.root_pose
    fall = before.p - after.p
    assert np.abs(fall[:2]).max() < 5e-4
    expected = 0.001 if model == "060_kitchenpot" else 0  # put down 1 mm above the table
    assert fall[2] == pytest.approx(expected, abs=2e-4)
    upright = (before.inv() * after).to_transformation_matrix()[:3, :3]
    assert np.allclose(upright, np.eye(3), atol=1e-3)


@pytest.mark.parametrize(("model", "model_id"), MODELS, ids=IDS)
def test_a_small_force_drives_every_joint_through_its_range(model: str, model_id: int) -> None:
    stage = Stage(model, model_id)
    for index, (low, high) in enumerate(stage.limits):
        ends = (low, high) if np.isfinite(low) else (0, 0.5)  # a knob has no stops
        for sign, end in ((1, ends[1]), (-1, ends[0])):
            force = np.zeros(stage.body.dof)
            force[index] = sign * FORCE[model]
            stage.body.set_qvel(np.zeros(stage.body.dof))
            reached = stage.step(1200, force)[-1, index]
            assert sign * (reached - end) > -1e-3, stage.body.active_joints[index].name


@pytest.mark.parametrize(("model", "model_id"), [m for m in MODELS if m[0] == "056_switch"])
def test_pressing_a_switch_at_its_contact_point_turns_it_on(model: str, model_id: int) -> None:
    stage = Stage(model, model_id)
    point = stage.data["contact_points"][0]
    local = np.array(point["matrix"])
    local[:3, 3] *= stage.data["scale"]
    world = stage.body.find_link_by_name(point["base"]).entity_pose.to_transformation_matrix() @ local
    inwards = -world[:3, 1]  # the direction the gripper points in
    builder = stage.scene.create_actor_builder()
    builder.set_physx_body_type("kinematic")
    builder.add_sphere_collision(radius=0.008)
    finger = builder.build()
    reached = -np.inf
    for depth in np.arange(-0.04, 0.03, 0.0001):
        position = world[:3, 3] + inwards * (depth - 0.008)
        finger.find_component_by_type(sapien.physx.PhysxRigidDynamicComponent).set_kinematic_target(
            sapien.Pose(position)
        )
        if depth < -0.002:
            assert stage.body.qpos[0] < 0.01  # untouched until the finger is there
        reached = max(reached, stage.step(1)[-1, 0])
        if reached >= stage.limits[0, 1] - 0.05 and depth > 0:
            break
    assert reached >= stage.limits[0, 1] - 0.05  # what the task calls on


def test_an_object_dropped_into_the_open_drawer_stays_in_it() -> None:
    stage = Stage("036_cabinet", 46653)
    stage.body.set_qpos([0.16, 0, 0])
    stage.step(1)
    point = stage.data["functional_points"][0]
    link = stage.body.find_link_by_name(point["base"])
    local = np.array(point["matrix"])[:3, 3] * stage.data["scale"]
    target = (link.entity_pose * sapien.Pose(local)).p
    builder = stage.scene.create_actor_builder()
    builder.add_box_collision(half_size=[0.03, 0.03, 0.02])
    box = builder.build()
    box.set_pose(sapien.Pose(target + [0, 0, 0.12]))
    stage.step(500)
    assert np.abs(box.pose.p[:2] - target[:2]).max() < 0.02
    assert box.pose.p[2] - target[2] == pytest.approx(0.02, abs=0.002)
    stage.step(1500, np.array([-0.5, 0, 0]))
    assert stage.body.qpos[0] < 0.005  # closes with the object inside


@pytest.mark.parametrize(("model", "model_id"), MODELS, ids=IDS)
def test_the_urdf_has_the_real_joints(model: str, model_id: int) -> None:
    facts = joints.read_facts(build.OBJECTS, model, model_id)
    urdf = build.OBJECTS / model / str(model_id) / "mobility.urdf"
    written = joints.read_joints(urdf)
    assert len(written) == len(facts.joints)
    for ours, real in zip(written, facts.joints, strict=True):
        assert [ours[key] for key in ("name", "type", "parent", "child")] == [
            real[key] for key in ("name", "type", "parent", "child")
        ]
        for key in ("xyz", "rpy", "axis", "limit"):
            assert (key in ours) == (key in real)
            assert np.allclose(ours.get(key, 0), real.get(key, 0), rtol=1e-8)


@pytest.mark.parametrize(("model", "model_id"), MODELS, ids=IDS)
def test_the_shapes_fill_the_real_extents_and_stand_on_the_real_bottom(model: str, model_id: int) -> None:
    facts = joints.read_facts(build.OBJECTS, model, model_id)
    parts = build.SHAPES[model](facts, model_id)
    corners = np.concatenate([part.corners() for part in parts])
    if facts.extents:
        size = corners.max(axis=0)[:2] - corners.min(axis=0)[:2]
        assert np.abs(size - facts.extents).max() < 0.02
    if "transform_matrix" in facts.data:
        fixed = next(joint for joint in facts.joints if joint["parent"] == "base")
        to_base = rotation(fixed["rpy"])
        lift = np.array(facts.data["transform_matrix"])
        heights = (corners @ to_base.T @ lift[:3, :3].T)[:, 2] * facts.data["scale"] + lift[2, 3]
        assert heights.min() == pytest.approx(0, abs=2e-4)


def test_building_again_changes_nothing(tmp_path: Path) -> None:
    for model, model_id in MODELS:
        source, target = (root / model / str(model_id) for root in (build.OBJECTS, tmp_path))
        target.mkdir(parents=True)
        for name in ("model_data.json", "joints.json"):
            (target / name).write_bytes((source / name).read_bytes())
    build.build(tmp_path)
    for path in sorted(tmp_path.rglob("*.*")):
        assert path.read_bytes() == (build.OBJECTS / path.relative_to(tmp_path)).read_bytes(), path
