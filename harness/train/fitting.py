"""The training of the demo policy from its first step to its last, evaluated on the way, taken up where it stood."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.core.errors import UserError
from harness.core.terminal.progress import Progress
from harness.core.text import one_line
from harness.files.json_files import write_json
from harness.files.reading import read_json
from harness.files.removing import remove
from harness.trackers.following import Follower
from harness.train.config import BOUNDS, Config
from harness.train.data import Demo, gather
from harness.train.evaluation import ACTIONS_GIVEN, closed_loop, open_loop, success_rate
from harness.train.log import write_log_and_card
from harness.train.tracking import progress_reporter, tell_checkpoint

if TYPE_CHECKING:
    from policies.tiny_pi0.model import TinyPI0
    from policies.training.frames import Frames
    from policies.training.trainer import Trainer

PACE_STEPS = 20  # steps timed to turn --minutes into --steps
EVALUATED = "judged.json"
STATES = ("state", "state.new", "state.old")
"""Where a training is kept: as it stands, being written, and as it stood before."""


def fit(
    config: Config,
    work: Path,
    frames: Frames,
    training: list[Demo],
    held_out: list[Demo],
    tasks: list[str],
    about: dict[str, Any],
    tracked: Follower,
) -> list[dict[str, Any]]:
    """Train to the end, evaluating checkpoints on the way; returns what is known of each, earliest first.

    tracked: is told the loss and the evaluations.
    """
    from policies.checkpoint.files import save_checkpoint
    from policies.training.frames import Recipe
    from policies.training.trainer import Trainer

    steps = planned_steps(config, frames, training, work)
    new = make_policy(frames, training[0], config)
    trainer = Trainer(new, frames, Recipe(steps, config.seed, config.batch_size, config.ema))
    about = about | {"of_steps": steps, "parameters": sum(p.numel() for p in new.policy.parameters())}
    logs = resumed(trainer, work, about)
    marks = [round(steps * (i + 1) / config.checkpoints) for i in range(config.checkpoints)]
    with Progress("training", steps, "steps", trainer.step) as progress:
        if logs:
            evaluate_checkpoint(config, work, logs, held_out, tasks)
        for mark in (mark for mark in marks if mark > trainer.step):
            trainer.run(mark, progress_reporter(progress.update, trainer, tracked))
            checkpoint = work / "checkpoints" / f"{mark:06d}"
            with trainer.averaged() as averaged:
                remove(checkpoint)
                save_checkpoint(*averaged, checkpoint)
            logs.append(trainer.log() | about | {"checkpoint": str(checkpoint)})
            save(trainer, logs, work)  # before it is evaluated: that may fail, or be killed
            evaluate_checkpoint(config, work, logs, held_out, tasks)
            tell_checkpoint(tracked, logs[-1])
    return logs


def save(trainer: Trainer, logs: list[dict[str, Any]], work: Path) -> None:
    """Keep the training as it stands in place of how it stood; at any moment one of the two is whole."""
    state, new, old = (work / name for name in STATES)
    remove(new)
    trainer.save(new)
    write_json(new / EVALUATED, {"judged": logs})  # the last file: with it the state is whole
    remove(old)
    if state.exists():
        state.rename(old)
    new.rename(state)
    remove(old)


def evaluate_checkpoint(
    config: Config, work: Path, logs: list[dict[str, Any]], held_out: list[Demo], tasks: list[str]
) -> None:
    """Evaluate the newest checkpoint, unless that is done, and write its log and card: a training that starts from it
    must know what it was trained on."""
    import torch

    if "held_out" not in logs[-1]:
        with torch.random.fork_rng():  # the training goes on as if nobody had looked
            log = evaluate(config, work, logs[-1], held_out, tasks)
        logs[-1] = log
        write_log_and_card(Path(log["checkpoint"]), log)
        write_json(work / STATES[0] / EVALUATED, {"judged": logs})


def make_policy(frames: Frames, sample: Demo, config: Config) -> TinyPI0:
    """A new policy with the statistics of the frames, or the one to start from."""
    from policies.tiny_pi0.model import make_tiny_pi0
    from policies.training.trainer import pretrained

    how: dict[str, Any] = {
        "optimizer_lr": config.learning_rate,
        "scheduler_decay_lr": 0.02 * config.learning_rate,
        "noise_draws": config.noise_draws,
        "n_action_steps": min(config.horizon, config.chunk_size),
    }
    if config.init:
        return pretrained(config.init, config.device, **how)
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
    from policies.training.frames import Recipe
    from policies.training.trainer import Trainer

    path = work / "steps.json"
    if path.is_file():
        decided = read_json(path).get("steps")
        if type(decided) is not int or not 1 <= decided <= BOUNDS["steps"].most:
            raise UserError(f"{path} holds no number of steps; move {work} away to begin again")
        return decided
    steps = config.steps or 20_000
    if config.minutes and not config.steps:
        trial = Trainer(make_policy(frames, training[0], config), frames, Recipe(10**6, 0, config.batch_size))
        trial.run(PACE_STEPS // 2)
        trial.seconds = 0.0
        trial.run(PACE_STEPS)
        steps = max(1, round(config.minutes * 60 / (trial.seconds / (PACE_STEPS - PACE_STEPS // 2))))
    write_json(path, {"steps": steps})
    return steps


def resumed(trainer: Trainer, work: Path, about: dict[str, Any]) -> list[dict[str, Any]]:
    """Take up the training saved in `work`, if there is one; returns what was evaluated until then.

    UserError where its demonstrations have changed since: what it has learnt would be held out, or the reverse.
    """
    if link := next((work / name for name in STATES if (work / name).is_symlink()), None):
        raise UserError(
            f"{link} is a link, and no training goes on through one; put what it names in its place"
        )
    state = next((work / name for name in STATES if (work / name / EVALUATED).is_file()), None)
    if state is None:
        return []
    try:
        logs: list[dict[str, Any]] = read_json(state / EVALUATED)["judged"]
        if hashes(logs[-1]) != hashes(about):
            raise UserError(
                f"the demonstrations have changed since the training in {work} began; choose another --work"
            )
        trainer.load(state, logs[-1])
    except UserError:
        raise
    except Exception as error:  # torn by a power cut: safetensors, torch and JSON say so in a dozen ways
        raise UserError(
            f"the training kept in {state} cannot be taken up ({type(error).__name__}: {one_line(str(error))[:200]}); "
            f"move {work} away to begin again"
        ) from error
    if state.name != STATES[0]:
        remove(work / STATES[0])
        state.rename(work / STATES[0])
    print(f"taking up the training in {work} at step {trainer.step}")
    return logs


def hashes(about: dict[str, Any]) -> list[str]:
    """The content of the datasets of a training, in their order."""
    return [str(dataset["dataset_hash"]) for dataset in about["datasets"]]


def evaluate(
    config: Config, work: Path, log: dict[str, Any], held_out: list[Demo], tasks: list[str]
) -> dict[str, Any]:
    """A checkpoint's log with how good it is, open loop and, if asked for, closed loop."""
    checkpoint = Path(log["checkpoint"])
    opened = closed = None
    if held_out:
        opened = open_loop(checkpoint, gather(held_out, config.chunk_size), config.seed, config.device)
    if config.scenes and tasks:
        out = work / "evaluations" / checkpoint.name
        remove(out)
        limit = ACTIONS_GIVEN * log["longest"]
        by_task = closed_loop(
            checkpoint, tasks, config.scenes, config.evaluation_seed, limit, out, config.device
        )
        closed = {
            "seed": config.evaluation_seed,
            "max_actions": limit,
            "tasks": by_task,
            "success": success_rate(by_task),
        }
    log = log | {"held_out": opened, "closed_loop": closed}
    print(scores_line(log), flush=True)
    return log


def scores_line(log: dict[str, Any]) -> str:
    """The numbers of a checkpoint as a sentence.

    >>> scores_line({"steps": 6, "held_out": None, "closed_loop": None})
    'step 6: not evaluated'
    """
    opened, closed = log["held_out"], log["closed_loop"]
    measured = []
    if opened:
        measured.append(
            f"open loop MAE {opened['mae']:.4f} on held-out frames (hold {opened['hold_mae']:.4f})"
        )
    if closed:
        rates = ", ".join(f"{task} {s['successes']}/{s['n']}" for task, s in closed["tasks"].items())
        limit = "" if closed.get("max_actions") is None else f" within {closed['max_actions']} actions"
        measured.append(f"closed loop {rates}{limit}")
    return f"step {log['steps']}: {'; '.join(measured) or 'not evaluated'}"


def scores(log: dict[str, Any]) -> dict[str, Any]:
    """The numbers of a checkpoint, small enough for a line."""
    closed = log["closed_loop"] or {"tasks": {}}
    return {
        "steps": log["steps"],
        "open_loop": log["held_out"],
        "closed_loop": {task: f"{s['successes']}/{s['n']}" for task, s in closed["tasks"].items()},
    }
