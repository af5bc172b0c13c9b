"""Flags, checked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from harness.core import options
from harness.core.bounds import BATCH, CHUNKS, NOISE_SEEDS, VIDEOS, check_device
from harness.core.errors import UserError
from harness.core.flags import PolicyFlags, TrackFlags
from harness.core.share import read_share


def check_workers(workers: int) -> None:
    """Raise UserError for another number of processes than the one that open loop has."""
    if workers != 1:
        raise UserError(f"--workers {workers}: open loop replays in one process; leave it out")


@dataclass(frozen=True)
class OwnFlags:
    """What only this command asks; first in its help."""

    policy: str = "demo"
    """`demo` (bundled), `hold`, `mean`, `random_replay` (another episode of the task), a checkpoint directory, a Hub
    id, or a policy server ws://HOST:PORT."""
    dataset: str | None = None
    """A directory of recorded episodes (LeRobot v3 or v2, RoboTwin's HDF5) or a Hub id (owner/name[@revision]).
    Default: the demo episodes."""
    task: str = "all"
    """Only episodes of these tasks (RoboTwin's names, comma-separated), where the dataset names them."""
    episodes: str = "all"
    """Which episodes: a range like 0:25 (end excluded), a list like 3,7,9, or all."""
    horizon: int | None = None
    """Actions used of every chunk before the policy predicts again. Default: the policy's own."""
    strategy: options.Strategy = "plain"
    """What is executed of overlapping chunks: the newest as it is; the weighted mean of all that reach a frame
    (temporal ensembling); or chunks that continue the last one's rest (real-time chunking, flow matching only)."""
    batch_size: int = 8
    """Rows of every call of the policy; another number rounds differently (1e-5)."""
    workers: int = 1
    """Processes that replay episodes; only 1 so far."""
    shard: str | None = None
    """`2/4`: only the second of four equal parts of the episodes; join all parts with `python -m harness.merge`."""
    seed: int = 0
    """Run seed: with the episode and the frame, all that the policy's noise depends on."""
    videos: int = 2
    """How many of the episodes get a side-by-side video, from the first."""
    ablate: options.Ablation = "none"
    """A control: the policy gets the pictures of other episodes of the task in the dataset, another task's
    instruction, or always the state of the first look. Whoever scores as well does not use that input."""
    out: Path | None = None
    """Run directory to write. Default: runs/<time>-openloop-<policy>."""
    resume: bool = False
    """Go on with the interrupted run in --out; the settings must be the same."""


@dataclass(frozen=True)
class Config(TrackFlags, PolicyFlags, OwnFlags):
    """Score a policy on recorded episodes, without a simulator."""


def check(config: Config) -> None:
    """Raise UserError for what is wrong whatever the policy and the dataset are."""
    for flag, value, bounds in (
        ("--horizon", config.horizon, CHUNKS),
        ("--batch-size", config.batch_size, BATCH),
        ("--seed", config.seed, NOISE_SEEDS),
        ("--videos", config.videos, VIDEOS),
    ):
        bounds.check(flag, value)
    check_device(config.device)
    check_workers(config.workers)
    read_share(config.shard)
    if config.resume and config.out is None:
        raise UserError("--resume continues the run in --out: name its folder")
