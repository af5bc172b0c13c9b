"""What the doors of docs/doors.md cost over the scenes themselves.

    python -m tools.doors.costs
    python -m tools.doors.costs --rounds 9 --only maniskill

1. A step of `RoboTwin-click_bell-v1` (ManiSkill) against `RoboTwin/click_bell-v0`, three cameras each.
2. An action in LeRobot's rollout: through the plugin against over the bare environment; the policy does nothing,
   so that the plugin's share is as large as it can be.
3. A step of gymnasium's AsyncVectorEnv, as `make_vec` sets it up, of an environment that only hands out three
   pictures: what crossing the border between two processes costs.

1 and 2 are processor seconds of this process, both sides in turns in the same scene; the ratio is the median of those
of the rounds. 3 is wall time of the fastest tenth, for a busy machine is no part of it.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import gymnasium
import numpy as np
from gymnasium import spaces

from harness.core import cli

TASK, SEED = "click_bell", 100000
HOME = np.array(([0.0] * 6 + [1.0]) * 2, np.float32)
CAMERAS = ("head_camera", "left_camera", "right_camera")
Part = Literal["maniskill", "lerobot", "vector"]


@dataclass(frozen=True)
class Config:
    """Measure the doors on this machine."""

    rounds: int = 7
    """Of either side, in turns."""
    actions: int = 12
    """In a round."""
    only: tuple[Part, ...] = ("maniskill", "lerobot", "vector")
    """Which of them."""


def actions(count: int) -> np.ndarray:
    """(count, 14): the arms swing a little, the grippers stay open."""
    swing = 0.1 * np.sin(np.arange(count)[:, None] / 2) * (HOME == 0)
    return (HOME + swing).astype(np.float32)


def in_turns(name: str, ours: Callable[[], float], theirs: Callable[[], float], rounds: int) -> None:
    """Print the medians of both sides and of the ratio, round by round; ours and theirs give ms an action."""
    pairs = []
    for number in range(rounds + 1):
        sides = (ours, theirs) if number % 2 else (theirs, ours)
        taken = {side: side() for side in sides}
        if number:  # the first warms up
            pairs.append((taken[ours], taken[theirs]))
    ratios = sorted(theirs / ours for ours, theirs in pairs)
    medians = [statistics.median(column) for column in zip(*pairs, strict=True)]
    print(
        f"| {name} | {medians[0]:.2f} ms | {medians[1]:.2f} ms | {statistics.median(ratios):.3f} "
        f"({ratios[0]:.3f} to {ratios[-1]:.3f}) |",
        flush=True,
    )


def processor_ms(call: Callable[[], Any], count: int) -> float:
    """Milliseconds of processor time, of all threads, for each of `count` actions."""
    before = time.process_time()
    call()
    return 1000 * (time.process_time() - before) / count


def maniskill(config: Config) -> None:
    """Part 1."""
    import robotwin_maniskill  # noqa: F401

    plan = actions(config.actions)
    bare = gymnasium.make(f"RoboTwin/{TASK}-v0", disable_env_checker=True)
    door = gymnasium.make(f"RoboTwin-{TASK}-v1", obs_mode="rgb", disable_env_checker=True)

    def side(env: Any) -> float:
        env.reset(seed=SEED)
        return processor_ms(lambda: [env.step(action) for action in plan], len(plan))

    in_turns("ManiSkill, a step", partial(side, bare), partial(side, door), config.rounds)
    bare.close()
    door.close()


class BareScene(gymnasium.Wrapper[Any, Any, Any, Any]):
    """The environment with the attributes that the rollout asks for and nothing else."""

    task, task_description = TASK, "Press the bell."

    def __init__(self, env: gymnasium.Env[Any, Any], limit: int):
        super().__init__(env)
        self._max_episode_steps = limit


def lerobot(config: Config) -> None:
    """Part 2."""
    import torch
    from lerobot.envs import make_env_pre_post_processors
    from lerobot.scripts.lerobot_eval import rollout

    import lerobot_env_robotwin

    torch.set_num_threads(
        1
    )  # two that wait for each other burn as much as the rollout itself on a busy machine
    plan = actions(config.actions)

    class Idle(torch.nn.Module):
        """A policy for LeRobot's rollout that sends the plan."""

        taken = 0

        def reset(self) -> None:
            """From the beginning."""
            self.taken = 0

        def select_action(self, batch: dict[str, Any]) -> torch.Tensor:
            """(1, 14)."""
            self.taken += 1
            return torch.from_numpy(plan[(self.taken - 1) % len(plan)])[None]

    cfg = lerobot_env_robotwin.RoboTwinPip(task=TASK)
    before, after = make_env_pre_post_processors(cfg, None)

    def same(batch: Any) -> Any:
        return batch

    door = cfg.create_envs(1)[TASK][0]
    door.reset(seed=[SEED])  # type: ignore[arg-type]
    door._inner.envs[0].unwrapped.step_limit = len(plan)  # type: ignore[attr-defined]

    def bare_scene() -> gymnasium.Env[Any, Any]:
        env = gymnasium.make(f"RoboTwin/{TASK}-v0", disable_env_checker=True, render_mode="rgb_array")
        env.unwrapped.step_limit = len(plan)  # type: ignore[attr-defined]
        return BareScene(env, len(plan))

    bare = gymnasium.vector.SyncVectorEnv([bare_scene])

    def side(vector: Any) -> float:
        policy: Any = Idle()
        with torch.no_grad():
            vector.reset(seed=[SEED])
            taken = processor_ms(
                lambda: rollout(vector, policy, before, after, same, same, seeds=[SEED]), len(plan)
            )
        return taken

    in_turns("LeRobot's rollout, an action", partial(side, bare), partial(side, door), config.rounds)
    bare.close()
    door.close()


class Pictures(gymnasium.Env[Any, Any]):
    """Three pictures at every step, and nothing else."""

    def __init__(self) -> None:
        picture = spaces.Box(0, 255, (240, 320, 3), np.uint8)
        self.observation_space = spaces.Dict(
            {
                "pixels": spaces.Dict(dict.fromkeys(CAMERAS, picture)),
                "agent_pos": spaces.Box(-10, 10, (14,), np.float32),
            }
        )
        self.action_space = spaces.Box(-10, 10, (14,), np.float32)
        pixels = {name: np.full((240, 320, 3), 7, np.uint8) for name in CAMERAS}
        self._seen = {"pixels": pixels, "agent_pos": HOME}

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> Any:
        """The pictures."""
        return self._seen, {}

    def step(self, action: Any) -> Any:
        """The pictures."""
        return self._seen, 0.0, False, False, {}


def vector(config: Config) -> None:
    """Part 3."""
    from gymnasium.vector import AsyncVectorEnv

    from robotwin_env.vector import CONTEXT

    for copy in (True, False):
        env = AsyncVectorEnv([Pictures], shared_memory=True, copy=copy, context=CONTEXT)
        env.reset()
        taken = []
        for _ in range(200 * config.rounds):
            start = time.perf_counter()
            env.step(HOME[None])
            taken.append(1000 * (time.perf_counter() - start))
        env.close()
        tenth = sorted(taken)[len(taken) // 10]
        print(
            f"three pictures through make_vec, copy={copy}: {tenth:.3f} ms (fastest tenth), "
            f"{statistics.median(taken):.3f} ms (median of {len(taken)})",
            flush=True,
        )


def main(config: Config) -> None:
    """Print what was measured."""
    print(f"load before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print("| what | the scene itself | through the door | ratio (least to most) |\n|---|---|---|---|")
    parts: dict[Part, Callable[[Config], None]] = {
        "maniskill": maniskill,
        "lerobot": lerobot,
        "vector": vector,
    }
    for part in config.only:
        parts[part](config)
    print(f"load after: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    cli.run(main, Config)
