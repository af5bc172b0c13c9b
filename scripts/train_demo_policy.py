"""Train a tiny π0 on demonstrations of RoboTwin's tasks, on one CPU thread or a GPU, and keep the best checkpoint.

    python scripts/train_demo_policy.py --task click_bell,grab_roller --out data/my-policy
    python scripts/train_demo_policy.py --dataset data/a data/b --minutes 10 --out data/my-policy

With `--task`, demonstrations are recorded first (`harness.record`, at the pace of a policy, led astray so that
they show the way back) and checkpoints are judged as it goes: open loop on held-out episodes, closed loop on scenes
of an evaluation seed of their own; the best by closed-loop success is kept. With `--dataset`, one's own recordings
are trained on. Everything lies in `--work`; the same command takes up an interrupted training where it stood.

The training step, optimizer, schedule and saved state are LeRobot's own (`policies.training`), so this is also a
worked example of fine-tuning on these scenes. What was tried, and what it did: docs/demo_policy.md.
"""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from demo_training.data import (
    Demo,
    Recording,
    gather,
    read_demos,
    record,
    recorded_seeds,
    refuse_recorded_scenes,
    split,
    what_was_seen,
)
from demo_training.evaluation import closed_loop, open_loop, success_rate
from demo_training.papers import portable, write_papers

from harness import cli
from harness.errors import UserError
from harness.jsonio import read_json, write_json
from harness.trained_on import papers_of

if TYPE_CHECKING:
    from policies.tiny_pi0 import TinyPI0
    from policies.training import Frames, Trainer

FREE_TO_CHANGE = ("out", "work", "threads", "also")
"""Settings a training taken up again may change: they never change what is learnt."""
PACE_STEPS = 20  # steps timed to turn --minutes into --steps


@dataclass(frozen=True)
class Config:
    """Train a tiny π0 on demonstrations."""

    task: str | None = None
    """Tasks to record demonstrations of, comma-separated."""
    dataset: tuple[str, ...] = ()
    """Directories of recorded episodes (LeRobotDataset v3), trained on together, with or instead of --task."""
    out: Path = Path("data/demo_policy")
    """Where the best checkpoint goes; an older checkpoint there is replaced."""
    work: Path | None = None
    """Recordings, decoded pictures, checkpoints and evaluations. Default: <out>.work."""
    init: str | None = None
    """A tiny π0 to start from instead of random weights: its sizes, statistics and words stay."""
    steps: int | None = None
    """Training steps. Default: 20000, or what --minutes gives."""
    minutes: float | None = None
    """About so many minutes of training instead (the pace of the first steps decides the number of steps)."""
    demonstrations: int = 300
    """Episodes recorded per task."""
    pace: Literal["action", "dense"] = "action"
    """Frames of recordings made here: one an action, or upstream's every 15 physics steps."""
    detours: float = 0.5
    """Share of motions through free space that begin beside their way, in recordings made here."""
    noise: float = 0.02
    """rad, disturbance of each executed waypoint, in recordings made here."""
    misses: float = 0.3
    """Share of grasps first missed, in recordings made here."""
    checkpoints: int = 5
    """Checkpoints judged and kept, evenly spread, the last at the end."""
    evaluate: int = 0
    """Scenes per task of each checkpoint's closed-loop evaluation; 0: none, the last checkpoint is kept."""
    evaluation_seed: int = 3
    """Evaluation seed of those scenes; report results on another one."""
    also: tuple[float, ...] = ()
    """Shares of the training whose checkpoints are written beside the best, as <out>_<percent>."""
    seed: int = 0
    """Of the weights, the order of the data and the noise."""
    chunk_size: int = 12
    """Actions in a chunk."""
    image_size: int = 56
    """Pixels a side of what the policy sees; a multiple of 14."""
    width: int = 96
    """Of language model and action expert; even."""
    depth: int = 3
    """Layers of each, and of the vision tower."""
    batch_size: int = 32
    """Frames per step."""
    learning_rate: float = 1e-3
    """After a warm-up of 100 steps; falls to 2 % of it along a cosine."""
    ema: float = 0.998
    """Decay of the moving average of the weights."""
    held_out: float = 0.05
    """Share of the episodes not trained on; the open-loop error is measured on them."""
    threads: int = 1
    """CPU threads; more than one is slower for so small a model on a busy machine."""
    device: str = "cpu"
    """cpu or cuda."""


def main(config: Config) -> None:
    """Record, read, train, judge, keep."""
    if config.out.exists() and any(config.out.iterdir()) and not (config.out / "config.json").is_file():
        raise UserError(f"{config.out} holds something that is no checkpoint; choose another --out")
    tasks = check_tasks(config)
    work = config.work or config.out.with_name(f"{config.out.name}.work")
    if config.evaluate:
        refuse_recorded_scenes(recorded_seeds(config.dataset), config.evaluation_seed, config.evaluate)
    take_up(work, config)
    datasets = [*config.dataset, *(str(work / "recordings" / task) for task in tasks)]
    how = Recording(config.demonstrations, config.pace, config.detours, config.noise, config.misses)
    for task in tasks:
        record(task, work / "recordings" / task, how)
    seeds = recorded_seeds(datasets)
    before = papers_of(config.init) if config.init else None
    if config.evaluate:
        refuse_recorded_scenes(seeds, config.evaluation_seed, config.evaluate)
        refuse_recorded_scenes(before.scene_seeds if before else {}, config.evaluation_seed, config.evaluate)
    demos, provenance = read_demos(datasets, (config.image_size, config.image_size), work / "pictures")
    training, held_out = split(demos, config.held_out, config.seed, before)

    import torch

    torch.set_num_threads(config.threads)
    frames = gather(training, config.chunk_size)
    print(f"{len(frames)} frames of {len(training)} episodes in memory, {len(held_out)} held out")
    about = {
        "config": asdict(config),
        **what_was_seen(provenance, training, held_out, before),
        "frames": len(frames),
        "episodes": len(training),
        "device": device_name(config.device),
    }
    judged = fit(config, work, frames, training, held_out, sorted(seeds), about)
    best = max(judged, key=lambda log: (log["closed_loop"] or {}).get("success", 0.0) + 1e-9 * log["steps"])
    keep(Path(best["checkpoint"]), config.out, best | {"evaluations": [scores(log) for log in judged]})
    for share in config.also:
        early = min(judged, key=lambda log: abs(log["steps"] / log["of_steps"] - share))
        name = config.out.with_name(f"{config.out.name}_{round(100 * early['steps'] / early['of_steps'])}")
        keep(Path(early["checkpoint"]), name, early)
        print(f"saved {name}: {scores(early)}")
    print(f"saved {config.out}: {scores(best)}, {best['samples_per_second']} samples/s")


def check_tasks(config: Config) -> list[str]:
    """The tasks to record; UserError where there is nothing to learn from."""
    from harness.closedloop import chosen_tasks

    if not config.task and not config.dataset:
        raise UserError("nothing to learn from; give --task names or --dataset directories")
    if config.checkpoints < 1:
        raise UserError(f"--checkpoints {config.checkpoints} is not positive")
    return chosen_tasks(config.task) if config.task else []


def take_up(work: Path, config: Config) -> None:
    """Make the work directory, or see that the training begun in it was the same."""
    written = json.loads(json.dumps(asdict(config), default=str))
    path = work / "config.json"
    if path.is_file():
        before = read_json(path)
        changed = [
            name
            for name in written
            if name not in FREE_TO_CHANGE and settled(name, before.get(name)) != settled(name, written[name])
        ]
        if changed:
            raise UserError(
                f"{work} holds a training with another --{changed[0].replace('_', '-')} "
                f"({before.get(changed[0])}, now {written[changed[0]]}); choose another --work or delete it"
            )
    else:
        work.mkdir(parents=True, exist_ok=True)
        write_json(path, written)


def settled(name: str, value: Any) -> Any:
    """A setting as it is compared: datasets by where they lie, however their paths are spelled."""
    return [str(Path(path).expanduser().resolve()) for path in value or ()] if name == "dataset" else value


def make_policy(frames: Frames, sample: Demo, config: Config) -> TinyPI0:
    """A new policy with the statistics of the frames, or the one to start from."""
    from policies.tiny_pi0 import make_tiny_pi0
    from policies.training import pretrained

    if config.init:
        rates = {"optimizer_lr": config.learning_rate, "scheduler_decay_lr": 0.02 * config.learning_rate}
        new = pretrained(config.init, config.device, **rates)
        own = new.policy.config
        if (own.chunk_size, own.image_resolution[0]) != (config.chunk_size, config.image_size):
            raise UserError(
                f"{config.init} has --chunk-size {own.chunk_size} --image-size {own.image_resolution[0]}; give those"
            )
        return new
    height, width, _ = sample.episode.images([0])["head"][0].shape
    return make_tiny_pi0(
        [key.rpartition(".")[2] for key in frames.images],
        frames.statistics(),
        config.chunk_size,
        image_shape=(3, height, width),
        image_resolution=(config.image_size, config.image_size),
        instructions=sorted(set(frames.tasks)),
        width=config.width,
        depth=config.depth,
        vision_width=config.width,
        vision_depth=config.depth,
        optimizer_lr=config.learning_rate,
        scheduler_decay_lr=0.02 * config.learning_rate,
        seed=config.seed,
        device=config.device,
    )


def fit(
    config: Config,
    work: Path,
    frames: Frames,
    training: list[Demo],
    held_out: list[Demo],
    tasks: list[str],
    about: dict[str, Any],
) -> list[dict[str, Any]]:
    """Train to the end, judging checkpoints on the way; returns what is known of each, earliest first."""
    from policies.tiny_pi0 import save_checkpoint
    from policies.training import Recipe, Trainer

    steps = planned_steps(config, frames, training, work)
    new = make_policy(frames, training[0], config)
    trainer = Trainer(new, frames, Recipe(steps, config.seed, config.batch_size, config.ema))
    about = about | {"of_steps": steps, "parameters": sum(p.numel() for p in new.policy.parameters())}
    state, judged = work / "state", resumed(trainer, work)
    marks = [round(steps * (i + 1) / config.checkpoints) for i in range(config.checkpoints)]
    with progress_bar(steps) as say:
        for mark in (mark for mark in marks if mark > trainer.step):
            trainer.run(mark, say)
            checkpoint = work / "checkpoints" / f"{mark:06d}"
            with trainer.averaged() as averaged:
                shutil.rmtree(checkpoint, ignore_errors=True)
                save_checkpoint(*averaged, checkpoint)
            log = trainer.log() | about | {"checkpoint": str(checkpoint)}
            judge(config, work, log, held_out, tasks)
            trainer.save(state.with_name("state.partial"))
            judged.append(log)
            write_json(state.with_name("state.partial") / "judged.json", {"judged": judged})
            shutil.rmtree(state, ignore_errors=True)
            state.with_name("state.partial").rename(state)
    return judged


def planned_steps(config: Config, frames: Frames, training: list[Demo], work: Path) -> int:
    """--steps, or what the pace of a few steps of a throw-away policy makes of --minutes; decided once."""
    from policies.training import Recipe, Trainer

    path = work / "steps.json"
    if path.is_file():
        return int(read_json(path)["steps"])
    steps = config.steps or 20_000
    if config.minutes and not config.steps:
        trial = Trainer(make_policy(frames, training[0], config), frames, Recipe(10**6, 0, config.batch_size))
        trial.run(PACE_STEPS // 2)
        trial.seconds = 0.0
        trial.run(PACE_STEPS)
        steps = max(1, round(config.minutes * 60 / (trial.seconds / (PACE_STEPS - PACE_STEPS // 2))))
    write_json(path, {"steps": steps})
    return steps


def resumed(trainer: Trainer, work: Path) -> list[dict[str, Any]]:
    """Take up the training saved in `work`, if there is one; returns what was judged until then."""
    state = work / "state"
    if not (state / "judged.json").is_file():
        return []
    judged: list[dict[str, Any]] = read_json(state / "judged.json")["judged"]
    trainer.load(state, judged[-1])
    print(f"taking up the training in {work} at step {trainer.step}")
    return judged


def judge(config: Config, work: Path, log: dict[str, Any], held_out: list[Demo], tasks: list[str]) -> None:
    """Add to a checkpoint's log how good it is, open loop and, if asked for, closed loop."""
    checkpoint = Path(log["checkpoint"])
    log["held_out"] = log["closed_loop"] = None
    if held_out:
        log["held_out"] = open_loop(
            checkpoint, gather(held_out, config.chunk_size), config.seed, config.device
        )
    if config.evaluate and tasks:
        out = work / "evaluations" / checkpoint.name
        shutil.rmtree(out, ignore_errors=True)
        by_task = closed_loop(checkpoint, tasks, config.evaluate, config.evaluation_seed, out, config.device)
        log["closed_loop"] = {
            "seed": config.evaluation_seed,
            "tasks": by_task,
            "success": success_rate(by_task),
        }
    print(f"step {log['steps']}: {scores(log)}", flush=True)


def scores(log: dict[str, Any]) -> dict[str, Any]:
    """The numbers of a checkpoint, small enough for a line."""
    closed = log["closed_loop"] or {"tasks": {}}
    return {
        "steps": log["steps"],
        "open_loop": log["held_out"],
        "closed_loop": {task: f"{s['successes']}/{s['n']}" for task, s in closed["tasks"].items()},
    }


def keep(checkpoint: Path, out: Path, log: dict[str, Any]) -> None:
    """Write the checkpoint with its papers to `out`, in place of an older one."""
    shutil.rmtree(out, ignore_errors=True)
    out.parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(checkpoint, out)
    preprocessor = out / "policy_preprocessor.json"
    text = preprocessor.read_text().replace(
        (checkpoint / "tokenizer").as_posix(), portable(out / "tokenizer")
    )
    preprocessor.write_text(text)
    write_papers(out, log)


def device_name(device: str) -> str:
    """The processor or graphics card, in words."""
    import platform

    import torch

    return torch.cuda.get_device_name() if device.startswith("cuda") else f"one {platform.machine()} CPU"


@contextlib.contextmanager
def progress_bar(steps: int) -> Iterator[Callable[[int, str], None]]:
    """A bar on the terminal that `Trainer.run` can report to."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("training"), BarColumn(), TextColumn("{task.fields[said]}"), TimeElapsedColumn())
    with Progress(*columns) as bar:
        shown = bar.add_task("training", total=steps, said="")
        yield lambda step, text: bar.update(shown, completed=step, said=text)


if __name__ == "__main__":
    cli.run(main, Config)
