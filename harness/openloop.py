"""Open loop: replay recorded episodes, let the policy predict, score its chunks against what was done.

    python -m harness.openloop                                       the demo policy on the demo episodes
    python -m harness.openloop --policy hold --dataset data/stack --episodes 0:25
    python -m harness.openloop --policy owner/pi0 --dataset owner/recording --horizon 10 --videos 4

At t = 0, k, 2k, ... the policy sees the recorded observation and predicts a chunk; frame t + j is scored with
chunk[j], j < k. The `hold` and `mean` baselines are scored on the same frames, always.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness import cli
from harness.errors import UserError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from harness.adapter import ObservationAdapter
    from harness.datasets import Dataset
    from policies.interface import Policy


@dataclass(frozen=True)
class Config:
    """Score a policy on recorded episodes, without a simulator."""

    policy: str = "demo"
    """`demo` (bundled), `hold`, `mean`, `random_replay` (another episode of the task), a checkpoint directory or a
    Hub id."""
    dataset: str | None = None
    """LeRobotDataset v3: a directory or a Hub id (owner/name[@revision]). Default: the demo episodes."""
    task: str = "all"
    """Only episodes of these tasks (RoboTwin's names, comma-separated), where the dataset names them."""
    episodes: str = "all"
    """Which episodes: a range like 0:25 (end excluded), a list like 3,7,9, or all."""
    horizon: int | None = None
    """Actions used of every chunk before the policy predicts again. Default: the policy's own."""
    strategy: cli.Strategy = "plain"
    """What is executed of overlapping chunks: the newest as it is; the weighted mean of all that reach a frame
    (temporal ensembling); or chunks that continue the last one's rest (real-time chunking, flow matching only)."""
    batch_size: int = 8
    """Rows of every call of the policy; another number rounds differently (1e-5)."""
    workers: int = 1
    """Processes that replay episodes; only 1 so far."""
    device: str = "auto"
    """Where the policy computes: cpu, cuda, cuda:1, ...; auto takes a GPU where there is one."""
    dtype: cli.Dtype = "auto"
    """Numbers the policy computes with; auto: bfloat16 for a full-size π0 on a GPU, else the checkpoint's own."""
    seed: int = 0
    """Run seed: with the episode and the frame, all that the policy's noise depends on."""
    videos: int = 2
    """How many of the episodes get a side-by-side video, from the first."""
    ablate: cli.Ablation = "none"
    """A control: the policy gets the pictures of other episodes of the task in the dataset, another task's
    instruction, or always the state of the first look. Whoever scores as well does not use that input."""
    out: Path | None = None
    """Run directory to write. Default: runs/<time>-openloop-<policy>."""
    resume: bool = False
    """Go on with the interrupted run in --out; the settings must be the same."""


def select(dataset: Dataset, episodes: str, task: str) -> list[int]:
    """The episodes `episodes` names (see `parse_episodes`), those of the tasks `task` names only."""
    from harness.datasets import parse_episodes

    chosen = parse_episodes(episodes, dataset.total_episodes)
    if task == "all":
        return chosen
    names = [name.strip() for name in task.split(",")]
    recorded = [dataset.record(index).get("task") for index in range(dataset.total_episodes)]
    known = {name for name in recorded if name}
    for name in names:
        if name not in known:
            raise UserError(cli.suggest(name, known, f"task of dataset {dataset.root}"))
    chosen = [index for index in chosen if dataset.record(index).get("task") in names]
    if not chosen:
        raise UserError(f"none of the episodes {episodes} is of {task}; leave one of the two out")
    return chosen


def named_tasks(dataset: Dataset, indices: Sequence[int]) -> list[str]:
    """RoboTwin's names of the episodes' tasks; UserError where the dataset does not say one."""
    found = list(dict.fromkeys(dataset.record(index).get("task") or "" for index in indices))
    if "" in found:
        raise UserError(
            f"dataset {dataset.root} does not name its episodes' tasks, which --ablate and random_replay need; "
            "leave them out"
        )
    return found


def mean_action_of(dataset: Dataset, episodes: Sequence[int]) -> tuple[NDArray[np.float32], str]:
    """The action (14,) that `mean` always sends, and in words what it is the mean of."""
    if dataset.mean_action is not None:
        return dataset.mean_action, "all frames of the dataset (meta/stats.json)"
    import numpy as np

    actions = np.concatenate([dataset.episode(index).actions for index in episodes])
    return actions.mean(axis=0), f"the {len(actions)} scored frames (the dataset has no statistics)"


def pick_device(device: str) -> str:
    """`device`, or for `auto` cuda where there is a GPU."""
    if device != "auto":
        return device
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def check(config: Config) -> None:
    """Raise UserError for a number that is out of range whatever the policy and the dataset are."""
    for flag, value, least in (
        ("--batch-size", config.batch_size, 1),
        ("--seed", config.seed, 0),
        ("--videos", config.videos, 0),
    ):
        if value < least:
            raise UserError(f"{flag} {value} is out of range; choose at least {least}")
    cli.check_workers(config.workers)


def load_to_replay(
    config: Config, dataset: Dataset, indices: Sequence[int], mean_action: NDArray[np.float32]
) -> Policy:
    """The policy `config` names, for these episodes of the dataset; PolicyError where it lacks the strategy."""
    from harness.task_episodes import demonstrations_of
    from policies import load_policy

    return load_policy(
        config.policy,
        device=pick_device(config.device),
        dtype=config.dtype,
        mean_action=mean_action,
        demonstrations=demonstrations_of(dataset, named_tasks(dataset, indices), by_scene=False)
        if config.policy == "random_replay"
        else None,
        seed=config.seed,
    )


def adapted(
    config: Config, policy: Policy, dataset: Dataset, indices: Sequence[int]
) -> tuple[ObservationAdapter, dict[str, Any] | None]:
    """What gives the policy the dataset's frames, with `--ablate` carried out, and what that is for provenance."""
    from harness.ablation import ablated
    from harness.adapter import adapter_for

    adapter, ablation = adapter_for(policy), None
    if config.ablate != "none":
        tasks = named_tasks(dataset, indices)
        adapter, ablation = ablated(
            adapter, config.ablate, policy, tasks, dataset, config.seed, by_scene=False
        )
    adapter.require(list(dataset.cameras), of=f"dataset {dataset.root}")
    return adapter, ablation


def main(config: Config, policy: Policy | None = None) -> None:
    """Run the evaluation `config` describes and print what came out; `policy` saves loading it again."""
    check(config)
    from harness.control_names import shown
    from harness.datasets import open_dataset
    from harness.openloop_run import Evaluation
    from harness.provenance import provenance
    from harness.report import write_report
    from harness.results import RunDir
    from harness.rollout import default_horizon
    from harness.samples import default_dataset
    from harness.trained_on import trained_words
    from policies.chunking import check_horizon, policy_for

    dataset = open_dataset(config.dataset or default_dataset())
    indices = select(dataset, config.episodes, config.task)
    dataset.verify(indices)
    mean_action, mean_source = mean_action_of(dataset, indices)
    policy = policy or load_to_replay(config, dataset, indices, mean_action)
    policy = policy_for(policy, config.strategy)
    horizon = check_horizon(
        default_horizon(policy) if config.horizon is None else config.horizon, policy.chunk_size
    )
    adapter, ablation = adapted(config, policy, dataset, indices)
    resolved = dataclasses.replace(
        config, horizon=horizon, device=pick_device(config.device), dataset=str(dataset.source)
    )
    facts = provenance(
        **dataset.provenance(),
        checkpoint_hash=policy.content_hash,
        policy=policy.describe(),
        cameras=adapter.describe().splitlines(),
        seeds=[config.seed],
        instructions="dataset",
        mean_action_source=mean_source,
        ablation=ablation,
        trained_on=trained_words(policy, dataset, indices),
    )
    name = shown(config.policy, vars(config))
    print(f"{name} on {dataset.source}: {len(indices)} episodes, horizon {horizon}")
    print(adapter.describe())
    if facts["trained_on"]:
        print(facts["trained_on"])
    with RunDir.create(
        "openloop", name, config=resolved, provenance=facts, out=config.out, resume=config.resume
    ) as run:
        evaluation = Evaluation(
            dataset,
            policy,
            adapter,
            run,
            mean_action,
            horizon=horizon,
            batch_size=config.batch_size,
            seed=config.seed,
            videos=config.videos,
            strategy=config.strategy,
            name=name,
        )
        evaluation.evaluate(indices)
        evaluation.conclude()
    print(f"report: {write_report([run.path], run.path)}")


if __name__ == "__main__":
    cli.run(main, Config)
