"""What is shown of an episode, whatever it comes from: plain arrays over frames, for `recording` to log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Pictures(Protocol):
    """Decodes pictures when they are logged, a few at a time."""

    def __call__(self, frames: NDArray[np.int64]) -> Mapping[str, NDArray[np.uint8]]:
        """Role -> (n, H, W, 3) uint8 of the `frames` (n,)."""
        ...


@dataclass(frozen=True)
class Film:
    """A run's own film and the frames its pictures were taken after (n,); those left over show the outcome."""

    path: Path
    frames: NDArray[np.int64]


@dataclass(frozen=True)
class Poses:
    """Poses (K, 7) by name, read after `frames` (K,) actions; `stages` name -> reached (K,)."""

    frames: NDArray[np.int64]
    actors: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)
    hands: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)
    stages: Mapping[str, NDArray[np.bool_]] = field(default_factory=dict)


@dataclass(frozen=True)
class Shown:
    """One episode.

    `title` and `notes` (instruction, outcome) in text. `states` (S, 14) at frames 0 … S - 1; `actions` name -> (T, 14)
    at the frame they are sent (`sent`, `recorded`). `replans` (R,) and `chunks` (R, C, 14) as predicted there.
    """

    title: str
    notes: tuple[str, ...]
    states: NDArray[np.float32]
    actions: Mapping[str, NDArray[np.float32]]
    replans: NDArray[np.int64]
    chunks: NDArray[np.float32]
    pictures: Pictures | None = None
    film: Film | None = None
    poses: Poses | None = None


NO_REPLANS = np.zeros(0, np.int64)
NO_CHUNKS = np.zeros((0, 0, 14), np.float32)
