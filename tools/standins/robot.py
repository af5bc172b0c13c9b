"""Generate the bundled stand-in robot: the two front arms of the ALOHA-AgileX.

    python -m tools.standins.robot            # rewrites assets/standin/.../aloha_agilex_standin.{urdf,srdf} and hulls/

The stand-in lets everything run where the real description (a download) is absent, and behaves as the real
front arms do: same link and joint names, origins, axes, limits, masses, inertias and camera poses.

Source of every number: `embodiments/aloha-agilex/urdf/arx5_description_isaac.urdf` and its meshes, from
the Hub dataset TianxingChen/RoboTwin2.0 (MIT). JOINTS, ARM_BASES and INERTIALS are its values
as written. COLLISION was fitted to the convex hulls that PhysX cooks from its meshes (SAPIEN keeps one hull a
mesh): reach in every direction is within 5 mm, a finger's within 0.6 mm, its pad plane and reach exact. A link of
several boxes collides as their hull (`hulls`), one body as in the real one: a finger of eight boxes, each of which
meets whatever is held, made a scene solved by the expert 1.8 times as dear.
tests/robotwin_env/assets/test_standin_robot.py measures all of it.
VISUAL follows the meshes by eye. Left out: rear arms, wheels, castors, links that carry no collision.

Units: JOINTS, ARM_BASES and INERTIALS in m, rad, kg, kg m2, as in a URDF; shapes in mm and degrees.
"""

from __future__ import annotations

import argparse
import math
import xml.etree.ElementTree as ET
from pathlib import Path

from harness.files.bundled import ROOT
from tools.standins.hulls import hull_obj
from tools.standins.robot_data import (
    ARM_BASES,
    BODY_VISUAL,
    CAMERA_IN_LINK6,
    CAMERAS,
    CHASSIS,
    COLLISION,
    COLOURS,
    INERTIALS,
    JOINTS,
    NEIGHBOURS,
    VISUAL,
    Shape,
)

HULL_FOLDER = "hulls"  # beside the description
HULLS = tuple(kind for kind, boxes in COLLISION.items() if len(boxes) > 1)
TARGET = ROOT / "assets/standin/embodiments/aloha-agilex/urdf/aloha_agilex_standin.urdf"


def numbers(values: tuple[float, ...], scale: float = 1.0) -> str:
    """The values as a URDF attribute, scaled."""
    return " ".join(f"{v * scale:.6g}" for v in values)


def add_shape(link: ET.Element, tag: str, shape: Shape) -> None:
    """Append a <visual> or <collision> element, converted from mm and degrees to m and rad."""
    element = ET.SubElement(link, tag)
    rpy = numbers(shape.rpy, math.pi / 180)
    ET.SubElement(element, "origin", xyz=numbers(shape.centre, 1e-3), rpy=rpy)
    geometry = ET.SubElement(element, "geometry")
    if shape.kind == "box":
        ET.SubElement(geometry, "box", size=numbers(shape.size, 1e-3))
    else:
        radius, length = (f"{v * 1e-3:.6g}" for v in shape.size)
        ET.SubElement(geometry, "cylinder", radius=radius, length=length)
    if tag == "visual":
        material = ET.SubElement(element, "material", name=shape.colour)
        ET.SubElement(material, "color", rgba=COLOURS[shape.colour])


def add_link(robot: ET.Element, name: str, kind: str) -> None:
    """Append one arm link; `kind` is its row in INERTIALS, VISUAL and COLLISION."""
    link = ET.SubElement(robot, "link", name=name)
    mass, centre, inertia = INERTIALS[kind]
    inertial = ET.SubElement(link, "inertial")
    ET.SubElement(inertial, "origin", xyz=centre, rpy="0 0 0")
    ET.SubElement(inertial, "mass", value=repr(mass))
    keys = ("ixx", "ixy", "ixz", "iyy", "iyz", "izz")
    ET.SubElement(inertial, "inertia", {k: repr(v) for k, v in zip(keys, inertia, strict=True)})
    for shape in VISUAL[kind]:
        add_shape(link, "visual", shape)
    if kind in HULLS:
        mesh = ET.SubElement(ET.SubElement(link, "collision"), "geometry")
        ET.SubElement(mesh, "mesh", filename=f"{HULL_FOLDER}/{kind}.obj")
        return
    for shape in COLLISION[kind]:
        add_shape(link, "collision", shape)


def add_joint(
    robot: ET.Element, name: str, type_: str, parent: str, child: str, xyz: str, rpy: str
) -> ET.Element:
    """Append one joint; axis and limit are the caller's."""
    joint = ET.SubElement(robot, "joint", name=name, type=type_)
    ET.SubElement(joint, "origin", xyz=xyz, rpy=rpy)
    ET.SubElement(joint, "parent", link=parent)
    ET.SubElement(joint, "child", link=child)
    return joint


def add_arm(robot: ET.Element, prefix: str) -> None:
    """Append a front arm: base, links 1 to 6, wrist camera, fingers 7 and 8."""
    add_link(robot, f"{prefix}_base_link", "base_link")
    add_joint(robot, f"{prefix}_base_joint", "fixed", "footprint", f"{prefix}_base_link", *ARM_BASES[prefix])
    for number, type_, parent, xyz, rpy, axis, upper in JOINTS:
        link = f"link{number}"
        add_link(robot, f"{prefix}_{link}", link)
        names = f"{prefix}_joint{number}", type_, f"{prefix}_{parent}", f"{prefix}_{link}"
        joint = add_joint(robot, *names, xyz, rpy)
        ET.SubElement(joint, "axis", xyz=axis)
        lower = -upper if type_ == "revolute" else 0
        ET.SubElement(joint, "limit", lower=str(lower), upper=str(upper), effort="100", velocity="1000")
    camera = CAMERAS[prefix]
    add_link(robot, camera, "camera")
    add_joint(robot, f"{camera}_joint", "fixed", f"{prefix}_link6", camera, *CAMERA_IN_LINK6)


def build() -> str:
    """Return the URDF text."""
    robot = ET.Element("robot", name="aloha_agilex_standin")
    robot.append(ET.Comment(" Generated by tools/standins/robot.py from primitives; do not edit. "))
    footprint = ET.SubElement(robot, "link", name="footprint")
    for shape in BODY_VISUAL:
        add_shape(footprint, "visual", shape)
    chassis = ET.SubElement(robot, "link", name="base_link")
    add_shape(chassis, "visual", CHASSIS)
    add_shape(chassis, "collision", CHASSIS)
    add_joint(robot, "box_joint", "fixed", "footprint", "base_link", "0 0 0.15", "0 0 0")
    for prefix in ARM_BASES:
        add_arm(robot, prefix)
    ET.indent(robot)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(robot, encoding="unicode") + "\n"


def build_srdf() -> str:
    """Return the SRDF text: near neighbours in one arm do not collide, which halves the cost of a physics step.

    The real description ignores no pair; there the same links only come near each other.
    """
    robot = ET.Element("robot", name="aloha_agilex_standin")
    for prefix, camera in CAMERAS.items():
        for pair in NEIGHBOURS:
            one, other = (camera if name == "camera" else f"{prefix}_{name}" for name in pair)
            ET.SubElement(robot, "disable_collisions", link1=one, link2=other, reason="Default")
    ET.indent(robot)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(robot, encoding="unicode") + "\n"


def build_hulls() -> dict[str, str]:
    """Return the OBJ text of every hull by its file's name."""
    return {f"{kind}.obj": hull_obj(COLLISION[kind]) for kind in HULLS}


def main() -> None:
    """Write the URDF, the SRDF and the hulls beside it."""
    parser = argparse.ArgumentParser(description="Write the URDF of the bundled stand-in robot.")
    parser.add_argument("--out", type=Path, default=TARGET, help="where to write it")
    out = parser.parse_args().out
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(build(), encoding="utf-8")
    out.with_suffix(".srdf").write_text(build_srdf(), encoding="utf-8")
    (out.parent / HULL_FOLDER).mkdir(exist_ok=True)
    for name, text in build_hulls().items():
        (out.parent / HULL_FOLDER / name).write_text(text, encoding="utf-8")
    print(f"wrote {out}, its .srdf and {HULL_FOLDER}/")


if __name__ == "__main__":
    main()
