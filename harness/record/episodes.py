"""One task's episodes."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING

from harness.core.errors import UserError
from harness.core.interrupt import Interrupt
from harness.core.numbers import percent
from harness.core.terminal.progress import Progress
from harness.datasets.recording.writer import DatasetWriter
from harness.record.config import Config
from harness.record.dagger import Dagger
from harness.rendering.formats import skipped_scenes
from harness.rollout.environments import SceneOptions
from harness.runs.rows import EXPERT
from harness.scenes.demonstration import Demonstration, demonstrate, demonstrate_by_action, kept_states
from harness.scenes.protocol import RejectionStreak, evaluation_seed, layout_cause

if TYPE_CHECKING:
    from robotwin_env.env import RoboTwinEnv


def scene_options(config: Config) -> SceneOptions:
    """How the scenes of a recording are made."""
    return SceneOptions(
        config.assets,
        config.config,
        config.shader,
        config.shadows,
        config.instructions,
        config.instruction_split,
    )


def demonstrated(env: RoboTwinEnv, config: Config, dagger: Dagger | None) -> Demonstration:
    """The expert's demonstration of the scene `env` was reset to, sampled as asked for."""
    from robotwin_env.expert.per_action_recording import Disturbance

    if config.sampling == "dense":
        return demonstrate(env)
    disturbance = Disturbance(config.detours, config.noise, config.misses)
    begun = dagger.begin(env) if dagger else 0
    demo = demonstrate_by_action(env, disturbance, config.seed)
    demo.dagger_actions = begun
    if begun and not demo.solved:  # the policy holds something, or has made the task impossible
        env.reset(seed=env.seed)
        demo = demonstrate_by_action(env, disturbance, config.seed)
    return demo


def record_task(
    config: Config,
    task: str,
    writer: DatasetWriter,
    progress: Progress,
    dagger: Dagger | None,
    interrupt: Interrupt,
) -> Counter[str]:
    """Record `config.episodes` episodes of one task, unless interrupted; returns the scenes skipped, by cause."""
    env = scene_options(config).make(task)
    recorded = tried = 0
    done = writer.episodes
    skipped: Counter[str] = Counter()
    refusals = RejectionStreak(task)
    started = time.monotonic()
    while recorded < config.episodes and not interrupt.asked:
        seed = config.seed + tried
        if seed >= evaluation_seed(0, 0):
            raise UserError(f"scene seed {seed} is kept for evaluation; record with a smaller --seed")
        tried += 1
        _, info = env.reset(seed=seed)
        demo = demonstrated(env, config, dagger) if info["layout_ok"] else None
        if demo is None or not demo.solved:
            reason = demo.reason if demo else info["layout_reason"]
            cause = EXPERT if demo else layout_cause(info["layout_reason"])
            skipped[cause] += 1
            refusals.refuse(reason, cause)
            continue
        refusals.accept()
        images, states, actions = demo.arrays()
        meta = {"task": task, "scene_seed": seed, "success": True, "states": kept_states(demo.snapshots)}
        meta |= {"dagger_actions": demo.dagger_actions} if dagger else {}
        if demo.solved_at is not None:
            meta |= {"solved_at": demo.solved_at, "discontinuities": demo.discontinuities}
        writer.add_episode(images, states, actions, task=info["instruction"], meta=meta)
        recorded += 1
        rate = recorded / (time.monotonic() - started) * 60
        progress.update(done + recorded, f"{task}: {recorded} of {tried} scenes solved, {rate:.1f} a minute")
    env.close()
    return skipped


def task_line(task: str, episodes: int, skipped: Counter[str]) -> str:
    """What came of one task: how many of the scenes its expert was shown it solved, and which were skipped."""
    shown = episodes + skipped[EXPERT]
    words = skipped_scenes(skipped)
    solved = f"expert solved {percent(episodes / max(shown, 1))} of {shown} scenes"
    return f"{task}: {episodes} episodes, {solved}{f'; skipped: {words}' if words else ''}"
