"""Train a tiny π0 on demonstrations of RoboTwin's tasks, on one CPU thread or a GPU, and keep the best checkpoint.

    python scripts/train_demo_policy.py --task click_bell,grab_roller --out data/my-policy
    python scripts/train_demo_policy.py --dataset data/a data/b --minutes 10 --out data/my-policy

With `--task`, demonstrations are recorded first (`harness.record`, one frame an action, led astray so that
they show the way back) and checkpoints are evaluated as it goes: open loop on held-out episodes, closed loop on scenes
of an evaluation seed of their own; the best by closed-loop success is kept. With `--dataset`, one's own recordings
are trained on. Everything lies in `--work`; the same command takes up an interrupted training where it stood.

The training step, optimizer, schedule and saved state are LeRobot's own (`policies.training.trainer`), so this is
also a worked example of fine-tuning on these scenes. What was tried, and what it did: docs/demo_policy.md.
"""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, BinaryIO

from harness.core.errors import UserError
from harness.files.json_files import write_json
from harness.files.locking import open_locked
from harness.files.reading import read_json
from harness.rollout.policy_setup import pick_device
from harness.runs.compatibility import TOLD
from harness.runs.resume import explained_stop
from harness.scenes.task_selection import chosen_tasks
from harness.trackers.following import Follower, opened
from harness.trackers.opening import check_tracker
from harness.train.config import Config, check
from harness.train.data import Recording, draw_first_frames, gather, read_demos, record
from harness.train.fitting import fit, scores, scores_line
from harness.train.held_out import (
    held_out_line,
    recorded_seeds,
    refuse_recorded_scenes,
    seeds_of,
    split,
    what_was_seen,
)
from harness.train.initial_checkpoint import Start, start_of
from harness.train.log import earlier, export_checkpoint, require_replaceable
from policies.provenance.training_log import in_todays_names

FREE_TO_CHANGE = ("out", "work", "threads", "also", *TOLD)
"""Settings a training taken up again may change: they never change what is learnt."""
LOCK = "lock"


def main(config: Config) -> None:
    """Record, read, train, evaluate, keep."""
    require_replaceable(config.out)
    tasks = check_tasks(config)
    start = start_of(config)
    work = (config.work or config.out.with_name(f"{config.out.name}.work")).resolve()
    own = recorded_seeds(config.dataset)
    if config.scenes:
        if not tasks and not own:
            raise UserError("--evaluate: the recordings do not say which tasks they are of; leave it out")
        for seeds in (own, start.training.scene_seeds if start and start.training else {}):
            refuse_recorded_scenes(seeds, config.evaluation_seed, config.scenes)
    with (
        open_work_dir(work, config),
        explained_stop(work, lambda: f"what is done is kept in {work}; the same command resumes there"),
    ):
        train(config, work, tasks, start)


def train(config: Config, work: Path, tasks: list[str], start: Start | None) -> None:
    """What `main` does in the work directory, from the recordings to the best checkpoint."""
    datasets = [*config.dataset, *(str(work / "recordings" / task) for task in tasks)]
    how = Recording(config.demonstrations, config.sampling, config.detours, config.noise, config.misses)
    for task in tasks:
        record(task, work / "recordings" / task, how)
    demos, provenance = read_demos(datasets, (config.image_size, config.image_size), work / "pictures")
    seeds = seeds_of(demo.episode.meta for demo in demos)
    before = start.training if start else None
    training, held_out = split(demos, config.held_out, config.seed, before)

    import torch

    torch.set_num_threads(config.threads)
    frames = gather(training, config.chunk_size)
    frames = replace(frames, more=draw_first_frames(training, config.openings, config.seed))
    print(
        f"{len(frames)} frames of {len(training)} episodes in memory, {held_out_line(len(held_out), config.held_out)}"
    )
    about = {
        "config": asdict(config),
        "earlier": earlier(start.folder if start else None),
        **what_was_seen(provenance, training, held_out, before),
        "frames": len(frames),
        "episodes": len(training),
        "longest": max(demo.episode.length for demo in training),
        "device": device_name(config.device),
    }
    with opened(config, work, config.out.name, asdict(config)) as tracker:
        logs = fit(config, work, frames, training, held_out, sorted(seeds), about, Follower(tracker))
    best = max(logs, key=lambda log: ((log["closed_loop"] or {}).get("success", 0.0), log["steps"]))
    if best["closed_loop"] and len(logs) > 1:
        best["closed_loop"]["how"] = (
            f"The best of {len(logs)} checkpoints on these very scenes: an upper end."
        )
    export_checkpoint(
        Path(best["checkpoint"]), config.out, best | {"evaluations": [scores(log) for log in logs]}
    )
    for share in config.also:
        early = min(logs, key=lambda log: abs(log["steps"] / log["of_steps"] - share))
        name = config.out.with_name(f"{config.out.name}_{round(100 * early['steps'] / early['of_steps'])}")
        export_checkpoint(Path(early["checkpoint"]), name, early)
        print(f"saved {name}: {scores_line(early)}")
    print(f"saved {config.out}: {scores_line(best)}; {best['samples_per_second']} samples/s")


def check_tasks(config: Config) -> list[str]:
    """The tasks to record; UserError where there is nothing to learn from, or a setting is wrong."""
    check(config)
    check_tracker(config)
    pick_device(config.device)
    return chosen_tasks(config.task) if config.task else []


def open_work_dir(work: Path, config: Config) -> BinaryIO:
    """Make the work directory, or see that the training begun in it was the same; its lock, to be closed at the end.

    UserError where it holds something else, another process trains in it, or it cannot be made.
    """
    path = work / "config.json"
    try:
        begun = path.is_file()
        if not begun and (work.exists() and (not work.is_dir() or any(map(_is_foreign, work.iterdir())))):
            raise UserError(
                f"{work} holds something that is no training; choose another --work or move it away"
            )
        work.mkdir(parents=True, exist_ok=True)
        lock = open_locked(work / LOCK)
    except OSError as error:
        raise UserError(
            f"cannot train in {error.filename or work}: {error.strerror}; choose another --work or --out"
        ) from error
    if lock is None:
        raise UserError(f"another process is training in {work}; wait for it or choose another --out")
    try:
        _begin(path, config)
    except BaseException:
        lock.close()
        raise
    return lock


def _is_foreign(entry: Path) -> bool:
    """Whether a file is none of those that a training leaves that was killed as it began."""
    return entry.name not in (LOCK, ".config.json.tmp")


def _begin(path: Path, config: Config) -> None:
    """Write the settings down, or see that they are those written in `path`."""
    written = json.loads(json.dumps(asdict(config), default=str))
    if not path.is_file():
        with explained_stop(path.parent, lambda: "nothing was trained yet"):
            return write_json(path, written)
    before = in_todays_names({"config": read_json(path)})["config"]
    changed = [
        name
        for name in written
        if name not in FREE_TO_CHANGE
        and normalised(name, before.get(name)) != normalised(name, written[name])
    ]
    if changed:
        raise UserError(
            f"{path.parent} holds a training with another --{changed[0].replace('_', '-')} "
            f"({before.get(changed[0])}, now {written[changed[0]]}); choose another --work or delete it"
        )


def normalised(name: str, value: Any) -> Any:
    """A setting as it is compared: datasets by where they lie, however their paths are spelled."""
    return [str(Path(path).expanduser().resolve()) for path in value or ()] if name == "dataset" else value


def device_name(device: str) -> str:
    """The processor or graphics card, in words."""
    import platform

    import torch

    return torch.cuda.get_device_name() if device.startswith("cuda") else f"one {platform.machine()} CPU"
