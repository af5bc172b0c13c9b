"""Models on paper: metres, marked points, which root a model comes from, and what a broken file is told."""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from refusals import refused

from robotwin_env.assets.models import BOUNDING_DEFAULT, Catalog, jointed_id, read_jointed, read_rigid
from robotwin_env.assets.roots import STANDIN_ROOT, AssetRoot, open_root
from robotwin_env.errors import AssetError

FRAME = [[1, 0, 0, 1.0], [0, 1, 0, 2.0], [0, 0, 1, -3.0], [0, 0, 0, 1]]


RIGID = {
    "center": [0.0, 1.0, 2.0],
    "extents": [2.0, 4.0, 6.0],
    "scale": [0.1, 0.2, 0.5],
    "contact_points_pose": [FRAME, FRAME],
    "functional_matrix": [FRAME],
    "target_pose": [],
    "orientation_point": FRAME,
}


JOINTED = {
    "scale": 0.5,
    "contact_points": [{"matrix": FRAME, "base": "door"}],
    "functional_points": [{"matrix": FRAME, "base": "body"}],
    "target_points": [],
    "init_qpos": [0.25],
    "transform_matrix": [[0, -1, 0, 0], [1, 0, 0, 0], [0, 0, 1, 0.5], [0, 0, 0, 1]],
}


LAPTOPS = [9748, 9912, 9960, 9968, 9992, 9996, 10040, 10098, 10101, 10125, 10211]


def rigid(folder: Path, **changes: Any):
    (folder / "model_data3.json").write_text(json.dumps(RIGID | changes))
    return read_rigid(folder, "thing", 3, "real")


def jointed(folder: Path, **changes: Any):
    (folder / "model_data.json").write_text(json.dumps(JOINTED | changes))
    return read_jointed(folder, "box", 0, "real")


@pytest.fixture
def root(tmp_path) -> AssetRoot:
    """A real robot without any model."""
    return dataclasses.replace(open_root(None), path=tmp_path, kind="real")


def bring(root: AssetRoot, model: str) -> Path:
    """Copy a model of the stand-ins, folder and meshes, into another root."""
    own = root.path / "objects" / model
    shutil.copytree(STANDIN_ROOT / "objects" / model, own, dirs_exist_ok=True)
    return own


# ---- sizes and points


def test_lengths_of_a_rigid_model_are_scaled_axis_by_axis(tmp_path):
    model = rigid(tmp_path)
    np.testing.assert_allclose(model.extents, [0.2, 0.8, 3.0])
    np.testing.assert_allclose(model.center, [0.0, 0.2, 1.0])
    assert [len(model.points[kind]) for kind in ("contact", "functional", "target", "orientation")] == [
        2,
        1,
        0,
        1,
    ]
    point = model.points["contact"][1]
    np.testing.assert_allclose(point.matrix[:3, 3], [0.1, 0.4, -1.5])
    np.testing.assert_array_equal(point.matrix[:3, :3], np.eye(3))
    assert point.link is None
    assert not model.jointed


def test_a_single_scale_counts_for_all_axes(tmp_path):
    model = rigid(tmp_path, scale=0.5)
    np.testing.assert_allclose(model.scale, [0.5, 0.5, 0.5])
    np.testing.assert_allclose(model.extents, [1.0, 2.0, 3.0])
    np.testing.assert_allclose(model.points["functional"][0].matrix[:3, 3], [0.5, 1.0, -1.5])


def test_points_of_a_jointed_model_name_their_link(tmp_path):
    model = jointed(tmp_path)
    np.testing.assert_allclose(model.points["contact"][0].matrix[:3, 3], [0.5, 1.0, -1.5])
    assert (model.points["contact"][0].link, model.points["functional"][0].link) == ("door", "body")
    assert model.init_qpos == (0.25,)
    np.testing.assert_allclose(model.transform, JOINTED["transform_matrix"])
    np.testing.assert_allclose(model.extents, np.full(3, BOUNDING_DEFAULT * 0.5))


def test_a_jointed_models_extents_are_those_of_its_bounding_box(tmp_path):
    (tmp_path / "bounding_box.json").write_text(json.dumps({"min": [-1, -2, 0], "max": [1, 2, 0.5]}))
    np.testing.assert_allclose(jointed(tmp_path, scale=[0.5, 0.5, 0.5]).extents, [1.0, 2.0, 0.25])


def test_reading_a_model_does_not_lend_out_what_others_read(tmp_path):
    model = rigid(tmp_path)
    assert model is read_rigid(tmp_path, "thing", 3, "real")
    assert not np.shares_memory(model.points["contact"][0].matrix, model.points["contact"][1].matrix)


# ---- which model


def test_a_place_among_the_ascending_ids_comes_before_an_id():
    names = ["7", "visual", "2", "10"]
    assert [jointed_id(names, i) for i in (0, 1, 2)] == [2, 7, 10], "2 is a place before it is an id"
    assert jointed_id(names, 7) == 7
    assert [jointed_id(names, i) for i in (3, 11, -1)] == [None, None, None]


def test_a_jointed_model_is_found_by_place_and_by_id():
    catalog = Catalog()
    assert [int(catalog.jointed("015_laptop", i).folder.name) for i in range(11)] == LAPTOPS
    assert catalog.jointed("036_cabinet", 46653).folder.name == "46653"
    assert catalog.jointed("015_laptop", 10040).folder == catalog.jointed("015_laptop", 6).folder
    assert catalog.jointed("015_laptop", 3).jointed
    with pytest.raises(AssetError, match="no model 11"):
        catalog.jointed("015_laptop", 11)
    with pytest.raises(AssetError, match="999_nothing"):
        catalog.jointed("999_nothing", 0)


def test_ids_are_ascending_numbers():
    ids = Catalog().ids("001_bottle")
    assert ids == sorted(ids)
    assert {2, 10} <= set(ids)
    with pytest.raises(AssetError, match="999_nothing"):
        Catalog().ids("999_nothing")


def test_each_model_comes_from_the_root_where_it_has_its_meshes(root):
    bring(root, "050_bell")
    (root.path / "objects" / "050_bell" / "visual" / "base1.glb").unlink()
    (root.path / "objects" / "050_bell" / "collision" / "base1.glb").unlink()
    catalog = Catalog(root)
    own, other, absent = (
        catalog.model("050_bell", 0),
        catalog.model("050_bell", 1),
        catalog.model("002_bowl", 3),
    )
    assert [m.kind for m in (own, other, absent)] == ["real", "stand-in", "stand-in"]
    assert own.mesh_file("collision").is_relative_to(root.path)
    assert other.mesh_file("visual").is_relative_to(STANDIN_ROOT)


def test_a_jointed_models_place_does_not_depend_on_which_ones_were_downloaded(root):
    own = bring(root, "044_microwave/7310")
    assert Catalog(root).jointed("044_microwave", 1).kind == "stand-in", "a description alone is no download"
    (own / "textured_objs").mkdir()
    (own / "textured_objs" / "new-0.obj").write_text("v 0 0 0\n")
    first, second = (Catalog(root).jointed("044_microwave", i) for i in (0, 1))
    assert (first.folder.name, first.kind) == ("7167", "stand-in")
    assert (second.folder.name, second.kind) == ("7310", "real")


def test_objects_that_is_a_file_brings_nothing(root):
    (root.path / "objects").write_text("no folder")
    catalog = Catalog(root)
    assert catalog.model("050_bell", 0).kind == catalog.jointed("044_microwave", 0).kind == "stand-in"
    assert catalog.ids("050_bell") == [0, 1]


def test_the_table_rises_without_touching_the_models():
    flat = Catalog()
    raised = flat.at_height(-0.02)
    assert (flat.lift, raised.lift) == (0.0, -0.02)
    assert raised.model("050_bell", 0) is flat.model("050_bell", 0)


def test_meshes_are_looked_for_by_purpose_then_beside_the_data(root):
    own = bring(root, "050_bell")
    model = Catalog(root).model("050_bell", 0)
    assert model.mesh_file("collision") == own / "collision" / "base0.glb"
    shutil.move(own / "collision" / "base0.glb", own / "base0.glb")
    assert model.mesh_file("collision") == own / "base0.glb"
    (own / "base0.glb").unlink()
    assert Catalog(root).model("050_bell", 0).kind == "real"
    with refused(AssetError, match="collision mesh base0"):
        model.mesh_file("collision")
