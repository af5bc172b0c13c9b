"""Policies that learnt nothing: what any learnt policy has to beat, and the replay of an expert."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from policies.errors import PolicyError
from policies.interface import ACTION_DIM, EPISODE_KEY, FRAME_KEY, STATE_KEY

DEFAULT_CHUNK_SIZE = 50
"""π0's own."""


@dataclass(frozen=True, eq=False, kw_only=True)
class _Baseline:
    """What they have in common: they look at no image, use no noise and have no checkpoint."""

    chunk_size: int = DEFAULT_CHUNK_SIZE
    name: str = "baseline"
    images: tuple[str, ...] = field(default=(), init=False)
    noise_shape: tuple[int, int] | None = field(default=None, init=False)
    content_hash: str | None = field(default=None, init=False)
    names_episode: bool = field(default=False, init=False)
    takes_arrays: bool = field(default=True, init=False)

    def __post_init__(self) -> None:
        if self.chunk_size < 1:
            raise PolicyError(f"chunk size {self.chunk_size} is out of range: choose at least 1")

    def describe(self) -> dict[str, Any]:
        """What identifies this policy in a run's provenance."""
        return {"name": self.name, "type": type(self).__name__.lower(), "chunk_size": self.chunk_size}


@dataclass(frozen=True, eq=False, kw_only=True)
class Hold(_Baseline):
    """Repeats the current state for the whole chunk: the arms stay where they are."""

    name: str = "hold"

    def predict(self, batch: dict[str, Any], noise: np.ndarray | None = None) -> np.ndarray:
        """Chunks (B, C, 14) of the state (B, 14) of each row; see `policies.interface.Policy`."""
        state = np.asarray(batch[STATE_KEY], dtype=np.float32)
        return _checked(np.repeat(state[:, None], self.chunk_size, axis=1))


@dataclass(frozen=True, eq=False)
class Mean(_Baseline):
    """Sends the same action always, usually the mean action of a dataset.

    Args:
        action: (14,), raw units.
    """

    action: np.ndarray
    name: str = field(default="mean", kw_only=True)

    def predict(self, batch: dict[str, Any], noise: np.ndarray | None = None) -> np.ndarray:
        """Chunks (B, C, 14), all rows the mean action; see `policies.interface.Policy`."""
        action = np.asarray(self.action, dtype=np.float32)
        return _checked(np.tile(action, (len(batch[STATE_KEY]), self.chunk_size, 1)))

    def describe(self) -> dict[str, Any]:
        """The above and the action."""
        return {**super().describe(), "action": [float(a) for a in np.asarray(self.action)]}


@dataclass(frozen=True, eq=False)
class Replay(_Baseline):
    """Sends recorded actions by frame index, the last one for ever.

    Args:
        frames: (T, 14), T >= 1, raw units: the action of every frame of one episode.
    """

    frames: np.ndarray
    name: str = field(default="expert", kw_only=True)

    def predict(self, batch: dict[str, Any], noise: np.ndarray | None = None) -> np.ndarray:
        """Chunks (B, C, 14): frames t .. t+C-1 of each row's `frame_index` t."""
        frames = np.asarray(self.frames, dtype=np.float32)
        if frames.ndim != 2 or len(frames) == 0:
            raise PolicyError(f"nothing to replay: recorded frames are {frames.shape}, expected (T, 14)")
        first = np.asarray(batch[FRAME_KEY], dtype=np.int64)
        wanted = first[:, None] + np.arange(self.chunk_size)
        return _checked(frames[np.minimum(wanted, len(frames) - 1)])

    def describe(self) -> dict[str, Any]:
        """The above and the number of frames."""
        return {**super().describe(), "frames": len(self.frames)}


@dataclass(frozen=True, eq=False)
class RandomReplay(_Baseline):
    """Plays back a demonstration of the same task that has nothing to do with the scene: one drawn for each episode.

    Args:
        demonstrations: task name -> number of the episode -> actions (T, 14) of every frame, raw units. The number
            is what names an episode where it is played (dataset index, scene seed): none is played in itself.
        seed: of the draw, >= 0.
    """

    demonstrations: Mapping[str, Mapping[int, np.ndarray]]
    seed: int = field(default=0, kw_only=True)
    name: str = field(default="random_replay", kw_only=True)
    content_hash: str | None = field(default=None, init=False)
    names_episode: bool = field(default=True, init=False)

    def __post_init__(self) -> None:
        """Hash the demonstrations: they are what this policy is."""
        super().__post_init__()
        total = hashlib.sha256()
        for task, episodes in sorted(self.demonstrations.items()):
            for number, actions in sorted(episodes.items()):
                total.update(f"{task} {number} {np.shape(actions)}\n".encode())
                total.update(np.ascontiguousarray(actions, dtype="<f4").tobytes())
        object.__setattr__(self, "content_hash", total.hexdigest())

    def predict(self, batch: dict[str, Any], noise: np.ndarray | None = None) -> np.ndarray:
        """Chunks (B, C, 14): frames t .. t+C-1 of the demonstration drawn for each row's episode, its last for ever.

        Raises PolicyError where the task has no demonstration of another episode.
        """
        chunks = []
        for (task, number), first in zip(batch[EPISODE_KEY], batch[FRAME_KEY], strict=True):
            frames = np.asarray(self.drawn(task, number), dtype=np.float32)
            wanted = int(first) + np.arange(self.chunk_size)
            chunks.append(frames[np.minimum(wanted, len(frames) - 1)])
        return _checked(np.stack(chunks))

    def drawn(self, task: str, number: int) -> np.ndarray:
        """The actions (T, 14) played in an episode."""
        others = [key for key in sorted(self.demonstrations.get(task, {})) if key != number]
        if not others:
            raise PolicyError(
                f"no demonstration of {task} to replay but that of the episode itself; record more of them"
            )
        random = np.random.default_rng([self.seed, number, zlib.crc32(task.encode())])
        return self.demonstrations[task][others[random.integers(len(others))]]

    def describe(self) -> dict[str, Any]:
        """The above, how many demonstrations of each task there are, and their hash."""
        counts = {task: len(episodes) for task, episodes in sorted(self.demonstrations.items())}
        return {**super().describe(), "demonstrations": counts, "content_hash": self.content_hash}


def _checked(chunks: np.ndarray) -> np.ndarray:
    """The chunks, if they are (B, C, 14) and finite: a NaN in a state must not become a command."""
    if chunks.ndim != 3 or chunks.shape[-1] != ACTION_DIM:
        raise PolicyError(f"chunks are {chunks.shape}, expected (B, C, {ACTION_DIM}): check the state size")
    require_finite(chunks)
    return chunks


def require_finite(chunks: np.ndarray) -> None:
    """Raise a PolicyError that says which rows of chunks (B, C, 14) hold NaN or infinity."""
    bad = np.flatnonzero(~np.isfinite(chunks).all(axis=(1, 2)))
    if len(bad):
        rows = ", ".join(str(int(i)) for i in bad[:5]) + (" …" if len(bad) > 5 else "")
        raise PolicyError(
            f"the policy predicted NaN or infinite actions in row {rows} of a batch of {len(chunks)}: "
            "check the checkpoint's weights, its normalisation statistics and the observation it was given"
        )
