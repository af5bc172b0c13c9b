"""How often to replan: one policy at several horizons, open and closed loop, on the same episodes and scenes.

    python -m harness.sweep --task stack_blocks_two --policy owner/pi0 --horizons 1 5 10 25 50
    python -m harness.sweep --policy demo --horizons 10 25 50 --strategies plain ensemble --episodes 50
    python -m harness.sweep --task all --policy owner/pi0 --episodes 100 --workers 8 --batch-size 8

Open loop gives MAE and boundary jump over the dataset's episodes, closed loop the success on identical scenes,
tested (exact McNemar) against the default horizon and the best one. Every setting is an ordinary run directory
in the sweep's folder, so that an interrupted sweep goes on with --resume. Which scenes the expert can solve is found
out in the first setting and remembered for the others.
"""

from __future__ import annotations

import dataclasses
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness import cli
from harness.errors import UserError

if TYPE_CHECKING:
    from policies.interface import Policy


@dataclass(frozen=True)
class Config:
    """Evaluate a policy at several replanning horizons and say what that changes."""

    horizons: tuple[int, ...] = ()
    """Actions executed of every chunk before the policy predicts again. Default: 1, a quarter, half and the whole of
    the policy's chunk, and its own."""
    strategies: tuple[cli.Strategy, ...] = ("plain",)
    """What is executed of overlapping chunks (see `closedloop --help`): several are compared at each horizon."""
    policy: str = "demo"
    """`demo` (bundled), `hold`, `mean`, a checkpoint directory or a Hub id."""
    task: str | None = None
    """Task names, comma-separated, or `all`. Default: the tasks the demo policy is meant for."""
    episodes: int = 10
    """Closed loop: accepted scenes per task, the same for every setting."""
    max_actions: int | None = None
    """Closed loop: end an episode after so many actions, where the task's own limit is longer."""
    dataset: str | None = None
    """Open loop: LeRobotDataset v3, a directory or a Hub id. Default: the demo episodes."""
    replayed: str = "all"
    """Open loop: which episodes, a range like 0:25 (end excluded), a list like 3,7,9, or all."""
    seed: int = 0
    """Evaluation seed of the scenes and seed of the policy's noise, the same for every setting."""
    config: cli.Setting = "demo_clean"
    """RoboTwin's setting of the scenes."""
    batch_size: int = 1
    """Rows of every call of the policy, as many as there are workers is good; latency is given per row."""
    workers: int = 1
    """Closed loop: simulator processes, each with its own scene; their number changes no result."""
    device: str = "auto"
    """Where the policy computes: cpu, cuda, cuda:1, ...; auto takes a GPU where there is one."""
    dtype: cli.Dtype = "auto"
    """Numbers the policy computes with; auto: bfloat16 for a full-size π0 on a GPU, else the checkpoint's own."""
    assets: str | None = dataclasses.field(default_factory=lambda: os.environ.get("ROBOTWIN_ASSETS") or None)
    """RoboTwin-format asset root. Default: $ROBOTWIN_ASSETS, else the bundled stand-ins."""
    instructions: str | None = None
    """A RoboTwin checkout whose instruction templates are used. Default: the project's own."""
    shader: str = "auto"
    """`rt` (upstream's ray tracing), `default`, `minimal`; auto: rt on a GPU, default on a CPU."""
    shadows: str = "auto"
    """`full`, `sun`, `off`; auto: full on a GPU, off on a CPU."""
    expert_check: bool = True
    """Skip scenes the scripted expert cannot solve, as the official protocol does."""
    videos: bool = False
    """Film every rollout."""
    out: Path | None = None
    """Folder for the runs and sweep.html. Default: runs/<time>-sweep-<policy>."""
    resume: bool = False
    """Go on with the interrupted sweep in --out; horizons and strategies may be added."""


def check(config: Config) -> None:
    """Raise UserError for what is wrong whatever the policy is."""
    if not config.strategies:
        raise UserError("give --strategies at least one name")
    if config.max_actions is not None and config.max_actions < 1:
        raise UserError(
            f"--max-actions {config.max_actions} is not positive; give an episode's longest length"
        )
    if config.policy in ("expert", "random_replay"):
        raise UserError(f"{config.policy} replays one plan at any horizon: sweep a policy that predicts")
    if config.episodes < 1:
        raise UserError(f"--episodes {config.episodes} is not positive; give the number of scenes per task")
    if config.batch_size < 1:
        raise UserError(f"--batch-size {config.batch_size} is out of range; choose at least 1")
    if config.workers < 1:
        raise UserError(f"--workers {config.workers} is out of range; choose at least 1")
    if config.seed < 0:
        raise UserError(f"--seed {config.seed} is out of range; choose at least 0")


def spread(chunk_size: int, own: int) -> tuple[int, ...]:
    """Horizons to sweep where nobody says which: 1, a quarter, half and the whole of the chunk, the policy's own."""
    return tuple(sorted({1, max(1, chunk_size // 4), max(1, chunk_size // 2), chunk_size, own}))


def settings(config: Config, chunk_size: int) -> tuple[list[tuple[int, str]], list[str]]:
    """The (horizon, strategy) pairs to run, shortest horizon first, and notes on those that are left out.

    UserError names horizons that a chunk of `chunk_size` actions cannot serve. At the whole chunk nothing
    overlaps: every strategy is plain there, and only that is run.
    """
    wrong = sorted({k for k in config.horizons if not 1 <= k <= chunk_size})
    if wrong:
        raise UserError(
            f"--horizons {', '.join(map(str, wrong))}: policy {config.policy!r} predicts chunks of {chunk_size} "
            f"actions, so choose horizons between 1 and {chunk_size}"
        )
    pairs = dict.fromkeys(
        (k, "plain" if k == chunk_size else strategy)
        for k in sorted(set(config.horizons))
        for strategy in config.strategies
    )
    others = [strategy for strategy in dict.fromkeys(config.strategies) if strategy != "plain"]
    note = f"At k = {chunk_size}, the whole chunk, chunks do not overlap: {' and '.join(others)} would be plain there."
    return list(pairs), [note] if others and chunk_size in config.horizons else []


def out_folder(config: Config) -> Path:
    """Where to write, made if it is not there; UserError where it holds something and is not resumed."""
    from harness.results import slug

    path = config.out or Path("runs") / f"{time.strftime('%Y%m%d-%H%M%S')}-sweep-{slug(config.policy)}"
    try:
        path.mkdir(parents=True, exist_ok=True)
        occupied = any(path.iterdir())
    except OSError as error:
        raise UserError(f"--out {path}: {error.strerror}; name a folder that can be written") from error
    if occupied and not config.resume:
        raise UserError(
            f"{path} is not empty: choose another --out, or add --resume to finish the sweep in it"
        )
    return path


def load(config: Config, tasks: Sequence[str]) -> Policy:
    """The policy, once for all settings; PolicyError where it lacks a strategy asked for."""
    from harness.acting_policy import load_to_act
    from harness.openloop import pick_device
    from policies.chunking import policy_for

    policy = load_to_act(config, tasks, pick_device(config.device))
    for strategy in config.strategies:
        policy_for(policy, strategy)
    return policy


def main(config: Config) -> int:
    """Run every setting, say what came out and write the page; 1 where a rollout ended in an error."""
    check(config)
    from harness.closedloop import chosen_tasks
    from harness.comparison_page import print_page
    from harness.rollout import default_horizon
    from harness.sweep_page import Sweep, build_page, write_page
    from harness.sweep_run import replayed_tasks, run_all

    tasks = chosen_tasks(config.task)
    policy = load(config, tasks)
    own = default_horizon(policy)
    config = dataclasses.replace(config, horizons=config.horizons or spread(policy.chunk_size, own))
    pairs, notes = settings(config, policy.chunk_size)
    task, cautions = replayed_tasks(config.dataset, tasks)
    out = out_folder(config)
    points, more = run_all(config, policy, pairs, tasks, task, out)
    sweep = Sweep(
        ", ".join(tasks),
        config.policy,
        policy.chunk_size,
        own,
        points,
        [*cautions, *more],
        notes,
    )
    page = build_page(sweep)
    print_page(page)
    try:
        for path in write_page(sweep, page, out):
            print(path)
    except OSError as error:
        raise UserError(f"cannot write to {error.filename or out}: {error.strerror}") from error
    return int(any(point.errors for point in points))


if __name__ == "__main__":
    cli.run(main, Config)
