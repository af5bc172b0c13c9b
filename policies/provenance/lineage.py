"""What a checkpoint of `lerobot-train` comes from: its train_config.json, followed back.

It names the checkpoint that was started from and the dataset. Paths in it are those of the machine and folder it was
trained in, so they are looked for from here and from the checkpoint's own folders upwards; of a checkpoint from the
Hub they are not followed. What is read is JSON of known names only.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from policies.checkpoint.places import JSON_BYTES, file_inside, home_of
from policies.errors import one_line
from policies.json_files import read_json
from policies.provenance.training_log import TRAIN_CONFIG, TRAINING_LOG, TrainingRecord, read_log

DEEPEST = 16
RECORDING = "meta/robotwin.json"


def lineage(folder: Path) -> list[TrainingRecord]:
    """The records of all that a checkpoint was trained on, newest first.

    Empty where there is no train_config.json.
    """
    records: list[TrainingRecord] = []
    seen: set[Path] = set()
    waiting = [folder]
    while waiting and len(seen) < DEEPEST:
        here = waiting.pop(0)
        if here.resolve() in seen:
            continue
        seen.add(here.resolve())
        if (here / TRAINING_LOG).is_file():
            records.append(read_log(here / TRAINING_LOG))
        elif (here / TRAIN_CONFIG).is_file():
            config = read_json(file_inside(here, TRAIN_CONFIG, JSON_BYTES))
            records.append(_of_dataset(here, config.get("dataset")))
            waiting += _started_from(here, config, records)
    return records


def _started_from(here: Path, config: Mapping[str, Any], records: list[TrainingRecord]) -> Iterator[Path]:
    """The checkpoint that a training began with; with --resume, which names itself, the earlier ones of the run."""
    policy = config.get("policy")
    base = policy.get("pretrained_path") if isinstance(policy, Mapping) else None
    if not isinstance(base, str) or not base:
        return
    place = _look_for(here, base)
    if place is None:
        records.append(TrainingRecord(here, unknown=(f"whatever {one_line(base, 120)} was trained on",)))
    elif place.resolve() == here.resolve() or place.resolve().parent.parent == here.resolve().parent.parent:
        steps = here.resolve().parent.parent
        if steps.name == "checkpoints":
            yield from (step / here.name for step in sorted(steps.iterdir()) if (step / here.name).is_dir())
    else:
        yield place


def _of_dataset(here: Path, dataset: Any) -> TrainingRecord:
    """The scenes of a dataset's episodes, as its recorder wrote them down."""
    about = dataset if isinstance(dataset, Mapping) else {}
    name = about.get("root") or about.get("repo_id")
    chosen = about.get("episodes")
    root = _look_for(here, str(name)) if name else None
    if root is None and isinstance(about.get("repo_id"), str):
        home = Path(os.environ.get("HF_LEROBOT_HOME") or Path.home() / ".cache/huggingface/lerobot")
        root = _look_for(here, str(home / about["repo_id"]))
    path = root / RECORDING if root is not None else None
    if path is None or not path.is_file():
        return TrainingRecord(here, unknown=(f"dataset {one_line(str(name), 120)}",))
    episodes = read_json(path).get("episodes")
    seeds: dict[str, set[int]] = {}
    wanted = {str(i) for i in chosen} if isinstance(chosen, list) else None
    for index, record in episodes.items() if isinstance(episodes, Mapping) else ():
        task, seed = (
            (record.get("task"), record.get("scene_seed")) if isinstance(record, Mapping) else (None, None)
        )
        if (wanted is None or index in wanted) and isinstance(task, str) and isinstance(seed, int):
            seeds.setdefault(task, set()).add(seed)
    return TrainingRecord(path, {task: frozenset(of_task) for task, of_task in seeds.items()})


def _look_for(here: Path, name: str) -> Path | None:
    """A folder named in a checkpoint of this machine: as it is, or from one of the checkpoint's folders upwards."""
    try:
        if home_of(here) != here.resolve():
            return None
        places = [Path(name), *(parent / name for parent in here.resolve().parents)]
        return next((place for place in places if place.is_dir()), None)
    except (OSError, ValueError, RuntimeError):
        return None
