"""What a camera cannot see is not drawn: the picture stays the same to the bit.

SAPIEN gives every triangle of a scene to every camera. The real robot has 476,000, most of them in its rear arms and
wheels, which no camera of ours ever sees; they are nine tenths of what a picture of it costs on a CPU. So bodies of
many triangles are hidden while a camera draws that has their whole bounding box outside its field of view.

Only for pictures without shadows and reflections: what is outside the picture may throw either into it.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import sapien

HEAVY = 1000  # triangles: a body of fewer is drawn sooner than asked about

Float = NDArray[np.float64]
Box = tuple[int, Float, Float]  # triangles, lowest and highest corner (3,) m
_KNOWN: dict[str, Box] = {}  # by file


def in_view(corners: Float, tangents: tuple[float, float], near: float) -> NDArray[np.bool_]:
    """Whether boxes (n,) may be in a picture: False only where all 8 corners are beyond one and the same side of it.

    `corners` (n, 8, 3) m from the camera: forward, left, up. `tangents` of half the field of view, horizontal and
    vertical; `near` m, where the view begins.
    """
    forward, left, up = np.moveaxis(corners, -1, 0)
    beyond = [forward < near]
    for sideways, tangent in ((left, tangents[0]), (up, tangents[1])):
        beyond += [sideways > tangent * forward, -sideways > tangent * forward]
    return ~np.any([side.all(axis=-1) for side in beyond], axis=0)


def corners_of(low: Float, high: Float) -> Float:
    """The corners (8, 3) of a box between two opposite ones (3,)."""
    return np.array(list(product(*zip(low, high, strict=True))))


def heavy_bodies(scene: sapien.Scene) -> Culling | None:
    """The bodies of a scene that are worth hiding, once all of it stands; None where there are none."""
    import sapien

    heavy = []
    for entity in scene.entities:
        for body in entity.components:
            if isinstance(body, sapien.render.RenderBodyComponent) and (box := heavy_box(body)) is not None:
                heavy.append((body, entity, box))
    return Culling(scene, *zip(*heavy, strict=True)) if heavy else None


class Culling:
    """Bodies of a scene with their entities, and the corners (8, 3) m of their boxes in the entities' frames."""

    def __init__(
        self, scene: sapien.Scene, bodies: Sequence[Any], entities: Sequence[Any], boxes: Sequence[Float]
    ):
        self._scene, self._bodies, self._entities = scene, bodies, entities
        self._boxes = np.array(boxes)

    def hide_unseen(self, camera: Any, tangents: tuple[float, float], near: float) -> None:
        """Hide what this camera cannot see where everything is now; it may take its picture then."""
        poses = np.stack([entity.pose.to_transformation_matrix() for entity in self._entities])
        to_camera = np.linalg.inv(camera.entity.pose.to_transformation_matrix()) @ poses
        corners = self._boxes @ np.swapaxes(to_camera[:, :3, :3], 1, 2) + to_camera[:, None, :3, 3]
        self._show(in_view(corners, tangents, near))

    def show_all(self) -> None:
        """Let every camera see everything again."""
        self._show(np.ones(len(self._bodies), bool))

    def _show(self, seen: NDArray[np.bool_]) -> None:
        for body, visible in zip(self._bodies, seen.tolist(), strict=True):
            if body.visibility != visible:
                body.visibility = float(visible)
        self._scene.update_render()


def heavy_box(body: Any) -> Float | None:
    """Corners (8, 3) m, in its entity's frame, of the box around a body of triangle meshes; None of a light one."""
    import sapien

    if not all(isinstance(shape, sapien.render.RenderShapeTriangleMesh) for shape in body.render_shapes):
        return None
    triangles, points = 0, []
    for shape in body.render_shapes:
        count, low, high = mesh_box(shape)
        triangles += count
        pose = shape.local_pose.to_transformation_matrix()
        points.append((corners_of(low, high) * shape.scale) @ pose[:3, :3].T + pose[:3, 3])
    if triangles < HEAVY:
        return None
    corners = np.concatenate(points)
    return corners_of(corners.min(axis=0), corners.max(axis=0))


def mesh_box(shape: Any) -> Box:
    """Triangles and bounding box of a mesh as its file has it, read once per process: a large one takes a while."""
    if shape.filename not in _KNOWN:
        parts = [(len(part.triangles), part.vertices) for part in shape.parts]
        points = np.concatenate([vertices for _, vertices in parts])
        _KNOWN[shape.filename] = sum(count for count, _ in parts), points.min(axis=0), points.max(axis=0)
    return _KNOWN[shape.filename]
