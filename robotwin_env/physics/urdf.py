"""SAPIEN's URDF reader without the seconds of imports that it does not use, and without reading a file twice.

`sapien.wrapper.urchin` (3.0.3) imports trimesh, if it is there, and with it most of scipy, for meshes that SAPIEN's own
loader never asks it for (`lazy_load_meshes=True`). Here its modules get a trimesh that is loaded on first use.

Reading the robot's description took 0.13 s of the 0.16 s in which a scene was built. SAPIEN's builder is what was read,
in records that building does not change, so it is kept and builds the next scene's robot too, the same to the bit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from robotwin_env.later import import_sapien, import_without

KEPT = 16  # descriptions; one that is read again costs a tenth of a second
READER = "sapien.wrapper.urchin"
LATER = "trimesh"


def urdf_loader(scene: Any) -> Any:
    """A new `sapien.wrapper.urdf_loader.URDFLoader` of a `sapien.Scene`."""
    import_without(READER, LATER)
    return scene.create_urdf_loader()


def build_articulation(
    scene: Any, urdf: Path, *, visible: bool, fixed: bool, scale: float = 1.0, several: bool = False
) -> tuple[Any, set[str]]:
    """A description built in a `sapien.Scene`: its `PhysxArticulation`, and the names of the links that may collide.

    visible: with what is drawn. fixed: its root stays where it is. several: a collision mesh is one convex body a part.
    Raises what SAPIEN does for a file that it cannot read.
    """
    kept = _kept(urdf, _identity(urdf), _identity(urdf.with_suffix(".srdf")), visible, fixed, scale, several)
    # Materials belong to a renderer, which the next scene's may replace: they are made anew and let go with the scene.
    for visual, color in kept.painted:
        visual.material = _paint(color)
    builder = kept.builder or _read(urdf, visible, fixed, scale, several)
    articulation = builder.set_scene(scene).build()
    builder.set_scene(None)
    for visual, _ in kept.painted:
        visual.material = None
    return articulation, {link.name for link in builder.link_builders if link.collision_records}


@dataclass(frozen=True)
class Kept:
    """SAPIEN's builder of a description, and its visual records with the colour (4,) that each is painted; no builder
    where it has textures, which belong to a renderer too."""

    builder: Any
    painted: Sequence[tuple[Any, Any]]


def _paint(color: Any) -> Any:
    import sapien

    material = sapien.render.RenderMaterial()
    material.base_color = color
    return material


def _identity(file: Path) -> tuple[int, int, int] | None:
    """What changes with a file's content; None for no file."""
    if not file.is_file():
        return None
    status = file.stat()
    return status.st_ino, status.st_size, status.st_mtime_ns


@lru_cache(maxsize=KEPT)
def _kept(
    urdf: Path, _described: object, _pairs: object, visible: bool, fixed: bool, scale: float, several: bool
) -> Kept:
    builder = _read(urdf, visible, fixed, scale, several)
    visuals = [
        each for link in builder.link_builders for each in link.visual_records if each.material is not None
    ]
    if any(visual.material.diffuse_texture is not None for visual in visuals):
        return Kept(None, ())
    painted = [(visual, visual.material.base_color) for visual in visuals]
    for visual in visuals:
        visual.material = None
    return Kept(builder, painted)


def _read(urdf: Path, visible: bool, fixed: bool, scale: float, several: bool) -> Any:
    sapien = import_sapien()
    loader = urdf_loader(sapien.Scene([sapien.physx.PhysxCpuSystem()]))
    loader.fix_root_link, loader.scale, loader.load_multiple_collisions_from_file = fixed, scale, several
    builder = loader.load_file_as_articulation_builder(str(urdf))
    for link in builder.link_builders:
        if not visible:
            link.visual_records = []
    return builder
