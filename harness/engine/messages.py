"""What the process that predicts and the processes that simulate say to each other, over pipes between them.

parent -> worker   the Setup of every policy once, then for each Attempt itself and, whenever asked, Answer
worker -> parent   Ready once, then for each attempt Screened (unless it was), any number of Ask or Going, and
                   Finished or Broken; Unwritable instead of them where the run cannot go on
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.rollout.adapter import Observation
from harness.rollout.environments import SceneOptions
from harness.scenes.protocol import Verdict

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from policies.errors import PolicyError


@dataclass(frozen=True)
class Setup:
    """What is the same for all episodes of a run, of one policy.

    roles: the cameras drawn. read: those of them the policy looks at. policy: its name. chunk_size: C of its
    chunks, None for the replay of the expert. horizon, strategy: see `harness.rollout.world`. videos: the folder for
    films, None for none. run: the run's folder, where trajectories go, None for none. label: what the scenes are
    made of, for the films. observer: films show the scene from outside too. max_actions: of an episode, None for the
    task's own limit.
    """

    options: SceneOptions
    roles: tuple[str, ...]
    read: tuple[str, ...]
    policy: str
    chunk_size: int | None
    horizon: int
    strategy: str
    check_expert: bool
    videos: Path | None = None
    run: Path | None = None
    label: str = ""
    observer: bool = False
    max_actions: int | None = None


@dataclass(frozen=True)
class Ready:
    """The worker is there."""


@dataclass(frozen=True)
class Screened:
    """Whether the scene counts; where it does, and the attempt runs, it is run next."""

    verdict: Verdict


@dataclass(frozen=True)
class Ask:
    """A chunk is wanted for what the robot sees now; `left_over` as in `policies.chunking.Chunker`."""

    observation: Observation
    left_over: NDArray[np.float32] | None

    @property
    def frame(self) -> int:
        """The frame of the episode it is asked at."""
        return self.observation.frame_index


@dataclass(frozen=True)
class Answer:
    """A chunk (C, 14), or why there is none, and the policy's seconds for it."""

    chunk: NDArray[np.float32] | PolicyError
    seconds: float


@dataclass(frozen=True)
class Going:
    """Nothing is wanted; the episode is at this frame."""

    frame: int


@dataclass(frozen=True)
class Finished:
    """The episode's row, its video written."""

    row: dict[str, Any]


@dataclass(frozen=True)
class Broken:
    """A mistake ended the attempt: its line, and the traceback where it is not the user's."""

    reason: str
    details: str | None


@dataclass(frozen=True)
class Unwritable:
    """The run's folder does not take the film or the trajectory: why."""

    reason: str
