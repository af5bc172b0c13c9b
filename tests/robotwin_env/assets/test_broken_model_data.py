"""Broken files of a model are one line that names file and key."""

from __future__ import annotations

import json

import pytest
from refusals import refused
from test_models import FRAME, RIGID, jointed, rigid

from robotwin_env.assets.models import read_jointed, read_rigid
from robotwin_env.errors import AssetError

# ---- broken files


@pytest.mark.parametrize("text", ("", "{", "[1, 2]", "null", '"text"', "\xff\xfe"))
def test_data_that_is_no_json_object_is_one_line_naming_the_file(tmp_path, text):
    (tmp_path / "model_data3.json").write_bytes(text.encode("latin-1"))
    (tmp_path / "model_data.json").write_bytes(text.encode("latin-1"))
    for read in (read_rigid, read_jointed):
        with refused(AssetError, match=r"model_data3?\.json"):
            read(tmp_path, "thing", 3, "real")


def test_data_that_is_not_there_is_one_line_naming_the_file(tmp_path):
    for read in (read_rigid, read_jointed):
        with pytest.raises(AssetError, match="missing"):
            read(tmp_path, "thing", 3, "real")
    (tmp_path / "model_data3.json").mkdir()
    with pytest.raises(AssetError, match="cannot be read"):
        read_rigid(tmp_path, "thing", 3, "real")


NAN_FRAME = [[1, 0, 0, float("nan")], *FRAME[1:]]


@pytest.mark.parametrize(
    ("key", "value"),
    (
        ("scale", None),
        ("scale", [1, 2]),
        ("scale", "big"),
        ("scale", [1, float("inf"), 1]),
        ("center", [float("nan"), 0, 0]),
        ("extents", {}),
        ("contact_points_pose", [NAN_FRAME]),
        ("contact_points_pose", NAN_FRAME),
        ("contact_points_pose", 5),
        ("contact_points_pose", [FRAME, FRAME[:3]]),
        ("functional_matrix", [[[1, 0], [0, 1]]]),
        ("functional_matrix", [[1.0, [2.0]]]),
        ("target_pose", [[["a"] * 4] * 4]),
        ("target_pose", {"matrix": FRAME}),
    ),
)
def test_broken_numbers_of_a_rigid_model_are_one_line_naming_file_and_key(tmp_path, key, value):
    with refused(AssetError, match=rf"model_data3\.json.*{key}"):
        rigid(tmp_path, **{key: value})


def test_a_missing_scale_is_named(tmp_path):
    (tmp_path / "model_data3.json").write_text(json.dumps({k: v for k, v in RIGID.items() if k != "scale"}))
    with pytest.raises(AssetError, match="'scale'"):
        read_rigid(tmp_path, "thing", 3, "real")


@pytest.mark.parametrize(
    ("key", "value", "said"),
    (
        ("scale", None, "scale"),
        ("contact_points", [{"matrix": NAN_FRAME, "base": "door"}], "matrix"),
        ("contact_points", [{"base": "door"}], "matrix"),
        ("contact_points", [{"matrix": FRAME}], "link"),
        ("contact_points", [FRAME], "link"),
        ("contact_points", "door", "contact_points"),
        ("init_qpos", ["open"], "init_qpos"),
        ("init_qpos", 0.3, "init_qpos"),
        ("transform_matrix", [1, 2, 3], "transform_matrix"),
        ("extents", [1, 2], "extents"),
    ),
)
def test_broken_numbers_of_a_jointed_model_are_one_line_naming_file_and_key(tmp_path, key, value, said):
    with refused(AssetError, match=rf"model_data\.json.*{said}"):
        jointed(tmp_path, **{key: value})


@pytest.mark.parametrize("box", ({}, {"min": [0, 0, 0]}, {"min": [0, 0, 0], "max": [1, 1]}))
def test_a_broken_bounding_box_is_one_line(tmp_path, box):
    (tmp_path / "bounding_box.json").write_text(json.dumps(box))
    with pytest.raises(AssetError, match="bounding_box"):
        jointed(tmp_path)
