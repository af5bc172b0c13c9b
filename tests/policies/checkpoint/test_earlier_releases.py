"""Checkpoints that earlier releases of LeRobot wrote: read as they were meant, or one line about what to do."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from json_edits import edit_json
from refusals import refusal
from tiny_samples import IMAGES, statistics, tiny_act

from policies import PolicyError, load_policy
from policies.chunking import predict_rows
from policies.noise import frame_noise

pytestmark = pytest.mark.slow
LATER = {
    "rtc_config": "0.4.2",
    "use_peft": "0.4.3",
    "freeze_vision_encoder": "0.4.3",
    "train_expert_only": "0.4.3",
    "use_relative_actions": "0.5.1",
    "relative_exclude_joints": "0.5.1",
    "action_feature_names": "0.5.1",
    "pretrained_revision": "0.6.0",
}
"""Settings of π0 that 0.4.0 had not, and the release that brought each (LeRobot's tags)."""


def test_a_checkpoint_of_0_4_has_fewer_settings_and_steps_and_the_same_chunks(
    policy: Any, copied: Path, make_row: Any
) -> None:
    def older(config: dict[str, Any]) -> None:
        for name in LATER:
            del config[name]

    edit_json(copied / "config.json", older)
    for name in ("policy_preprocessor.json", "policy_postprocessor.json"):
        edit_json(
            copied / name,
            lambda saved: saved.update(
                steps=[s for s in saved["steps"] if not s["registry_name"].endswith("tive_actions_processor")]
                if "pre" in saved["name"]
                else [s for s in saved["steps"] if s["registry_name"] != "absolute_actions_processor"]
            ),
        )
    noise = [frame_noise(0, 0, 0, policy.noise_shape)]
    old = load_policy(copied)
    assert [len(p.steps) for p in (old.processors.before, old.processors.after)] == [6, 2]
    assert np.array_equal(
        predict_rows(old, [make_row(0)], noise, 1), predict_rows(policy, [make_row(0)], noise, 1)
    )


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (
            {"type": "act"},
            "saved before LeRobot 0.4; migrate it with `python -m lerobot.processor.migrate_pol",
        ),
        (
            {"type": "vqbet", "mlp_hidden_dim": 1024},
            "remove mlp_hidden_dim from its config.json, then migrate",
        ),
        ({"type": "pi0", "adapt_to_pi_aloha": False, "proj_width": 1024}, "is a pi0 of LeRobot before 0.4"),
        ({"input_shapes": {"observation.state": [14]}}, "saved by a LeRobot of 2024"),
    ],
)
def test_what_was_saved_without_processors_is_told_what_becomes_of_it(
    copied: Path, config: dict[str, Any], said: str
) -> None:
    for path in copied.glob("policy_p*"):
        path.unlink()
    (copied / "config.json").write_text(json.dumps(config))
    assert said in refusal(PolicyError, load_policy, copied)


def old_act(directory: Path, camera: str) -> Any:
    """ACT as LeRobot 0.3 saved it, its statistics among its weights; the policy."""
    import torch
    from lerobot.policies.act.modeling_act import ACTPolicy
    from safetensors.torch import load_file, save_file

    config = tiny_act(camera)
    torch.manual_seed(0)
    policy = ACTPolicy(config).eval()
    policy.save_pretrained(directory)
    path = directory / "model.safetensors"
    tensors = load_file(path)
    pixels = {"mean": np.full((3, 1, 1), 0.4, np.float32), "std": np.full((3, 1, 1), 0.2, np.float32)}
    for key, known in (statistics() | {camera: pixels}).items():
        layer = "unnormalize_outputs" if key == "action" else "normalize_inputs"
        for name, value in known.items():
            tensors[f"{layer}.buffer_{key.replace('.', '_')}.{name}"] = torch.from_numpy(value)
    save_file(tensors, path)
    return policy


def migrated(directory: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What LeRobot's own migration makes of a folder."""
    from lerobot.processor import migrate_policy_normalization as script

    monkeypatch.setattr("huggingface_hub.repocard.RepoCard.validate", lambda *_, **__: None)  # asks the Hub
    monkeypatch.setattr(sys, "argv", ["migrate", "--pretrained-path", str(directory)])
    script.main()
    return directory.with_name(f"{directory.name}_migrated")


def test_what_lerobots_migration_makes_of_0_3_is_loaded_and_normalised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make_row: Any
) -> None:
    import torch

    camera = "observation.images.top"
    original = old_act(tmp_path / "act", camera)
    assert "saved before LeRobot 0.4" in refusal(PolicyError, load_policy, tmp_path / "act")
    policy = load_policy(migrated(tmp_path / "act", monkeypatch))
    row = {
        **{key: value for key, value in make_row(0).items() if key not in IMAGES},
        camera: make_row(0)[IMAGES[0]],
    }
    found = predict_rows(policy, [row], None, 1)

    state, action = (statistics()[key] for key in ("observation.state", "action"))
    sent = {
        "observation.state": torch.from_numpy((row["observation.state"] - state["mean"]) / state["std"])[
            None
        ],
        camera: torch.from_numpy((row[camera] - np.float32(0.4)) / np.float32(0.2))[None],
    }
    raw = original.predict_action_chunk(sent).detach().numpy()
    assert np.abs(found - (raw * action["std"] + action["mean"])).max() < 1e-5


def test_the_cameras_that_lerobots_migration_misnames_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old_act(tmp_path / "act", IMAGES[0])
    folder = migrated(tmp_path / "act", monkeypatch)
    assert "under observation.images.cam.high, as LeRobot's migration" in refusal(
        PolicyError, load_policy, folder
    )
