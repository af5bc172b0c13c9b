"""LeRobot's SmolVLA through the same door, its vision-language model a tiny one instead of the Hub's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

import numpy as np
import pytest
from refusals import refused
from tiny_samples import CHUNK, IMAGES, features, statistics

from policies import PolicyError, load_policy
from policies.checkpoint.files import save_checkpoint
from policies.chunking import stack_rows
from policies.noise import frame_noise

pytestmark = pytest.mark.slow
SIDE = 64


@contextmanager
def tiny_vlm(tokenizer: Any) -> Iterator[None]:
    """While active, SmolVLA's constructor finds a model of two small layers where it asks the Hub for one."""
    from transformers import SmolVLMConfig

    text = {
        "model_type": "llama",
        "hidden_size": 32,
        "intermediate_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 8,
        "vocab_size": len(tokenizer) + 8,
        "pad_token_id": 0,
    }
    vision = {
        "hidden_size": 16,
        "intermediate_size": 16,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "image_size": SIDE,
        "patch_size": 16,
    }
    config = SmolVLMConfig(text_config=text, vision_config=vision, scale_factor=2, pad_token_id=0)
    words = SimpleNamespace(tokenizer=SimpleNamespace(fake_image_token_id=1, global_image_token_id=2))
    place = "lerobot.policies.smolvla.smolvlm_with_expert"
    with ExitStack() as stack:
        for name, found in (("AutoConfig", config), ("AutoProcessor", words)):
            stack.enter_context(
                mock.patch(f"{place}.{name}.from_pretrained", lambda *_, given=found, **__: given)
            )
        yield


@pytest.fixture
def saved(tmp_path: Path) -> Any:
    """(directory, the policy that was saved in it, its tokenizer)."""
    return make(tmp_path / "smolvla")


def make(directory: Path, **options: Any) -> Any:
    import torch
    from lerobot.policies.factory import make_pre_post_processors
    from lerobot.policies.smolvla.configuration_smolvla import SmolVLAConfig
    from lerobot.policies.smolvla.modeling_smolvla import SmolVLAPolicy

    from policies.tiny_pi0.tokenizer import build_tokenizer

    tokenizer = build_tokenizer()
    config = SmolVLAConfig(
        **features(*IMAGES[:2]),
        chunk_size=CHUNK,
        n_action_steps=CHUNK,
        resize_imgs_with_padding=(SIDE, SIDE),
        num_vlm_layers=2,
        num_steps=2,
        device="cpu",
        **options,
    )
    torch.manual_seed(0)
    with tiny_vlm(tokenizer):
        policy = SmolVLAPolicy(config).eval()
    with mock.patch(
        "lerobot.processor.tokenizer_processor.AutoTokenizer.from_pretrained", lambda *_: tokenizer
    ):
        processors = make_pre_post_processors(config, dataset_stats=statistics())
    return save_checkpoint(policy, *processors, tokenizer, directory), policy, tokenizer


def predicted(saved: Any, make_row: Any) -> tuple[np.ndarray, np.ndarray]:
    """(ours, LeRobot's own) chunks of one row from the same noise, asked twice of ours."""
    import torch

    directory, original, tokenizer = saved
    with tiny_vlm(tokenizer):
        policy = load_policy(directory)
    assert (policy.type, policy.noise_shape, policy.images) == ("smolvla", (CHUNK, 32), IMAGES[:2])
    noise = frame_noise(0, 0, 0, policy.noise_shape)
    batch = stack_rows([make_row(0)])
    found = policy.predict(batch, noise[None])

    observed = {key: value for key, value in batch.items() if key not in ("frame_index", IMAGES[2])}
    original.reset()
    with torch.inference_mode():
        ready = policy.processors.before(observed)
        chunk = original.predict_action_chunk(ready, noise=torch.from_numpy(noise)[None])
        expected = policy.processors.after(chunk[..., :14]).numpy()
    assert np.array_equal(replace(policy).predict(batch, noise[None]), found)
    return found, expected


def test_its_chunks_are_lerobots_from_the_same_noise(saved: Any, make_row: Any) -> None:
    found, expected = predicted(saved, make_row)
    assert np.allclose(found, expected, atol=1e-6)
    assert np.ptp(found) > 0


def test_its_empty_cameras_are_filled_as_lerobot_fills_them(
    saved: Any, tmp_path: Path, make_row: Any
) -> None:
    with_empty = make(tmp_path / "empty", empty_cameras=2)
    assert "observation.images.empty_camera_1" in with_empty[1].config.image_features
    found, expected = predicted(with_empty, make_row)
    assert np.allclose(found, expected, atol=1e-6)


def test_flipped_joints_are_lerobots_own_and_offsets_that_it_has_not_are_refused(
    saved: Any, tmp_path: Path, make_row: Any
) -> None:
    """`adapt_to_pi_aloha` is part of LeRobot's SmolVLA, which the model was trained through."""
    plain, _ = predicted(saved, make_row)
    flipped = make(tmp_path / "flipped", adapt_to_pi_aloha=True)
    found, expected = predicted(flipped, make_row)
    assert np.allclose(found, expected, atol=1e-6) and not np.allclose(found, plain, atol=1e-3)
    path = flipped[0] / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"use_delta_joint_actions_aloha": True}))
    with refused(PolicyError, match=r"use_delta_joint_actions_aloha.*not ported"):
        load_policy(flipped[0])
