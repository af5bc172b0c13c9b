"""A LoRA adapter on its base, as LeRobot and PEFT write one: laid on by hand, refused where it is something else."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from refusals import refused
from safetensors.numpy import load_file, save_file
from test_loading import chunks_of

from policies import PolicyError, load_policy
from policies.checkpoint.content import hash_of
from policies.checkpoint.files import open_checkpoint
from policies.checkpoint.tensors.adapters import BASE, CONFIG, PREFIX, WEIGHTS

LINEAR, WHOLE = "model.action_out_proj", "model.state_proj"
RANK, ALPHA = 2, 6
PEFT_CONFIG = {
    "peft_type": "LORA",
    "r": RANK,
    "lora_alpha": ALPHA,
    "bias": "none",
    "init_lora_weights": True,
    "base_model_name_or_path": "somebody/base",
    "modules_to_save": ["state_proj"],
    "use_rslora": False,
}


def tensors_of(base: Path) -> dict[str, np.ndarray]:
    """An adapter of the base: one linear layer by LoRA, one trained whole."""
    weights = load_file(base / "model.safetensors")
    random = np.random.default_rng(0)
    out, into = weights[f"{LINEAR}.weight"].shape
    return {
        f"{PREFIX}{LINEAR}.lora_A.weight": random.standard_normal((RANK, into), dtype=np.float32),
        f"{PREFIX}{LINEAR}.lora_B.weight": random.standard_normal((out, RANK), dtype=np.float32),
        f"{PREFIX}{WHOLE}.weight": weights[f"{WHOLE}.weight"] + np.float32(0.1),
        f"{PREFIX}{WHOLE}.bias": weights[f"{WHOLE}.bias"] - np.float32(0.1),
    }


@pytest.fixture
def adapter(copied: Path) -> Path:
    """The tiny checkpoint as base, in `base/` of an adapter's folder."""
    save_file(tensors := tensors_of(copied), copied / WEIGHTS)
    assert len(tensors) == 4
    (copied / CONFIG).write_text(json.dumps(PEFT_CONFIG))
    config = json.loads((copied / "config.json").read_text())
    (copied / "config.json").write_text(json.dumps(config | {"use_peft": True}))
    (copied / BASE).mkdir()
    (copied / "model.safetensors").rename(copied / BASE / "model.safetensors")
    return copied


def edit(path: Path, **changes: Any) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


@pytest.mark.slow
@pytest.mark.parametrize("rslora", [False, True])
def test_what_acts_is_the_merged_policy(
    policy: Any, checkpoint: Path, adapter: Path, tmp_path: Path, make_row: Any, rslora: bool
) -> None:
    edit(adapter / CONFIG, use_rslora=rslora)
    merged = Path(shutil.copytree(checkpoint, tmp_path / "merged"))
    weights, laid = load_file(merged / "model.safetensors"), tensors_of(merged)
    scale = ALPHA / (RANK**0.5 if rslora else RANK)
    low, high = (laid[f"{PREFIX}{LINEAR}.lora_{part}.weight"] for part in "AB")
    weights[f"{LINEAR}.weight"] = weights[f"{LINEAR}.weight"] + np.float32(scale) * (high @ low)
    for part in ("weight", "bias"):
        weights[f"{WHOLE}.{part}"] = laid[f"{PREFIX}{WHOLE}.{part}"]
    save_file(weights, merged / "model.safetensors")

    loaded = load_policy(adapter)
    expected = chunks_of(load_policy(merged), make_row)
    float32 = 2e-6 * np.abs(expected).max()  # numbers up to 60; their rounding hangs on the number of threads
    assert np.allclose(chunks_of(loaded, make_row), expected, rtol=0, atol=float32)
    assert not np.allclose(chunks_of(policy, make_row), expected, atol=1e-2)
    assert loaded.describe()["adapter"] == {"base": "somebody/base", "changed_weights": 3}
    assert loaded.content_hash == hash_of(adapter) != policy.content_hash


@pytest.mark.slow
def test_pefts_own_policy_does_the_same(checkpoint: Path, tmp_path: Path, make_row: Any) -> None:
    peft = pytest.importorskip("peft", reason="LeRobot's extra `peft` is not installed")
    import torch

    base = load_policy(checkpoint)
    config = peft.LoraConfig(r=RANK, lora_alpha=ALPHA, target_modules=[LINEAR], init_lora_weights=False)
    torch.manual_seed(0)
    theirs = peft.get_peft_model(load_policy(checkpoint).model, config)
    place = Path(shutil.copytree(checkpoint, tmp_path / "adapter"))
    theirs.save_pretrained(place)
    (place / BASE).mkdir()
    (place / "model.safetensors").rename(place / BASE / "model.safetensors")
    edit(place / "config.json", use_peft=True)
    merged = theirs.merge_and_unload().state_dict()
    ours = load_policy(place)
    for name, value in ours.model.state_dict().items():
        assert torch.allclose(value, merged[name], atol=1e-6), name
    assert not np.allclose(chunks_of(ours, make_row), chunks_of(base, make_row))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"peft_type": "LOHA"}, "has peft_type LOHA"),
        ({"use_dora": True}, "has use_dora True"),
        ({"init_lora_weights": "pissa"}, "has init_lora_weights pissa"),
        ({"rank_pattern": {"a": 4}}, "has rank_pattern"),
        ({"r": 0}, "has r 0"),
        ({"r": 10**9}, "has r 1000000000"),
        ({"lora_alpha": "8"}, "lora_alpha '8'"),
    ],
)
def test_another_kind_of_adapter_is_refused_by_name(adapter: Path, change: Any, words: str) -> None:
    edit(adapter / CONFIG, **change)
    with refused(PolicyError, match=words):
        open_checkpoint(adapter)


@pytest.mark.parametrize(
    ("base", "words"),
    [("/etc", "no path that a checkpoint names is opened"), ("", "put the base's"), (None, "put the base's")],
)
def test_a_base_elsewhere_is_not_opened(adapter: Path, base: Any, words: str) -> None:
    shutil.rmtree(adapter / BASE)
    edit(adapter / CONFIG, base_model_name_or_path=base)
    with pytest.raises(PolicyError, match=words):
        open_checkpoint(adapter).weights  # noqa: B018


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda t: t.pop(f"{PREFIX}{LINEAR}.lora_B.weight"), "without its lora_B"),
        (lambda t: t.update({f"{PREFIX}nowhere.weight": np.zeros(3, np.float32)}), "no such tensor"),
        (lambda t: t.update({"x": np.zeros(3, np.float32)}), "none of PEFT's"),
        (
            lambda t: t.update({f"{PREFIX}{WHOLE}.bias": np.zeros(3, np.float32)}),
            "it is another base's adapter",
        ),
    ],
)
def test_an_adapter_of_another_base_is_refused(
    adapter: Path, change: Callable[[dict[str, np.ndarray]], None], words: str
) -> None:
    tensors = load_file(adapter / WEIGHTS)
    change(tensors)
    save_file(tensors, adapter / WEIGHTS)
    with pytest.raises(PolicyError, match=words):
        load_policy(adapter)
