"""What a broken file of a model is told before anything runs."""

from __future__ import annotations

import dataclasses
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from refusals import refused
from scene_samples import TINY, scene_of

from robotwin_env.assets.models import Catalog
from robotwin_env.assets.roots import STANDIN_ROOT
from robotwin_env.assets.shapes import Described
from robotwin_env.drawing.layout import Actor, jointed
from robotwin_env.errors import AssetError
from robotwin_env.numbers.pose import Pose
from robotwin_env.physics.build import check_visuals, reading

ROOT = Path(__file__).resolve().parents[3]


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
    with refused(AssetError, match=said) as caught:
        scene_of(described(tmp_path, text))
    assert "model.urdf" in str(caught.value)


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
    with refused(AssetError, match=said) as caught:
        scene_of(microwave(tmp_path, change))
    assert "mobility.urdf" in str(caught.value)


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
