"""Where a rollout left the demonstrations: how far its states are from everything that was demonstrated of the task.

A state is a point in the 12 arm joints (rad, targets as the controller holds them; grippers are left out, for they have
another unit), a demonstration the line through its states, which is the way the arms went: an action is a motion from
rest to rest in which all joints keep in step. The distance is Euclidean, to the nearest point of the nearest of these
lines, whenever it was passed. What is far is said by the demonstrations themselves: each has a farthest point from all
the others, and beyond the 95th percentile of these distances a rollout is where hardly any demonstration strays from
the rest. Pure functions.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.core.robot import ARMS

Array = NDArray[np.floating]
FEWEST = 2
"""Demonstrations without which there is no spread to measure."""
PERCENTILE = 95.0
POINTS = 200
"""Points a curve keeps."""
_ROWS = 256


@dataclass(frozen=True)
class Reach:
    """How far demonstrations of a task are from each other: `farthest` (n,) rad of each; beyond `threshold` is far."""

    farthest: Array
    threshold: float


@dataclass(frozen=True)
class Curve:
    """A distance over an episode, thinned: `frames` (K,), the farthest of its stretch each, and `distance` (K,) rad.

    `first`: the first frame beyond the threshold, None where there is none; `farthest`: the largest distance.
    """

    frames: list[int]
    distance: list[float]
    first: int | None
    farthest: float


def distances(states: Array, path: Array) -> Array:
    """Distance (T,) rad of the arm joints of states (T, 14) to the line through those of a path (N, 14)."""
    points, line = np.asarray(states, float)[:, ARMS], np.asarray(path, float)[:, ARMS]
    if len(line) == 1:
        return np.asarray(np.linalg.norm(points - line, axis=1))
    begin, along = line[:-1], np.diff(line, axis=0)
    length = np.maximum(np.square(along).sum(axis=1), 1e-18)
    parts = []
    for first in range(0, len(points), _ROWS):
        offset = points[first : first + _ROWS, None] - begin
        share = np.clip((offset * along).sum(axis=2) / length, 0.0, 1.0)
        away = offset - share[..., None] * along
        parts.append(np.sqrt(np.square(away).sum(axis=2).min(axis=1)))
    return np.concatenate(parts) if parts else np.empty(0)


def nearest(states: Array, paths: Sequence[Array]) -> Array:
    """Distance (T,) rad of states (T, 14) to the nearest of some paths, each (N, 14)."""
    return np.min([distances(states, path) for path in paths], axis=0)


def reach_of(paths: Sequence[Array]) -> Reach | None:
    """How far demonstrations, each (N, 14), are from each other; None of fewer than two."""
    if len(paths) < FEWEST:
        return None
    others = [[path for j, path in enumerate(paths) if j != i] for i in range(len(paths))]
    farthest = np.array([nearest(path, rest).max() for path, rest in zip(paths, others, strict=True)])
    return Reach(farthest, float(np.percentile(farthest, PERCENTILE)))


def curve_of(distance: Array, threshold: float | None) -> Curve:
    """A distance over the frames of an episode (T,), T >= 1, as it is kept."""
    beyond = np.flatnonzero(distance > threshold) if threshold is not None else np.empty(0, int)
    edges = np.unique(np.linspace(0, len(distance), min(POINTS, len(distance)) + 1).astype(int))
    frames = [int(a + distance[a:b].argmax()) for a, b in itertools.pairwise(edges)]
    return Curve(
        frames,
        [round(float(distance[frame]), 4) for frame in frames],
        int(beyond[0]) if beyond.size else None,
        round(float(distance.max()), 4),
    )
