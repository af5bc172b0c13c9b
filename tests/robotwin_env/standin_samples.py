"""A robot in a scene of its own, and the measures of its shapes."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import numpy as np
import sapien
from scipy.spatial import ConvexHull, cKDTree

from robotwin_env.assets.roots import AssetRoot

ARM_LINKS = ("base_link", *(f"link{i}" for i in range(1, 9)))
LINKS = [f"{prefix}_{link}" for prefix in ("fl", "fr") for link in ARM_LINKS] + [
    "left_camera",
    "right_camera",
]
FINGERS = {"link7": -1.0, "link8": 1.0}  # the gripping side, along y of the finger's frame
MM = 1e-3


class Arms:
    """One robot in a scene of its own, gravity off, addressed by name."""

    def __init__(self, root: AssetRoot, folder: Path):
        description = ET.parse(root.urdf)
        for link in description.getroot().findall("link"):
            for visual in link.findall("visual"):
                link.remove(visual)
        for mesh in description.getroot().iter("mesh"):
            mesh.set("filename", str(root.urdf.parent / mesh.get("filename", "")))
        path = folder / f"{root.kind}.urdf"
        description.write(path)
        self.scene = sapien.Scene([sapien.physx.PhysxCpuSystem()])
        loader = self.scene.create_urdf_loader()
        loader.fix_root_link = True
        self.articulation = loader.load(str(path))
        self.articulation.set_root_pose(sapien.Pose([0, -0.65, 0], [0.707, 0, 0, 0.707]))
        self.links = {link.name: link for link in self.articulation.links}
        self.joints = {joint.name: joint for joint in self.articulation.active_joints}
        for link in self.articulation.links:
            link.disable_gravity = True

    def pose(self, qpos: dict[str, float]) -> None:
        """Put the named joints there and every other at 0."""
        self.articulation.set_qpos([qpos.get(name, 0.0) for name in self.joints])

    def separations(self) -> dict[tuple[str, str], float]:
        """Smallest distance (m, negative: depth) per pair of front-arm links that PhysX looked at."""
        self.scene.step()
        found: dict[tuple[str, str], float] = {}
        for contact in self.scene.get_contacts():
            pair = tuple(sorted(body.name for body in contact.bodies))
            if set(pair) <= set(LINKS) and len(contact.points):
                distance = min(point.separation for point in contact.points)
                found[pair] = min(distance, found.get(pair, np.inf))
        return found


def support(shapes: list[Any], directions: np.ndarray) -> np.ndarray:
    """How far the hull of the shapes reaches along each direction (N, 3), in the link frame, m."""
    reach = []
    for shape in shapes:
        pose = shape.local_pose
        local = directions @ pose.to_transformation_matrix()[:3, :3]
        match shape:
            case sapien.physx.PhysxCollisionShapeBox():
                own = np.abs(local) @ shape.half_size
            case sapien.physx.PhysxCollisionShapeCylinder():
                own = np.abs(local[:, 0]) * shape.half_length + np.hypot(*local.T[1:]) * shape.radius
            case _:
                own = (local @ (shape.vertices * shape.scale).T).max(1)
        reach.append(own + directions @ pose.p)
    return np.max(reach, axis=0)


def distance(shapes: list[Any], points: np.ndarray) -> np.ndarray:
    """Distance (m) of each point (N, 3) to the nearest of the boxes and convex meshes, 0 inside."""
    return np.min([distance_to(shape, points) for shape in shapes], axis=0)


def distance_to(shape: Any, points: np.ndarray) -> np.ndarray:
    """Distance (m) of each point (N, 3) to a box or a convex mesh, 0 inside."""
    pose = shape.local_pose
    local = (points - pose.p) @ pose.to_transformation_matrix()[:3, :3]
    if isinstance(shape, sapien.physx.PhysxCollisionShapeBox):
        return np.linalg.norm((np.abs(local) - shape.half_size).clip(0), axis=1)
    outside = ~inside_of(shape, local)
    gaps = np.zeros(len(points))
    spacing = float(np.ptp(shape.vertices * shape.scale, axis=0).max()) / 300  # too far by half of it at most
    gaps[outside] = cKDTree(surface(shape, spacing)[0]).query(local[outside])[0]
    return gaps


def inside_of(shape: Any, points: np.ndarray) -> np.ndarray:
    """Which points (N, 3) lie within a convex mesh, both in its own frame."""
    planes = ConvexHull(shape.vertices * shape.scale).equations
    return np.asarray((points @ planes[:, :3].T + planes[:, 3]).max(1) <= 0)


def surface(shape: Any, spacing: float) -> tuple[np.ndarray, np.ndarray]:
    """Points (N, 3) on a convex mesh's triangles, about `spacing` (m) apart, and their outward normals."""
    hull = ConvexHull(shape.vertices * shape.scale)
    points, normals = [], []
    for corners, plane in zip(hull.points[hull.simplices], hull.equations, strict=True):
        longest = np.linalg.norm(corners - np.roll(corners, 1, axis=0), axis=1).max()
        steps = np.linspace(0, 1, 2 + int(longest / spacing))
        u, v = (grid.ravel() for grid in np.meshgrid(steps, steps))
        inside = u + v <= 1 + 1e-9
        weights = np.column_stack([1 - u - v, u, v])[inside]
        points.append(weights @ corners)
        normals.append(np.repeat(plane[None, :3], len(weights), axis=0))
    return np.vstack(points), np.vstack(normals)


def spread(values: np.ndarray) -> tuple[float, float]:
    return values.mean(), values.max()


def in_mm(lengths: tuple[float, ...] | list[float]) -> str:
    return ", ".join(f"{length / MM:.2f}" for length in lengths)
