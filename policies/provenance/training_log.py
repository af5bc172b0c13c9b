"""The record of a training as it lies beside a checkpoint: training_log.json."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from policies.errors import PolicyError, one_line
from policies.json_files import read_json

TRAIN_CONFIG = "train_config.json"
TRAINING_LOG = "training_log.json"
SCHEMA = 2
"""1, which said no number, had other names (`in_todays_names`); it is read as well."""

DATASET_NAMES = {"dataset_pace": "dataset_sampling", "led_episodes": "dagger_episodes"}
RECORDING_NAMES = {
    "pace": "sampling",
    "led_by": "dagger_policy",
    "led": "dagger_share",
    "led_actions": "dagger_actions",
}
SAMPLING_NAMES = {"action": "per_action"}


def in_todays_names(log: Mapping[str, Any]) -> dict[str, Any]:
    """A training log as it is written today; one of schema 1 with its fields and values renamed."""
    renamed = dict(log)
    if isinstance(log.get("config"), dict):
        renamed["config"] = _renamed(log["config"], RECORDING_NAMES)
    if isinstance(log.get("datasets"), list):
        renamed["datasets"] = [_dataset_renamed(dataset) for dataset in log["datasets"]]
    return renamed


def _dataset_renamed(dataset: Any) -> Any:
    if not isinstance(dataset, dict):
        return dataset
    made = dataset.get("dataset_recorded_with")
    with_flags = {"dataset_recorded_with": _renamed(made, RECORDING_NAMES)} if isinstance(made, dict) else {}
    return _renamed(dataset | with_flags, DATASET_NAMES)


def _renamed(fields: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    renamed = {names.get(name, name): value for name, value in fields.items()}
    for name in renamed.keys() & {"sampling", "dataset_sampling"}:
        renamed[name] = SAMPLING_NAMES.get(str(renamed[name]), renamed[name])
    return renamed


class TrainedDataset(BaseModel):
    """A dataset of a training: its hash, and which of its episodes were trained on, None where that is not known."""

    model_config = ConfigDict(extra="allow", strict=True, frozen=True)

    dataset: str | None = None
    dataset_hash: str | None = None
    dataset_sampling: str | None = None
    dagger_episodes: int | None = None
    trained_episodes: list[int] | None = None
    held_out_episodes: list[int] | None = None


class TrainingLog(BaseModel):
    """`training_log.json` beside a checkpoint. Only what was trained on is read again; the rest is for people."""

    model_config = ConfigDict(extra="allow", strict=True, frozen=True)

    schema_: int = Field(1, alias="schema", ge=1, le=SCHEMA)
    scene_seeds: dict[str, list[int]] | None = None
    datasets: list[TrainedDataset] | None = None
    earlier_datasets: list[TrainedDataset] | None = None
    steps: int | None = None
    of_steps: int | None = None
    seconds: float | None = None
    samples_per_second: float | None = None
    final_loss: float | None = None
    losses: list[list[float]] | None = None
    frames: int | None = None
    episodes: int | None = None
    parameters: int | None = None
    device: str | None = None
    checkpoint: str | None = None
    config: dict[str, Any] | None = None
    held_out: dict[str, float] | None = None
    closed_loop: dict[str, Any] | None = None
    earlier: list[dict[str, float]] | None = None
    evaluations: list[dict[str, Any]] | None = None
    made_with: dict[str, Any] | None = None


@dataclass(frozen=True)
class TrainingRecord:
    """What was trained on: scene seeds by task; by dataset hash the episodes, None where it is not said which.

    unknown: what else was trained on, in words, whose scenes nobody knows.
    """

    source: Path
    scene_seeds: Mapping[str, frozenset[int]] = field(default_factory=dict)
    episodes: Mapping[str, frozenset[int] | None] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()


def joined(parts: Sequence[TrainingRecord], source: Path) -> TrainingRecord:
    """All that several records say was trained on, as one."""
    seeds: dict[str, frozenset[int]] = {}
    episodes: dict[str, frozenset[int] | None] = {}
    for part in parts:
        for task, of_task in part.scene_seeds.items():
            seeds[task] = seeds.get(task, frozenset()) | of_task
        for known, which in part.episodes.items():
            before = episodes.get(known, frozenset())
            episodes[known] = None if which is None or before is None else before | which
    unknown = tuple(dict.fromkeys(words for part in parts for words in part.unknown))
    return TrainingRecord(source, seeds, episodes, unknown)


def read_log(path: Path) -> TrainingRecord:
    """What a training_log.json says; PolicyError where it is malformed."""
    return record_of(path, read_json(path))


def record_of(path: Path, held: Mapping[str, Any]) -> TrainingRecord:
    """The record that a training log holds."""
    try:
        log = TrainingLog.model_validate(in_todays_names(held))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise PolicyError(
            f"{path} does not say what was trained on as it should ({place}: {one_line(first['msg'])}); mend or "
            "remove it"
        ) from error
    seeds = {task: frozenset(of_task) for task, of_task in (log.scene_seeds or {}).items()}
    episodes = {
        about.dataset_hash: None if about.trained_episodes is None else frozenset(about.trained_episodes)
        for about in [*(log.datasets or []), *(log.earlier_datasets or [])]
        if about.dataset_hash
    }
    return TrainingRecord(path, seeds, episodes)
