"""Flags, checked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from harness.core import options
from harness.core.bounds import (
    ACTIONS,
    BATCH,
    CHUNKS,
    CORES,
    EVALUATION_SEEDS,
    PATIENCE_S,
    REPLICAS,
    SCENES,
    WORKERS,
    check_device,
)
from harness.core.errors import UserError
from harness.core.flags import ClusterFlags, PolicyFlags, SceneFlags, TrackFlags
from harness.core.share import read_share


@dataclass(frozen=True)
class OwnFlags:
    """What only this command asks; first in its help."""

    policy: str = "demo"
    """`demo` (bundled), `hold`, `mean`, `random_replay`, `expert`, a checkpoint directory, a Hub id, or a
    policy server ws://HOST:PORT. Several, A,B: on the same scenes in one go, a run directory each in --out."""
    task: str | None = None
    """Task names, comma-separated, or `all`. Default: the tasks the demo policy is meant for."""
    episodes: int = 10
    """Accepted scenes per task."""
    scenes: str | None = None
    """`official`: exactly the first scenes that RoboTwin's own expert accepted for evaluation seed 0. `protocol`: the
    same rule with this project's expert, for any --seed. A JSON file, `{"tasks": {"click_bell": [100000, ...]}}`:
    exactly these; a run directory: its scenes. Default: official where its list has what is asked for, else protocol;
    the run's head says which."""
    seed: int = 0
    """Evaluation seed s: protocol scenes start at 100000 * (1 + s). Also the seed of the policy's noise, and nothing
    but that where --scenes is a file; the official list is of seed 0."""
    horizon: int | None = None
    """Actions executed of every chunk before the policy predicts again. Default: the policy's own."""
    max_actions: int | None = None
    """End episodes after so many actions, sooner than RoboTwin's limit of the task: failures take less time, and rates
    are no RoboTwin scores."""
    strategy: options.Strategy = "plain"
    """What is executed of overlapping chunks: the newest as it is; the weighted mean of all that reach a frame
    (temporal ensembling); or chunks that continue the last one's rest (real-time chunking, flow matching only)."""
    batch_size: int = 1
    """Rows of every call of the policy, however many scenes wait for one: as many as there are workers is good."""
    workers: int = 1
    """Simulator processes, each with its own scene; their number changes no result."""
    shard: str | None = None
    """`2/4`: only the second of four equal parts of the scenes, by a rule that needs nobody else; run every part
    somewhere and join them with `python -m harness.merge`. Protocol scenes are screened in every part."""
    patience: float = 300.0
    """Seconds a simulator process may take for a scene or for 50 actions before it is taken for dead."""
    dataset: str | None = None
    """Dataset whose mean action `--policy mean` sends, whose demonstrations `random_replay` plays, whose pictures
    `--ablate images` shows. Default: the demo episodes."""
    ablate: options.Ablation = "none"
    """A control: the policy gets the pictures of other recordings of the task, another task's instruction, or
    always the state of the first look. Whoever scores as well does not use that input."""
    videos: bool = True
    """Film every rollout."""
    observer: bool = True
    """Films show the scene from outside too, by a camera that no policy sees through."""
    out: Path | None = None
    """Run directory to write. Default: runs/<time>-closedloop-<policy>."""
    resume: bool = False
    """Go on with the interrupted run in --out; the settings must be the same."""
    verify: Path | None = None
    """Instead of a run: repeat --episodes episodes of this run, with its settings, and say whether they agree."""


@dataclass(frozen=True)
class Config(TrackFlags, ClusterFlags, PolicyFlags, SceneFlags, OwnFlags):
    """Run a policy in the simulator."""


def check(config: Config) -> None:
    """Raise UserError for what is wrong whatever the policy is."""
    for flag, value, bounds in (
        ("--episodes", config.episodes, SCENES),
        ("--seed", config.seed, EVALUATION_SEEDS),
        ("--horizon", config.horizon, CHUNKS),
        ("--max-actions", config.max_actions, ACTIONS),
        ("--workers", config.workers, WORKERS),
        ("--batch-size", config.batch_size, BATCH),
        ("--patience", config.patience, PATIENCE_S),
        ("--simulator-cpus", config.simulator_cpus, CORES),
        ("--simulator-gpus", config.simulator_gpus, CORES),
        ("--policy-replicas", config.policy_replicas, REPLICAS),
        ("--replica-cpus", config.replica_cpus, CORES),
        ("--replica-gpus", config.replica_gpus, CORES),
    ):
        bounds.check(flag, value)
    check_device(config.device)
    read_share(config.shard)
    if config.policy_replicas and config.ray is None:
        raise UserError("--policy-replicas are actors of a Ray cluster: add --ray local, auto or HOST:PORT")
    if config.resume and config.out is None:
        raise UserError("--resume continues the run in --out: name its folder")
