"""Bodies of a scene: masses, what stands where, and what a broken file is told before anything runs."""

from __future__ import annotations

import dataclasses
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from robotwin_env import draw_layout
from robotwin_env.assets import STANDIN_ROOT, open_root
from robotwin_env.build import check_visuals, dynamic_body, reading
from robotwin_env.errors import AssetError
from robotwin_env.layout import TABLE_HEIGHT, Actor, Box, Described, Layout, Sphere, jointed, mesh
from robotwin_env.models import Catalog
from robotwin_env.pose import Pose
from robotwin_env.scene import Scene

ROOT = Path(__file__).resolve().parents[2]
HALF = 0.02
CUBE = Box((HALF, HALF, HALF), (1.0, 0.0, 0.0))
UPRIGHT = (0.5, 0.5, 0.5, 0.5)
TINY = """<robot name="tiny"><link name="tiny"><collision><geometry><box size="0.04 0.04 0.06"/></geometry>
</collision><visual><geometry><box size="0.04 0.04 0.06"/></geometry></visual></link></robot>"""


def block(key: str, p: tuple[float, float, float], **options: Any) -> Actor:
    return Actor(key, "box", CUBE, Pose.of(p), **options)


def scene_of(*actors: Actor, **options: Any) -> Scene:
    return Scene(Layout(actors, **options), open_root(None))


def fall(scene: Scene, steps: int = 300) -> None:
    for _ in range(steps):
        scene.step()


def entity(scene: Scene, name: str) -> Any:
    return next(entity for entity in scene.sapien.entities if entity.name == name)


# ---- bodies


def test_masses_are_a_hundredth_of_a_kilogram_unless_given():
    catalog = Catalog()
    scene = scene_of(
        block("light", (0, 0, 1)),
        block("heavy", (0, 0.1, 1), mass=0.5),
        Actor("ball", "ball", Sphere(0.02, (1.0, 0, 0)), Pose.of([0.1, 0, 1]), mass=0.001),
        mesh("bowl", catalog.model("002_bowl", 3), Pose.of([0.2, 0, 1], UPRIGHT)),
        mesh("cup", catalog.model("021_cup", 0), Pose.of([0.3, 0, 1], UPRIGHT), mass=0.05),
        jointed("microwave", catalog.jointed("044_microwave", 0), Pose.of([-0.3, 0, 1]), fixed=True),
    )
    masses = {
        key: dynamic_body(scene.entities[key]).mass for key in ("light", "heavy", "ball", "bowl", "cup")
    }
    assert masses == pytest.approx({"light": 0.01, "heavy": 0.5, "ball": 0.001, "bowl": 0.01, "cup": 0.05})
    links = scene.articulations["microwave"].links
    assert [link.mass for link in links] == pytest.approx([0.01] * len(links))


def test_static_actors_stay_in_the_air_and_others_fall():
    catalog = Catalog()
    scene = scene_of(
        block("held", (0, 0, 1), static=True),
        block("loose", (0, 0.2, 1)),
        mesh("bell", catalog.model("050_bell", 0), Pose.of([0.2, 0, 1], UPRIGHT), static=True),
        mesh("bowl", catalog.model("002_bowl", 3), Pose.of([-0.2, 0, 1], UPRIGHT)),
        jointed("microwave", catalog.jointed("044_microwave", 0), Pose.of([0.5, 0, 1]), fixed=True),
    )
    before = {key: scene.pose(key).p[2] for key in scene.entities}
    fall(scene, 30)
    fell = {key for key in scene.entities if scene.pose(key).p[2] < before[key] - 0.01}
    assert fell == {"loose", "bowl"}
    assert dynamic_body(scene.entities["bell"]) is None


def test_a_picture_of_a_box_is_in_nobodys_way():
    scene = scene_of(
        Actor("pad", "pad", Box((0.1, 0.1, 0.05), (1.0, 0, 0), solid=False), Pose.of([0, 0, 0.8])),
        block("block", (0, 0, 0.9)),
    )
    fall(scene)
    assert scene.pose("block").p[2] == pytest.approx(TABLE_HEIGHT + HALF, abs=1e-3)
    assert scene.pose("pad").p[2] == pytest.approx(0.8)


def test_a_rigid_body_of_a_description_falls_on_the_table(tmp_path):
    urdf = tmp_path / "model.urdf"
    urdf.write_text(TINY)
    tiny = Actor("tiny", "tiny_1", Described(urdf, np.full(3, 0.02)), Pose.of([0.1, -0.1, 0.8]))
    scene = scene_of(tiny)
    np.testing.assert_allclose(scene.pose("tiny").vector(), [0.1, -0.1, 0.8, 1, 0, 0, 0], atol=1e-6)
    assert dynamic_body(scene.entities["tiny"]).mass == pytest.approx(0.01)
    fall(scene)
    np.testing.assert_allclose(scene.pose("tiny").p, [0.1, -0.1, TABLE_HEIGHT + 0.03], atol=2e-3)
    assert scene.keys_by_name == {"tiny_1": "tiny"}


def test_a_jointed_model_starts_as_far_open_as_wanted():
    model = Catalog().jointed("044_microwave", 0)
    for opening in (0.0, 0.25, 1.0):
        scene = scene_of(jointed("it", model, Pose.of([0, 0, 1]), fixed=True, opening=opening))
        low, high = scene.articulations["it"].get_qlimits()[0]
        assert scene.articulations["it"].qpos[0] == pytest.approx(low + (high - low) * opening, abs=1e-6)


# ---- the table, and what comes when


def test_what_stands_on_a_table_rises_with_it_and_the_rest_does_not():
    actors = (block("on", (0, 0, 0.76)), block("off", (0.2, 0, 0.76), lifted=False))
    layout = Layout(actors, targets={"there": np.array([0, 0, 0.74])}).on_table(-0.1, (0.0, 0.0))
    assert [a.p[2] for a in layout.actors] == pytest.approx([0.66, 0.76])
    assert layout.lift == -0.1
    scene = Scene(layout, open_root(None))
    fall(scene)
    assert [scene.pose(key).p[2] for key in ("on", "off")] == pytest.approx([0.66, 0.66], abs=1e-3)


def test_in_a_task_only_what_stands_on_the_table_follows_its_height():
    easy, hard = (draw_layout("put_bottles_dustbin", 3, c).layout for c in ("demo_clean", "demo_randomized"))
    assert easy.lift == 0.0 > hard.lift
    assert hard.actor("dustbin").p[2] == easy.actor("dustbin").p[2]
    bottle = next(actor.key for actor in easy.actors if actor.key != "dustbin")
    assert hard.actor(bottle).p[2] - easy.actor(bottle).p[2] == pytest.approx(hard.lift, abs=1e-6)
    assert draw_layout("place_dual_shoes", 3).layout.lift == pytest.approx(-0.1)


def test_a_table_elsewhere_leaves_the_wall_where_it_is():
    usual, moved = scene_of(), scene_of(table_xy=(0.3, 0.1), lift=0.05)
    np.testing.assert_allclose(entity(usual, "table").pose.p, [0, 0, 0.74], atol=1e-6)
    np.testing.assert_allclose(entity(moved, "table").pose.p, [0.3, 0.1, 0.79], atol=1e-6)
    np.testing.assert_array_equal(entity(usual, "wall").pose.p, entity(moved, "wall").pose.p)
    np.testing.assert_array_equal(usual.robot.articulation.pose.p, moved.robot.articulation.pose.p)


@pytest.mark.parametrize("rounds", (0, 1, 2))
def test_every_rest_round_is_three_hundred_steps_before_the_clutter(rounds):
    high, n = 1000.0, 300 * rounds
    clutter = (block("leaf", (0.2, 0, high)),)
    scene = scene_of(block("stone", (0, 0, high)), rest_rounds=rounds, clutter=clutter)
    fallen = 9.81 * 0.004**2 * n * (n + 1) / 2
    assert high - scene.pose("stone").p[2] == pytest.approx(fallen, rel=1e-3)
    assert scene.pose("leaf").p[2] == high
    assert scene.keys_by_name == {"box": "stone", "box#2": "leaf"}
    assert [arm.gripper.value for arm in scene.robot.arms] == [1.0, 1.0]


def test_settling_watches_the_clutter_too():
    lying = Actor("leaf", "leaf", Box((0.02, 0.02, 0.1), (1.0, 0, 0)), Pose.of([0.2, 0, TABLE_HEIGHT + 0.1]))
    calm = scene_of(block("stone", (0, 0, 0.76)), clutter=(lying,)).settle()
    assert calm.stable and calm.unstable == ()
    scene = scene_of(block("stone", (0, 0, 0.76)), clutter=(block("leaf", (0.2, 0, 3000.0)),))
    dynamic_body(scene.entities["leaf"]).angular_velocity = np.array([0, 0, 5.0])
    assert scene.settle().unstable == ("box",)


# ---- broken files


def root_with(tmp_path: Path, model: str) -> Path:
    """A root of the stand-in robot and one of the models."""
    shutil.copytree(STANDIN_ROOT / "embodiments", tmp_path / "embodiments")
    shutil.copytree(STANDIN_ROOT / "objects" / model, tmp_path / "objects" / model)
    return tmp_path


BUILD = """
import sys
import robotwin_env, gymnasium
from robotwin_env.errors import AssetError
env = gymnasium.make("RoboTwin/" + sys.argv[1] + "-v0", assets=sys.argv[2], cameras=(), disable_env_checker=True)
try:
    env.reset(seed=1)
except AssetError as error:
    print("told:", error)
"""


def told(task: str, root: Path) -> str:
    """What building a scene says, in a process of its own: SAPIEN may not end it."""
    run = subprocess.run(
        [sys.executable, "-c", BUILD, task, str(root)], cwd=ROOT, capture_output=True, text=True, timeout=100
    )
    assert run.returncode == 0, run.stderr
    lines = [line for line in run.stdout.splitlines() if line.startswith("told: ")]
    assert len(lines) == 1, run.stdout
    return lines[0]


@pytest.mark.parametrize("damage", ("text", "cut", "flat"))
def test_a_broken_mesh_is_one_line_and_no_crash(tmp_path, damage):
    root = root_with(tmp_path, "050_bell")
    for file in (root / "objects" / "050_bell" / "collision").glob("*.glb"):
        data = file.read_bytes()
        broken = {
            "text": b"version https://git-lfs",
            "cut": data[:3000],
            "flat": data[:2000].ljust(len(data), b"\0"),
        }
        file.write_bytes(broken[damage])
    said = told("click_bell", root)
    assert "collision/base" in said
    assert "collides with nothing" in said


def described(tmp_path: Path, text: str) -> Actor:
    urdf = tmp_path / "model.urdf"
    urdf.write_text(text)
    return Actor("tiny", "tiny_1", Described(urdf, np.full(3, 0.02)), Pose.of([0.1, -0.1, 0.8]))


TWO_LINKS = """<robot name="two"><link name="a"/><link name="b"/><joint name="j" type="revolute">
<parent link="a"/><child link="b"/><axis xyz="0 0 1"/><limit lower="0" upper="1" effort="1" velocity="1"/></joint>
</robot>"""


@pytest.mark.parametrize(
    ("text", "said"),
    (
        ("", "no valid URDF"),
        ("<robot", "no valid URDF"),
        ("<robot name='x'/>", "cannot be used"),
        ("<robot name='x'><link name='a'/><link name='b'/></robot>", "cannot be used"),
        ("<robot name='x'><link name='a'/></robot>", "collides with nothing"),
        (TINY.replace("0.04 0.04 0.06", "wide"), "cannot be used"),
        (TINY.replace('<box size="0.04 0.04 0.06"/>', '<mesh filename="no.obj"/>'), "no.obj"),
        (TWO_LINKS, "no single rigid body"),
    ),
)
def test_a_broken_description_is_one_line(tmp_path, text, said):
    with pytest.raises(AssetError, match=said) as caught:
        scene_of(described(tmp_path, text))
    assert "model.urdf" in str(caught.value)
    assert "\n" not in str(caught.value)


def microwave(tmp_path: Path, change: Callable[[str], str]) -> Actor:
    """A microwave whose description is changed."""
    folder = tmp_path / "7310"
    shutil.copytree(STANDIN_ROOT / "objects" / "044_microwave" / "7310", folder)
    urdf = folder / "mobility.urdf"
    urdf.write_text(change(urdf.read_text()))
    model = dataclasses.replace(Catalog().jointed("044_microwave", 1), folder=folder)
    return jointed("it", model, Pose.of([0, 0, 1]), fixed=True)


@pytest.mark.parametrize(
    ("change", "said"),
    (
        (lambda text: "", "no valid URDF"),
        (lambda text: text.replace('"link_0"', '"door"'), "link_0"),
        (lambda text: text.replace("<box", "<mesh filename='new-0.obj'/><box", 1), "new-0.obj"),
        (lambda text: text.replace('"revolute"', '"sideways"'), "cannot be used"),
    ),
)
def test_a_broken_jointed_model_is_one_line(tmp_path, change, said):
    with pytest.raises(AssetError, match=said) as caught:
        scene_of(microwave(tmp_path, change))
    assert "mobility.urdf" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_link_whose_meshes_are_broken_is_refused(tmp_path):
    actor = microwave(tmp_path, lambda text: text)
    folder = actor.shape.model.folder
    (folder / "new-0.obj").write_text("no mesh")
    urdf = folder / "mobility.urdf"
    text = urdf.read_text()
    boxes, kept = text.split("<collision>"), []
    for part in boxes[1:]:
        head, tail = part.split("<geometry>", 1)
        kept.append(
            head + '<geometry><mesh filename="new-0.obj"/></geometry>' + tail.split("</geometry>", 1)[1]
        )
    urdf.write_text("<collision>".join([boxes[0], *kept]))
    with pytest.raises(AssetError, match="collides with nothing"):
        scene_of(actor)


def test_joints_that_the_description_lacks_are_refused():
    model = dataclasses.replace(Catalog().jointed("044_microwave", 0), init_qpos=(0.1, 0.2))
    with pytest.raises(AssetError, match="joints"):
        scene_of(jointed("it", model, Pose.of([0, 0, 1]), fixed=True))


def test_the_command_says_a_broken_model_in_one_line(tmp_path, run_command):
    root = root_with(tmp_path, "050_bell")
    for file in (root / "objects" / "050_bell").glob("model_data*.json"):
        file.write_text("[1, 2]")
    run = run_command(
        "harness.closedloop", "--task", "click_bell", "--policy", "hold", "--episodes", "1",
        "--assets", str(root), "--out", str(tmp_path / "run"),
    )  # fmt: skip
    assert run.returncode == 2, run.stderr
    assert "Traceback" not in run.stderr
    errors = [line for line in run.stderr.splitlines() if line.startswith("error:")]
    assert len(errors) == 1
    assert "model_data" in errors[0]


def test_a_broken_picture_is_told_when_it_is_built_and_not_at_the_first_frame(tmp_path):
    import sapien

    def body(visual: Path) -> sapien.Entity:
        builder = sapien.Scene([sapien.physx.PhysxCpuSystem()]).create_actor_builder()
        builder.add_visual_from_file(str(visual), scale=[1.0, 1.0, 1.0])
        return builder.build_entity()

    # Two files: SAPIEN reads a file it still holds only once, whatever has become of it since.
    sound, broken = (
        root_with(tmp_path / name, "050_bell") / "objects" / "050_bell" / "visual" / "base0.glb"
        for name in ("sound", "broken")
    )
    check_visuals(body(sound).components)
    broken.write_bytes(b"version https://git-lfs")
    with pytest.raises(AssetError, match=r"base0\.glb cannot be used") as caught, reading(broken):
        check_visuals(body(broken).components)
    assert "\n" not in str(caught.value)
