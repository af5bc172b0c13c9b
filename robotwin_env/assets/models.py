"""Object models on paper: sizes and marked points of an asset, read from `model_data*.json`.

A model lives in an asset root as upstream lays it out: `objects/<name>/model_data<id>.json` beside its meshes, or
`objects/<name>/<id>/mobility.urdf` with its own `model_data.json` for a jointed one. Lengths in the file are in
model units; everything here is in metres (RoboTwin `envs/utils/actor_utils.py`, `create_actor.py`).
"""

from __future__ import annotations

import copy
import functools
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from robotwin_env.assets import textures
from robotwin_env.assets.model_files import array, entries, matrices, scaled
from robotwin_env.assets.roots import STANDIN_ROOT, AssetRoot
from robotwin_env.errors import AssetError

Float = NDArray[np.float64]
KINDS = ("contact", "functional", "target", "orientation")
RIGID_KEYS = ("contact_points_pose", "functional_matrix", "target_pose", "orientation_point")
JOINTED_KEYS = ("contact_points", "functional_points", "target_points", "orientation_point")
BOUNDING_DEFAULT = 0.1  # m, the extents upstream takes for an actor without model data


@dataclass(frozen=True)
class Point:
    """A marked frame (4, 4) of a model, metres, in the frame of the body or of its link `link`."""

    matrix: Float
    link: str | None = None


@dataclass(frozen=True, eq=False)
class Model:
    """One model: where its files lie, its bounding box and its marked points.

    `center`, `extents` (3,) m; `kind` is the asset root's (`real`, `stand-in`); `transform` (4, 4) turns a jointed
    model's root at creation, `init_qpos` (n,) are its joints then.
    """

    name: str
    model_id: int | None
    folder: Path
    kind: str
    scale: Float
    center: Float
    extents: Float
    points: Mapping[str, tuple[Point, ...]]
    stable: bool = False
    transform: Float = field(default_factory=lambda: np.eye(4))
    init_qpos: tuple[float, ...] = ()

    @property
    def jointed(self) -> bool:
        """Whether it is an articulation (has a `mobility.urdf`)."""
        return (self.folder / "mobility.urdf").is_file()

    def mesh_file(self, purpose: str) -> Path:
        """The mesh to load for `collision` or `visual`, by upstream's order of preference."""
        suffix = "" if self.model_id is None else str(self.model_id)
        for folder in (self.folder / purpose, self.folder):
            for file in (folder / f"base{suffix}.glb", folder / f"textured{suffix}.obj"):
                if file.is_file():
                    return file
        raise AssetError(
            f"{self.folder} has no {purpose} mesh base{suffix}.glb; download the objects again "
            "(scripts/fetch_assets.py) or rebuild the stand-ins (scripts/build_standins.py)"
        )


class Catalog:
    """The models a scene may draw from, and how far its table is lifted.

    Models come from `root` where it has them with their meshes, else from the bundled stand-ins. `lift` (m) is
    the table's height above 0.74; whatever stands on the table is lifted with it. `textures` is how many
    pictures there are for wall and table.
    """

    def __init__(self, root: AssetRoot | None = None, lift: float = 0.0):
        self.lift = lift
        own = [(root.path, root.kind)] if root is not None and root.path != STANDIN_ROOT else []
        self._places = (*own, (STANDIN_ROOT, "stand-in"))
        self.textures = textures.count(root.path if root is not None else STANDIN_ROOT)

    def at_height(self, lift: float) -> Catalog:
        """The same models over a table lifted by `lift` (m)."""
        other = copy.copy(self)
        other.lift = lift
        return other

    def ids(self, name: str) -> list[int]:
        """All ids of a rigid model, ascending. Upstream lists them in the order of the file system."""
        folder = STANDIN_ROOT / "objects" / name
        matches = [
            re.fullmatch(r"model_data(\d+)\.json", file.name) for file in folder.glob("model_data*.json")
        ]
        ids = sorted(int(match[1]) for match in matches if match)
        if not ids:
            raise AssetError(f"no model_data*.json of {name} in {folder}; reinstall the project's assets")
        return ids

    def model(self, name: str, model_id: int | None = 0) -> Model:
        """A rigid model; AssetError with the file where it is missing or broken."""
        for path, kind in self._places:
            folder = path / "objects" / name
            if kind == "stand-in" or has_mesh(folder, model_id):
                return read_rigid(folder, name, model_id, kind)
        raise AssetError(f"unknown model {name}")

    def jointed(self, name: str, index: int) -> Model:
        """A jointed model by upstream's index (`jointed_id`) among all its ids, whatever the root brings of them."""
        chosen = jointed_id([f.name for f in (STANDIN_ROOT / "objects" / name).glob("*")], index)
        for path, kind in self._places:
            folder = path / "objects" / name / str(chosen)
            if chosen is not None and (kind == "stand-in" or has_link_meshes(folder)):
                return read_jointed(folder, name, index, kind)
        raise AssetError(f"{name} has no model {index} in {STANDIN_ROOT}; reinstall the project's assets")


def jointed_id(names: Iterable[str], index: int) -> int | None:
    """Upstream's index into the folders of a jointed model: a place among the ascending ids, else an id itself."""
    ids = sorted(int(name) for name in names if name.isdecimal())
    if 0 <= index < len(ids):
        return ids[index]
    return index if index in ids else None


def has_mesh(folder: Path, model_id: int | None) -> bool:
    """Whether any mesh of this model lies in the folder."""
    suffix = "" if model_id is None else str(model_id)
    names = (f"base{suffix}.glb", f"textured{suffix}.obj")
    return any((folder / sub / name).is_file() for sub in ("collision", "visual", ".") for name in names)


def has_link_meshes(folder: Path) -> bool:
    """Whether a jointed model's folder holds meshes and not its description alone."""
    return any(file.suffix in (".obj", ".glb", ".dae", ".stl") for file in folder.rglob("*"))


@functools.lru_cache(maxsize=1024)
def read_rigid(folder: Path, name: str, model_id: int | None, kind: str) -> Model:
    """Read `model_data<id>.json` of a rigid model."""
    file = folder / f"model_data{'' if model_id is None else model_id}.json"
    data = read_json(file)
    with_scale = vector(file, data, "scale")
    points = {
        kind_: tuple(Point(scaled(matrix, with_scale)) for matrix in matrices(file, data, key))
        for kind_, key in zip(KINDS, RIGID_KEYS, strict=True)
    }
    center, extents = vector(file, data, "center"), vector(file, data, "extents")
    return Model(
        name, model_id, folder, kind, with_scale, center * with_scale, extents * with_scale, points,
        bool(data.get("stable", False)),
    )  # fmt: skip


@functools.lru_cache(maxsize=256)
def read_jointed(folder: Path, name: str, model_id: int, kind: str) -> Model:
    """Read the `model_data.json` of a jointed model's own folder."""
    file = folder / "model_data.json"
    data = read_json(file)
    with_scale = vector(file, data, "scale")
    points = {
        kind_: tuple(marked(file, entry, with_scale) for entry in entries(file, data, key) if entry)
        for kind_, key in zip(KINDS, JOINTED_KEYS, strict=True)
    }
    box = folder / "bounding_box.json"
    extents: Float = np.full(3, BOUNDING_DEFAULT)
    if box.is_file():
        corners = read_json(box)
        extents = array(box, corners, "max", (3,)) - array(box, corners, "min", (3,))
    elif "extents" in data:
        extents = vector(file, data, "extents")
    turn = array(file, data, "transform_matrix", (4, 4)) if "transform_matrix" in data else np.eye(4)
    joints = array(
        file, {"init_qpos": (start := entries(file, data, "init_qpos"))}, "init_qpos", (len(start),)
    )
    return Model(
        name, model_id, folder, kind, with_scale, np.zeros(3), extents * with_scale, points,
        transform=turn, init_qpos=tuple(joints.tolist()),
    )  # fmt: skip


def marked(file: Path, entry: Any, scale: Float) -> Point:
    """A frame of a link, `{"matrix": (4, 4), "base": link}`, or AssetError naming the file."""
    if not isinstance(entry, dict) or not isinstance(entry.get("base"), str):
        raise AssetError(f"{file} has a marked point without the name of its link; download it again")
    return Point(scaled(array(file, entry, "matrix", (4, 4)), scale), entry["base"])


def read_json(file: Path) -> dict[str, Any]:
    """A JSON object from a file, or AssetError naming it."""
    try:
        data = json.loads(file.read_text())
    except FileNotFoundError:
        raise AssetError(f"{file} is missing; download the objects again (scripts/fetch_assets.py)") from None
    except (OSError, ValueError) as error:
        raise AssetError(f"{file} cannot be read ({type(error).__name__}); download it again") from None
    if not isinstance(data, dict):
        raise AssetError(f"{file} holds no model data; download it again")
    return data


def vector(file: Path, data: Mapping[str, Any], key: str) -> Float:
    """Three numbers (3,) under `key`, a single one repeated, or AssetError as `array`."""
    if isinstance(data.get(key), int | float):
        data = {key: [data[key]] * 3}
    return array(file, data, key, (3,))
