"""What a checkpoint asks for and a world gives, read from small files, and what is said where they do not fit."""

from __future__ import annotations

import json
import re
import shutil
from types import SimpleNamespace

import numpy as np
import pytest
from json_edits import edit_json
from safetensors.numpy import load_file, save_file

from harness.contract.checkpoint import checkpoint_contract
from harness.contract.reading import head_lines, read_sheet
from harness.contract.statistics import Statistics, farthest
from harness.contract.world import dataset_contract, simulator_contract
from harness.datasets.reader import open_dataset
from harness.files.bundled import ASSETS, DEMO_EPISODES
from policies.errors import PolicyError

BEFORE, AFTER = "policy_preprocessor.json", "policy_postprocessor.json"


@pytest.fixture
def checkpoint(tmp_path):
    """A copy of the demo policy's small files (and an empty one for its weights) that a test may break."""
    folder = tmp_path / "checkpoint"
    shutil.copytree(ASSETS / "demo", folder, ignore=shutil.ignore_patterns("model.safetensors"))
    (folder / "model.safetensors").touch()
    return folder


@pytest.fixture
def recording(tmp_path):
    """`recording(change)`: the demo episodes' metadata, with a change to meta/stats.json."""

    def make(change=lambda stats: None):
        root = tmp_path / "recording"
        shutil.copytree(DEMO_EPISODES / "meta", root / "meta")
        stats = json.loads((root / "meta" / "stats.json").read_text())
        change(stats)
        (root / "meta" / "stats.json").write_text(json.dumps(stats))
        return dataset_contract(open_dataset(root))

    return make


def step(saved, name):
    return next(step for step in saved["steps"] if step["registry_name"] == name)


def edit_step(path, name, **config):
    edit_json(path, lambda saved: step(saved, name)["config"].update(config))


def edit_statistics(folder, pattern, change):
    (file,) = folder.glob(pattern)
    tensors = load_file(file)
    change(tensors)
    save_file(tensors, file)


def lose_the_tokenizer(folder):
    shutil.rmtree(folder / "tokenizer")
    edit_step(folder / BEFORE, "tokenizer_processor", tokenizer_name="nowhere")


def seven_actions(folder, *names):
    new = {f"action.{name}": np.ones(7, np.float32) for name in names}
    edit_statistics(folder, "policy_post*.safetensors", lambda tensors: tensors.update(new))


def world():
    return dataset_contract(open_dataset(DEMO_EPISODES))


def test_the_demo_policy_fits_its_own_episodes():
    sheet = read_sheet("demo", world())
    assert sheet.refusals() == [] and sheet.cautions() == []
    assert (
        "17 of at most 23 tokens" in sheet.short()
        and "15 frames a second, sampling per_action" in sheet.short()
    )
    assert next(sheet.camera_lines()).endswith(" -> observation.images.cam_high (320x240)")
    name, called, unit, span, said = list(sheet.number_rows("state"))[6]
    assert (name, called, unit, span) == ("left_gripper", "left_gripper", "0..1", "0 .. 1")
    assert said == "mean 0.784, std 0.421 (reaches -1.9 std)"


def test_numbers_are_held_against_each_kind_of_statistics():
    gaussian = Statistics("MEAN_STD", {"mean": np.array([1.0, 0.0]), "std": np.array([0.5, 0.0])})
    reached = farthest(gaussian, np.array([0.0, 0.0]), np.array([1.5, 0.3]))
    assert reached[0] == pytest.approx(-2.0, abs=1e-6) and reached[1] > gaussian.far == 6
    bounds = Statistics("MIN_MAX", {"min": np.array([0.0]), "max": np.array([2.0])})
    assert farthest(bounds, np.array([0.0]), np.array([5.0]))[0] == pytest.approx(4.0)
    inner = Statistics("QUANTILES", {"q01": np.array([-1.0]), "q99": np.array([1.0])})
    assert farthest(inner, np.array([-0.5]), np.array([0.25]))[0] == pytest.approx(-0.5)
    assert (Statistics("MIN_MAX", {"min": np.zeros(3)}).known, inner.size, Statistics().size) == (
        False,
        1,
        None,
    )


def test_data_far_outside_the_statistics_are_named(recording):
    def change(stats):
        stats["observation.state"]["max"][4] = 9.0

    (line,) = read_sheet("demo", recording(change)).cautions()
    assert line.startswith("state numbers of dataset") and line.endswith("checkpoint's statistics: left_j5")


def test_a_dataset_without_statistics_is_held_to_nothing(recording):
    sheet = read_sheet("demo", recording(lambda stats: stats.clear()))
    assert sheet.cautions() == [] and "not known" in next(iter(sheet.number_rows("action")))[3]


def test_grippers_in_another_place_are_noticed(checkpoint):
    def change(tensors):
        tensors["action.mean"][6], tensors["action.std"][6] = -1.4, 0.8

    edit_statistics(checkpoint, "policy_postprocessor*.safetensors", change)
    said = read_sheet(str(checkpoint), world()).cautions()
    assert any("action statistics of left_gripper are not those of a gripper" in line for line in said)


def test_relative_actions_are_not_held_against_absolute_ones(checkpoint):
    edit_statistics(checkpoint, "policy_postprocessor*.safetensors", lambda t: t["action.std"].fill(1e-3))
    assert any("action numbers" in line for line in read_sheet(str(checkpoint), world()).cautions())
    edit_step(checkpoint / BEFORE, "relative_actions_processor", enabled=True)
    assert read_sheet(str(checkpoint), world()).cautions() == []


def test_instructions_that_would_be_cut_are_counted(checkpoint):
    edit_step(checkpoint / BEFORE, "tokenizer_processor", max_length=14)
    (line,) = read_sheet(str(checkpoint), world()).cautions()
    assert "of 13 instructions are longer than the 14 tokens" in line and "(of 17)" in line


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda c: (c / "model.safetensors").unlink(), "has no model.safetensors"),
        (
            lambda c: edit_json(c / "config.json", lambda x: x.update(use_peft=True)),
            "adapter_config.json is missing",
        ),
        (lose_the_tokenizer, "tokenizer of .* is missing"),
        (lambda c: next(c.glob("policy_pre*.safetensors")).unlink(), "no statistics of its state"),
        (lambda c: next(c.glob("policy_pre*.safetensors")).write_bytes(b"x"), "cannot be read"),
        (lambda c: (c / AFTER).write_text('{"steps": 3}'), "has no list of steps"),
        (
            lambda c: seven_actions(c, "mean", "std"),
            "statistics of 7 action numbers; RoboTwin's ALOHA has 14",
        ),
        (lambda c: seven_actions(c, "mean"), "statistics of now more, now fewer action numbers"),
        (
            lambda c: edit_statistics(
                c, "policy_pre*.safetensors", lambda t: t["observation.state.std"].fill(np.nan)
            ),
            "NaN or infinite statistics of its state",
        ),
        (
            lambda c: edit_json(
                c / "config.json",
                lambda x: x["input_features"].update(
                    {"observation.images.top": {"type": "VISUAL", "shape": [3, 9, 9]}}
                ),
            ),
            "looks at observation.images.top",
        ),
        (
            lambda c: edit_json(
                c / "config.json",
                lambda x: (
                    x.update(image_resolution=None),
                    x["input_features"]["observation.images.cam_high"].update(shape=[3, 224, 224]),
                ),
            ),
            "is 320x240 in dataset .* trained on 224x224 and does not resize",
        ),
    ],
)
def test_what_a_run_would_refuse_is_said(checkpoint, spoil, said):
    spoil(checkpoint)
    refusals = read_sheet(str(checkpoint), world()).refusals()
    assert any(re.search(said, line) for line in refusals), refusals
    assert all("\n" not in line for line in refusals)


def test_a_checkpoints_own_rename_and_empty_cameras_are_read(checkpoint):
    edit_step(
        checkpoint / BEFORE, "rename_observations_processor", rename_map={"observation.images.top": "a"}
    )

    def change(config):
        config["input_features"]["observation.images.empty_camera_0"] = {"type": "VISUAL", "shape": [3, 2, 2]}

    edit_json(checkpoint / "config.json", change)
    found = checkpoint_contract(str(checkpoint))
    assert found is not None and found.renamed == {"observation.images.top": "a"} and len(found.images) == 3


def test_actions_named_in_another_order_are_a_refusal(checkpoint):
    names = [f"{side}_j{i}" for side in ("right", "left") for i in range(7)]
    edit_json(checkpoint / "config.json", lambda config: config.update(action_feature_names=names))
    (said,) = read_sheet(str(checkpoint), world()).refusals()
    assert "puts the right arm first (right_j0, ...)" in said


def test_a_policy_without_a_checkpoint_asks_for_nothing_and_an_unknown_one_is_refused():
    for name in ("hold", "mean", "expert", "ws://127.0.0.1:8000"):
        assert checkpoint_contract(name) is None
    assert "13 instructions" in read_sheet("hold", world()).short()
    with pytest.raises(PolicyError, match="no policy 'hodl' and no checkpoint directory"):
        checkpoint_contract("hodl")


def test_the_simulator_as_a_world_tells_what_would_be_said():
    seeds = {"click_bell": [100_000, 100_001], "stack_blocks_two": [100_000]}
    found = simulator_contract(list(seeds), seeds, "demo_clean", None, None)
    assert found.name == "the simulator: click_bell, stack_blocks_two, demo_clean"
    assert "at most 400 to 800 actions" in found.rate and 2 <= len(found.instructions) <= 3
    named = simulator_contract(list(seeds), seeds, "demo_clean", "task-name", None)
    assert named.instructions == ("click bell", "stack blocks two")
    assert read_sheet("demo", named).cautions() == []


def test_a_runs_head_says_it_from_where_the_policy_lies_and_never_stops_the_run(checkpoint):
    edit_step(checkpoint / BEFORE, "tokenizer_processor", max_length=14)
    loaded = SimpleNamespace(describe=lambda: {"path": str(checkpoint)})
    line, cautions = head_lines("owner/on-the-hub", loaded, world())
    assert "17 of at most 14 tokens" in line and len(cautions) == 1
    assert head_lines("expert", None, world())[1] == []
    gone = SimpleNamespace(describe=lambda: {"path": str(checkpoint / "gone")})
    assert head_lines("mine", gone, world())[1] == []
