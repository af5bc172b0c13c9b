"""What a checkpoint asks for, from its small files: config, processors, statistics. No weights, no lerobot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from harness.contract.statistics import IDENTITY, Statistics
from policies.checkpoint import hub
from policies.checkpoint.files import (
    CONFIG,
    POSTPROCESSOR,
    PREPROCESSOR,
    TOKENIZER,
    TOKENIZER_STEP,
    Checkpoint,
    open_checkpoint,
    read_json,
)
from policies.checkpoint.tokenizers import tokenizer_of
from policies.errors import PolicyError, one_line
from policies.interface import STATE_KEY
from policies.loading import NAMES, local_folder

SMALL_FILES = (CONFIG, "policy_preprocessor*", "policy_postprocessor*", f"{TOKENIZER}/*", "tokenizer*")
"""Everything of a repository that this reads."""
RESIZING = ("image_resolution", "resize_imgs_with_padding", "resize_shape")
"""Settings of a policy that brings pictures of any size to its own."""
EXPERT = "expert"
NEW_LINE, WITH_STATE = "pi0_new_line_processor", "pi05_prepare_state_tokenizer_processor_step"
"""Steps that put more into the prompt than the instruction."""
RELATIVE = ("relative_actions_processor", "delta_actions_processor")
"""The step that takes the state off the actions, and its name in LeRobot 0.5."""


@dataclass(frozen=True)
class CheckpointContract:
    """What a checkpoint asks for.

    images: key -> (channels, height, width) as it was trained. renamed: a world's key -> the checkpoint's. relative:
    whether actions are predicted relative to the state. action_names: what it calls them. max_tokens: of a prompt,
    None where it reads no text; ending: what is put behind an instruction; problems: why it would not be loaded, in
    lines.
    """

    name: str
    type: str
    chunk_size: int | None
    n_action_steps: int | None
    images: Mapping[str, tuple[int, ...]]
    resizes: bool
    state: Statistics
    action: Statistics
    renamed: Mapping[str, str] = field(default_factory=dict)
    relative: bool = False
    action_names: tuple[str, ...] | None = None
    tokenizer: Path | None = None
    max_tokens: int | None = None
    ending: str = ""
    state_in_prompt: bool = False
    problems: tuple[str, ...] = ()


def checkpoint_contract(spec: str) -> CheckpointContract | None:
    """Read a checkpoint by name, directory or Hub id; None for a policy that has none (`hold`, `expert`, …).

    Raises PolicyError where there is nothing to read. What would only stop it from being loaded is in `problems`.
    """
    folder, problems = local_folder(spec), []
    if folder is None:
        if spec in NAMES or spec == EXPERT or "://" in spec:
            return None
        if not hub.is_hub_id(spec):
            raise PolicyError(f"no policy {spec!r} and no checkpoint directory of that name; check the path")
        otherwise = "give the path of a local checkpoint directory"
        folder = hub.download(spec, SMALL_FILES, what=f"policy {spec!r}", otherwise=otherwise)
    else:
        try:
            open_checkpoint(folder)
        except PolicyError as error:
            problems.append(str(error))
    config = read_json(folder / CONFIG)
    before, after = (_processor(folder, name, problems) for name in (PREPROCESSOR, POSTPROCESSOR))
    features = config.get("input_features")
    renamed = _renamed(_config_of(before, "rename_observations_processor").get("rename_map"))
    sources = [source for source, target in renamed.items() if target == STATE_KEY]
    return CheckpointContract(
        name=spec,
        type=str(config.get("type")),
        chunk_size=_count(config.get("chunk_size")),
        n_action_steps=_count(config.get("n_action_steps")),
        images={
            key: _shape(feature.get("shape"))
            for key, feature in (features if isinstance(features, dict) else {}).items()
            if isinstance(feature, dict) and feature.get("type") == "VISUAL" and ".empty_camera_" not in key
        },
        resizes=any(config.get(name) for name in RESIZING),
        state=_statistics(folder, before, "normalizer_processor", "STATE", (STATE_KEY, *sources), problems),
        action=_statistics(folder, after, "unnormalizer_processor", "ACTION", ("action",), problems),
        renamed=renamed,
        relative=any(_config_of(before, name).get("enabled") for name in RELATIVE),
        action_names=_names(
            config.get("action_feature_names"), *(_config_of(before, n).get("action_names") for n in RELATIVE)
        ),
        tokenizer=_tokenizer(Checkpoint(folder, config), before, problems),
        max_tokens=_count(_config_of(before, TOKENIZER_STEP).get("max_length")),
        ending="\n" if _step(before, NEW_LINE) else "",
        state_in_prompt=_step(before, WITH_STATE) is not None,
        problems=tuple(problems),
    )


def _processor(folder: Path, name: str, problems: list[str]) -> dict[str, Any]:
    """A saved pipeline whose steps are objects; an empty one, and a problem, where the file is not that."""
    try:
        saved = read_json(folder / name)
    except PolicyError as error:
        problems.append(str(error))
        return {"steps": []}
    steps = saved.get("steps")
    if not isinstance(steps, list) or not all(isinstance(step, dict) for step in steps):
        problems.append(f"{folder / name} has no list of steps; download or save it again")
        return {"steps": []}
    return saved


def _step(saved: Mapping[str, Any], name: str) -> dict[str, Any] | None:
    return next((step for step in saved["steps"] if step.get("registry_name") == name), None)


def _config_of(saved: Mapping[str, Any], name: str) -> dict[str, Any]:
    config = (_step(saved, name) or {}).get("config")
    return config if isinstance(config, dict) else {}


def _statistics(
    folder: Path, saved: Mapping[str, Any], name: str, kind: str, keys: tuple[str, ...], problems: list[str]
) -> Statistics:
    """How a pipeline's step of this name normalises the numbers under the first of `keys`.

    Not at all where it has statistics under one of the others alone: those are names of a dataset that the checkpoint
    renames, and LeRobot looks for the new one.
    """
    from safetensors import SafetensorError, safe_open

    step = _step(saved, name) or {}
    modes = _config_of(saved, name).get("norm_map")
    mode = str((modes if isinstance(modes, dict) else {}).get(kind, IDENTITY)).rpartition(".")[2]
    file = step.get("state_file")
    values: dict[str, np.ndarray] = {}
    elsewhere = False
    if isinstance(file, str) and Path(file).name == file and (folder / file).is_file():
        try:
            with safe_open(folder / file, "numpy") as tensors:
                for tensor in tensors.keys():  # noqa: SIM118  (it is no mapping)
                    key = tensor.rpartition(".")[0]
                    elsewhere |= key in keys[1:]
                    if key == keys[0]:
                        values[tensor.rpartition(".")[2]] = np.asarray(tensors.get_tensor(tensor), np.float64)
        except (SafetensorError, OSError, TypeError, ValueError) as error:
            problems.append(f"{folder / file} cannot be read ({one_line(error)}); download or save it again")
    if elsewhere and not values:
        return Statistics()
    return Statistics(mode, {name: value for name, value in values.items() if value.ndim == 1})


def _tokenizer(checkpoint: Checkpoint, saved: Mapping[str, Any], problems: list[str]) -> Path | None:
    try:
        return tokenizer_of(checkpoint, saved)
    except PolicyError as error:
        problems.append(str(error))
        return None


def _shape(value: Any) -> tuple[int, ...]:
    known = isinstance(value, list) and all(_count(size) is not None for size in value)
    return tuple(value) if known else ()


def _renamed(value: Any) -> dict[str, str]:
    return {str(key): str(name) for key, name in value.items()} if isinstance(value, dict) else {}


def _names(*lists: Any) -> tuple[str, ...] | None:
    """The first of several lists that is one of names."""
    known = (list_ for list_ in lists if isinstance(list_, list) and list_)
    return next((tuple(names) for names in known if all(isinstance(name, str) for name in names)), None)


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
