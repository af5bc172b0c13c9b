"""A policy checkpoint on disk: is everything there, what exactly is it, and how one is written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from policies.checkpoint import allowed, hub, layouts
from policies.checkpoint.places import JSON_BYTES, file_inside
from policies.checkpoint.tensors import adapters
from policies.checkpoint.tensors.shards import INDEX, SHARDS_PATTERN, WEIGHTS, weight_files, weights_of
from policies.errors import PolicyError, one_line
from policies.json_files import read_json

if TYPE_CHECKING:
    from lerobot.policies.pi0.modeling_pi0 import PI0Policy
    from lerobot.processor import PolicyProcessorPipeline

CONFIG = "config.json"
PREPROCESSOR = "policy_preprocessor.json"
POSTPROCESSOR = "policy_postprocessor.json"
TOKENIZER = "tokenizer"
TOKENIZER_STEP = "tokenizer_processor"
"""What LeRobot calls the step of a preprocessor that has a tokenizer."""

REQUIRED = (CONFIG, WEIGHTS, PREPROCESSOR, POSTPROCESSOR)
HUB_PATTERNS = (
    CONFIG,
    WEIGHTS,
    INDEX,
    SHARDS_PATTERN,
    "policy_preprocessor*",
    "policy_postprocessor*",
    f"{TOKENIZER}/*",
    "tokenizer*",
    adapters.CONFIG,
    adapters.WEIGHTS,
    f"{adapters.BASE}/*.safetensors*",
    "tasks.json",
    "train_config.json",
    "training_log.json",
)
"""Everything of the root of a repository that a policy needs, and what it is meant for and was trained on: no pickles,
none of the training's checkpoints."""

TOKENIZER_PATTERNS = ("*.json", "*.model", "*.txt")
TOKENIZER_FILES = ("tokenizer", "special_tokens", "added_tokens", "vocab", "merges", "spiece")
"""What the names of a tokenizer's files begin with."""


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint whose files are all there.

    directory: where. config: its config.json. repo_id, revision: where on the Hub it came from (commit). adapter: of a
    checkpoint that is only that; its weights are those of its base.
    """

    directory: Path
    config: dict[str, Any]
    repo_id: str | None = None
    revision: str | None = None
    adapter: adapters.Adapter | None = None

    @property
    def weights(self) -> Path:
        """The file that stands for its weights, or for those of its base (`shards.weights_of`)."""
        return adapters.base_weights(self.adapter) if self.adapter else weights_of(self.directory)

    @property
    def type(self) -> str:
        """LeRobot's name of the policy class, e.g. `pi0`."""
        return self.config["type"]


def open_checkpoint(directory: Path) -> Checkpoint:
    """Check a local directory. Raises PolicyError naming what is missing or broken and the fix."""
    try:
        names = [path.name for path in directory.iterdir()]
    except OSError as error:
        raise PolicyError(f"no checkpoint directory {one_line(str(directory))}; check the path") from error
    _require_files(directory, names)
    config = read_json(file_inside(directory, CONFIG, JSON_BYTES), standard=True)
    if not isinstance(config.get("type"), str):
        raise PolicyError(
            f"{directory / CONFIG} does not say its policy 'type'; it is not LeRobot's, save it again"
        )
    adapter = adapters.read_adapter(directory) if config.get("use_peft") else None
    allowed.check_config(directory / CONFIG, config)
    if adapter is not None:
        file_inside(directory, adapters.WEIGHTS)
    else:
        for path in weight_files(weights_of(directory)):
            file_inside(directory, path.name)
    for name in (PREPROCESSOR, POSTPROCESSOR):
        file_inside(directory, name, JSON_BYTES)
    return Checkpoint(directory, config, adapter=adapter)


def fetch_checkpoint(spec: str) -> Checkpoint:
    """Download (or find in the cache) and check a checkpoint `owner/name` or `owner/name@revision`."""
    what, otherwise = (
        f"policy {spec!r} (no directory of that name here)",
        "give the path of a local checkpoint directory",
    )
    directory = hub.download(spec, HUB_PATTERNS, what=what, otherwise=otherwise)
    if not weights_of(directory).exists() and not (directory / adapters.WEIGHTS).exists():
        _require_files(Path(spec), hub.file_names(spec) or [path.name for path in directory.iterdir()])
    opened = open_checkpoint(directory)
    return replace(opened, repo_id=spec.partition("@")[0], revision=directory.name)


def _require_files(place: Path, names: list[str]) -> None:
    """Raise PolicyError where a folder is no checkpoint: for what it is instead, or for what it lacks."""
    adapter = None
    if "adapter_config.json" in names and (place / "adapter_config.json").is_file():
        adapter = read_json(file_inside(place, "adapter_config.json", JSON_BYTES))
    elsewhere = INDEX in names or (adapters.WEIGHTS in names and _is_adapter(place))
    given = {*names, WEIGHTS} if elsewhere else set(names)
    missing = [name for name in REQUIRED if name not in given]
    whole = not missing and (elsewhere or WEIGHTS in names)
    other = None if whole else layouts.recognised(place, names, adapter)
    if other is None and CONFIG in names and (place / CONFIG).is_file():
        config = read_json(file_inside(place, CONFIG, JSON_BYTES))
        other = layouts.foreign_config(place, config)
    if other:
        raise PolicyError(other)
    if not missing:
        return
    if {PREPROCESSOR, POSTPROCESSOR} <= set(missing) and WEIGHTS not in missing:
        known = CONFIG in names and (place / CONFIG).is_file()
        config = read_json(file_inside(place, CONFIG, JSON_BYTES)) if known else {}
        raise PolicyError(layouts.before_processors(place, config))
    raise PolicyError(
        f"{place} has no {missing[0]}: it is not a complete LeRobot checkpoint; copy or download it again"
    )


def _is_adapter(place: Path) -> bool:
    """Whether a folder's config.json says that it is LeRobot's adapter."""
    path = place / CONFIG
    return path.is_file() and bool(read_json(file_inside(place, CONFIG, JSON_BYTES)).get("use_peft"))


def tokenizer_step(saved: Mapping[str, Any]) -> dict[str, Any] | None:
    """The step of a saved preprocessor that has a tokenizer, None where the policy reads no text."""
    steps = saved.get("steps")
    named = (step for step in steps if isinstance(step, dict)) if isinstance(steps, list) else ()
    return next((step for step in named if step.get("registry_name") == TOKENIZER_STEP), None)


def save_checkpoint(
    policy: PI0Policy,
    preprocessor: PolicyProcessorPipeline,
    postprocessor: PolicyProcessorPipeline,
    tokenizer: Any,
    directory: Path | str,
) -> Path:
    """Write a checkpoint as LeRobot lays it out and its tokenizer in `tokenizer/`; returns the directory."""
    directory = Path(directory)
    policy.save_pretrained(directory)
    preprocessor.save_pretrained(directory)
    postprocessor.save_pretrained(directory)
    tokenizer.save_pretrained(directory / TOKENIZER)
    # A step made from a tokenizer object saves no name. The one written is relative to the checkpoint, so that it may
    # move; LeRobot's own loader would look in the working directory (policies.tiny_pi0.lerobot_tokenizers).
    path = directory / PREPROCESSOR
    saved = json.loads(path.read_text())
    step = tokenizer_step(saved)
    if step is not None:
        step["config"]["tokenizer_name"] = TOKENIZER
    path.write_text(json.dumps(saved, indent=2) + "\n")
    for weights in directory.glob("*.safetensors"):
        weights.chmod(0o644)  # safetensors writes files that only their owner can read
    return directory
