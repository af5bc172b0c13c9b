"""Checkpoint -> model, strictly."""

from __future__ import annotations

import contextlib
import difflib
from typing import TYPE_CHECKING, Any

from policies.checkpoint import allowed, files, hub
from policies.checkpoint.actions import absolute_joints, is_relative
from policies.checkpoint.files import Checkpoint
from policies.checkpoint.statistics import ACTION_KEY
from policies.errors import PolicyError, first_cause, one_line
from policies.interface import ACTION_DIM, STATE_KEY
from policies.pi0 import narrow_import

if TYPE_CHECKING:
    from policies.checkpoint.processors import Processors
    from policies.lerobot_policy import LeRobotPolicy

DTYPES = ("auto", "float32", "bfloat16")

MUTE_TYPES = ("pi0", "pi05", "tiny_pi0")
"""Types whose language heads inference never calls, and whose constructors need no real weights."""

FULL_SIZE_TYPES = ("pi0", "pi05")
"""Types that `--dtype auto` computes in bfloat16 on a GPU: 3 B parameters, where it halves memory and more than
halves time."""

SMALL_MODEL = 20_000_000
"""Parameters below which a second CPU thread costs more than it brings (5-20x slower on a busy machine)."""


def load_checkpoint(
    checkpoint: Checkpoint, *, name: str, device: str = "cpu", dtype: str = "auto"
) -> LeRobotPolicy:
    """Load a LeRobot policy strictly: every weight accounted for, its processors, its tokenizer, its sizes.

    LeRobot's own `from_pretrained` prints what does not fit and returns a policy with random weights there.

    Args:
        checkpoint: see `policies.checkpoint.files`.
        name: what the user typed.
        device: torch device, e.g. "cpu" or "cuda".
        dtype: `float32`, `bfloat16` (π0's types only), or `auto`: bfloat16 for a full-size π0 on a GPU, else what
            the checkpoint's config.json says.

    Raises:
        PolicyError: one line that names the fix.
    """
    import torch

    from policies.checkpoint import processors
    from policies.checkpoint.content import content_hash
    from policies.checkpoint.tensors import adapters, weights
    from policies.lerobot_policy import LeRobotPolicy
    from policies.pi0.samplers import sampler_for

    config = read_config(checkpoint, device)
    pipelines = processors.load_processors(checkpoint, config, device)
    check_features(checkpoint, config, pipelines)
    check_sizes(checkpoint, config)
    model = build(checkpoint, config, pick_dtype(dtype, config, device))
    config.device = device
    mute = config.type in MUTE_TYPES
    try:
        matched = weights.fill(model, checkpoint.weights, mute=mute, device=device)
        changed = adapters.lay_on(model, checkpoint.adapter) if checkpoint.adapter else []
        model.to(device).eval()
        sampler = sampler_for(model)
    except torch.OutOfMemoryError as error:
        raise PolicyError(
            f"{checkpoint.directory} does not fit into the memory of {device}; try --dtype bfloat16, a GPU with "
            "nothing else on it, or --device cpu"
        ) from error
    parameters = sum(parameter.numel() for parameter in model.parameters())
    if device == "cpu" and parameters < SMALL_MODEL:
        torch.set_num_threads(1)
    provenance = {
        "path": str(checkpoint.directory.resolve()),
        "repo_id": checkpoint.repo_id,
        "revision": checkpoint.revision,
        "parameters": parameters,
        "dtype": getattr(config, "dtype", "float32"),
        "device": device,
        "unused_weights": list(matched.unused),
        "cast_weights": list(matched.cast),
        "tokenizer": str(pipelines.tokenizer) if pipelines.tokenizer else None,
        "relative_actions": is_relative(pipelines.before),
        "sampler": sampler.describe() if sampler else "lerobot",
    }
    if is_relative(pipelines.before):
        provenance["absolute_joints"] = absolute_joints(pipelines.before)
    if checkpoint.adapter is not None:
        provenance["adapter"] = {"base": checkpoint.adapter.base, "changed_weights": len(changed)}
    digest = content_hash(checkpoint, pipelines.tokenizer)
    return LeRobotPolicy(name, model, pipelines, digest, provenance, sampler)


def pick_dtype(dtype: str, config: Any, device: str) -> str | None:
    """The dtype to compute with; None: the one the policy was saved with. PolicyError if it cannot be had."""
    if dtype not in DTYPES:
        raise PolicyError(f"unknown dtype {dtype!r}; choose {', '.join(DTYPES)}")
    if dtype == "auto":
        return "bfloat16" if config.type in FULL_SIZE_TYPES and device.startswith("cuda") else None
    if config.type in MUTE_TYPES:
        return dtype
    own = getattr(config, "dtype", "float32")
    if dtype != own:
        raise PolicyError(f"policy type {config.type!r} computes in {own} only; use --dtype auto")
    return None


def read_config(checkpoint: Checkpoint, device: str) -> Any:
    """The LeRobot configuration of a checkpoint, set up for inference on `device`."""
    import draccus
    import torch

    narrow_import.import_for(checkpoint.type)
    from lerobot.configs import PreTrainedConfig

    import policies.tiny_pi0.model  # noqa: F401 - registers the type

    try:
        available = torch.device(device).type != "cuda" or torch.cuda.is_available()
    except RuntimeError as error:
        raise PolicyError(f"unknown device {device!r}; use cpu or cuda") from error
    if not available:
        raise PolicyError(f"no CUDA device here for --device {device}; use --device cpu")
    known = PreTrainedConfig.get_known_choices()
    if checkpoint.type not in known:
        near = difflib.get_close_matches(checkpoint.type, known, n=1)
        meant = f"nearest is {near[0]}; " if near else ""
        raise PolicyError(
            f"{checkpoint.directory} has policy type {checkpoint.type!r}, which this LeRobot does not know; "
            f"{meant}known are {', '.join(sorted(known))}"
        )
    allowed.check_type(checkpoint.directory, checkpoint.type)
    fields = {name: value for name, value in checkpoint.config.items() if name != "type"} | {"device": device}
    try:  # not from_pretrained, which leaves a copy of the file in the temporary directory (LeRobot 0.6.1)
        config: Any = draccus.decode(PreTrainedConfig.get_choice_class(checkpoint.type), fields)
    except (Exception, SystemExit) as error:
        raise PolicyError(
            f"{checkpoint.directory / files.CONFIG} is not a valid {checkpoint.type} configuration "
            f"({one_line(first_cause(error))}); it may be of another LeRobot version"
        ) from error
    for name, value in (
        ("compile_model", False),  # minutes of compilation for a policy that may be asked once
        ("gradient_checkpointing", False),
        (
            "rtc_config",
            None,
        ),  # real-time chunking needs the previous chunk, which a stateless predict has not
        ("pretrained_backbone_weights", None),  # would be downloaded, then overwritten by the checkpoint
        ("load_vlm_weights", False),
    ):
        if hasattr(config, name):
            setattr(config, name, value)
    return config


def check_features(checkpoint: Checkpoint, config: Any, pipelines: Processors | None = None) -> None:
    """Raise PolicyError unless the policy's state and action can be those of the dual-arm ALOHA (14).

    The statistics decide, where there are some: a config.json may keep the shapes of the base it was trained from
    (lerobot/smolvla_robotwin says a state of 6), and LeRobot runs it. Of the actions LeRobot cuts off what is
    beyond the declared shape, so that counts as well; padded actions without statistics could be anything.
    """
    if config.n_obs_steps != 1:
        raise PolicyError(
            f"{checkpoint.directory} reads {config.n_obs_steps} past observations at once; only policies with "
            "n_obs_steps=1 are supported"
        )
    strange = [
        key
        for key, feature in (config.input_features or {}).items()
        if key != STATE_KEY and feature.type.value not in ("VISUAL", "LANGUAGE", "ACTION")
    ]
    if strange:
        raise PolicyError(
            f"{checkpoint.directory} reads {strange[0]!r}, which neither recordings nor the simulator have "
            "(a state of "
            "14 joints, cameras and an instruction); train a policy without it"
        )
    known = pipelines is not None and has_statistics(pipelines.before, STATE_KEY)
    scaled = pipelines is None or has_statistics(pipelines.after, ACTION_KEY)
    for what, feature, padded in (
        ("a state", None if known else config.robot_state_feature, getattr(config, "max_state_dim", None)),
        ("an action", config.action_feature, getattr(config, "max_action_dim", None) if scaled else None),
    ):
        size = feature.shape[0] if feature is not None else ACTION_DIM
        if size != ACTION_DIM and not (size == padded and size > ACTION_DIM):
            raise PolicyError(
                f"{checkpoint.directory} has {what} of {size} dimensions; RoboTwin's dual-arm ALOHA has "
                f"{ACTION_DIM}, "
                "so this policy is of another robot"
            )


def has_statistics(pipeline: Any, key: str) -> bool:
    """Whether a pipeline has statistics of a feature (`load_processors` saw to it that they are of 14 numbers)."""
    return any(name.startswith(f"{key}.") for step in pipeline.steps for name in step.state_dict())


def check_sizes(checkpoint: Checkpoint, config: Any) -> None:
    """Raise PolicyError where the weights do not fit what config.json describes, before memory of that size is used.

    Types that are built without weights anyway are held against the file when they are filled.
    """
    import torch

    from policies.checkpoint.tensors import weights

    weights.read_specs(checkpoint.weights)
    if config.type in MUTE_TYPES:
        return
    model = None
    with contextlib.suppress(Exception):  # a constructor that needs real numbers says nothing of sizes
        model = _construct(config, torch.device("meta"))
    if model is not None:
        weights.check_fit(model, checkpoint.weights)


def _construct(config: Any, how: contextlib.AbstractContextManager[Any]) -> Any:
    with how, hub.no_retries(), allowed.no_foreign_code(), contextlib.redirect_stdout(None):
        return narrow_import.policy_class(config.type)(config)


def build(checkpoint: Checkpoint, config: Any, dtype: str | None = None) -> Any:
    """The policy object, its weights still to be filled; `dtype` (π0's types only) as in `skeleton.set_dtype`."""
    from policies.checkpoint.tensors.empty_model import set_dtype, without_weights

    hollow = config.type in MUTE_TYPES
    wanted_device, config.device = config.device, None if hollow else config.device
    try:
        model = _construct(config, without_weights() if hollow else contextlib.nullcontext())
    except (Exception, SystemExit) as error:
        raise PolicyError(
            f"policy type {config.type!r} of {checkpoint.directory} cannot be built ({one_line(error)}); "
            "check its config.json and LeRobot's extra for that type"
        ) from error
    finally:
        config.device = wanted_device
    if dtype is not None:
        set_dtype(model, dtype, half_vision=str(wanted_device).startswith("cuda"))
    return model
