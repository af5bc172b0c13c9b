"""LeRobot's π0.5 through the same door: built small by its own classes, asked with the same noise as its own method."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pytest
from tiny_samples import CHUNK, IMAGES, features, quantiles

from policies import PolicyError, load_policy
from policies.checkpoint.files import save_checkpoint
from policies.chunking import policy_for, stack_rows
from policies.noise import frame_noise

pytestmark = pytest.mark.slow
SIDE, VOCABULARY, ROWS = 56, 640, 2


@contextmanager
def small_pi05() -> Iterator[None]:
    """While active, what LeRobot's `modeling_pi05` builds is small."""
    from lerobot.policies.pi05 import modeling_pi05 as home

    sizes = home.GemmaConfig(width=96, depth=2, mlp_dim=128, num_heads=8, num_kv_heads=1, head_dim=16)
    vision = {"hidden_size": 32, "num_hidden_layers": 1, "intermediate_size": 32, "num_attention_heads": 2}
    large_vlm = home.PaliGemmaForConditionalGenerationWithPiGemma
    large_expert = home.PiGemmaForCausalLM

    def vlm(config: Any) -> Any:
        config.text_config.vocab_size = VOCABULARY
        for name, value in (vision | {"projection_dim": 96, "patch_size": 14}).items():
            setattr(config.vision_config, name, value)
        return large_vlm(config)

    def expert(config: Any) -> Any:
        config.vocab_size = VOCABULARY
        return large_expert(config)

    with ExitStack() as stack:
        for name, found in (
            ("get_gemma_config", lambda variant: sizes),
            ("PaliGemmaForConditionalGenerationWithPiGemma", vlm),
            ("PiGemmaForCausalLM", expert),
        ):
            stack.enter_context(mock.patch.object(home, name, found))
        yield


def make(directory: Path, **options: Any) -> Any:
    """(the checkpoint's folder, the policy that was saved in it) with two cameras and a third that is empty."""
    import torch
    from lerobot.policies.factory import make_pre_post_processors
    from lerobot.policies.pi05 import PI05Config, PI05Policy

    from policies.tiny_pi0.tokenizer import build_tokenizer

    tokenizer = build_tokenizer(vocab_size=VOCABULARY)
    config = PI05Config(
        **features(*IMAGES[:2]),
        chunk_size=CHUNK,
        n_action_steps=CHUNK,
        num_inference_steps=3,
        image_resolution=(SIDE, SIDE),
        empty_cameras=1,
        device="cpu",
        **options,
    )
    torch.manual_seed(0)
    with small_pi05():
        policy = PI05Policy(config).eval()
    for parameter in policy.parameters():  # fresh adaptive norms are zeros, which would hide the time
        parameter.data = parameter.data + 0.02 * torch.randn_like(parameter)
    with mock.patch(
        "lerobot.processor.tokenizer_processor.AutoTokenizer.from_pretrained", lambda *_: tokenizer
    ):
        processors = make_pre_post_processors(config, dataset_stats=quantiles())
    return save_checkpoint(policy, *processors, tokenizer, directory), policy


def loaded(directory: Path) -> Any:
    with small_pi05():
        return load_policy(directory)


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return make(tmp_path_factory.mktemp("pi05") / "plain")


def asked(policy: Any, make_row: Any) -> tuple[dict[str, Any], np.ndarray]:
    batch = stack_rows([make_row(i) for i in range(ROWS)])
    return batch, np.stack([frame_noise(0, 0, i, policy.noise_shape) for i in range(ROWS)])


def lerobots(original: Any, batch: dict[str, Any], noise: np.ndarray, offsets: bool = False) -> np.ndarray:
    """LeRobot's own `predict_action_chunk`, with what its processors do around it written out; offsets: whether the
    arms' joints are added to the state."""
    import torch

    from policies.tiny_pi0.tokenizer import build_tokenizer

    state, known = batch["observation.state"].numpy(), quantiles()
    low, high = known["observation.state"]["q01"], known["observation.state"]["q99"]
    bins = np.digitize(2 * (state - low) / (high - low) - 1, np.linspace(-1, 1, 257)[:-1]) - 1
    texts = [
        f"Task: {task}, State: {' '.join(map(str, row))};\nAction: "
        for task, row in zip(batch["task"], bins, strict=True)
    ]
    read = build_tokenizer(vocab_size=VOCABULARY)(
        texts,
        padding="max_length",
        padding_side="right",
        max_length=200,
        truncation=True,
        return_tensors="pt",
    )
    sent = {key: batch[key] for key in IMAGES[:2]} | {
        "observation.language.tokens": read["input_ids"],
        "observation.language.attention_mask": read["attention_mask"].bool(),
    }
    raw = original.predict_action_chunk(sent, noise=torch.from_numpy(noise)).numpy()
    low, high = known["action"]["q01"], known["action"]["q99"]
    found = (raw + 1) / 2 * (high - low) + low
    arms = np.array([index % 7 != 6 for index in range(14)])
    return found + np.where(arms & offsets, state, 0.0)[:, None]


def test_its_chunks_are_lerobots_from_the_same_noise(saved: Any, make_row: Any) -> None:
    directory, original = saved
    policy = loaded(directory)
    assert (policy.type, policy.noise_shape, policy.images) == ("pi05", (CHUNK, 32), IMAGES[:2])
    batch, noise = asked(policy, make_row)
    found = policy.predict(batch, noise)
    assert np.abs(found - lerobots(original, batch, noise)).max() < 1e-5
    moved = {**batch, "observation.state": batch["observation.state"] + 0.5}
    assert np.abs(policy.predict(moved, noise) - found).max() > 1e-4  # the state is read, in the prompt


def test_its_empty_camera_is_filled_by_itself_and_asked_of_nobody(saved: Any, make_row: Any) -> None:
    directory, original = saved
    assert "observation.images.empty_camera_0" in original.config.image_features
    policy = loaded(directory)
    batch, noise = asked(policy, make_row)
    extra = {**batch, "observation.images.empty_camera_0": batch[IMAGES[2]]}
    assert np.array_equal(policy.predict(extra, noise), policy.predict(batch, noise))
    with pytest.raises(PolicyError, match=IMAGES[1]):
        policy.predict({key: value for key, value in batch.items() if key != IMAGES[1]}, noise)


def test_its_relative_actions_are_added_to_the_arms_alone(tmp_path: Path, make_row: Any) -> None:
    names = [f"{side}_{part}" for side in ("left", "right") for part in (*"abcdef", "gripper")]
    directory, original = make(tmp_path / "relative", use_relative_actions=True, action_feature_names=names)
    policy = loaded(directory)
    batch, noise = asked(policy, make_row)
    assert np.abs(policy.predict(batch, noise) - lerobots(original, batch, noise, True)).max() < 1e-5
    described = policy.describe()
    assert (described["relative_actions"], described["absolute_joints"]) == (True, [6, 13])
    assert policy.action_names == tuple(names)


def test_it_continues_a_chunk_as_pi0_does(saved: Any, make_row: Any) -> None:
    import torch

    plain = loaded(saved[0])
    batch, noise = asked(plain, make_row)
    first = plain.predict(batch, noise)
    policy = policy_for(plain, "rtc")
    assert np.array_equal(policy.predict(batch, noise), first)
    continued = policy.predict({**batch, "left_over": torch.from_numpy(first[:, 2:])}, noise[::-1].copy())
    free = policy.predict(batch, noise[::-1].copy())
    overlap = np.abs(continued[:, :2] - first[:, 2:4]).mean()
    assert overlap < np.abs(free[:, :2] - first[:, 2:4]).mean()
