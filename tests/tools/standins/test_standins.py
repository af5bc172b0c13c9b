"""The rigid stand-ins: every model a task can draw, as large as the real one, hollow where it must be, standing."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tools.standins import check
from tools.standins.__main__ import build
from tools.standins.facts import KEYS, Facts, copy_facts, data_file, read_facts
from tools.standins.models import MODELS, every_model
from tools.standins.sizes import size_of

ROOT = Path(__file__).resolve().parents[3]
OBJECTS = ROOT / "assets" / "standin" / "objects"
EVERY = every_model(OBJECTS)
PIECES = 21
WALL = 0.005  # m: the marked rim points lie in or beside the wall


def facts_of(model: str, model_id: int) -> Facts:
    return read_facts(OBJECTS, model, model_id)


def test_every_model_has_data_and_both_meshes():
    assert len(EVERY) == 207
    for model, model_id in EVERY:
        data = json.loads(data_file(OBJECTS, model, model_id).read_text())
        assert {"center", "extents", "scale"} <= set(data) <= set(KEYS), (model, model_id)
        assert (OBJECTS / model / "visual" / f"base{model_id}.glb").is_file(), (model, model_id)
        assert (OBJECTS / model / "collision" / f"base{model_id}.glb").is_file(), (model, model_id)


def test_no_file_lies_there_that_nobody_makes():
    """Upstream draws from every `model_data*.json` it finds: one too many would change its draws."""
    for model in MODELS:
        ids = {model_id for name, model_id in EVERY if name == model}
        found = sorted((OBJECTS / model).rglob("*.*"))
        names = {f"model_data{i}.json" for i in ids} | {f"base{i}.glb" for i in ids}
        assert {file.name for file in found} == names


@pytest.mark.parametrize("model", MODELS)
def test_visual_and_collision_fill_the_size_meant(model: str):
    for name, model_id in EVERY:
        if name == model:
            facts = facts_of(model, model_id)
            size = size_of(facts)
            collision = check.load(OBJECTS, facts, "collision")
            assert check.box_error(collision, size) < 0.002
            assert check.box_error(check.load(OBJECTS, facts, "visual"), size) < 0.002
            assert 1 <= collision.pieces <= PIECES


def test_a_size_is_the_real_box_or_lies_within_it():
    for model, model_id in EVERY:
        facts = facts_of(model, model_id)
        size = size_of(facts)
        if size.reason == "":
            np.testing.assert_array_equal((size.low, size.high), (facts.low, facts.high))
        elif size.reason != "lying":
            assert np.all(size.low >= facts.low - 1e-3), (model, model_id)
            assert np.all(size.high <= facts.high + 1e-3), (model, model_id)


@pytest.mark.parametrize("model", ["002_bowl", "021_cup", "039_mug"])
def test_a_rim_is_where_upstream_grasps_it(model: str):
    for name, model_id in EVERY:
        if name == model and (model, model_id) not in (("021_cup", 6), ("021_cup", 7)):  # held by the handle
            facts = facts_of(model, model_id)
            size = size_of(facts)
            points = facts.points("contact_points_pose")
            middle = (0.0, size.high[2] - size.radius)
            radii = np.linalg.norm(points[:, [0, 2]] - middle, axis=1)
            assert np.all(np.abs(radii - size.radius) < 0.15 * size.radius + WALL), (model, model_id, radii)


@pytest.mark.parametrize("model", ["039_mug", "106_skillet"])
def test_a_body_with_a_handle_fills_the_real_box_when_turned_about_the_vertical(model: str):
    """The box of the disc and its handle's tip, in axes turned by the angle the facts tell, is the real one."""
    for name, model_id in EVERY:
        if name == model:
            facts = facts_of(model, model_id)
            size = size_of(facts)
            reach = size.high[2] - size.radius - size.low[2]
            widths = []
            for angle in np.radians(np.arange(0.0, 45.0, 0.25)):
                c, s = np.cos(angle), np.sin(angle)
                long, wide = size.radius + reach * c, size.radius + max(size.radius, reach * s)
                widths.append((wide * c + long * s, wide * s + long * c))
            error = np.abs(np.array(widths) - facts.extents[[0, 2]]).max(1)
            assert error.min() < 0.02 * facts.extents.max(), (model, model_id)


@pytest.mark.parametrize(
    ("model", "model_id"),
    [("002_bowl", 3), ("110_basket", 0), ("062_plasticbox", 5), ("021_cup", 0), ("039_mug", 6)],
)
def test_what_is_dropped_into_a_vessel_stays_inside(model: str, model_id: int):
    assert check.holds_marble(OBJECTS, facts_of(model, model_id))


@pytest.mark.parametrize(
    ("model", "model_id"), [("001_bottle", 13), ("020_hammer", 0), ("041_shoe", 0), ("102_roller", 0)]
)
def test_a_model_comes_to_rest_as_its_task_puts_it_down(model: str, model_id: int):
    for q, z in check.POSES.get(model, ((check.UPRIGHT, check.DROP),)):
        angle, position, _ = check.still_turning(OBJECTS, facts_of(model, model_id), q, z)
        assert angle < check.LIMIT
        assert np.hypot(*position[:2]) < 0.02


def test_the_bundled_meshes_are_what_the_script_makes(tmp_path: Path):
    for model, model_id in (("002_bowl", 3), ("020_hammer", 0), ("073_rubikscube", 1), ("110_basket", 1)):
        copy_facts(OBJECTS, tmp_path, model, model_id)
        build(tmp_path, model, model_id)
        for file in (tmp_path / model).rglob(f"*{model_id}.*"):
            assert file.read_bytes() == (OBJECTS / model / file.relative_to(tmp_path / model)).read_bytes(), (
                file.name
            )
