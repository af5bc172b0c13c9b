"""The training of the demo policy from its first step to its last, judged on the way, taken up where it stood."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from demo_training.data import Demo, gather
from demo_training.evaluation import closed_loop, open_loop, success_rate
from demo_training.papers import write_papers
from harness.errors import UserError
from harness.jsonio import read_json, write_json
from harness.progress import Progress

if TYPE_CHECKING:
    from demo_training.config import Config
    from policies.tiny_pi0 import TinyPI0
    from policies.training import Frames, Trainer

PACE_STEPS = 20  # steps timed to turn --minutes into --steps


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
    from policies.checkpoint import save_checkpoint
    from policies.training import Recipe, Trainer

    steps = planned_steps(config, frames, training, work)
    new = make_policy(frames, training[0], config)
    trainer = Trainer(new, frames, Recipe(steps, config.seed, config.batch_size, config.ema))
    about = about | {"of_steps": steps, "parameters": sum(p.numel() for p in new.policy.parameters())}
    state, judged = work / "state", resumed(trainer, work)
    marks = [round(steps * (i + 1) / config.checkpoints) for i in range(config.checkpoints)]
    with Progress("training", steps, "steps", trainer.step) as progress:
        for mark in (mark for mark in marks if mark > trainer.step):
            trainer.run(mark, progress.update)
            checkpoint = work / "checkpoints" / f"{mark:06d}"
            with trainer.averaged() as averaged:
                shutil.rmtree(checkpoint, ignore_errors=True)
                save_checkpoint(*averaged, checkpoint)
            log = trainer.log() | about | {"checkpoint": str(checkpoint)}
            judge(config, work, log, held_out, tasks)
            write_papers(checkpoint, log)  # whoever starts from it must know what it was trained on
            trainer.save(state.with_name("state.partial"))
            judged.append(log)
            write_json(state.with_name("state.partial") / "judged.json", {"judged": judged})
            shutil.rmtree(state, ignore_errors=True)
            state.with_name("state.partial").rename(state)
    return judged


def make_policy(frames: Frames, sample: Demo, config: Config) -> TinyPI0:
    """A new policy with the statistics of the frames, or the one to start from."""
    from policies.tiny_pi0 import make_tiny_pi0
    from policies.training import pretrained

    how: dict[str, Any] = {
        "optimizer_lr": config.learning_rate,
        "scheduler_decay_lr": 0.02 * config.learning_rate,
        "noise_draws": config.noise_draws,
        "n_action_steps": min(config.horizon, config.chunk_size),
    }
    if config.init:
        new = pretrained(config.init, config.device, **how)
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
        seed=config.seed,
        device=config.device,
        **how,
    )


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
    if config.scenes and tasks:
        out = work / "evaluations" / checkpoint.name
        shutil.rmtree(out, ignore_errors=True)
        by_task = closed_loop(checkpoint, tasks, config.scenes, config.evaluation_seed, out, config.device)
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
