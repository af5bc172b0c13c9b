"""The policy that acts in scenes: loaded with what its name asks of a dataset, and held to its training record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from harness.datasets.demonstrations import demonstrations_of
from harness.datasets.reader import Dataset, open_dataset
from harness.datasets.survey import survey
from harness.files.bundled import default_dataset
from harness.scenes.sets import SceneSet
from harness.scenes.training_overlap import refuse_trained_scenes

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from policies.interface import Policy


class ActingRequest(Protocol):
    """What of a command's flags decides which policy acts."""

    @property
    def policy(self) -> str:
        """What was named."""
        ...

    @property
    def dataset(self) -> str | None:
        """Where `mean` and `random_replay` look."""
        ...

    @property
    def dtype(self) -> str:
        """Numbers to compute with."""
        ...

    @property
    def remote_format(self) -> str:
        """Protocol of a policy server."""
        ...

    @property
    def remote(self) -> str:
        """How it is spoken to."""
        ...

    @property
    def seed(self) -> int:
        """Evaluation seed."""
        ...

    @property
    def episodes(self) -> int:
        """Scenes a task."""
        ...


def load_to_act(asked: ActingRequest, tasks: Sequence[str], scenes: SceneSet, device: str) -> Policy:
    """The policy `asked` names, for these scenes of these tasks.

    UserError where its training record says that it was trained on scenes it would act in: before it is loaded where
    that lies on this machine, after it for a Hub id.
    """
    from policies import load_policy
    from policies.remote.options import read_options

    refuse_trained_scenes(asked.policy, tasks, scenes, asked.episodes)
    policy = load_policy(
        asked.policy,
        device=device,
        dtype=asked.dtype,
        mean_action=mean_of(requested_dataset(asked)) if asked.policy == "mean" else None,
        demonstrations=demonstrations_of(requested_dataset(asked), tasks, by_scene=True)
        if asked.policy == "random_replay"
        else None,
        seed=asked.seed,
        remote=read_options(asked.remote_format, asked.remote),
    )
    refuse_trained_scenes(policy, tasks, scenes, asked.episodes)
    return policy


def requested_dataset(asked: ActingRequest) -> Dataset:
    """The dataset `asked` names, else the bundled one."""
    return open_dataset(asked.dataset or default_dataset())


def mean_of(dataset: Dataset) -> NDArray[np.float32]:
    """Mean action (14,) of a dataset, for the `mean` baseline."""
    return survey(dataset, range(dataset.total_episodes)).mean_action
