"""An openpi PyTorch checkpoint written as the LeRobot checkpoint that computes the same."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from policies.checkpoint import files
from policies.checkpoint.openpi import (
    OpenPICheckpoint,
    Statistics,
    looks_adapted,
    looks_relative,
    open_openpi,
)
from policies.errors import PolicyError
from policies.interface import ACTION_DIM, STATE_KEY

EPSILON = 1e-6
"""What openpi adds to every std and range; LeRobot adds nothing that matters, so it goes into the statistics."""

TOKENS = {"pi0": 48, "pi05": 200}
CAMERAS = ("base_0_rgb", "left_wrist_0_rgb", "right_wrist_0_rgb")
IMAGE_SHAPE = (3, 224, 224)
TOKENIZER = "google/paligemma-3b-pt-224"
SIDES = ("left", "right")
ACTION_NAMES = [f"{side}_{part}" for side in SIDES for part in (*(f"j{i}" for i in range(1, 7)), "gripper")]

Actions = Literal["auto", "absolute", "relative"]


@dataclass(frozen=True)
class Options:
    """What a checkpoint does not say of itself.

    chunk_size: C; None for config.json's, else openpi's default. actions: absolute targets, or arm joints as offsets
    from the state (openpi's use_delta_joint_actions); auto asks the statistics. trust_signs: convert although the
    statistics look like adapt_to_pi. asset: the folder of the statistics. tokenizer: a folder to copy; None names
    PaliGemma's on the Hub.
    """

    chunk_size: int | None = None
    actions: Actions = "auto"
    trust_signs: bool = False
    asset: str | None = None
    tokenizer: Path | None = None


def convert(source: Path, out: Path, options: Options) -> list[str]:
    """Write `out`, a folder that is not there yet, and say in lines what was made of what.

    Raises PolicyError where something is missing, does not fit, or would have to be guessed.
    """
    checkpoint = open_openpi(source, options.asset)
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise PolicyError(f"{out} is there already; name a new folder with --out")
    relative, lines = decide(checkpoint, options)
    chunk_size = options.chunk_size or checkpoint.chunk_size or 50
    if chunk_size < 1:
        raise PolicyError(
            f"--chunk-size {chunk_size} is out of range; give the action horizon of the training"
        )
    if options.chunk_size is None and checkpoint.chunk_size is None:
        lines.append("chunk size: 50, openpi's default, because no config.json says it (--chunk-size)")
    if options.tokenizer is not None and not (options.tokenizer / "tokenizer.json").is_file():
        raise PolicyError(
            f"--tokenizer {options.tokenizer} has no tokenizer.json; give the folder that has it"
        )
    out.mkdir(parents=True, exist_ok=True)
    config = _config(checkpoint, chunk_size, relative)
    config.save_pretrained(out)
    _write_processors(out, checkpoint, relative)
    if options.tokenizer is not None:
        shutil.copytree(options.tokenizer, out / files.TOKENIZER)
    shutil.copyfile(source / files.WEIGHTS, out / files.WEIGHTS)
    return lines


def decide(checkpoint: OpenPICheckpoint, options: Options) -> tuple[bool, list[str]]:
    """Whether the actions are relative, and what is to be said; PolicyError where nobody can know."""
    adapted = looks_adapted(checkpoint.state)
    if adapted and not options.trust_signs:
        raise PolicyError(
            f"{checkpoint.directory} was trained with adapt_to_pi=True, as the means of its state say (second and "
            "third joints below 0, where RoboTwin's are above); LeRobot has no such transform, so serve it with openpi "
            "and use --policy ws://HOST:PORT, or give --trust-signs if the robot's zero is another"
        )
    looks = looks_relative(checkpoint.state, checkpoint.actions)
    if options.actions == "auto" and looks is None:
        raise PolicyError(
            f"the statistics of {checkpoint.directory} do not say whether its actions are absolute or relative; say it "
            "with --actions (openpi's use_delta_joint_actions=True is relative)"
        )
    relative = options.actions == "relative" or (options.actions == "auto" and bool(looks))
    lines = [
        f"{checkpoint.type}, statistics of {checkpoint.asset}, "
        f"{'quantile' if checkpoint.type == 'pi05' else 'mean and std'} normalisation",
        "cameras: cam_high -> base_0_rgb, cam_left_wrist -> left_wrist_0_rgb, cam_right_wrist -> right_wrist_0_rgb",
        f"actions: {'arm joints relative to the state, grippers absolute' if relative else 'absolute'}"
        f"{', as the statistics say' if options.actions == 'auto' else ''}",
        "adapt_to_pi: False" + (", although the statistics look like True" if adapted else ""),
    ]
    if looks is not None and looks != relative:
        lines.append(f"warning: the statistics look like {'relative' if looks else 'absolute'} actions")
    return relative, lines


def _config(checkpoint: OpenPICheckpoint, chunk_size: int, relative: bool) -> Any:
    """The LeRobot configuration of the same policy."""
    from lerobot.configs import FeatureType, PolicyFeature
    from lerobot.policies.pi0 import PI0Config
    from lerobot.policies.pi05 import PI05Config

    images = {
        f"observation.images.{name}": PolicyFeature(FeatureType.VISUAL, IMAGE_SHAPE) for name in CAMERAS
    }
    return (PI0Config if checkpoint.type == "pi0" else PI05Config)(
        input_features={STATE_KEY: PolicyFeature(FeatureType.STATE, (ACTION_DIM,)), **images},
        output_features={"action": PolicyFeature(FeatureType.ACTION, (ACTION_DIM,))},
        chunk_size=chunk_size,
        n_action_steps=chunk_size,
        max_state_dim=checkpoint.dim,
        max_action_dim=checkpoint.dim,
        action_expert_variant=checkpoint.expert,
        use_relative_actions=relative,
        action_feature_names=ACTION_NAMES,
        tokenizer_max_length=TOKENS[checkpoint.type],
        device="cpu",
        push_to_hub=False,
    )


def _write_processors(out: Path, checkpoint: OpenPICheckpoint, relative: bool) -> None:
    """Both pipelines in LeRobot's order for the type, with the statistics. By hand: its own functions would fetch the
    tokenizer from the Hub."""
    pi05 = checkpoint.type == "pi05"
    features = {
        STATE_KEY: {"type": "STATE", "shape": [ACTION_DIM]},
        **{f"observation.images.{name}": {"type": "VISUAL", "shape": list(IMAGE_SHAPE)} for name in CAMERAS},
        "action": {"type": "ACTION", "shape": [ACTION_DIM]},
    }
    mode = "QUANTILES" if pi05 else "MEAN_STD"
    norm_map = {"VISUAL": "IDENTITY", "STATE": mode, "ACTION": mode}
    tokenize = _step(
        "tokenizer_processor",
        max_length=TOKENS[checkpoint.type],
        task_key="task",
        padding_side="right",
        padding="max_length",
        truncation=True,
        tokenizer_name=TOKENIZER,
    )
    offsets = _step(
        "relative_actions_processor", enabled=relative, exclude_joints=["gripper"], action_names=ACTION_NAMES
    )
    normalize = _step("normalizer_processor", eps=1e-8, features=features, norm_map=norm_map)
    device = _step("device_processor", device="cpu", float_dtype=None)
    first = [_step("rename_observations_processor", rename_map={}), _step("to_batch_processor")]
    if pi05:
        prepare = _step("pi05_prepare_state_tokenizer_processor_step", max_state_dim=checkpoint.dim)
        before = [*first, offsets, normalize, prepare, tokenize, device]
    else:
        before = [*first, _step("pi0_new_line_processor"), tokenize, device, offsets, normalize]
    after = [
        _step("unnormalizer_processor", eps=1e-8, features={"action": features["action"]}, norm_map=norm_map),
        _step("absolute_actions_processor", enabled=relative),
        device,
    ]
    tensors = {
        f"{key}.{name}": value
        for key, stats in ((STATE_KEY, checkpoint.state), ("action", checkpoint.actions))
        for name, value in lerobot_statistics(stats).items()
    }
    _write_pipeline(out, files.PREPROCESSOR, before, tensors)
    _write_pipeline(out, files.POSTPROCESSOR, after, tensors)


def lerobot_statistics(stats: Statistics) -> dict[str, np.ndarray]:
    """Statistics with which LeRobot's formulas give openpi's: its epsilon added to std and to the range."""
    converted = {"mean": stats.mean, "std": stats.std + EPSILON}
    if stats.q01 is not None and stats.q99 is not None:
        converted |= {"q01": stats.q01, "q99": stats.q99 + EPSILON}
    return {name: value.astype(np.float32) for name, value in converted.items()}


def _step(name: str, **config: Any) -> dict[str, Any]:
    return {"registry_name": name, "config": config}


def _write_pipeline(
    out: Path, file: str, steps: list[dict[str, Any]], tensors: dict[str, np.ndarray]
) -> None:
    from safetensors.numpy import save_file

    name = file.removesuffix(".json")
    for index, step in enumerate(steps):
        if step["registry_name"] in ("normalizer_processor", "unnormalizer_processor"):
            step["state_file"] = f"{name}_step_{index}_{step['registry_name']}.safetensors"
            save_file(tensors, out / step["state_file"])
            (out / step["state_file"]).chmod(0o644)
    (out / file).write_text(json.dumps({"name": name, "steps": steps}, indent=2) + "\n")
