"""Closed loop against `lerobot-eval`: LeRobot's own rollout of the same policy in the same scene, drawn the same way.

Used by scripts/benchmark.py. LeRobot's loop draws every step, the harness only what a chunk is predicted from; so
the best there can be is (render + step) / (step + render / horizon). Both sides start from the same noise and must end
after the same actions with the same outcome; equal digests say that every action and state was the same to the bit.
"""

from __future__ import annotations

import contextlib
import io
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gymnasium

from harness.closedloop.preparation import Prepared
from harness.core.errors import UserError
from harness.core.robot import ROLES
from harness.media.rollout_frame import film_every
from tools.benchmarks.clocks import Clock, timed
from tools.benchmarks.lerobot_scene import Film, LeRobotScene, own_noise, renamed
from tools.benchmarks.timed_run import Bench, Measured

ROUNDS = 3


@dataclass(frozen=True)
class Side:
    """One side's episode. step_s, render_s: seconds of an action not drawn, of an observation's pictures; scene_s of
    building the scene."""

    wall: float
    processor: float
    actions: int
    success: bool
    digest: str
    scene_s: float
    step_s: float
    render_s: float

    @property
    def per_s(self) -> float:
        """Actions a second, the building of the scene included."""
        return self.actions / self.wall

    @property
    def acting_s(self) -> float:
        """Wall seconds without the building of the scene."""
        return self.wall - self.scene_s


@dataclass(frozen=True)
class EvalRace:
    """The fastest round of each side, and the least that an action (`step_s`) and the pictures of an observation
    (`render_s`) took on any side in any round."""

    harness: Side
    lerobot: Side
    horizon: int
    step_s: float
    render_s: float

    @property
    def ratio(self) -> float:
        """How many times as many actions a second the harness executes."""
        return self.harness.per_s / self.lerobot.per_s

    @property
    def acting_ratio(self) -> float:
        """The same without the building of the scene, which is the same on both sides."""
        return self.lerobot.acting_s / self.harness.acting_s

    @property
    def processor_ratio(self) -> float:
        """The ratio in processor time."""
        return self.lerobot.processor / self.harness.processor

    @property
    def ceiling(self) -> float:
        """What the ratio could be at most, at the least any action and picture took."""
        return (self.render_s + self.step_s) / (self.step_s + self.render_s / self.horizon)

    @property
    def ceiling_of_rounds(self) -> float:
        """The same with what actions and pictures took in each side's own round: on a machine that was busier in one of
        them, ratio and ceiling move alike."""
        ours, theirs = self.harness, self.lerobot
        return (theirs.render_s + theirs.step_s) / (ours.step_s + ours.render_s / self.horizon)


def race(ready: Prepared, seed: int, actions: int, *, film: str = "off", rounds: int = ROUNDS) -> EvalRace:
    """Both sides in turns on one scene, the fastest round of each; UserError where they did not do the same.

    film: "off", "harness" (both film what the harness films) or "all" (both film every action).
    """
    ours: list[Side] = []
    theirs: list[Side] = []
    with Bench(ready, limit=actions, film=film != "off", film_all=film == "all") as bench:
        for _ in range(rounds):
            ours.append(harness_side(bench.run([seed])))
            theirs.append(lerobot_side(ready, seed, actions, film))
            if (ours[-1].actions, ours[-1].success) != (theirs[-1].actions, theirs[-1].success):
                raise UserError(
                    f"{ours[-1].actions} actions here, {theirs[-1].actions} in lerobot-eval, or another outcome: no "
                    "fair comparison"
                )
    return compared(ours, theirs, ready.horizon)


def compared(ours: list[Side], theirs: list[Side], horizon: int) -> EvalRace:
    """The rounds of both sides as a race."""
    sides = ours + theirs
    return EvalRace(
        min(ours, key=lambda side: side.wall),
        min(theirs, key=lambda side: side.wall),
        horizon,
        min(side.step_s for side in sides),
        min(side.render_s for side in sides),
    )


def harness_side(measured: Measured) -> Side:
    """The episode as `harness.closedloop` runs it."""
    (row,) = measured.rows
    return Side(
        measured.wall,
        measured.processor,
        row.steps or 0,
        bool(row.success),
        row.digest or "",
        measured.seconds["scene"],
        measured.step_s,
        measured.render_s,
    )


def lerobot_side(ready: Prepared, seed: int, actions: int, film: str) -> Side:
    """The episode as `lerobot-eval` runs it: its rollout over a vector environment of one scene."""
    from lerobot.scripts.lerobot_eval import rollout

    clock = Clock()
    policy: Any = ready.policy
    with tempfile.TemporaryDirectory(prefix="lerobot-eval-") as name:
        env = ready.options.make(ready.tasks[0], ROLES if film != "off" else ready.roles)
        env.render_mode = "rgb_array"
        every = 1 if film == "all" else film_every(env.step_limit)
        timed(env, clock, Path(name) / "times.json", limit=actions)
        scene = LeRobotScene(env, ready.horizon)
        vector = gymnasium.vector.SyncVectorEnv([lambda: scene])
        films = None if film == "off" else Film(scene, every)
        wall, processor = time.perf_counter(), time.process_time()
        with contextlib.redirect_stderr(io.StringIO()), own_noise(policy, ready.config.seed, seed):
            played = rollout(
                vector,
                policy.model,
                renamed(policy.images),
                lambda transition: transition,
                policy.processors.before,
                policy.processors.after,
                seeds=[seed],
                render_callback=films,
            )
        if films is not None:
            films.save(Path(name) / "eval_episode_0.mp4")
        wall, processor = time.perf_counter() - wall, time.process_time() - processor
        digest = scene.digest()
        vector.close()
    steps = played["action"].shape[1]
    seconds = clock.seconds
    return Side(
        wall,
        processor,
        steps,
        bool(played["success"].any()),
        digest,
        seconds["scene"],
        (seconds["physics"] + seconds["control"]) / steps,
        seconds["render"] / clock.calls["render"],
    )
