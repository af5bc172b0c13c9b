"""A checkpoint's statistics of its numbers, and how far a world's numbers lie from them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]

MEAN_STD, MIN_MAX, IDENTITY = "MEAN_STD", "MIN_MAX", "IDENTITY"
BOUNDS = {MIN_MAX: ("min", "max"), "QUANTILES": ("q01", "q99"), "QUANTILE10": ("q10", "q90")}
"""LeRobot's ways to normalise to -1..1, and the statistics they map there (lerobot 0.6.1, normalize_processor.py)."""
EPS = 1e-8
"""What LeRobot adds to a width before it divides."""
FAR = {MEAN_STD: 6.0}
FAR_OF_BOUNDS = 3.0
"""Normalised numbers from here on are far outside: six standard deviations, or a whole range beyond either bound."""


@dataclass(frozen=True)
class Statistics:
    """How numbers are normalised: LeRobot's `mode`, and its statistics by name, (n,) each."""

    mode: str = IDENTITY
    values: Mapping[str, Float] = field(default_factory=dict)

    @property
    def known(self) -> bool:
        """Whether there is anything to hold numbers against."""
        return all(name in self.values for name in self.names)

    @property
    def size(self) -> int | None:
        """n; None where nothing is known or the statistics are not all of as many numbers."""
        sizes = {len(self.values[name]) for name in self.names} if self.known else set()
        return sizes.pop() if len(sizes) == 1 else None

    @property
    def far(self) -> float:
        """From which normalised value on a number is far outside."""
        return FAR.get(self.mode, FAR_OF_BOUNDS)

    @property
    def names(self) -> tuple[str, ...]:
        """The two statistics that the mode uses."""
        return ("mean", "std") if self.mode == MEAN_STD else BOUNDS.get(self.mode, ())

    def normalised(self, numbers: Float) -> Float:
        """`numbers` (n,) in the checkpoint's own unit: standard deviations from the mean, or -1..1."""
        low, high = (np.asarray(self.values[name], dtype=np.float64) for name in self.names)
        if self.mode == MEAN_STD:
            return (numbers - low) / (high + EPS)
        width = high - low
        return 2 * (numbers - low) / np.where(width == 0, EPS, width) - 1

    def describe(self, index: int) -> str:
        """The statistics of one number: `mean 0.12, std 0.40`."""
        return ", ".join(f"{name} {self.values[name][index]:.3g}" for name in self.names)


def farthest(statistics: Statistics, low: Float, high: Float) -> Float:
    """Of each number whose range is low..high (n,), the normalised value that lies farthest out (n,), with its sign."""
    ends = np.stack([statistics.normalised(low), statistics.normalised(high)])
    return np.take_along_axis(ends, np.abs(ends).argmax(axis=0)[None], axis=0)[0]
