"""A tiny random checkpoint as openpi's PyTorch code saves it, converted, against openpi's own code on the same input.

    python -m tools.openpi_oracle --lerobot CHECKOUT

CHECKOUT is one of LeRobot (main, 2026-08 or later), whose tests hold openpi's PyTorch code
(`tests/policies/pi0_pi05/openpi_pytorch`). Prints the largest difference of an action for π0 and π0.5, with absolute
and with relative actions; exits 1 where one is above 1e-5.
"""

from __future__ import annotations

import contextlib
import json
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any
from unittest import mock

import numpy as np
import tyro

CLOSE = 1e-5
ROWS, CHUNK, DIM, VOCABULARY = 2, 8, 32, 1000
CAMERAS = ("base_0_rgb", "left_wrist_0_rgb", "right_wrist_0_rgb")
PROMPTS = ["Press the bell.", "Grab the roller with both arms"]
VISION = {
    "hidden_size": 48,
    "num_hidden_layers": 2,
    "intermediate_size": 96,
    "num_attention_heads": 4,
    "projection_dim": 64,
}


@dataclass(frozen=True)
class Config:
    """Compare the converter with openpi's own PyTorch code."""

    lerobot: Path
    """A checkout of LeRobot whose tests vendor that code."""


def main(config: Config) -> int:
    """Print the differences; 1 where one is too large."""
    tests = ModuleType("tests")  # LeRobot's tests are no package, and other packages install one of that name
    tests.__path__ = [str(config.lerobot / "tests")]
    sys.modules["tests"] = tests
    worst = 0.0
    for pi05 in (False, True):
        for relative in (False, True):
            with tempfile.TemporaryDirectory() as folder, small_models():
                difference = compare(Path(folder), pi05=pi05, relative=relative)
            kind = f"{'pi05' if pi05 else 'pi0'}, {'relative' if relative else 'absolute'} actions"
            print(f"{kind}: largest difference {difference:.2e}", flush=True)
            worst = max(worst, difference)
    return int(worst > CLOSE)


def compare(folder: Path, *, pi05: bool, relative: bool) -> float:
    """The largest difference of an action between openpi's code and the converted checkpoint."""
    from policies.building import load_checkpoint
    from policies.checkpoint.files import open_checkpoint
    from policies.checkpoint.openpi_conversion import Options, convert
    from policies.tiny_pi0.tokenizer import build_tokenizer

    tokenizer = build_tokenizer(vocab_size=VOCABULARY)
    tokenizer.save_pretrained(folder / "tokenizer")
    stats = statistics(relative)
    model = save_openpi(folder / "openpi", stats, pi05=pi05)
    options = Options(tokenizer=folder / "tokenizer")
    for line in convert(folder / "openpi", folder / "lerobot", options):
        print(f"  {line}")
    policy = load_checkpoint(open_checkpoint(folder / "lerobot"), name="converted")
    images, state, noise = inputs()
    batch = {**images, "observation.state": state, "task": PROMPTS, "frame_index": np.zeros(ROWS, np.int64)}
    ours = policy.predict(batch, noise)
    theirs = openpi_actions(
        model, tokenizer, stats, images, state.numpy(), noise, pi05=pi05, relative=relative
    )
    return float(np.abs(ours - theirs).max())


def statistics(relative: bool) -> dict[str, dict[str, np.ndarray]]:
    """Statistics no two joints share, of a robot whose second and third joints are above 0."""
    joints = np.arange(14)
    state = {"mean": 0.9 + joints / 20, "std": 0.3 + joints / 30}
    actions = {"mean": (0.001 * joints if relative else state["mean"] + 0.01), "std": 0.2 + joints / 40}
    return {
        key: {**entry, "q01": entry["mean"] - 2 * entry["std"], "q99": entry["mean"] + 2.5 * entry["std"]}
        for key, entry in (("state", state), ("actions", actions))
    }


def save_openpi(folder: Path, stats: dict[str, dict[str, np.ndarray]], *, pi05: bool) -> Any:
    """A random model of openpi's, saved as its trainer does; the model."""
    import torch
    from safetensors.torch import save_model
    from tests.policies.pi0_pi05.openpi_pytorch.pi0_pytorch import PI0Pytorch

    torch.manual_seed(0)
    settings = SimpleNamespace(
        pi05=pi05,
        paligemma_variant="gemma_2b",
        action_expert_variant="gemma_300m",
        dtype="float32",
        action_dim=DIM,
        action_horizon=CHUNK,
        pytorch_compile_mode=None,
    )
    model = PI0Pytorch(settings).eval()
    for parameter in model.parameters():  # fresh norms are ones and zeros, which would hide a mix-up
        parameter.data = parameter.data + 0.02 * torch.randn_like(parameter)
    folder.mkdir()
    save_model(model, str(folder / "model.safetensors"))
    assets = folder / "assets" / "robotwin"
    assets.mkdir(parents=True)
    listed = {key: {name: value.tolist() for name, value in entry.items()} for key, entry in stats.items()}
    (assets / "norm_stats.json").write_text(json.dumps({"norm_stats": listed}))
    (folder / "config.json").write_text(json.dumps({"action_dim": DIM, "action_horizon": CHUNK}))
    return model


def inputs() -> tuple[dict[str, Any], Any, np.ndarray]:
    """Pictures (at openpi's own size, so that nobody scales), states, noise."""
    import torch

    random = np.random.default_rng(1)
    images = {
        f"observation.images.{name}": torch.from_numpy(
            random.integers(0, 256, (ROWS, 3, 224, 224), np.uint8).astype(np.float32) / np.float32(255)
        )
        for name in CAMERAS
    }
    state = torch.from_numpy(random.random((ROWS, 14), np.float32))
    return images, state, random.standard_normal((ROWS, CHUNK, DIM), np.float32)


def openpi_actions(
    model: Any,
    tokenizer: Any,
    stats: dict[str, dict[str, np.ndarray]],
    images: dict[str, Any],
    state: np.ndarray,
    noise: np.ndarray,
    *,
    pi05: bool,
    relative: bool,
) -> np.ndarray:
    """Chunks (B, C, 14) by openpi's model and, around it, its transforms written out (`src/openpi/transforms.py`)."""
    import torch

    s, a = stats["state"], stats["actions"]
    if pi05:
        normal = (state - s["q01"]) / (s["q99"] - s["q01"] + 1e-6) * 2.0 - 1.0
    else:
        normal = (state - s["mean"]) / (s["std"] + 1e-6)
    prompts = []
    for text, row in zip(PROMPTS, normal, strict=True):
        bins = np.digitize(row, bins=np.linspace(-1, 1, 256 + 1)[:-1]) - 1
        prompt = f"Task: {text}, State: {' '.join(map(str, bins))};\nAction: "
        prompts.append(prompt if pi05 else f"{text}\n")
    told = tokenizer(
        prompts,
        padding="max_length",
        padding_side="right",
        max_length=200 if pi05 else 48,
        return_tensors="pt",
    )
    padded = torch.zeros(ROWS, DIM)
    padded[:, :14] = torch.from_numpy(normal.astype(np.float32))
    observation = SimpleNamespace(
        state=padded,
        images={name: images[f"observation.images.{name}"] * 2.0 - 1.0 for name in CAMERAS},
        image_masks={name: torch.ones(ROWS, dtype=torch.bool) for name in CAMERAS},
        tokenized_prompt=told["input_ids"],
        tokenized_prompt_mask=told["attention_mask"].bool(),
        token_ar_mask=None,
        token_loss_mask=None,
    )
    with torch.no_grad():
        raw = model.sample_actions("cpu", observation, noise=torch.from_numpy(noise), num_steps=10)
    actions = raw.numpy()[..., :14].astype(np.float64)
    if pi05:
        actions = (actions + 1.0) / 2.0 * (a["q99"] - a["q01"] + 1e-6) + a["q01"]
    else:
        actions = actions * (a["std"] + 1e-6) + a["mean"]
    if relative:
        arms = np.array([True] * 6 + [False] + [True] * 6 + [False])
        actions += np.where(arms, state, 0.0)[:, None]
    return actions


@contextlib.contextmanager
def small_models() -> Iterator[None]:
    """While active, π0 is built small by LeRobot's two files and by openpi's."""
    from lerobot.policies.pi0 import modeling_pi0
    from lerobot.policies.pi05 import modeling_pi05
    from tests.policies.pi0_pi05.openpi_pytorch import gemma, gemma_pytorch

    sizes = gemma.Config(width=64, depth=3, mlp_dim=128, num_heads=8, num_kv_heads=1, head_dim=16)
    large_vlm = modeling_pi0.PaliGemmaForConditionalGenerationWithPiGemma
    large_expert = modeling_pi0.PiGemmaForCausalLM

    def vlm(config: Any) -> Any:
        config.text_config.vocab_size = VOCABULARY
        for name, value in VISION.items():
            setattr(config.vision_config, name, value)
        return large_vlm(config)

    def expert(config: Any) -> Any:
        config.vocab_size = VOCABULARY
        return large_expert(config)

    with contextlib.ExitStack() as stack:
        for module in (modeling_pi0, modeling_pi05, gemma_pytorch):
            stack.enter_context(
                mock.patch.object(module, "PaliGemmaForConditionalGenerationWithPiGemma", vlm)
            )
            stack.enter_context(mock.patch.object(module, "PiGemmaForCausalLM", expert))
        for module in (modeling_pi0, modeling_pi05):
            stack.enter_context(mock.patch.object(module, "get_gemma_config", lambda variant: sizes))
        stack.enter_context(mock.patch.object(gemma, "get_config", lambda variant: sizes))
        yield


if __name__ == "__main__":
    sys.exit(main(tyro.cli(Config)))
