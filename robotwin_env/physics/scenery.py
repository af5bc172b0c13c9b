"""What every scene stands in: ground, wall and table.

Their bodies come first, as upstream creates them; what is seen of them is added once everything else stands. SAPIEN
draws in the order of creation, and a point that is already hidden when it is drawn is not shaded: with the scenery
drawn last a picture takes a third less time on a CPU.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from robotwin_env.assets import textures
from robotwin_env.drawing.settings import Surroundings

if TYPE_CHECKING:
    import sapien

WALL_HALF, WALL_P, WALL_COLOR = (3.0, 0.6, 1.5), (0.0, 1.0, 1.5), (1.0, 0.9, 0.9)
TABLE_LENGTH, TABLE_WIDTH, TABLE_THICKNESS, LEG_INSET = 1.2, 0.7, 0.05, 0.1  # m
TABLE_COLOR = (1.0, 1.0, 1.0)
GROUND_HALF = 10.0  # m, as far as the ground is drawn: SAPIEN's own choice
FACING_UP = (0.7071068, 0.0, -0.7071068, 0.0)  # wxyz, from SAPIEN's plane, which faces along x

Part = tuple[tuple[float, float, float], tuple[float, float, float]]  # a box: centre and half sizes, m


def table_parts(height: float) -> list[Part]:
    """The table's top and its four legs, in m from the middle of its upper face, which is at `height` m."""
    middle, leg = TABLE_THICKNESS / 2, height / 2 - 0.002
    parts: list[Part] = [((0.0, 0.0, -middle), (TABLE_LENGTH / 2, TABLE_WIDTH / 2, middle))]
    for sx in (-1, 1):
        for sy in (-1, 1):
            x, y = sx * (TABLE_LENGTH - LEG_INSET) / 2, sy * (TABLE_WIDTH - LEG_INSET) / 2
            parts.append(((x, y, -height / 2 - 0.002), (middle, middle, leg)))
    return parts


class Scenery:
    """Wall and table as static bodies, and the pictures of them and of the ground, which is there already."""

    def __init__(self, scene: sapien.Scene, ground: sapien.Entity, xy: tuple[float, float], height: float):
        """Add wall and table, its upper face at `height` m, centred at `xy` m, before anything that moves."""
        self._ground, self._parts = ground, table_parts(height)
        ours = scene.default_physical_material
        self._wall = add_boxes(scene, "wall", WALL_P, [((0.0, 0.0, 0.0), WALL_HALF)], [ours])
        legs = [None] * (len(self._parts) - 1)  # as upstream's, of SAPIEN's own material
        self._table = add_boxes(scene, "table", (*xy, height), self._parts, [ours, *legs])

    def show(self, root: Path, surroundings: Surroundings | None) -> None:
        """Let them be seen; `surroundings` says which pictures of the asset root `root` wall and table top wear."""
        import sapien

        shapes, material = sapien.render, sapien.render.RenderMaterial
        drawn = shapes.RenderShapePlane([GROUND_HALF] * 3, material())
        drawn.local_pose = sapien.Pose(q=FACING_UP)
        show_shapes(self._ground, [drawn])
        wall = None if surroundings is None else surroundings.wall
        show_shapes(self._wall, [shapes.RenderShapeBox(WALL_HALF, paint(root, wall, WALL_COLOR))])
        top = None if surroundings is None else surroundings.table
        boxes = []
        for i, (centre, half) in enumerate(self._parts):
            boxes.append(shapes.RenderShapeBox(half, paint(root, None if i else top, TABLE_COLOR)))
            boxes[i].local_pose = sapien.Pose(centre)
        show_shapes(self._table, boxes)


def add_boxes(
    scene: sapien.Scene, name: str, p: tuple[float, float, float], parts: list[Part], materials: list[Any]
) -> sapien.Entity:
    """A static body of boxes, at `p` m; material None: SAPIEN's own."""
    import sapien

    builder = scene.create_actor_builder()
    builder.set_physx_body_type("static")
    for (centre, half), material in zip(parts, materials, strict=True):
        builder.add_box_collision(sapien.Pose(centre), half, material=material)
    builder.set_initial_pose(sapien.Pose(p))
    return builder.build(name=name)


def show_shapes(entity: sapien.Entity, shapes: list[Any]) -> None:
    """Let an entity that stands in a scene be seen as these shapes."""
    import sapien

    body = sapien.render.RenderBodyComponent()
    for shape in shapes:
        body.attach(shape)
    entity.add_component(body)


def paint(root: Path, number: int | None, color: tuple[float, float, float]) -> Any:
    """A plain colour, or picture `number` of the asset root."""
    import sapien

    if number is None:
        return sapien.render.RenderMaterial(base_color=[*color, 1])
    source = textures.source(root, number)
    texture = (
        sapien.render.RenderTexture2D(str(source))
        if isinstance(source, Path)
        else sapien.render.RenderTexture2D(source, "R8G8B8A8Unorm", srgb=True)
    )
    material = sapien.render.RenderMaterial(base_color=[1, 1, 1, 1])
    material.set_base_color_texture(texture)
    material.metallic, material.roughness = 0.1, 0.3
    return material
