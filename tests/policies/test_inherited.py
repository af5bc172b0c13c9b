"""What checkpoints inherit and lack: shapes of a base, renamed cameras, missing statistics, LeRobot's own errors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from json_edits import edit_json
from refusals import refusal
from tiny_samples import IMAGES, features

from policies import PolicyError, load_policy
from policies.chunking import predict_rows
from policies.noise import frame_noise

pytestmark = pytest.mark.slow


def edit_steps(directory: Path, change: Callable[[dict[str, Any]], object]) -> None:
    for name in ("policy_preprocessor.json", "policy_postprocessor.json"):
        edit_json(directory / name, lambda saved: [change(step["config"]) for step in saved["steps"]])


def chunk_of(policy: Any, row: dict[str, Any]) -> np.ndarray:
    return predict_rows(policy, [row], [frame_noise(0, 0, 0, policy.noise_shape)], 1)


def test_the_statistics_decide_the_size_of_the_state_not_the_shape_of_the_base(
    policy: Any, copied: Path, make_row: Any
) -> None:
    def six(config: dict[str, Any]) -> None:
        for part in (config.get("features"), config.get("input_features")):
            if part and "observation.state" in part:
                part["observation.state"]["shape"] = [6]

    edit_json(copied / "config.json", six)
    edit_steps(copied, six)
    assert np.array_equal(chunk_of(load_policy(copied), make_row(0)), chunk_of(policy, make_row(0)))


def test_a_saved_rename_map_is_kept_and_carried_out_once(policy: Any, copied: Path, make_row: Any) -> None:
    new = {key: f"observation.images.camera{i + 1}" for i, key in enumerate(IMAGES)}

    def rename(part: dict[str, Any]) -> None:
        for name in ("features", "input_features"):
            if name in part:
                part[name] = {new.get(key, key): feature for key, feature in part[name].items()}
        if "rename_map" in part:
            part["rename_map"] = {**new, new[IMAGES[0]]: IMAGES[0]}  # a name that is both old and new

    edit_json(copied / "config.json", rename)
    edit_steps(copied, rename)
    renamed = load_policy(copied)
    assert set(renamed.images) == set(new.values()) and renamed.renamed[IMAGES[1]] == new[IMAGES[1]]
    assert renamed.processors.before.steps[0].rename_map == {}
    row = {new.get(key, key): value for key, value in make_row(0).items()}
    assert np.array_equal(chunk_of(renamed, row), chunk_of(policy, make_row(0)))


@pytest.mark.parametrize(("mode", "lacks"), [("QUANTILES", "q01"), ("QUANTILE10", "q10"), ("MIN_MAX", "min")])
def test_a_mode_without_its_statistics_names_them(copied: Path, mode: str, lacks: str) -> None:
    edit_json(
        copied / "config.json", lambda config: config["normalization_mapping"].update(STATE=mode, ACTION=mode)
    )
    edit_steps(
        copied,
        lambda config: config["norm_map"].update(STATE=mode, ACTION=mode) if "norm_map" in config else None,
    )
    said = refusal(PolicyError, load_policy, copied)
    assert f"by {mode}, which needs {lacks}" in said and "have only mean, std" in said


def test_an_input_that_nobody_has_is_named(copied: Path) -> None:
    extra = {"observation.environment_state": {"type": "ENV", "shape": [4]}}
    edit_json(copied / "config.json", lambda config: config["input_features"].update(extra))
    assert "reads 'observation.environment_state'" in refusal(PolicyError, load_policy, copied)


@pytest.mark.parametrize(
    "error", [KeyError("lang"), RuntimeError("shapes\ndiffer"), AssertionError(), ValueError("x")]
)
def test_whatever_is_raised_while_predicting_is_one_line(
    policy: Any, make_row: Any, error: Exception
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise error

    broken = replace(policy, processors=replace(policy.processors, before=fail))
    with pytest.raises(PolicyError, match=type(error).__name__) as said:
        chunk_of(broken, make_row(0))
    assert "\n" not in str(said.value) and "cannot predict" in str(said.value)


def test_weights_of_a_wrapped_model_are_known(copied: Path) -> None:
    from safetensors.torch import load_file, save_file

    path = copied / "model.safetensors"
    tensors = {f"_orig_mod.{name}": value for name, value in load_file(path).items()}
    path.unlink()
    save_file(tensors, path)
    message = refusal(PolicyError, load_policy, copied)
    assert "named _orig_mod." in message and "wrapped model" in message


def test_sizes_of_a_config_are_held_against_the_weights_before_memory_is_touched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lerobot.policies.act.configuration_act import ACTConfig
    from safetensors.numpy import save_file

    from policies import building
    from policies.checkpoint.files import Checkpoint

    config = ACTConfig(
        **features(IMAGES[0]),
        dim_model=8192,
        n_heads=2,
        dim_feedforward=1 << 16,
        n_encoder_layers=1,
        n_vae_encoder_layers=1,
        device="cpu",
        pretrained_backbone_weights=None,
    )
    save_file({"model.x": np.zeros(3, np.float32)}, tmp_path / "model.safetensors")
    with pytest.raises(PolicyError, match="does not fit the policy its config"):
        building.check_sizes(Checkpoint(tmp_path, {"type": "act"}), config)
