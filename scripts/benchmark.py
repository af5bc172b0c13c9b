"""How fast it is, as ratios inside one run (absolute times on a shared machine mean little).

    python scripts/benchmark.py --assets ../shared/robotwin
    python scripts/benchmark.py --only step

Parts: `help` (start of every command), `step` (one action against its bare physics steps, real and stand-in
robot), `tasks` (layouts and resets of all tasks, the hard setting against the easy one), `observe` (three cameras),
`policy` (chunks/s by batch size, against LeRobot's sampling), `openloop` (against loops that go frame by frame, with
the same numbers), `closedloop` (wall time against its parts, where it goes, episodes an hour by workers),
`lerobot-eval` (closed loop against LeRobot's own rollout in the same scene), `fullsize` (π0 of full size in bfloat16
on the CPU: 7 GB in the temporary directory, minutes), `gpu` (the same on a GPU: latency, throughput, tolerance),
`memory` (a closed-loop process). The last line is the ratio or figure of the last part. `fullsize` and `gpu` run with
--only.
"""

from __future__ import annotations

import functools
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import full_size
import numpy as np
from closedloop_benchmark import measure_closedloop, measure_lerobot_eval
from policy_benchmark import measure_fullsize, measure_gpu, measure_policy

from harness import cli
from harness.errors import UserError

ROOT = Path(__file__).resolve().parent.parent
COMMANDS = (
    "openloop",
    "closedloop",
    "record",
    "compare",
    "report",
    "sweep",
    "publish",
    "gallery",
    "doctor",
    "demo",
)
SEED = 100000
LAYOUT_SEEDS = 20


@dataclass(frozen=True)
class Config:
    """What to measure."""

    only: str | None = None
    """One part, see above. Default: all but fullsize and gpu."""
    assets: str | None = os.environ.get("ROBOTWIN_ASSETS") or None
    """Asset root with the real robot, for the comparison of robots. Default: $ROBOTWIN_ASSETS."""
    repeats: int = 30
    """Actions, observations or chunks measured; at least 1."""


@dataclass
class Table:
    """Rows of what was measured, against what, and the target."""

    rows: list[tuple[str, str, str]] = field(default_factory=list)

    def add(self, what: str, value: str, target: str = "") -> None:
        """Note one figure."""
        self.rows.append((what, value, target))

    def show(self) -> None:
        """Print everything."""
        from rich.console import Console
        from rich.table import Table as Rich

        table = Rich(box=None, pad_edge=False, header_style="bold")
        for name in ("what", "measured", "target"):
            table.add_column(name)
        for row in self.rows:
            table.add_row(*row)
        Console(highlight=False, width=120).print(table)


def median_s(call: Callable[[], Any], repeats: int) -> float:
    """Median wall seconds of a call."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def make(
    assets: str | None,
    cameras: tuple[str, ...] = (),
    task: str = "stack_blocks_two",
    config: str = "demo_clean",
) -> Any:
    """A scene (of two blocks unless told otherwise), reset."""
    import gymnasium

    import robotwin_env  # noqa: F401

    env = gymnasium.make(
        f"RoboTwin/{task}-v0", assets=assets, cameras=cameras, config=config, disable_env_checker=True
    )
    env.reset(seed=SEED)
    return env.unwrapped


def step_cost(env: Any, repeats: int) -> tuple[float, float, float]:
    """(seconds in env.step, seconds of it inside bare scene.step, physics steps) of `repeats` smooth actions.

    Both are taken in the same run: scene.step is wrapped with a clock. One action more goes before, unmeasured.
    """
    bare, inside = env.scene.step, 0.0

    def timed() -> None:
        nonlocal inside
        start = time.perf_counter()
        bare()
        inside += time.perf_counter() - start

    rng = np.random.default_rng(0)
    state = env.scene.robot.state().astype(float)
    actions = []
    for _ in range(1 + repeats):
        state[:6] += rng.uniform(-0.05, 0.05, 6)
        state[7:13] += rng.uniform(-0.05, 0.05, 6)
        actions.append(state.copy())
    env.step(actions[0])
    env.scene.step = timed
    physics, start = 0, time.perf_counter()
    for action in actions[1:]:
        physics += env.step(action)[4]["physics_steps"]
    total = time.perf_counter() - start
    env.scene.step = bare
    return total, inside, physics


def measure_help(config: Config, table: Table) -> str:
    """Start-up of every command, wall seconds, best of 3."""
    worst = 0.0
    for command in COMMANDS:
        call = [sys.executable, "-m", f"harness.{command}", "--help"]
        run = functools.partial(subprocess.run, call, cwd=ROOT, capture_output=True, check=True)
        best = min(median_s(run, 1) for _ in range(3))
        worst = max(worst, best)
    table.add("--help, slowest command, best of 3", f"{worst:.2f} s", "< 1 s")
    return f"{worst:.2f} s"


def measure_step(config: Config, table: Table) -> str:
    """One action against its bare physics steps."""
    standin = step_cost(make(None), config.repeats)
    name = "one action, no rendering"
    table.add(f"{name}: stand-in robot", f"{standin[0] / standin[1]:.2f}x its bare scene.step calls")
    total, physics = (1e3 * seconds / config.repeats for seconds in standin[:2])
    table.add(
        f"{name}: stand-in robot",
        f"{1e3 / total:.0f} actions/s ({standin[2] / standin[0]:.0f} physics steps/s): physics {physics:.1f} ms, "
        f"control {total - physics:.1f} ms",
    )
    if not config.assets:
        return f"{standin[0] / standin[1]:.2f}x"
    real = step_cost(make(config.assets), config.repeats)
    per_action = 1e3 * real[0] / config.repeats
    steps = real[2] / config.repeats
    table.add(f"{name}: real robot", f"{per_action:.1f} ms over {steps:.0f} physics steps")
    table.add(f"{name}: real robot", f"{real[0] / real[1]:.2f}x its bare scene.step calls", "<= 1.3x")
    share = (standin[0] / standin[2]) / (real[1] / real[2])
    table.add("stand-in action against the real robot's bare steps", f"{share:.2f}x", "<= 0.7x")
    return f"{real[0] / real[1]:.2f}x"


def measure_tasks(config: Config, table: Table) -> str:
    """Layouts of every task, resets of every task, and what an action costs in the hard setting."""
    from robotwin_env import draw_layout, task_names

    names = task_names()
    start = time.perf_counter()
    for name in names:
        for seed in range(LAYOUT_SEEDS):
            draw_layout(name, seed)
    table.add(
        f"layouts of {len(names)} tasks x {LAYOUT_SEEDS} seeds",
        f"{time.perf_counter() - start:.1f} s",
        "< 10 s",
    )
    resets = {}
    for name in names:
        env = make(config.assets, task=name)
        resets[name] = median_s(functools.partial(env.reset, seed=SEED + 1), 1)
        env.close()
    slowest = max(resets, key=lambda name: resets[name])
    table.add(f"reset without rendering, slowest task ({slowest})", f"{resets[slowest]:.2f} s", "< 1 s")
    easy, hard = (
        step_cost(make(config.assets, config=setting), config.repeats)
        for setting in ("demo_clean", "demo_randomized")
    )
    ratio = (hard[0] / hard[2]) / (easy[0] / easy[2])
    table.add("a physics step of demo_randomized against demo_clean", f"{ratio:.2f}x", "<= 2x")
    return f"{ratio:.2f}x"


def measure_observe(config: Config, table: Table) -> str:
    """Observations of three cameras a second, by shadow setting."""
    from robotwin_env.cameras import CAMERAS

    env = make(None, CAMERAS)
    rate = 1 / median_s(env.observe, config.repeats)
    table.add("observation, 3 cameras, stand-in, CPU default", f"{rate:.1f}/s", ">= 10/s")
    return f"{rate:.1f}/s"


def measure_memory(config: Config, table: Table) -> str:
    """Peak memory of one process that draws, predicts and acts."""
    from policies import load_policy
    from robotwin_env.cameras import CAMERAS

    env = make(None, CAMERAS)
    policy = load_policy("demo")
    policy.predict(full_size.observations(1), full_size.noises(1, policy.noise_shape or (1, 1)))
    env.step(env.scene.robot.state())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    table.add("peak memory, simulator and demo policy in one process", f"{peak:.2f} GiB", "< 2 GiB")
    return f"{peak:.2f} GiB"


def measure_openloop(config: Config, table: Table) -> str:
    """Open loop against LeRobot's own loop at the policy's horizon, and, last, at horizon 1 against single frames."""
    import openloop_speed

    from harness.rollout import default_horizon
    from policies import load_policy

    policy = load_policy("demo")
    track = openloop_speed.course(policy, 2 * config.repeats, default_horizon(policy))
    found = openloop_speed.race(track, track.lerobot)
    name = found.against("LeRobot: a dataset item and select_action a frame")
    table.add(f"open loop at horizon {track.horizon}: {name}", found.result(), ">= 4x")
    track = openloop_speed.course(policy, config.repeats, 1)
    found = openloop_speed.race(track, track.frame_by_frame)
    name = found.against("one frame read and one chunk predicted at a time")
    table.add(f"open loop at horizon 1: {name}", found.result(), ">= 2.5x")
    return f"{found.ratio:.1f}x"


PARTS = {
    "help": measure_help,
    "step": measure_step,
    "tasks": measure_tasks,
    "observe": measure_observe,
    "policy": measure_policy,
    "fullsize": measure_fullsize,
    "gpu": measure_gpu,
    "memory": measure_memory,
    "openloop": measure_openloop,
    "closedloop": measure_closedloop,
    "lerobot-eval": measure_lerobot_eval,
}
ON_REQUEST = ("fullsize", "gpu")


def machine() -> str:
    """This machine in a line."""
    model = next(
        (
            line.split(":")[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.processor(),
    )
    return (
        f"{model}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, Python {platform.python_version()}"
    )


def main(config: Config) -> None:
    """Measure and print a table; the last line is the last part's figure."""
    if config.only and config.only not in PARTS:
        raise UserError(cli.suggest(config.only, PARTS, "part"))
    if config.repeats < 1:
        raise UserError(f"--repeats {config.repeats} is not positive; measure at least once")
    table, last = Table(), ""
    for name in [config.only] if config.only else [part for part in PARTS if part not in ON_REQUEST]:
        last = PARTS[name](config, table)
    print(machine())
    table.show()
    print(last)


if __name__ == "__main__":
    cli.run(main, Config)
