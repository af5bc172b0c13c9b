"""A real π0 that a laptop can train and run: LeRobot's own PI0Policy, about a million parameters.

Nothing of π0 is reimplemented: the subclass builds it with small parts (`policies.tiny_pi0.small_modules`); forward,
loss, sampling, saving and processors are LeRobot's.

The type is registered, so LeRobot's factories and command lines know it once this module is imported:

    lerobot-train --policy.discover_packages_path=policies.tiny_pi0 --policy.type=tiny_pi0 ...
    lerobot-train --env.discover_packages_path=policies.tiny_pi0 --policy.path=assets/demo ...

LeRobot 0.6.1 wants a package there and, with `--policy.path`, another prefix than `--policy`.
LeRobot looks for a policy and its processors in the module of the configuration: the three stand together.
Importing this module imports lerobot and torch (about 20 s).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from lerobot.configs import FeatureType, PolicyFeature, PreTrainedConfig
from lerobot.policies.pi0.configuration_pi0 import PI0Config
from lerobot.policies.pi0.modeling_pi0 import PI0Policy
from lerobot.policies.pi0.processor_pi0 import Pi0NewLineProcessor
from lerobot.processor import (
    AbsoluteActionsProcessorStep,
    PolicyProcessorPipeline,
    RelativeActionsProcessorStep,
    TokenizerProcessorStep,
    make_default_policy_processor_steps,
    make_policy_processor_pipelines,
)
from lerobot.utils.constants import OBS_LANGUAGE_ATTENTION_MASK, OBS_LANGUAGE_TOKENS

from policies.interface import ACTION_DIM, STATE_KEY, UNKNOWN_KEY
from policies.tiny_pi0.lerobot_tokenizers import install
from policies.tiny_pi0.losses import losses
from policies.tiny_pi0.small_modules import small_sizes
from policies.tiny_pi0.tokenizer import INSTRUCTIONS, VOCAB_SIZE, build_tokenizer

install()

DEFAULT_CAMERAS = ("cam_high", "cam_left_wrist", "cam_right_wrist")
DEFAULT_CHUNK_SIZE = 12
SPARE_TOKENS = 6
"""Of an instruction longer than any the policy was made with; what is longer still is cut."""


@PreTrainedConfig.register_subclass("tiny_pi0")
@dataclass
class TinyPI0Config(PI0Config):
    """π0's configuration with the sizes of its parts as fields.

    π0's own code demands 8 attention heads, one key-value head, the same depth and head_dim for the language
    model and the action expert, and an even width.
    """

    width: int = 96
    depth: int = 3
    mlp_dim: int = 256
    head_dim: int = 16
    vision_width: int = 96
    vision_depth: int = 3
    vision_mlp_dim: int = 192
    vision_heads: int = 6
    vocab_size: int = VOCAB_SIZE
    tokenizer_name: str | None = None
    """A directory with a saved tokenizer; None: the one of `policies.tiny_pi0.tokenizer`, built in memory."""

    chunk_size: int = DEFAULT_CHUNK_SIZE
    n_action_steps: int = DEFAULT_CHUNK_SIZE
    max_state_dim: int = ACTION_DIM
    max_action_dim: int = ACTION_DIM
    image_resolution: tuple[int, int] = (56, 56)
    tokenizer_max_length: int = 40
    noise_draws: int = 1
    """Of noise and time for each observation of a training batch (`policies.tiny_pi0.losses`)."""
    optimizer_lr: float = 1e-3
    scheduler_warmup_steps: int = 100
    scheduler_decay_lr: float = 2e-5


class TinyPI0Policy(PI0Policy):
    """PI0Policy with small parts, and images shrunk with antialiasing before π0 sees them."""

    config_class = TinyPI0Config
    name = "tiny_pi0"

    def __init__(self, config: TinyPI0Config, **kwargs: Any):
        with small_sizes(config):
            super().__init__(config, **kwargs)

    def forward(self, batch: dict[str, Any], reduction: str = "mean") -> tuple[torch.Tensor, dict[str, Any]]:
        """π0's training loss, over `noise_draws` draws of noise and time for each observation.

        Where the batch has `action_is_unknown`, bool (B, C), only the other actions count.
        """
        unknown = batch.get(UNKNOWN_KEY)
        if self.config.noise_draws == 1 and unknown is None:
            return super().forward(batch, reduction)
        observation = (*self._preprocess_images(batch), batch[OBS_LANGUAGE_TOKENS])
        errors = losses(
            self.model,
            (*observation, batch[OBS_LANGUAGE_ATTENTION_MASK]),
            self.prepare_state(batch),
            self.prepare_action(batch),
            self.config.noise_draws,
        ).mean(dim=(1, 3))
        known = torch.ones_like(errors) if unknown is None else (~unknown).to(errors)
        loss = (errors * known).sum() / known.sum().clamp_min(1)
        about = {"loss": loss.item()}
        if reduction == "none":
            return (errors * known).sum(1) / known.sum(1).clamp_min(1), about
        return loss, about

    def _preprocess_images(self, batch: dict[str, Any]) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
        """π0's, after shrinking: from 240x320 to 56x56 plain bilinear sampling would skip most pixels."""
        small = {key: shrink(batch[key], self.config.image_resolution) for key in self.config.image_features}
        return super()._preprocess_images({**batch, **small})


def shrink(images: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    """Images (B, 3, H, W) float in [0, 1], antialiased and stretched to (B, 3, *size).

    Stretched, not padded to a square as the full π0 does: at 56 pixels no row can be spared for black bars.
    """
    if images.shape[-2:] == torch.Size(size):
        return images
    return F.interpolate(images, size, mode="bilinear", antialias=True, align_corners=False).clamp_(0, 1)


def make_tiny_pi0_pre_post_processors(
    config: TinyPI0Config,
    dataset_stats: Mapping[str, Mapping[str, Any]] | None = None,
    tokenizer: Any = None,
) -> tuple[PolicyProcessorPipeline, PolicyProcessorPipeline]:
    """π0's processors with a small tokenizer; LeRobot's factory finds this function by its name.

    Args:
        config: of the policy.
        dataset_stats: feature key -> {"mean", "std"} arrays.
        tokenizer: used instead of `config.tokenizer_name`.
    """
    if tokenizer is None and config.tokenizer_name is None:
        tokenizer = build_tokenizer()
    relative = RelativeActionsProcessorStep(
        enabled=config.use_relative_actions,
        exclude_joints=config.relative_exclude_joints,
        action_names=config.action_feature_names,
    )
    steps = make_default_policy_processor_steps(config, dataset_stats)
    tokenize = TokenizerProcessorStep(
        tokenizer_name=None if tokenizer is not None else config.tokenizer_name,
        tokenizer=tokenizer,
        max_length=config.tokenizer_max_length,
    )
    return make_policy_processor_pipelines(
        input_steps=[
            steps.rename_observations,
            steps.add_batch_dim,
            Pi0NewLineProcessor(),
            tokenize,
            steps.to_device,
            relative,
            steps.normalize,
        ],
        output_steps=[
            steps.unnormalize,
            AbsoluteActionsProcessorStep(enabled=config.use_relative_actions, relative_step=relative),
            steps.to_cpu,
        ],
    )


class TinyPI0(NamedTuple):
    """A policy and all it needs to be used and saved."""

    policy: TinyPI0Policy
    preprocessor: PolicyProcessorPipeline
    postprocessor: PolicyProcessorPipeline
    tokenizer: Any


def make_tiny_pi0(
    cameras: Sequence[str] = DEFAULT_CAMERAS,
    stats: Mapping[str, Mapping[str, Any]] | None = None,
    chunk_size: int = DEFAULT_CHUNK_SIZE,
    *,
    image_shape: tuple[int, int, int] = (3, 240, 320),
    seed: int = 0,
    device: str = "cpu",
    instructions: Sequence[str] = (),
    **config_fields: Any,
) -> TinyPI0:
    """A new, untrained tiny π0.

    Args:
        cameras: names after `observation.images.`, in the order the policy reads them.
        stats: {"observation.state", "action"} -> {"mean", "std"} of shape (14,); None: mean 0, std 1.
        chunk_size: C.
        image_shape: (3, H, W) of the recorded images, written into the configuration.
        seed: of the initial weights.
        device: where the policy lives.
        instructions: sentences it will read; the tokenizer spells them with few tokens and has room for
            `SPARE_TOKENS` more, unless `tokenizer_max_length` is among the fields.
        config_fields: any other field of TinyPI0Config.
    """
    images = {
        f"observation.images.{name}": PolicyFeature(FeatureType.VISUAL, image_shape) for name in cameras
    }
    vocab_size = config_fields.pop("vocab_size", VOCAB_SIZE)
    tokenizer = build_tokenizer({*INSTRUCTIONS, *instructions}, vocab_size)
    if instructions:  # a token costs time whether it says something or not
        longest = max(len(tokenizer(f"{text}\n").input_ids) for text in instructions)
        config_fields.setdefault("tokenizer_max_length", longest + SPARE_TOKENS)
    config = TinyPI0Config(
        input_features={STATE_KEY: PolicyFeature(FeatureType.STATE, (ACTION_DIM,)), **images},
        output_features={"action": PolicyFeature(FeatureType.ACTION, (ACTION_DIM,))},
        chunk_size=chunk_size,
        n_action_steps=config_fields.pop("n_action_steps", chunk_size),
        device=device,
        push_to_hub=False,
        vocab_size=vocab_size,
        **config_fields,
    )
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        policy = TinyPI0Policy(config)
    unit = {"mean": np.zeros(ACTION_DIM, np.float32), "std": np.ones(ACTION_DIM, np.float32)}
    processors = make_tiny_pi0_pre_post_processors(
        config, stats or {STATE_KEY: unit, "action": unit}, tokenizer
    )
    return TinyPI0(policy, *processors, tokenizer)
