"""LeRobot's π0 built in another size.

`PI0Policy` fixes the sizes of its language model, vision tower and action expert inside its constructor. Here the
few names that constructor looks up are swapped for small ones, while it runs and at no other time.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol
from unittest import mock

import torch
from lerobot.policies.pi0 import modeling_pi0

PATCH_SIZE = 14
"""SigLIP's; the image size must be a multiple of it."""

_patching = threading.Lock()


class Sizes(Protocol):
    """The fields of a configuration that say how large the parts are."""

    width: int
    depth: int
    mlp_dim: int
    head_dim: int
    vision_width: int
    vision_depth: int
    vision_mlp_dim: int
    vision_heads: int
    vocab_size: int


@contextmanager
def small_sizes(sizes: Sizes) -> Iterator[None]:
    """While active, what `modeling_pi0` builds has these sizes."""
    gemma = modeling_pi0.GemmaConfig(
        width=sizes.width,
        depth=sizes.depth,
        mlp_dim=sizes.mlp_dim,
        num_heads=8,
        num_kv_heads=1,
        head_dim=sizes.head_dim,
    )
    vision = {
        "hidden_size": sizes.vision_width,
        "num_hidden_layers": sizes.vision_depth,
        "intermediate_size": sizes.vision_mlp_dim,
        "num_attention_heads": sizes.vision_heads,
        "projection_dim": sizes.width,
        "patch_size": PATCH_SIZE,
    }
    large_vlm = modeling_pi0.PaliGemmaForConditionalGenerationWithPiGemma
    large_expert = modeling_pi0.PiGemmaForCausalLM

    def small_vlm(config: Any) -> torch.nn.Module:
        config.text_config.vocab_size = sizes.vocab_size
        for name, value in vision.items():
            setattr(config.vision_config, name, value)
        return large_vlm(config)

    def small_expert(config: Any) -> torch.nn.Module:
        config.vocab_size = sizes.vocab_size
        return large_expert(config)

    with (
        _patching,
        mock.patch.object(modeling_pi0, "get_gemma_config", lambda variant: gemma),
        mock.patch.object(modeling_pi0, "PaliGemmaForConditionalGenerationWithPiGemma", small_vlm),
        mock.patch.object(modeling_pi0, "PiGemmaForCausalLM", small_expert),
    ):
        yield
