"""Closed loop: let the policy act in the simulator and count how often it succeeds.

    python -m harness.closedloop                                     the demo policy on its own tasks
    python -m harness.closedloop --task stack_blocks_two --policy expert --episodes 10
    python -m harness.closedloop --task all --policy owner/pi0 --episodes 100 --assets ~/robotwin --horizon 10
    python -m harness.closedloop --task all --policy owner/pi0 --episodes 100 --workers 8 --batch-size 8
    python -m harness.closedloop --verify runs/20261123-101500-closedloop-demo --episodes 20

Scenes are drawn as in RoboTwin's official protocol: the i-th try of seed s is scene 100000 · (1 + s) + i;
scenes that do not come to rest, or that the scripted expert cannot solve, are skipped.
"""

from __future__ import annotations

import dataclasses
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness import cli
from harness.errors import UserError

if TYPE_CHECKING:
    from policies.interface import Policy


@dataclass(frozen=True)
class Config:
    """Run a policy in the simulator."""

    policy: str = "demo"
    """`demo` (bundled), `hold`, `mean`, `random_replay`, `expert`, a checkpoint directory or a Hub id."""
    task: str | None = None
    """Task names, comma-separated, or `all`. Default: the tasks the demo policy is meant for."""
    episodes: int = 10
    """Accepted scenes per task."""
    seed: int = 0
    """Evaluation seed s: scene seeds start at 100000 * (1 + s). Also the seed of the policy's noise."""
    config: cli.Setting = "demo_clean"
    """RoboTwin's setting of the scenes: easy, or with clutter, textures, lights and table height drawn."""
    horizon: int | None = None
    """Actions executed of every chunk before the policy predicts again. Default: the policy's own."""
    max_actions: int | None = None
    """End episodes after so many actions, sooner than RoboTwin's limit of the task: failures take less time, and rates
    are no RoboTwin scores."""
    strategy: cli.Strategy = "plain"
    """What is executed of overlapping chunks: the newest as it is; the weighted mean of all that reach a frame
    (temporal ensembling); or chunks that continue the last one's rest (real-time chunking, flow matching only)."""
    batch_size: int = 1
    """Rows of every call of the policy, however many scenes wait for one: as many as there are workers is good."""
    workers: int = 1
    """Simulator processes, each with its own scene; their number changes no result."""
    patience: float = 300.0
    """Seconds a simulator process may take for a scene or for 50 actions before it is taken for dead."""
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
    dataset: str | None = None
    """Dataset whose mean action `--policy mean` sends, whose demonstrations `random_replay` plays, whose pictures
    `--ablate images` shows. Default: the demo episodes."""
    ablate: cli.Ablation = "none"
    """A control: the policy gets the pictures of other recordings of the task, another task's instruction, or
    always the state of the first look. Whoever scores as well does not use that input."""
    expert_check: bool = True
    """Skip scenes the scripted expert cannot solve, as the official protocol does."""
    videos: bool = True
    """Film every rollout."""
    out: Path | None = None
    """Run directory to write. Default: runs/<time>-closedloop-<policy>."""
    resume: bool = False
    """Go on with the interrupted run in --out; the settings must be the same."""
    verify: Path | None = None
    """Instead of a run: repeat --episodes episodes of this run, with its settings, and say whether they agree."""


def chosen_tasks(names: str | None) -> list[str]:
    """Task names from the command line; UserError offers the nearest of an unknown one."""
    from robotwin_env import load_task, task_names

    if names is None:
        from harness.samples import demo_tasks

        return demo_tasks()
    if names == "all":
        return list(task_names())
    chosen = list(dict.fromkeys(name.strip() for name in names.split(",") if name.strip()))
    if not chosen:
        raise UserError("--task is empty; name a task, several with commas, or `all`")
    for name in chosen:
        load_task(name)
    return chosen


def check(config: Config) -> None:
    """Raise UserError for what is wrong whatever the policy is."""
    from harness.solvable import evaluation_seed

    if config.episodes < 1:
        raise UserError(f"--episodes {config.episodes} is not positive; give the number of scenes per task")
    if config.horizon is not None and config.horizon < 1:
        raise UserError(
            f"--horizon {config.horizon} is not positive; give the actions executed of every chunk"
        )
    if config.max_actions is not None and config.max_actions < 1:
        raise UserError(
            f"--max-actions {config.max_actions} is not positive; give an episode's longest length"
        )
    if config.workers < 1:
        raise UserError(f"--workers {config.workers} is not positive; give the number of simulator processes")
    if not config.patience > 0:
        raise UserError(f"--patience {config.patience:g} is not positive; give seconds")
    if config.batch_size < 1:
        raise UserError(f"--batch-size {config.batch_size} is not positive")
    evaluation_seed(config.seed, 0)


def main(config: Config, policy: Policy | None = None) -> int:
    """Run the evaluation `config` describes and print what came out; `policy` saves loading it again."""
    check(config)
    if config.verify is not None:
        from harness.verify import verify

        return verify(config)
    from harness.closedloop_run import evaluate

    return evaluate(config, chosen_tasks(config.task), policy)


if __name__ == "__main__":
    cli.run(main, Config)
