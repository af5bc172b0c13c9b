"""What of a checkpoint may be used: decided here, for every way in.

A checkpoint is a stranger's files. They are parsed and never obeyed: nothing is imported or called because a file names
it, no file outside the checkpoint's folder is opened, and no number in it decides how much memory is asked for before
it is held against a bound. SECURITY.md says what is trusted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn
from unittest import mock

from policies.checkpoint.hub import is_hub_id
from policies.errors import PolicyError, one_line

POLICY_TYPES = (
    "act",
    "diffusion",
    "multi_task_dit",
    "pi0",
    "pi05",
    "smolvla",
    "tdmpc",
    "tiny_pi0",
    "vqbet",
    "xvla",
)
"""LeRobot's policy types that are built. The constructors of others load models by names out of the checkpoint, with
`trust_remote_code` (`groot`, `wall_x`, `pi0_fast`, `gaussian_actor`), or were never looked at."""

_NORMALIZER = frozenset({"eps", "features", "norm_map", "normalize_observation_keys"})
STEPS: Mapping[str, frozenset[str]] = {
    "rename_observations_processor": frozenset({"rename_map"}),
    "to_batch_processor": frozenset(),
    "to_batch_processor_action": frozenset(),
    "to_batch_processor_observation": frozenset(),
    "to_batch_processor_complementary_data": frozenset(),
    "device_processor": frozenset({"device", "float_dtype"}),
    "normalizer_processor": _NORMALIZER,
    "unnormalizer_processor": _NORMALIZER,
    "tokenizer_processor": frozenset(
        {"max_length", "task_key", "padding_side", "padding", "truncation", "tokenizer_name"}
    ),
    "pi0_new_line_processor": frozenset(),
    "smolvla_new_line_processor": frozenset(),
    "pi05_prepare_state_tokenizer_processor_step": frozenset({"max_state_dim", "task_key"}),
    "relative_actions_processor": frozenset({"enabled", "exclude_joints", "action_names"}),
    "absolute_actions_processor": frozenset({"enabled"}),
    "xvla_image_scale": frozenset({"image_keys"}),
    "xvla_image_to_float": frozenset({"image_keys", "validate_range"}),
    "xvla_imagenet_normalize": frozenset({"image_keys"}),
    "xvla_add_domain_id": frozenset({"domain_id"}),
}
"""Processor steps that may be built, by LeRobot's registry name, and the options a file may give them. All of them
compute on numbers and words alone; none loads anything."""

OBJECTS = ("features", "norm_map", "rename_map")
"""Options that are objects; LeRobot takes some lists for such, and reads them later."""

STEP_ALIASES = {"delta_actions_processor": "relative_actions_processor"}
"""Old name -> today's. LeRobot renamed this step (lerobot#3711); older checkpoints hold the old name."""

BOUNDS: Mapping[str, tuple[int, int]] = {
    "n_obs_steps": (1, 64),
    "chunk_size": (1, 4096),
    "horizon": (1, 4096),
    "n_action_steps": (1, 4096),
    "num_inference_steps": (1, 1000),
    "num_steps": (1, 1000),
    "num_denoising_steps": (1, 1000),
    "num_domains": (1, 4096),
    "len_soft_prompts": (0, 4096),
    "max_len_seq": (1, 65_536),
    "hidden_size": (1, 65_536),
    "num_heads": (1, 256),
    "dim_time": (1, 65_536),
    "num_image_views": (1, 64),
    "tokenizer_max_length": (1, 65_536),
    "max_state_dim": (1, 4096),
    "max_action_dim": (1, 4096),
    "empty_cameras": (0, 16),
    "depth": (1, 256),
    "vision_depth": (1, 256),
    "width": (1, 65_536),
    "mlp_dim": (1, 1_048_576),
    "head_dim": (1, 4096),
    "vision_width": (1, 65_536),
    "vision_mlp_dim": (1, 1_048_576),
    "vision_heads": (1, 256),
    "vocab_size": (1, 1_048_576),
    "dim_model": (1, 65_536),
    "dim_feedforward": (1, 1_048_576),
    "n_heads": (1, 256),
    "n_encoder_layers": (0, 256),
    "n_decoder_layers": (0, 256),
    "n_vae_encoder_layers": (0, 256),
    "latent_dim": (1, 65_536),
    "num_vlm_layers": (-1, 256),
    "num_expert_layers": (-1, 256),
}
"""Whole numbers of a config.json that decide sizes or loops, each with its least and largest; null is LeRobot's own."""

SIZE = 1_048_576
"""The largest entry of any shape or size in a config.json; π0's largest is its vocabulary, 257,152."""

MODEL_NAMES = ("vlm_model_name", "text_encoder_name", "vision_encoder_name")
"""Entries of a config.json that LeRobot looks up on the Hub: a name there, never a path."""


def check_type(directory: Path, policy_type: str) -> None:
    """Raise PolicyError for a LeRobot policy type that is not on the list."""
    if policy_type not in POLICY_TYPES:
        raise PolicyError(
            f"{directory} has policy type {policy_type!r}, whose loading could run code that the checkpoint or the "
            f"Hub brings, so it is not loaded; supported are {', '.join(POLICY_TYPES)}"
        )


def check_config(path: Path, config: Mapping[str, Any]) -> None:
    """Raise PolicyError for a number of a config.json that would ask for absurd memory or time, or a name with a path.

    path: of the file, for the error.
    """
    for name, (least, most) in BOUNDS.items():
        value = config.get(name)
        if isinstance(value, int) and not (least <= value <= most and not isinstance(value, bool)):
            raise PolicyError(f"{path} has {name} {value}; it must be between {least} and {most}: correct it")
    chunk, steps = config.get("chunk_size"), config.get("n_action_steps")
    if isinstance(chunk, int) and isinstance(steps, int) and steps > chunk:
        raise PolicyError(f"{path} executes {steps} actions of chunks of {chunk}; correct n_action_steps")
    for part in ("input_features", "output_features"):
        features = config.get(part)
        for key, feature in features.items() if isinstance(features, Mapping) else ():
            shape = feature.get("shape") if isinstance(feature, Mapping) else None
            if not _is_shape(shape):
                raise PolicyError(
                    f"{path} gives {one_line(str(key), 60)} the shape {one_line(str(shape), 60)}; a shape is one to "
                    f"four whole numbers up to {SIZE:,}: correct it"
                )
    for name in MODEL_NAMES:
        value = config.get(name)
        if isinstance(value, str) and not is_hub_name(value):
            raise PolicyError(
                f"{path} names the model {one_line(value, 80)!r} as its {name}; only a Hub id owner/name is taken"
            )


def is_hub_name(text: str) -> bool:
    """Whether `text` is `owner/name` and no path of this machine."""
    return is_hub_id(text) and not Path(text).exists()


def _is_shape(shape: Any) -> bool:
    return (
        isinstance(shape, list)
        and 1 <= len(shape) <= 4
        and all(isinstance(n, int) and not isinstance(n, bool) and 0 < n <= SIZE for n in shape)
    )


def checked_step(entry: Any) -> dict[str, Any]:
    """A step of a saved pipeline as it may be built: a new dict of `registry_name`, `config` and perhaps `state_file`.

    Raises PolicyError for a step that is not on the list, above all one named by an import path, and for options
    that are not on it.
    """
    if not isinstance(entry, Mapping):
        raise PolicyError(
            f"a processor step of the checkpoint is {type(entry).__name__}, not an object; save the checkpoint again"
        )
    name, config = entry.get("registry_name"), entry.get("config", {})
    if name is None:
        raise PolicyError(
            f"processor step {one_line(str(entry.get('class')), 80)!r} is named by its import path, and "
            "nothing that a "
            "checkpoint names is imported; save it with a registered step of LeRobot's, or remove it"
        )
    known = STEP_ALIASES.get(name, name) if isinstance(name, str) else ""
    if known not in STEPS:
        raise PolicyError(
            f"processor step {one_line(str(name), 80)!r} is not one of those that may be used "
            f"({', '.join(sorted(STEPS))}); remove it, or save the checkpoint without it"
        )
    if not isinstance(config, Mapping):
        raise PolicyError(
            f"processor step {name!r} has a config that is no object; save the checkpoint again"
        )
    strange = sorted(str(key) for key in config if key not in STEPS[known])
    if strange:
        raise PolicyError(
            f"processor step {name!r} has the option {one_line(strange[0], 60)!r}, which is not one of "
            f"{', '.join(sorted(STEPS[known])) or 'none'}; it may be of another LeRobot version"
        )
    flat = next((key for key in OBJECTS if not isinstance(config.get(key, {}), Mapping | None)), None)
    if flat is not None:
        raise PolicyError(
            f"processor step {name!r} has {flat} {one_line(str(config[flat]), 60)}, which is no object; save the "
            "checkpoint again"
        )
    step = {"registry_name": known, "config": dict(config)}
    state = entry.get("state_file")
    if state is not None:
        if not isinstance(state, str):
            raise PolicyError(
                f"processor step {name!r} names its state file by {state!r}; save the checkpoint again"
            )
        step["state_file"] = state
    return step


def check_class(name: str, registered: Any) -> None:
    """Raise PolicyError unless what LeRobot has registered under a step's name is LeRobot's own processor step."""
    from lerobot.processor import ProcessorStep

    own = isinstance(registered, type) and issubclass(registered, ProcessorStep)
    if not own or not registered.__module__.startswith("lerobot."):
        raise PolicyError(
            f"processor step {name!r} was registered anew by {getattr(registered, '__module__', registered)!r}; "
            "it is not used"
        )


@contextmanager
def no_foreign_code() -> Iterator[None]:
    """While active, transformers runs no code out of a repository or folder, and asks nobody whether it may."""
    from transformers import dynamic_module_utils

    def refuse(*_: Any, **__: Any) -> NoReturn:
        raise PolicyError("it wants to run code of its own, which is never done; use a checkpoint without")

    with (
        mock.patch.object(dynamic_module_utils, "TIME_OUT_REMOTE_CODE", 0),
        mock.patch.object(dynamic_module_utils, "get_class_in_module", refuse),
        mock.patch.object(dynamic_module_utils, "get_cached_module_file", refuse),
    ):
        yield
