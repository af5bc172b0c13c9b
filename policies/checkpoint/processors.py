"""A checkpoint's processors: what is done to an observation before the model, and to a chunk after it."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from policies.checkpoint import allowed, files
from policies.checkpoint.actions import check_actions
from policies.checkpoint.files import Checkpoint
from policies.checkpoint.places import JSON_BYTES, STATE_BYTES, file_inside
from policies.checkpoint.statistics import statistics_problems
from policies.checkpoint.tokenizers import tokenizer_of
from policies.errors import PolicyError, one_line
from policies.json_files import read_json

RENAME_STEP = "rename_observations_processor"


@dataclass(frozen=True)
class Processors:
    """Both pipelines, and the directory of the tokenizer (None: the policy reads no text, or has a built-in one).

    renamed: observation key -> the key the policy knows it by, as the checkpoint was trained with (`--rename_map`).
    The pipeline itself renames nothing any more: it is given the policy's own keys.
    """

    before: Any
    after: Any
    tokenizer: Path | None
    renamed: Mapping[str, str] = field(default_factory=dict)


def load_processors(checkpoint: Checkpoint, config: Any, device: str) -> Processors:
    """Build both pipelines of a checkpoint.

    Args:
        checkpoint: where they are.
        config: the policy's LeRobot configuration.
        device: where the policy's input goes.

    Raises:
        PolicyError: a file is missing or broken, a step may not be used (`policies.checkpoint.allowed`), the tokenizer
            is not to be found, the statistics that turn the model's numbers into radians are absent or not for 14
            joints, or what it declares of its actions is contradictory or no joint positions.
    """
    from lerobot.processor import AbsoluteActionsProcessorStep, RelativeActionsProcessorStep
    from lerobot.processor.converters import (
        batch_to_transition,
        policy_action_to_transition,
        transition_to_batch,
        transition_to_policy_action,
    )

    _register_steps(config)
    saved = adapt_steps(_read(checkpoint, files.PREPROCESSOR), device)
    renamed = _take_renames(saved, checkpoint.directory)
    tokenizer = _use_tokenizer(saved, checkpoint, config)
    before = _build(checkpoint, files.PREPROCESSOR, saved, batch_to_transition, transition_to_batch)
    saved = adapt_steps(_read(checkpoint, files.POSTPROCESSOR), "cpu")
    after = _build(
        checkpoint, files.POSTPROCESSOR, saved, policy_action_to_transition, transition_to_policy_action
    )
    # The step that adds the state back to relative actions asks the one that saw the state; the files cannot
    # say so.
    relative = next((step for step in before.steps if isinstance(step, RelativeActionsProcessorStep)), None)
    for step in after.steps:
        if isinstance(step, AbsoluteActionsProcessorStep):
            step.relative_step = relative
    check_actions(checkpoint, config, before, after)
    for problem in statistics_problems(before, after, config, renamed):
        raise PolicyError(f"{checkpoint.directory} {problem}")
    return Processors(before, after, tokenizer, renamed)


def _read(checkpoint: Checkpoint, file: str) -> dict[str, Any]:
    return read_json(file_inside(checkpoint.directory, file, JSON_BYTES))


def adapt_steps(saved: Mapping[str, Any], device: str) -> dict[str, Any]:
    """A saved pipeline with old step names replaced and its tensors sent to `device`; a new dict.

    Raises PolicyError for a step that may not be used (`policies.checkpoint.allowed`).
    """
    if not isinstance(saved.get("steps"), list):
        raise PolicyError("a processor file of the checkpoint has no list of 'steps'; download it again")
    steps = [allowed.checked_step(entry) for entry in saved["steps"]]
    for step in steps:
        if step["registry_name"] == "device_processor":
            step["config"]["device"] = device
    return {"name": str(saved.get("name", "policy"))[:80], "steps": steps}


def _take_renames(saved: Mapping[str, Any], directory: Path) -> dict[str, str]:
    """The renamings of a pipeline, which then renames nothing: what it is given has the policy's own names."""
    renamed: dict[str, str] = {}
    for step in saved["steps"]:
        if step["registry_name"] == RENAME_STEP:
            names = step["config"].get("rename_map") or {}
            if not isinstance(names, Mapping) or not all(
                isinstance(a, str) and isinstance(b, str) for a, b in names.items()
            ):
                raise PolicyError(f"the rename_map of {directory} does not map names to names; correct it")
            renamed |= names
            step["config"]["rename_map"] = {}
    return renamed


def _use_tokenizer(saved: Mapping[str, Any], checkpoint: Checkpoint, config: Any) -> Path | None:
    """Point a pipeline's tokenizer step at the tokenizer of the checkpoint, and return where that is."""
    step = files.tokenizer_step(saved)
    if step is None:
        return None
    place = tokenizer_of(checkpoint, saved)
    step["config"].pop("tokenizer_name", None)
    try:
        if place is None:
            from policies.tiny_pi0.tokenizer import build_tokenizer

            step["config"]["tokenizer"] = build_tokenizer(vocab_size=config.vocab_size)
        else:
            from transformers import AutoTokenizer

            with allowed.no_foreign_code():
                step["config"]["tokenizer"] = AutoTokenizer.from_pretrained(
                    place, local_files_only=True, trust_remote_code=False
                )
    except (Exception, SystemExit) as error:
        raise PolicyError(f"the tokenizer in {place} is broken ({one_line(error)}); save it again") from error
    return place


def _register_steps(config: Any) -> None:
    """Import the module that registers a policy type's own steps, found by LeRobot's naming convention."""
    module = type(config).__module__.replace("configuration_", "processor_")
    try:
        importlib.import_module(module)
    except ImportError as error:
        raise PolicyError(
            f"the processors of policy type {config.type!r} cannot be loaded ({one_line(error)})"
        ) from error


def _build(
    checkpoint: Checkpoint, file: str, saved: dict[str, Any], to_transition: Any, to_output: Any
) -> Any:
    """One pipeline with its state. In memory, because the files are not changed to adapt them."""
    from lerobot.processor import PolicyProcessorPipeline, ProcessorStepRegistry
    from safetensors.torch import load_file

    path = checkpoint.directory / file
    names = [step["state_file"] for step in saved["steps"] if "state_file" in step]
    places = {name: file_inside(checkpoint.directory, name, STATE_BYTES) for name in names}
    for step in saved["steps"]:
        name = step["registry_name"]
        allowed.check_class(name, ProcessorStepRegistry._registry.get(name))
        if name == files.TOKENIZER_STEP and "tokenizer" not in step["config"]:
            raise PolicyError(  # LeRobot would fetch whatever it names
                f"{path} has a tokenizer step beside the checkpoint's own, the first of {files.PREPROCESSOR}; remove it"
            )
    try:
        state = {name.removesuffix(".safetensors"): load_file(place) for name, place in places.items()}
        with allowed.no_foreign_code():
            return PolicyProcessorPipeline.from_config(
                saved, state_dict=state, to_transition=to_transition, to_output=to_output
            )
    except (Exception, SystemExit) as error:
        raise PolicyError(
            f"{path} cannot be used ({one_line(error)}); it may be of another LeRobot version"
        ) from error
