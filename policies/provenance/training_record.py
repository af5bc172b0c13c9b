"""What a checkpoint was trained on and is meant for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from policies.json_files import read_json
from policies.provenance.lineage import lineage
from policies.provenance.training_log import (
    TRAIN_CONFIG,
    TRAINING_LOG,
    TrainingRecord,
    joined,
    read_log,
    record_of,
)

if TYPE_CHECKING:
    from policies.interface import Policy


def training_record_of(policy: Policy | str) -> TrainingRecord | None:
    """The training record beside a policy's checkpoint, None where there is none; of a name only what is on this
    machine, of a served policy what its server says."""
    from policies.loading import local_folder

    if (log := getattr(policy, "training", None)) is not None:
        return record_of(Path(TRAINING_LOG), log)
    folder = local_folder(policy) if isinstance(policy, str) else policy.describe().get("path")
    return read_training_record(Path(folder)) if folder else None


def read_training_record(folder: Path) -> TrainingRecord | None:
    """The training record in a checkpoint's folder, None where there is none; PolicyError where it is malformed.

    `lerobot-train` writes none, but says in its train_config.json what it started from and which dataset it had: the
    records of the one and the scenes of the other are followed (`policies.provenance.lineage`).
    """
    path = folder / TRAINING_LOG
    if path.is_file():
        return read_log(path)
    parts = lineage(folder)
    return joined(parts, folder / TRAIN_CONFIG) if parts else None


def training_summary(policy: Policy) -> dict[str, Any] | None:
    """What a server says of its policy's training, in the fields of TRAINING_LOG and tasks.json; None for nothing."""
    record, tasks = training_record_of(policy), intended_tasks(policy)
    if record is None and not tasks:
        return None
    seeds = {task: sorted(of_task) for task, of_task in record.scene_seeds.items()} if record else {}
    datasets = [
        {"dataset_hash": key, "trained_episodes": None if trained is None else sorted(trained)}
        for key, trained in (record.episodes.items() if record else ())
    ]
    return {"scene_seeds": seeds, "datasets": datasets, "tasks": tasks}


def intended_tasks(policy: Policy) -> list[str]:
    """The tasks a checkpoint is meant for (tasks.json beside it); empty where it does not say."""
    folder, log = policy.describe().get("path"), getattr(policy, "training", None)
    path = Path(folder) / "tasks.json" if isinstance(folder, str) else None
    if path is not None and path.is_file():
        log = read_json(path)
    tasks = log.get("tasks") if log else None
    return [task for task in tasks if isinstance(task, str)] if isinstance(tasks, list) else []


def is_trained_scene(training: TrainingRecord, record: Mapping[str, Any]) -> bool:
    """Whether the scene of an episode, by its `task` and `scene_seed`, is one that was trained on."""
    return record.get("scene_seed") in training.scene_seeds.get(str(record.get("task")), ())


def may_have_trained_on(
    training: TrainingRecord, dataset_hash: str, index: int, record: Mapping[str, Any]
) -> bool:
    """Whether an episode, or another of its scene, may have been trained on: it is of a dataset that was, unless the
    training record says which of its episodes were."""
    trained = training.episodes.get(dataset_hash, frozenset())
    return trained is None or index in trained or is_trained_scene(training, record)
