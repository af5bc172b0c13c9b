"""The policy that acts in scenes: loaded with what its name asks of a dataset, and held to its papers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from harness.samples import default_dataset
from harness.trained_on import refuse_trained_scenes

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from harness.closedloop import Config as ClosedLoop
    from harness.datasets import Dataset
    from harness.sweep import Config as Sweep
    from policies.interface import Policy


def load_to_act(asked: ClosedLoop | Sweep, tasks: Sequence[str], device: str) -> Policy:
    """The policy `asked` names, for scenes of these tasks.

    UserError where its papers say that it was trained on scenes it would act in: before it is loaded where they lie
    on this machine, after it for a Hub id.
    """
    from harness.task_episodes import demonstrations_of
    from policies import load_policy

    refuse_trained_scenes(asked.policy, tasks, asked.seed, asked.episodes)
    policy = load_policy(
        asked.policy,
        device=device,
        dtype=asked.dtype,
        mean_action=mean_of(asked_dataset(asked)) if asked.policy == "mean" else None,
        demonstrations=demonstrations_of(asked_dataset(asked), tasks, by_scene=True)
        if asked.policy == "random_replay"
        else None,
        seed=asked.seed,
    )
    refuse_trained_scenes(policy, tasks, asked.seed, asked.episodes)
    return policy


def asked_dataset(asked: ClosedLoop | Sweep) -> Dataset:
    """The dataset `asked` names, else the bundled one."""
    from harness.datasets import open_dataset

    return open_dataset(asked.dataset or default_dataset())


def mean_of(dataset: Dataset) -> NDArray[np.float32]:
    """Mean action (14,) of a dataset, for the `mean` baseline."""
    from harness.openloop import mean_action_of

    return mean_action_of(dataset, range(dataset.total_episodes))[0]
