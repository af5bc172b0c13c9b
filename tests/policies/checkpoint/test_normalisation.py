"""How a checkpoint's numbers are scaled: each of LeRobot's modes by its own statistics, and what it lacks in words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from json_edits import edit_json
from tiny_samples import CAMERAS, CHUNK, IMAGES, quantiles, statistics

from policies import PolicyError, load_policy
from policies.checkpoint.files import save_checkpoint
from policies.chunking import predict_rows
from policies.noise import frame_noise

pytestmark = pytest.mark.slow
NORMALIZER = "policy_preprocessor_step_6_normalizer_processor.safetensors"


def edit_tensors(path: Path, change: Callable[[dict[str, np.ndarray]], dict[str, np.ndarray]]) -> None:
    from safetensors.numpy import load_file, save_file

    tensors = change(load_file(path))
    path.unlink()
    save_file({name: np.ascontiguousarray(value) for name, value in tensors.items()}, path)


def set_mode(directory: Path, kind: str, mode: str) -> None:
    """The normalisation of a kind of feature, in both pipelines."""
    for name in ("policy_preprocessor.json", "policy_postprocessor.json"):
        edit_json(
            directory / name,
            lambda saved: [
                step["config"]["norm_map"].update({kind: mode})
                for step in saved["steps"]
                if "norm_map" in step["config"]
            ],
        )


def chunk_of(policy: Any, row: dict[str, Any]) -> np.ndarray:
    return predict_rows(policy, [row], [frame_noise(0, 0, 0, policy.noise_shape)], 1)


@pytest.mark.parametrize(("mode", "low", "high"), [("QUANTILES", "q01", "q99"), ("QUANTILE10", "q10", "q90")])
def test_quantiles_are_mapped_to_minus_one_and_one(
    tmp_path: Path, policy: Any, make_row: Any, mode: str, low: str, high: str
) -> None:
    from policies.tiny_pi0.model import make_tiny_pi0

    modes = {"VISUAL": "IDENTITY", "STATE": mode, "ACTION": mode}
    made = make_tiny_pi0(
        CAMERAS, quantiles(), CHUNK, num_inference_steps=4, normalization_mapping=modes
    )  # the weights of `policy`
    found = chunk_of(load_policy(save_checkpoint(*made, tmp_path / mode)), make_row(0))

    row, known, plain = make_row(0), quantiles(), statistics()
    state, action = known["observation.state"], known["action"]
    scaled = 2 * (row["observation.state"] - state[low]) / (state[high] - state[low]) - 1
    same_to_the_model = scaled * plain["observation.state"]["std"] + plain["observation.state"]["mean"]
    chunk = chunk_of(policy, row | {"observation.state": same_to_the_model.astype(np.float32)})
    raw = (chunk - plain["action"]["mean"]) / plain["action"]["std"]
    expected = (raw + 1) / 2 * (action[high] - action[low]) + action[low]
    assert np.abs(found - expected).max() < 1e-4


def test_what_a_rename_map_renames_is_used_unnormalised_as_it_was_trained(
    policy: Any, copied: Path, make_row: Any
) -> None:
    """LeRobot's training takes the statistics by the dataset's own names."""
    edit_json(
        copied / "policy_preprocessor.json",
        lambda saved: saved["steps"][0]["config"].update(
            rename_map={"observation.joints": "observation.state"}
        ),
    )
    edit_tensors(
        copied / NORMALIZER,
        lambda known: {
            name.replace("observation.state", "observation.joints"): v for name, v in known.items()
        },
    )
    row, plain = make_row(0), statistics()["observation.state"]
    as_raw = row["observation.state"] * (plain["std"] + 1e-8) + plain["mean"]
    expected = chunk_of(policy, row | {"observation.state": as_raw.astype(np.float32)})
    assert np.abs(chunk_of(load_policy(copied), row) - expected).max() < 1e-5


def test_a_migrated_checkpoint_whose_cameras_lost_their_statistics_is_refused(copied: Path) -> None:
    """LeRobot's migration files `cam_high` under `cam.high`, where its normalizer never looks."""
    pixels = {"mean": np.full((3, 1, 1), 0.5, np.float32), "std": np.full((3, 1, 1), 0.2, np.float32)}

    def add(key: str) -> None:
        edit_tensors(copied / NORMALIZER, lambda known: known | {f"{key}.{n}": v for n, v in pixels.items()})

    set_mode(copied, "VISUAL", "MEAN_STD")
    load_policy(copied)  # no statistics of pictures anywhere: LeRobot shows them as they are, in training too
    add("observation.images.cam.high")
    with pytest.raises(
        PolicyError, match=r"under observation\.images\.cam\.high, as LeRobot's migration"
    ) as said:
        load_policy(copied)
    assert "\n" not in str(said.value)
    add(IMAGES[0])
    load_policy(copied)


def test_padded_actions_without_statistics_are_refused(copied: Path) -> None:
    def wide(config: dict[str, Any]) -> None:
        config["output_features"]["action"]["shape"] = [20]
        config["max_action_dim"] = 20

    edit_json(copied / "config.json", wide)
    set_mode(copied, "ACTION", "IDENTITY")
    edit_tensors(
        copied / "policy_postprocessor_step_0_unnormalizer_processor.safetensors",
        lambda known: {"observation.state.mean": np.zeros(14, np.float32)},
    )
    with pytest.raises(PolicyError, match="an action of 20 dimensions"):
        load_policy(copied)
