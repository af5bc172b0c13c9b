"""Checkpoints that move, in this project and in LeRobot's own commands; what lerobot-train makes of them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from tiny_samples import statistics

from policies import load_policy
from policies.checkpoint.content import hash_of
from policies.provenance.training_record import read_training_record

pytestmark = pytest.mark.slow


def tokenizer_name(directory: Path) -> Any:
    steps = json.loads((directory / "policy_preprocessor.json").read_text())["steps"]
    return next(
        s["config"].get("tokenizer_name") for s in steps if s["registry_name"] == "tokenizer_processor"
    )


def tokens(pipeline: Any) -> list[int]:
    import torch

    ready = pipeline({"task": "stack the red block", "observation.state": torch.zeros(14)})
    return list(map(int, ready["observation.language.tokens"][0]))


def test_lerobot_finds_the_tokenizer_of_a_moved_checkpoint_from_any_folder(
    tiny: Any, copied: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lerobot.policies.factory import make_pre_post_processors

    assert tokenizer_name(copied) == "tokenizer"
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tokenizer").mkdir()  # of somebody else
    before, after = make_pre_post_processors(tiny.policy.config, pretrained_path=str(copied))
    assert tokens(before) == tokens(tiny.preprocessor)
    again = tmp_path / "trained further"
    before.save_pretrained(again)
    after.save_pretrained(again)
    assert tokenizer_name(again) == "tokenizer" and (again / "tokenizer" / "tokenizer.json").is_file()


def test_the_bundled_checkpoints_name_theirs_relative_to_themselves() -> None:
    root = Path(__file__).resolve().parents[3] / "assets"
    assert {tokenizer_name(root / name) for name in ("demo", "demo_half", "demo_early")} == {"tokenizer"}


def test_what_lerobot_trains_without_a_tokenizer_name_has_the_built_in_one(
    tmp_path: Path, make_row: Any
) -> None:
    from lerobot.configs import FeatureType, PolicyFeature
    from lerobot.configs.parser import load_plugin
    from lerobot.policies.factory import get_policy_class, make_policy_config, make_pre_post_processors

    load_plugin("policies.tiny_pi0")  # what --policy.discover_packages_path=policies.tiny_pi0 does
    config = make_policy_config(
        "tiny_pi0", device="cpu", depth=1, vision_depth=1, chunk_size=6, n_action_steps=6
    )
    config.input_features = {
        "observation.state": PolicyFeature(FeatureType.STATE, (14,)),
        "observation.images.cam_high": PolicyFeature(FeatureType.VISUAL, (3, 60, 80)),
    }
    config.output_features = {"action": PolicyFeature(FeatureType.ACTION, (14,))}
    get_policy_class("tiny_pi0")(config).save_pretrained(tmp_path)
    for pipeline in make_pre_post_processors(config, dataset_stats=statistics()):
        pipeline.save_pretrained(tmp_path)
    with_its_own = load_policy(tmp_path)
    shutil.rmtree(tmp_path / "tokenizer")
    path = tmp_path / "policy_preprocessor.json"
    saved = json.loads(path.read_text())
    for step in saved["steps"]:  # as LeRobot alone saves it
        step["config"].pop("tokenizer_name", None)
    path.write_text(json.dumps(saved))
    policy = load_policy(tmp_path)
    assert policy.describe()["tokenizer"] is None and hash_of(tmp_path) == policy.content_hash
    assert tokens(policy.processors.before) == tokens(with_its_own.processors.before)


def recording(place: Path, task: str, seeds: list[int]) -> Path:
    (place / "meta").mkdir(parents=True)
    episodes = {str(i): {"task": task, "scene_seed": seed} for i, seed in enumerate(seeds)}
    (place / "meta" / "robotwin.json").write_text(json.dumps({"episodes": episodes}))
    return place


def trained(place: Path, **config: Any) -> Path:
    place.mkdir(parents=True)
    (place / "train_config.json").write_text(json.dumps(config))
    return place


def test_a_checkpoint_trained_further_keeps_what_its_base_was_trained_on(tmp_path: Path) -> None:
    base = tmp_path / "base"
    base.mkdir()
    log = {
        "scene_seeds": {"click_bell": [1, 2]},
        "datasets": [{"dataset_hash": "a", "trained_episodes": [0]}],
    }
    (base / "training_log.json").write_text(json.dumps(log))
    data = recording(tmp_path / "data", "click_bell", [7, 8, 9])
    once = trained(
        tmp_path / "run" / "checkpoints" / "000003" / "pretrained_model",
        dataset={"repo_id": "local/data", "root": str(data), "episodes": [0, 2]},
        policy={"pretrained_path": str(base)},
    )
    found = read_training_record(once)
    assert found is not None and found.scene_seeds == {"click_bell": frozenset({1, 2, 7, 9})}
    assert found.episodes == {"a": frozenset({0})} and found.unknown == ()
    twice = trained(
        tmp_path / "more" / "pretrained_model",
        dataset={"repo_id": "x/unknown", "root": None},
        policy={"pretrained_path": "run/checkpoints/000003/pretrained_model"},
    )
    found = read_training_record(twice)
    assert found is not None and found.scene_seeds == {"click_bell": frozenset({1, 2, 7, 9})}
    assert found.unknown == ("dataset x/unknown",)


def test_a_resumed_training_which_names_itself_is_followed_through_its_earlier_steps(tmp_path: Path) -> None:
    base = tmp_path / "base"
    base.mkdir()
    (base / "training_log.json").write_text(json.dumps({"scene_seeds": {"click_bell": [1]}}))
    steps = tmp_path / "run" / "checkpoints"
    about = {"repo_id": "x/y", "root": str(recording(tmp_path / "data", "lift_pot", [3]))}
    trained(steps / "000100" / "pretrained_model", dataset=about, policy={"pretrained_path": str(base)})
    last = str(steps / "last" / "pretrained_model")
    newest = trained(steps / "000200" / "pretrained_model", dataset=about, policy={"pretrained_path": last})
    (steps / "last").symlink_to("000200")
    found = read_training_record(newest)
    assert found is not None
    assert found.scene_seeds == {"click_bell": frozenset({1}), "lift_pot": frozenset({3})}


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"dataset": 7, "policy": []},
        {"dataset": {"repo_id": 3, "episodes": "all"}, "policy": {"pretrained_path": "\0"}},
    ],
)
def test_a_train_config_of_another_kind_is_said_to_be_unknown(tmp_path: Path, config: dict[str, Any]) -> None:
    found = read_training_record(trained(tmp_path / "x", **config))
    assert found is not None and found.unknown and not found.scene_seeds


def test_instructions_are_measured_as_the_policy_reads_them(policy: Any) -> None:
    from policies.input_limits import measure_prompts

    room = policy.model.config.tokenizer_max_length
    found = measure_prompts(policy, ["press", "press the red bell " * 40])
    assert found is not None and (found.n, found.cut, found.room) == (2, 1, room) and found.longest > room
