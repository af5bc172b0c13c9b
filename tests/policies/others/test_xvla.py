"""LeRobot's X-VLA through the same door, its Florence-2 and its transformer tiny ones; nothing is downloaded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pytest
from tiny_samples import CHUNK, IMAGES, features, statistics

from policies import PolicyError, load_policy
from policies.checkpoint.files import save_checkpoint
from policies.chunking import stack_rows
from policies.noise import frame_noise

pytestmark = pytest.mark.slow
SIDE, WIDTH = 64, 16
CAMERAS = IMAGES[:2]


def florence(words: int) -> dict[str, Any]:
    """Florence-2's own configuration, small."""
    vision = {
        "model_type": "florence_vision",
        "depths": [1, 1],
        "patch_size": [7, 3],
        "patch_stride": [4, 2],
        "patch_padding": [3, 1],
        "patch_prenorm": [False, True],
        "embed_dim": [8, WIDTH],
        "num_heads": [2, 2],
        "num_groups": [2, 2],
        "window_size": 4,
        "drop_path_rate": 0.0,
        "projection_dim": WIDTH,
        "max_position_embeddings": 20,
    }
    text = {
        "model_type": "bart",
        "vocab_size": words,
        "d_model": WIDTH,
        "encoder_layers": 1,
        "decoder_layers": 1,
        "encoder_attention_heads": 2,
        "decoder_attention_heads": 2,
        "encoder_ffn_dim": WIDTH,
        "decoder_ffn_dim": WIDTH,
        "max_position_embeddings": 256,
        "pad_token_id": 0,
        "bos_token_id": 1,
        "eos_token_id": 2,
    }
    return {"vision_config": vision, "text_config": text, "image_token_id": 3}


@pytest.fixture
def saved(tmp_path: Path) -> tuple[Path, Any]:
    """(directory, the policy that was saved in it)."""
    return make(tmp_path / "xvla")


def make(directory: Path, **options: Any) -> tuple[Path, Any]:
    import torch
    from lerobot.configs import NormalizationMode
    from lerobot.policies.factory import make_pre_post_processors
    from lerobot.policies.xvla.configuration_xvla import XVLAConfig
    from lerobot.policies.xvla.modeling_xvla import XVLAPolicy

    from policies.tiny_pi0.tokenizer import build_tokenizer

    tokenizer = build_tokenizer()
    scaled = dict.fromkeys(("STATE", "ACTION"), NormalizationMode.MEAN_STD)
    config = XVLAConfig(
        **features(*CAMERAS),
        normalization_mapping={"VISUAL": NormalizationMode.IDENTITY, **scaled},
        florence_config=florence(len(tokenizer)),
        chunk_size=CHUNK,
        n_action_steps=CHUNK,
        hidden_size=32,
        depth=1,
        num_heads=2,
        num_domains=2,
        len_soft_prompts=2,
        num_denoising_steps=2,
        tokenizer_max_length=20,
        resize_imgs_with_padding=(SIDE, SIDE),
        device="cpu",
        **{"action_mode": "auto", **options},
    )
    torch.manual_seed(0)
    policy = XVLAPolicy(config).eval()
    with mock.patch(
        "lerobot.processor.tokenizer_processor.AutoTokenizer.from_pretrained", lambda *_: tokenizer
    ):
        processors = make_pre_post_processors(config, dataset_stats=statistics())
    return save_checkpoint(policy, *processors, tokenizer, directory), policy


def test_its_chunks_are_lerobots_from_the_same_seed(saved: tuple[Path, Any], make_row: Any) -> None:
    """It draws its noise itself, so each row's generator is seeded from the row's noise."""
    import torch

    directory, original = saved
    policy = load_policy(directory)
    assert (policy.type, policy.noise_shape, policy.images) == ("xvla", (1, 1), CAMERAS)
    rows = [make_row(i) for i in range(3)]
    noise = np.stack([frame_noise(0, 0, i, (1, 1)) for i in range(3)])
    found = policy.predict(stack_rows(rows), noise)
    assert found.shape == (3, CHUNK, 14) and np.ptp(found) > 0
    for i, row in enumerate(rows):
        batch = {
            key: value for key, value in stack_rows([row]).items() if key not in ("frame_index", IMAGES[2])
        }
        original.reset()
        torch.manual_seed(int(noise[i].view(np.uint32).item()))
        with torch.inference_mode():
            chunk = original.predict_action_chunk(policy.processors.before(batch))
            expected = policy.processors.after(chunk[..., :14]).numpy()
        assert np.allclose(found[i : i + 1], expected, atol=1e-6)
        assert np.array_equal(policy.predict(stack_rows([row]), noise[i : i + 1]), found[i : i + 1])


def test_a_pose_for_an_action_is_refused(tmp_path: Path) -> None:
    directory, _ = make(tmp_path / "poses")
    edit(directory / "config.json", action_mode="ee6d")
    with pytest.raises(PolicyError, match=r"of the kind 'ee6d'.*train it with one of them") as said:
        load_policy(directory)
    assert "\n" not in str(said.value)


@pytest.mark.parametrize(
    "name", ["num_denoising_steps", "num_domains", "len_soft_prompts", "hidden_size", "num_image_views"]
)
def test_a_number_that_asks_for_absurd_time_or_memory_is_refused(saved: tuple[Path, Any], name: str) -> None:
    edit(saved[0] / "config.json", **{name: 10**9})
    with pytest.raises(PolicyError, match=f"{name} 1000000000; it must be between") as said:
        load_policy(saved[0])
    assert "\n" not in str(said.value)


def test_the_layout_of_its_first_checkpoints_is_refused_in_one_line(saved: tuple[Path, Any]) -> None:
    """Saved around Microsoft's own Florence-2, whose names LeRobot's `from_pretrained` translates."""
    from lerobot.policies.xvla.modeling_xvla import XVLAPolicy
    from safetensors.torch import load_file, save_file

    path = saved[0] / "model.safetensors"
    renamed = {
        name.replace("language_model.", "language_model.model.", 1): tensor
        for name, tensor in load_file(path).items()
    }
    save_file(renamed, path)
    with pytest.raises(PolicyError) as said:
        load_policy(saved[0])
    assert "save_pretrained" in str(said.value) and "\n" not in str(said.value)
    XVLAPolicy.from_pretrained(saved[0]).save_pretrained(saved[0])
    assert load_policy(saved[0]).type == "xvla"


def edit(path: Path, **changes: Any) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
