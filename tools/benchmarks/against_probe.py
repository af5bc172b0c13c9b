"""One piece of work in whatever checkout this is run from, timed: `python -P against_probe.py WORK COUNT FOLDER`.

`against` runs this file in two checkouts, so it asks of each only what every commit promises: the environments of
`robotwin_env`, `policies.load_policy`, and the commands. Prints one line of JSON: `processor` and `wall` seconds of
the work without what goes before it, and `amount`, how much was done; of `memory` MiB and 1.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

SEED, HORIZON = 100000, 4
ROLES = {"cam_high": "head_camera", "cam_left_wrist": "left_camera", "cam_right_wrist": "right_camera"}


def scene(task: str, **options: Any) -> Any:
    """An environment, reset."""
    import gymnasium

    import robotwin_env  # noqa: F401

    env = gymnasium.make(f"RoboTwin/{task}-v0", disable_env_checker=True, **options).unwrapped
    env.reset(seed=SEED)
    return env


def warm_scene(**options: Any) -> Any:
    """Two blocks to stack, reset again after one action, which imports what actions need."""
    env = scene("stack_blocks_two", **options)
    env.step(env.scene.robot.state() + 4e-4)
    env.reset(seed=SEED)
    return env


class Clock:
    """Processor and wall seconds since it was made, children that have ended included."""

    def __init__(self) -> None:
        self._start = self._now()

    def _now(self) -> tuple[float, float]:
        times = os.times()
        return sum(times[:4]), time.perf_counter()

    def stop(self, amount: float) -> dict[str, float]:
        """What the work took."""
        processor, wall = (now - start for now, start in zip(self._now(), self._start, strict=True))
        return {"processor": processor, "wall": wall, "amount": amount}


def steps(count: int, value: float) -> dict[str, float]:
    """Physics steps of `count` actions of both arms with resting grippers at `value`."""
    env = warm_scene(cameras=())
    home = env.scene.robot.state()
    home[[6, 13]] = value
    env.step(home)
    clock, done = Clock(), 0
    for number in range(count):
        action = home.copy()
        action[[0, 7]] += 0.05 * (-1) ** number
        done += env.step(action)[4]["physics_steps"]
    return clock.stop(done)


def pictures(count: int, assets: str | None) -> dict[str, float]:
    """Observations of three cameras of a scene that moves."""
    env = warm_scene(assets=assets)
    action = env.scene.robot.state()
    action[[1, 8]], action[[2, 9]] = 1.0, 1.0
    env.step(action)
    env.observe()
    clock = Clock()
    for _ in range(count):
        env.observe()
    return clock.stop(count)


def acting(count: int) -> dict[str, float]:
    """Actions of the demo policy, horizon 4, from the picture to the physics steps."""
    import torch

    from policies import load_policy
    from policies.noise import frame_noise

    policy, env = load_policy("demo"), warm_scene()
    observation, frame = env.observe(), 0

    def chunk() -> np.ndarray:
        batch: dict[str, Any] = {
            key: torch.from_numpy(observation["pixels"][ROLES[key.rsplit(".", 1)[-1]]]).permute(2, 0, 1)[None]
            / 255
            for key in policy.images
        }
        batch["observation.state"] = torch.from_numpy(observation["agent_pos"])[None]
        batch |= {"task": [env.instruction], "frame_index": np.array([frame])}
        noise = frame_noise(0, SEED, frame, policy.noise_shape or (1, 1))[None]
        return np.clip(policy.predict(batch, noise)[0, :HORIZON], env.action_space.low, env.action_space.high)

    observation, *_ = env.step_chunk(chunk())
    clock = Clock()
    while frame < count:
        observation, *_ = env.step_chunk(chunk())
        frame += HORIZON
    return clock.stop(frame)


def expert(count: int) -> dict[str, float]:
    """Scenes of the first tasks by name, built and solved by the scripted expert, nothing drawn."""
    from robotwin_env import task_names

    warm_scene(cameras=()).demonstrate()  # imports what the expert needs
    clock = Clock()
    for task in task_names()[:count]:
        scene(task, cameras=()).demonstrate()
    return clock.stop(count)


def command(count: int, folder: str) -> dict[str, float]:
    """`harness.closedloop --policy hold --episodes 1`, whole commands, their runs in a folder."""
    words = [
        "--policy",
        "hold",
        "--task",
        "click_bell",
        "--episodes",
        "1",
        "--max-actions",
        "40",
        "--no-videos",
    ]
    clock = Clock()
    for number in range(count):
        out = str(Path(folder) / str(number))
        call = [sys.executable, "-m", "harness.closedloop", *words, "--out", out]
        subprocess.run(call, check=True, capture_output=True)
    return clock.stop(count)


def replaying(count: int, folder: str) -> dict[str, float]:
    """Frames of `harness.openloop --policy demo` over `count` of the demo episodes, films off: what the command takes
    for all of them beyond what it takes for the first, so that its start does not count."""
    took, frames = [], []
    for episodes in ("0:1", f"0:{count}"):
        out = Path(folder) / episodes.replace(":", "-")
        words = [
            "--policy",
            "demo",
            "--episodes",
            episodes,
            "--horizon",
            "4",
            "--videos",
            "0",
            "--out",
            str(out),
        ]
        clock = Clock()
        subprocess.run([sys.executable, "-m", "harness.openloop", *words], check=True, capture_output=True)
        took.append(clock.stop(1))
        lines = (out / "episodes.jsonl").read_text().splitlines()
        frames.append(sum(json.loads(line)["frames"] for line in lines))
    first, all_of_them = took
    return {name: all_of_them[name] - first[name] for name in first} | {"amount": frames[1] - frames[0]}


def memory(folder: str) -> dict[str, float]:
    """The most memory (MiB) that a run of the demo policy with two workers and its processes held at a time; what
    processes share counts once."""
    import psutil

    words = ["--policy", "demo", "--task", "click_bell", "--episodes", "6", "--workers", "2"]
    call = [
        sys.executable,
        "-m",
        "harness.closedloop",
        *words,
        "--max-actions",
        "40",
        "--out",
        f"{folder}/run",
    ]
    most = 0.0
    with subprocess.Popen(call, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
        tree = psutil.Process(run.pid)
        while run.poll() is None:
            held = 0
            for process in (tree, *tree.children(recursive=True)):
                with contextlib.suppress(psutil.Error):
                    held += process.memory_full_info().pss
            most = max(most, held / 2**20)
            time.sleep(0.1)
    if run.returncode:
        raise SystemExit(f"{' '.join(call)} ended with {run.returncode}")
    return {"mebibytes": most, "amount": 1}


def main(work: str, count: int, folder: str) -> dict[str, float]:
    """Do it."""
    assets = os.environ.get("ROBOTWIN_ASSETS") or None
    return {
        "open": lambda: steps(count, 1.0),
        "closed": lambda: steps(count, 0.0),
        "observe": lambda: pictures(count, None),
        "observe-real": lambda: pictures(count, assets),
        "act": lambda: acting(count),
        "expert": lambda: expert(count),
        "command": lambda: command(count, folder),
        "replay": lambda: replaying(count, folder),
        "memory": lambda: memory(folder),
    }[work]()


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], int(sys.argv[2]), sys.argv[3])))
