"""What may lie about on a cluttered table: an asset root's own list, or the stable ones of the bundled stand-ins."""

from __future__ import annotations

import functools
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from robotwin_env.assets.models import KINDS, Model, Point, has_mesh, read_json, read_rigid, vector
from robotwin_env.assets.roots import STANDIN_ROOT, AssetRoot
from robotwin_env.assets.shapes import Described, Jointed, Mesh
from robotwin_env.drawing.clutter import Library, Thing, draw_clutter
from robotwin_env.drawing.layout import DrawnLayout, Layout
from robotwin_env.drawing.settings import Setting
from robotwin_env.errors import AssetError

UPRIGHT_MESH, UPRIGHT_URDF = (0.707107, 0.707107, 0.0, 0.0), (1.0, 0.0, 0.0, 0.0)
LIST, SAME = Path("objaverse") / "list.json", Path("same.json")


def kind(root: AssetRoot) -> str:
    """`real` where the root brings upstream's own list of clutter, else `stand-in`."""
    return "real" if (root.path / "objects" / LIST).is_file() else "stand-in"


def library_of(root: AssetRoot) -> Library:
    """What may lie about, by name and id."""
    if kind(root) == "stand-in":
        return models_in(STANDIN_ROOT / "objects", "stand-in")
    objects = root.path / "objects"
    return {**listed(objects), **models_in(objects, root.kind)}


def left_out(root: AssetRoot, names: set[str]) -> set[str]:
    """The names themselves and, where the root says so, what looks like them (`objects/same.json`)."""
    file = root.path / "objects" / SAME
    alike = read_json(file) if file.is_file() else {}
    return names | {str(other) for name in names for other in alike.get(name, ())}


def with_clutter(drawn: DrawnLayout, setting: Setting, root: AssetRoot) -> Layout:
    """A drawn layout and, in the hard setting, what lies about it."""
    if not setting.clutter:
        return drawn.layout
    rigid = {actor.name for actor in drawn.actors if not isinstance(actor.shape, Jointed)}
    without = left_out(root, rigid)  # upstream does not count jointed ones among a scene's actors
    things = draw_clutter(drawn.rng, setting, library_of(root), drawn.layout, without)
    return replace(drawn.layout, clutter=things)


@functools.lru_cache(maxsize=8)
def models_in(objects: Path, kind: str) -> dict[str, dict[str, Thing]]:
    """Every model of a folder `objects/` whose data calls it stable."""
    models: dict[str, dict[str, Thing]] = {}
    for folder in sorted(objects.iterdir()):
        if not folder.is_dir() or not re.match(r"\d+_", folder.name):
            continue
        for file in sorted(folder.glob("model_data*.json")):
            number = re.fullmatch(r"model_data(\d+)\.json", file.name)
            if not number or not has_mesh(folder, int(number[1])):
                continue
            data = read_json(file)
            if not data.get("stable") or not {"center", "extents"} <= set(data):
                continue
            read = read_rigid if "scale" in data else unscaled
            model = read(folder, folder.name, int(number[1]), kind)
            models.setdefault(folder.name, {})[number[1]] = standing(model)
    return models


def unscaled(folder: Path, name: str, model_id: int, kind: str) -> Model:
    """A model whose data has no scale: upstream takes it as it is, without its marked points."""
    file = folder / f"model_data{model_id}.json"
    data = read_json(file)
    center, extents = vector(file, data, "center"), vector(file, data, "extents")
    points: dict[str, tuple[Point, ...]] = dict.fromkeys(KINDS, ())
    return Model(name, model_id, folder, kind, np.ones(3), center, extents, points, stable=True)


def standing(model: Model) -> Thing:
    """A y-up model as a thing that stands on the table."""
    radius = max(model.extents[0], model.extents[2]) / 2
    height = model.extents[1] + model.center[1]
    return Thing(Mesh(model), float(radius), float(height), 0.0, UPRIGHT_MESH, vertical=1)


@functools.lru_cache(maxsize=8)
def listed(objects: Path) -> dict[str, dict[str, Thing]]:
    """The things of upstream's `objaverse/list.json`, each a jointless `model.urdf`."""
    file = objects / LIST
    data = read_json(file)

    def number(table: str, key: str) -> float:
        try:
            return float(data[table][key])
        except (KeyError, TypeError, ValueError):
            raise AssetError(f"{file} has no {table} of {key}; download the objects again") from None

    def thing(name: str, model_id: Any) -> Thing:
        key, urdf = f"{name}_{model_id}", objects / "objaverse" / name / str(model_id) / "model.urdf"
        if not urdf.resolve().is_relative_to(objects.resolve()):
            raise AssetError(f"{file} names {key}, outside the asset root; download the objects again")
        radius, height, sink = (number(table, key) for table in ("radius", "z_max", "z_offset"))
        return Thing(Described(urdf, np.full(3, radius)), radius, height, sink, UPRIGHT_URDF, vertical=2)

    names = data.get("item_names")
    items = data.get("list_of_items")
    if not isinstance(names, list) or not isinstance(items, dict):
        raise AssetError(f"{file} lacks item_names or list_of_items; download the objects again")
    return {name: {str(i): thing(name, i) for i in items.get(name, ())} for name in names if items.get(name)}
