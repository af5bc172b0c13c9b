"""SAPIEN's URDF reader is loaded without trimesh, and loses nothing by it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
CODE = """
import sys
import gymnasium, robotwin_env
env = gymnasium.make("RoboTwin/click_bell-v0", cameras=(), disable_env_checker=True)
env.reset(seed=100000)
print(sorted({"trimesh", "scipy", "torch", "matplotlib"} & set(sys.modules)))
from sapien.wrapper.urchin import urdf
box = urdf.Box(size=[1.0, 2.0, 3.0])
print(box.meshes[0].volume, "trimesh" in sys.modules)
"""


def test_a_scene_is_built_without_trimesh_which_is_there_for_whoever_asks():
    done = subprocess.run([sys.executable, "-c", CODE], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.stdout.splitlines() == ["[]", "6.0 True"], done.stderr[-500:]


def test_a_description_is_read_once_and_again_when_it_changes(tmp_path, monkeypatch):
    import sapien

    from robotwin_env.physics.urdf import build_articulation

    file = tmp_path / "robot.urdf"
    link = '<link name="{}"><inertial><mass value="1"/><inertia ixx="1" iyy="1" izz="1" ixy="0" ixz="0" iyz="0"/>'
    joint = '<joint name="j" type="revolute"><parent link="a"/><child link="b"/><limit lower="0" upper="{}"/></joint>'

    def limit_in_a_scene(upper: float | None = None) -> float:
        if upper is not None:
            links = "".join(link.format(name) + "</inertial></link>" for name in "ab")
            file.write_text(f'<robot name="r">{links}{joint.format(upper)}</robot>')
        scene = sapien.Scene([sapien.physx.PhysxCpuSystem()])
        built, solid = build_articulation(scene, file, visible=False, fixed=True)
        assert not solid
        assert [entity.name for entity in scene.entities] == ["a", "b"]
        return float(built.get_qlimits()[0, 1])

    assert limit_in_a_scene(1.0) == 1.0
    with monkeypatch.context() as patched:
        patched.setattr("robotwin_env.physics.urdf.urdf_loader", None)
        assert limit_in_a_scene() == 1.0
    assert limit_in_a_scene(1.25) == 1.25
