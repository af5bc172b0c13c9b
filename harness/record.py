"""Record scripted demonstrations as a LeRobotDataset v3.

    python -m harness.record --task stack_blocks_two --episodes 20 --out data/stack
    python -m harness.record --task all --episodes 10 --out data/all

Scenes are seeds 0, 1, 2, … (never the evaluation range); those that do not come to rest or that the expert
does not solve are skipped. Frames are upstream's: one before each motion, one every 15 physics steps and one
after; `action[t] == state[t+1]`. Every episode keeps its scene seed, and for a few of its frames the full
simulator state, so that it can be replayed and looked at again.

With `--pace action` a frame is what a policy meets: one for each action of `step`, pictures of an arm at rest, the
next waypoint as the action. There the expert can be led astray, so that the data show the way back:

    python -m harness.record --task click_bell --pace action --detours 0.5 --noise 0.02 --misses 0.3
    python -m harness.record --task click_bell --pace action --led-by data/my-policy --led 0.8

In the second a policy acts first, unrecorded, and the expert shows the way from wherever that has led (DAgger).
"""

from __future__ import annotations

import dataclasses
import os
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from harness import cli
from harness.errors import UserError
from harness.interrupt import Interrupt

if TYPE_CHECKING:
    from harness.dataset_writer import DatasetWriter
    from harness.demonstration import Take
    from harness.leading import Leader
    from harness.progress import Progress
    from harness.sim_world import SceneOptions
    from robotwin_env.env import RoboTwinEnv

MAX_NOISE = 0.2  # rad
STOPPING = "stopping after this episode, what is recorded is kept; Ctrl-C again throws it away"


@dataclass(frozen=True)
class Config:
    """Let the scripted expert solve scenes and write what it saw and did."""

    task: str = "stack_blocks_two"
    """Task names, comma-separated, or `all`."""
    episodes: int = 10
    """Episodes per task."""
    out: Path | None = None
    """Dataset directory to make. Default: data/<task>."""
    seed: int = 0
    """First scene seed tried; the range from 100000 on is kept for evaluation."""
    config: cli.Setting = "demo_clean"
    """RoboTwin's setting of the scenes: easy, or with clutter, textures, lights and table height drawn."""
    assets: str | None = dataclasses.field(default_factory=lambda: os.environ.get("ROBOTWIN_ASSETS") or None)
    """RoboTwin-format asset root. Default: $ROBOTWIN_ASSETS, else the bundled stand-ins."""
    instructions: str | None = None
    """A RoboTwin checkout whose instruction templates are used. Default: the project's own."""
    pace: Literal["dense", "action"] = "dense"
    """`dense`: upstream's frames, every 15 physics steps. `action`: one frame for each action a policy would send."""
    detours: float = 0.0
    """Share of motions through free space begun from a random place beside their way (--pace action)."""
    noise: float = 0.0
    """Standard deviation, rad, of what disturbs the joints of each executed waypoint (--pace action)."""
    misses: float = 0.0
    """Share of grasps that first close on nothing and are opened and tried again (--pace action)."""
    led_by: str | None = None
    """A policy that acts before the expert takes over from where it has led, unrecorded (--pace action)."""
    led: float = 0.8
    """Share of the episodes that --led-by begins."""
    led_actions: int = 48
    """Actions of the policy at most; how many is drawn for each episode."""
    shader: str = "auto"
    """`rt` (upstream's ray tracing), `default`, `minimal`; auto: rt on a GPU, default on a CPU."""
    shadows: str = "auto"
    """`full`, `sun`, `off`; auto: full on a GPU, off on a CPU."""


def scene_options(config: Config) -> SceneOptions:
    """How the scenes of a recording are made."""
    from harness.sim_world import SceneOptions

    return SceneOptions(config.assets, config.config, config.shader, config.shadows, config.instructions)


def demonstrated(env: RoboTwinEnv, config: Config, leader: Leader | None) -> Take:
    """The expert's demonstration of the scene `env` was reset to, at the pace asked for."""
    from harness.demonstration import take, take_actions
    from robotwin_env.pacing import Disturbance

    if config.pace == "dense":
        return take(env)
    disturbance = Disturbance(config.detours, config.noise, config.misses)
    led = leader.lead(env) if leader else 0
    shot = take_actions(env, disturbance, config.seed)
    shot.led = led
    if led and not shot.solved:  # the policy holds something, or has made the task impossible
        env.reset(seed=env.seed)
        shot = take_actions(env, disturbance, config.seed)
    return shot


def record_task(
    config: Config,
    task: str,
    writer: DatasetWriter,
    progress: Progress,
    leader: Leader | None,
    interrupt: Interrupt,
) -> Counter[str]:
    """Record `config.episodes` episodes of one task, unless interrupted; returns the scenes skipped, by cause."""
    from harness.demonstration import kept_states
    from harness.solvable import EXPERT, Refusals, evaluation_seed, layout_cause

    env = scene_options(config).make(task)
    recorded = tried = 0
    done = writer.episodes
    skipped: Counter[str] = Counter()
    refusals = Refusals(task)
    started = time.monotonic()
    while recorded < config.episodes and not interrupt.asked:
        seed = config.seed + tried
        if seed >= evaluation_seed(0, 0):
            raise UserError(f"scene seed {seed} is kept for evaluation; record with a smaller --seed")
        tried += 1
        _, info = env.reset(seed=seed)
        shot = demonstrated(env, config, leader) if info["layout_ok"] else None
        if shot is None or not shot.solved:
            reason = shot.reason if shot else info["layout_reason"]
            cause = EXPERT if shot else layout_cause(info["layout_reason"])
            skipped[cause] += 1
            refusals.refuse(reason, cause)
            continue
        refusals.accept()
        images, states, actions = shot.arrays()
        meta = {"task": task, "scene_seed": seed, "success": True, "states": kept_states(shot.snapshots)}
        meta |= {"led_actions": shot.led} if leader else {}
        if shot.solved_at is not None:
            meta |= {"solved_at": shot.solved_at, "breaks": shot.breaks}
        writer.add_episode(images, states, actions, task=info["instruction"], meta=meta)
        recorded += 1
        pace = recorded / (time.monotonic() - started) * 60
        progress.update(done + recorded, f"{task}: {recorded} of {tried} scenes solved, {pace:.1f} a minute")
    env.close()
    return skipped


def main(config: Config) -> int:
    """Record what `config` asks for and say what was made; 1 where a task could not be recorded, 130 after Ctrl-C."""
    from harness.asset_kinds import assets_named
    from harness.closedloop import chosen_tasks
    from harness.dataset_writer import DatasetWriter
    from harness.progress import Progress
    from harness.scene_facts import scene_facts

    if config.seed < 0:
        raise UserError(f"--seed {config.seed} is negative; scene seeds are 0, 1, 2, …")
    if config.episodes < 1:
        raise UserError(f"--episodes {config.episodes} is not positive")
    if config.pace == "dense" and (config.detours or config.noise or config.misses or config.led_by):
        raise UserError(
            "--detours, --noise, --misses and --led-by need --pace action: dense demonstrations are upstream's"
        )
    shares = (config.detours, config.misses, config.led)
    if not (all(0 <= share <= 1 for share in shares) and 0 <= config.noise <= MAX_NOISE):
        raise UserError(f"--detours, --misses and --led are shares in 0..1, --noise is 0..{MAX_NOISE} rad")
    if config.led_actions < 1:
        raise UserError(f"--led-actions {config.led_actions} is not positive")
    tasks = chosen_tasks(config.task)
    out = config.out or Path("data") / (tasks[0] if len(tasks) == 1 else "demonstrations")
    facts = scene_facts(scene_options(config), tasks, ("head", "left", "right"))
    facts.pop("assets_root")
    led_astray = {
        name: getattr(config, name) for name in ("detours", "noise", "misses") if config.pace == "action"
    }
    leader = None
    if config.led_by is not None:
        from harness.leading import Leader

        leader = Leader.load(config.led_by, config.led, config.led_actions, config.seed)
        led_astray |= {"led_by": leader.about(), "led": config.led, "led_actions": config.led_actions}
    lines = []
    failed = 0
    with (
        DatasetWriter(
            out, config={"scenes": config.config, **led_astray, **facts}, pace=config.pace
        ) as writer,
        Progress("record", config.episodes * len(tasks), "episodes") as progress,
        Interrupt(STOPPING) as interrupt,
    ):
        for task in tasks:
            before = writer.episodes
            try:
                skipped = record_task(config, task, writer, progress, leader, interrupt)
            except ValueError as error:
                if len(tasks) == 1 or not getattr(type(error), "is_user_error", False):
                    raise
                failed += 1
                lines.append(f"{task}: stopped after {writer.episodes - before} episodes: {error}")
            else:
                lines.append(task_line(task, writer.episodes - before, skipped))
            if interrupt.asked:
                lines.append("stopped by Ctrl-C; what was recorded is kept")
                break
        if interrupt.asked and not writer.episodes:
            raise KeyboardInterrupt
    print("\n".join(lines))
    kind = assets_named(facts["assets_kind"])
    print(f"dataset: {out} ({kind.label})")
    if interrupt.asked:
        return cli.INTERRUPTED
    return cli.FAILED if failed else cli.DONE


def task_line(task: str, episodes: int, skipped: Counter[str]) -> str:
    """What came of one task: how many of the scenes its expert was shown it solved, and which were skipped."""
    from harness.console import skipped_words
    from harness.rows import EXPERT

    shown = episodes + skipped[EXPERT]
    words = skipped_words(skipped)
    solved = f"expert solved {episodes / max(shown, 1):.0%} of {shown} scenes"
    return f"{task}: {episodes} episodes, {solved}{f'; skipped: {words}' if words else ''}"


if __name__ == "__main__":
    cli.run(main, Config)
