"""Flags, checked; horizons and strategies."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from harness.core import options
from harness.core.bounds import ACTIONS, BATCH, EVALUATION_SEEDS, SCENES, WORKERS, check_device
from harness.core.errors import UserError
from harness.core.flags import PolicyFlags, SceneFlags, TrackFlags


@dataclass(frozen=True)
class OwnFlags:
    """What only this command asks; first in its help."""

    horizons: tuple[int, ...] = ()
    """Actions executed of every chunk before the policy predicts again. Default: 1, a quarter, half and the whole of
    the policy's chunk, and its own."""
    strategies: tuple[options.Strategy, ...] = ("plain",)
    """What is executed of overlapping chunks (see `closedloop --help`): several are compared at each horizon."""
    policy: str = "demo"
    """`demo` (bundled), `hold`, `mean`, a checkpoint directory, a Hub id, or a policy server ws://HOST:PORT."""
    task: str | None = None
    """Task names, comma-separated, or `all`. Default: the tasks the demo policy is meant for."""
    episodes: int = 10
    """Closed loop: accepted scenes per task, the same for every setting."""
    max_actions: int | None = None
    """Closed loop: end an episode after so many actions, where the task's own limit is longer."""
    dataset: str | None = None
    """Open loop: a directory (LeRobot v3 or v2, RoboTwin's HDF5) or a Hub id. Default: the demo episodes."""
    replayed: str = "all"
    """Open loop: which episodes, a range like 0:25 (end excluded), a list like 3,7,9, or all."""
    scenes: str | None = None
    """Closed loop: `official`, `protocol` or a JSON file, as in `closedloop --help`; the same for every setting."""
    seed: int = 0
    """Evaluation seed of the scenes and seed of the policy's noise, the same for every setting."""
    batch_size: int = 1
    """Rows of every call of the policy, as many as there are workers is good; latency is given per row."""
    workers: int = 1
    """Closed loop: simulator processes, each with its own scene; their number changes no result."""
    videos: bool = False
    """Film every rollout."""
    out: Path | None = None
    """Folder for the runs and sweep.html. Default: runs/<time>-sweep-<policy>."""
    resume: bool = False
    """Go on with the interrupted sweep in --out; horizons and strategies may be added."""


@dataclass(frozen=True)
class Config(TrackFlags, PolicyFlags, SceneFlags, OwnFlags):
    """Evaluate a policy at several replanning horizons and say what that changes."""


def check(config: Config) -> None:
    """Raise UserError for what is wrong whatever the policy is."""
    if not config.strategies:
        raise UserError("give --strategies at least one name")
    if config.policy in ("expert", "random_replay"):
        raise UserError(f"{config.policy} replays one plan at any horizon: sweep a policy that predicts")
    for flag, value, bounds in (
        ("--episodes", config.episodes, SCENES),
        ("--seed", config.seed, EVALUATION_SEEDS),
        ("--max-actions", config.max_actions, ACTIONS),
        ("--workers", config.workers, WORKERS),
        ("--batch-size", config.batch_size, BATCH),
    ):
        bounds.check(flag, value)
    check_device(config.device)
    if config.resume and config.out is None:
        raise UserError("--resume continues the sweep in --out: name its folder")


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
