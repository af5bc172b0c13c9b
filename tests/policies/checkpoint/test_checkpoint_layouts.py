"""Folders that are no LeRobot checkpoint are known for what they are."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from refusals import refusal

from policies import PolicyError
from policies.checkpoint.files import open_checkpoint


def folder(place: Path, *names: str, **files: object) -> Path:
    place.mkdir(parents=True, exist_ok=True)
    for name in names:
        (place / name).mkdir(parents=True) if name.endswith("/") else (place / name).touch()
    for name, value in files.items():
        (place / f"{name}.json").write_text(json.dumps(value))
    return place


def test_an_adapter_names_its_base(tmp_path: Path) -> None:
    base = {"base_model_name_or_path": "lerobot/pi0_base"}
    place = folder(tmp_path / "a", "adapter_model.safetensors", adapter_config=base, config={"type": "pi0"})
    assert "PEFT adapter of lerobot/pi0_base" in refusal(PolicyError, open_checkpoint, place)
    assert "PEFT adapter without" in refusal(
        PolicyError, open_checkpoint, folder(tmp_path / "b", "adapter_model.safetensors")
    )


def test_openpi_in_both_its_forms(tmp_path: Path) -> None:
    torch = folder(
        tmp_path / "torch",
        "model.safetensors",
        config={"action_horizon": 50, "paligemma_variant": "gemma_2b"},
    )
    assert "openpi checkpoint converted to PyTorch" in refusal(PolicyError, open_checkpoint, torch)
    jax = folder(tmp_path / "jax", "params/", "assets/", "_CHECKPOINT_METADATA")
    assert "openpi checkpoint of JAX" in refusal(PolicyError, open_checkpoint, jax)


def test_shards_pickles_and_models_of_others(tmp_path: Path) -> None:
    shards = folder(tmp_path / "s", "model-00001-of-00002.safetensors", config={"type": "pi0"})
    assert "weights in several files (model-00001-of-00002.safetensors)" in refusal(
        PolicyError, open_checkpoint, shards
    )
    pickles = folder(tmp_path / "p", "pytorch_model.bin", config={"type": "pi0"})
    assert "pickle only (pytorch_model.bin)" in refusal(PolicyError, open_checkpoint, pickles)
    other = folder(tmp_path / "t", "model.safetensors", config={"model_type": "bert"})
    assert "transformers model (bert)" in refusal(PolicyError, open_checkpoint, other)


@pytest.mark.parametrize("last", [True, False])
def test_a_training_output_says_where_the_checkpoint_is(tmp_path: Path, last: bool) -> None:
    run = tmp_path / "run"
    for step in ("000900", "001000"):
        folder(run / "checkpoints" / step / "pretrained_model", config={"type": "act"})
    if last:
        (run / "checkpoints" / "last").symlink_to("001000")
    newest = run / "checkpoints" / ("last" if last else "001000") / "pretrained_model"
    for place in (run, run / "checkpoints"):
        assert f"did you mean {newest}?" in refusal(PolicyError, open_checkpoint, place)
    shutil.rmtree(run / "checkpoints" / "000900")
    step = run / "checkpoints" / "001000"
    assert f"did you mean {step / 'pretrained_model'}?" in refusal(PolicyError, open_checkpoint, step)


def test_a_folder_of_nothing_known(tmp_path: Path) -> None:
    assert "has no config.json" in refusal(PolicyError, open_checkpoint, folder(tmp_path / "x", "README.md"))
