"""Folders that people take for a checkpoint, known by what lies in them, and what to do with each."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from policies.checkpoint.tensors.shards import INDEX, SHARD
from policies.errors import one_line

INSIDE = "pretrained_model"
STEP = re.compile(r"\d{1,12}")
PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl")
OPENPI_KEYS = {"action_horizon", "paligemma_variant", "action_expert_variant", "pi05", "precision"}

MIGRATE = "python -m lerobot.processor.migrate_policy_normalization --pretrained-path"
DROPPED = {"vqbet": ("mlp_hidden_dim",)}
"""Settings that LeRobot 0.4 dropped without a successor; its migration stops at them (lerobot#4655)."""
REPLACED = {"pi0": ("adapt_to_pi_aloha", "use_delta_joint_actions_aloha", "proj_width", "train_state_proj")}
"""Settings of a type whose model LeRobot 0.4 replaced by another of the same name."""


def training_output(place: Path) -> Path | None:
    """The checkpoint inside a folder that `lerobot-train` wrote: the last one, or the newest by number."""
    for folder in (place, place / "checkpoints"):
        if (folder / INSIDE / "config.json").is_file():
            return folder / INSIDE
        steps = sorted((path.name for path in _folders(folder) if STEP.fullmatch(path.name)), key=int)
        for name in ("last", *reversed(steps)):
            if (folder / name / INSIDE / "config.json").is_file():
                return folder / name / INSIDE
    return None


def _folders(place: Path) -> list[Path]:
    try:
        return [path for path in place.iterdir() if path.is_dir()]
    except OSError:
        return []


def recognised(place: Path, names: Collection[str], adapter: Any = None) -> str | None:
    """What a folder is that is no LeRobot checkpoint, and what to do with it; None where nothing is known of it.

    Args:
        place: the folder, or a Hub id.
        names: of what lies in it.
        adapter: what its adapter_config.json holds, if it has one.
    """
    if "adapter_config.json" in names or "adapter_model.safetensors" in names:
        base = adapter.get("base_model_name_or_path") if isinstance(adapter, dict) else None
        of = f" of {one_line(base, 120)}" if isinstance(base, str) and base else ""
        return (
            f"{place} is a PEFT adapter{of} without LeRobot's config.json and processors (which lerobot-train "
            "saves beside it); add them, or merge it into its base (peft's merge_and_unload) and save that"
        )
    if inside := training_output(place):
        return f"{place} is not a checkpoint itself; did you mean {inside}?"
    if "params" in names and ("_CHECKPOINT_METADATA" in names or "assets" in names):
        return (
            f"{place} is an openpi checkpoint of JAX (Orbax's params/); convert it with openpi's "
            f"examples/convert_jax_model_to_pytorch.py and then with {_convert(place)}, or serve it with "
            "openpi and use "
            "--policy ws://HOST:PORT"
        )
    if "assets" in names and "model.safetensors" in names and "policy_preprocessor.json" not in names:
        return f"{place} is laid out as openpi's checkpoints are; {_convert(place)} makes one of LeRobot's from it"
    shards = sorted(name for name in names if SHARD.fullmatch(name))
    if shards and INDEX not in names and "model.safetensors" not in names:
        return (
            f"{place} has its weights in several files ({shards[0]}) but not {INDEX}, which says what is in which; "
            "download it too"
        )
    pickles = sorted(name for name in names if name.endswith(PICKLES))
    if pickles and "model.safetensors" not in names:
        return (
            f"{place} has its weights as a pickle only ({pickles[0]}), which can run any code when it is read; "
            "convert it to model.safetensors first"
        )
    return None


def foreign_config(place: Path, config: dict[str, Any]) -> str | None:
    """Whose config.json this is where it is not LeRobot's; None for LeRobot's (it says its policy `type`)."""
    if config.get("type") is not None or "input_features" in config:
        return None
    if OPENPI_KEYS & set(config):
        return (
            f"{place} is an openpi checkpoint converted to PyTorch (its config.json has "
            f"{', '.join(sorted(OPENPI_KEYS & set(config)))}): without LeRobot's config, processors and "
            "statistics; with "
            f"openpi's assets/ beside it {_convert(place)} makes one of LeRobot's from it"
        )
    if "architectures" in config or "model_type" in config:
        kind = one_line(str(config.get("model_type") or config.get("architectures")), 60)
        return f"{place} is a transformers model ({kind}), not a LeRobot policy; name a policy's checkpoint"
    return None


def before_processors(place: Path, config: Mapping[str, Any]) -> str:
    """What to do with a checkpoint that has no processors, because LeRobot wrote it before 0.4 (October 2025).

    config: its config.json; empty where there is none to read.
    """
    kind = config.get("type")
    if kind is None and "input_shapes" in config:
        return (
            f"{place} was saved by a LeRobot of 2024 (its config.json has input_shapes and no type), which no later "
            "release reads or migrates; train it again"
        )
    gone = [name for name in REPLACED.get(str(kind), ()) if name in config]
    if gone:
        return (
            f"{place} is a {kind} of LeRobot before 0.4 (its config.json has {gone[0]}), whose model was replaced and "
            "is not migrated; fine-tune today's again, or serve openpi's own and use --policy ws://HOST:PORT"
        )
    gone = [name for name in DROPPED.get(str(kind), ()) if name in config]
    first = f"remove {', '.join(gone)} from its config.json, then " if gone else ""
    return (
        f"{place} has no policy_preprocessor.json: it was saved before LeRobot 0.4; {first}migrate it with "
        f"`{MIGRATE} ...`"
    )


def _convert(place: Path) -> str:
    return f"`python -m harness.convert --checkpoint {place} --out DIR`"
