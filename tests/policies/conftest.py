"""What these tests share: lerobot is imported, and a tiny checkpoint written, once a session."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tiny_samples import CAMERAS, CHUNK, IMAGES, statistics


@pytest.fixture(scope="session")
def tiny() -> Any:
    """A small tiny_pi0 with its processors (TinyPI0). Tests only read it."""
    import torch

    from policies.tiny_pi0.model import make_tiny_pi0

    torch.set_num_threads(1)
    return make_tiny_pi0(CAMERAS, statistics(), CHUNK, num_inference_steps=4)


@pytest.fixture(scope="session")
def checkpoint(tiny: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, saved. Tests only read it."""
    from policies.checkpoint.files import save_checkpoint

    return save_checkpoint(*tiny, tmp_path_factory.mktemp("checkpoint") / "tiny")


@pytest.fixture(scope="session")
def policy(checkpoint: Path) -> Any:
    """The same, loaded again."""
    from policies import load_policy

    return load_policy(checkpoint)


@pytest.fixture
def copied(checkpoint: Path, tmp_path: Path) -> Path:
    """A copy of the checkpoint that a test may break."""
    return Path(shutil.copytree(checkpoint, tmp_path / "copied"))


@pytest.fixture(scope="session")
def make_row() -> Callable[[int], dict[str, Any]]:
    """Row i of an imaginary recording: always the same for the same i."""

    def row(i: int) -> dict[str, Any]:
        random = np.random.default_rng(i)
        images = {key: random.random((3, 60, 80), dtype=np.float32) for key in IMAGES}
        state = random.standard_normal(14, dtype=np.float32)
        return {"observation.state": state, **images, "task": f"stack block {i % 3}", "frame_index": i}

    return row


@pytest.fixture
def frames() -> Any:
    """Twenty made-up frames to train on, one joint of which never moves (policies.training.frames.Frames)."""
    import torch

    from policies.training.frames import Frames

    random = np.random.default_rng(0)
    chunks = random.standard_normal((20, 4, 14), dtype=np.float32)
    chunks[..., 3] = 0.5
    return Frames(
        {key: torch.from_numpy(random.integers(0, 256, (20, 3, 56, 56), dtype=np.uint8)) for key in IMAGES},
        random.standard_normal((20, 14), dtype=np.float32),
        chunks,
        np.ones((20, 4), bool),
        np.zeros((20, 4), bool),
        ["press the block"] * 20,
    )


@pytest.fixture(scope="session")
def published(tiny, checkpoint, tmp_path_factory):
    """The tiny weights laid out as openpi's published π0: type pi0, padded to 32 dimensions, names without
    `model.`, the embedding stored as its head, no expert head, bfloat16; and a context to build its sizes in."""
    import torch
    from lerobot.configs import FeatureType, PolicyFeature
    from lerobot.policies.pi0 import PI0Config, PI0Policy
    from safetensors.torch import save_file

    from policies.tiny_pi0.model import TinyPI0Config
    from policies.tiny_pi0.small_modules import small_sizes

    directory = Path(shutil.copytree(checkpoint, tmp_path_factory.mktemp("published") / "pi0"))
    small = TinyPI0Config(device="cpu", vocab_size=tiny.policy.config.vocab_size)
    config = PI0Config(
        input_features={
            "observation.state": PolicyFeature(FeatureType.STATE, (32,)),
            **{key: tiny.policy.config.input_features[key] for key in tiny.policy.config.image_features},
        },
        output_features={"action": PolicyFeature(FeatureType.ACTION, (32,))},
        chunk_size=6,
        n_action_steps=6,
        num_inference_steps=4,
        image_resolution=(56, 56),
        empty_cameras=1,
        device="cpu",
    )
    with small_sizes(small):
        torch.manual_seed(0)
        original = PI0Policy(config).eval()
    for parameter in original.parameters():
        parameter.data = parameter.data.bfloat16().float()
    config.save_pretrained(directory)
    tensors = {name.removeprefix("model."): value for name, value in original.state_dict().items()}
    head, prefix = "lm_head.weight", "paligemma_with_expert."
    tensors[f"{prefix}paligemma.{head}"] = tensors.pop(
        f"{prefix}paligemma.model.language_model.embed_tokens.weight"
    )
    del tensors[f"{prefix}gemma_expert.{head}"]
    (directory / "model.safetensors").unlink()
    save_file(
        {name: value.bfloat16().contiguous() for name, value in tensors.items()},
        directory / "model.safetensors",
    )
    return directory, original, lambda: small_sizes(small)
