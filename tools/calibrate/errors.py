"""What an episode's error may be distributed like: draws of known mean, one column a simulated run."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

Draw = Callable[[np.random.Generator, tuple[int, int]], np.ndarray]


class Errors(NamedTuple):
    """draw(rng, (n, R)) gives R runs of n episodes; mean is the true mean of one episode."""

    draw: Draw
    mean: float


def lognormal(sigma: float) -> Draw:
    """Mean 1; the skewness is 1.75 at sigma 0.5, 6.2 at 1."""
    return lambda rng, shape: rng.lognormal(-(sigma**2) / 2, sigma, shape)


def _normal(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    return rng.normal(1, 0.3, shape)


def zero_inflated(zeros: float, rest: Draw) -> Errors:
    """A part `zeros` of the episodes has no error at all; the mean of `rest` is 1."""
    return Errors(lambda rng, shape: (rng.random(shape) >= zeros) * rest(rng, shape), 1 - zeros)


def _gap(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    return lognormal(1.0)(rng, shape) - lognormal(1.0)(rng, shape)


def _proportional(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    return lognormal(0.7)(rng, shape) * (1 - 0.9 * lognormal(0.2)(rng, shape))


REFERENCE = {
    "normal": Errors(_normal, 1.0),
    "exponential": Errors(lambda rng, shape: rng.exponential(1.0, shape), 1.0),
    "lognormal 0.5": Errors(lognormal(0.5), 1.0),
    "lognormal 1": Errors(lognormal(1.0), 1.0),
    "30 % zeros, lognormal 0.5": zero_inflated(0.3, lognormal(0.5)),
    "50 % zeros, lognormal 0.5": zero_inflated(0.5, lognormal(0.5)),
    "50 % zeros, normal": zero_inflated(0.5, _normal),
    "50 % zeros, lognormal 1": zero_inflated(0.5, lognormal(1.0)),
}
"""What an interval must hold 95 % ± 2 for to be shown."""
PAIRED = {
    "of two independent lognormal 1": Errors(_gap, 0.0),
    "proportional to a lognormal 0.7": Errors(_proportional, 0.1),
    "50 % ties, else normal (0.1, 0.3)": Errors(
        lambda rng, shape: (rng.random(shape) >= 0.5) * rng.normal(0.1, 0.3, shape), 0.05
    ),
}
"""Differences of two runs on the same episodes."""


def _limits(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    return np.where(rng.random(shape) < 0.02, 400.0, rng.normal(20, 3, shape))


BEYOND = {
    "lognormal 1.5": Errors(lognormal(1.5), 1.0),
    "70 % zeros, lognormal 0.5": zero_inflated(0.7, lognormal(0.5)),
    "90 % zeros, lognormal 0.5": zero_inflated(0.9, lognormal(0.5)),
    "2 % at 400, else normal (20, 3)": Errors(_limits, 0.02 * 400 + 0.98 * 20),
}
"""Worse than what the rule was made for: how far is it out?"""


def _ones(part: float) -> Draw:
    return lambda rng, shape: np.where(rng.random(shape) < part, 1.0, rng.beta(5, 2, shape))


SHARES = {
    "Beta(2, 2)": Errors(lambda rng, shape: rng.beta(2, 2, shape), 0.5),
    "Beta(8, 1)": Errors(lambda rng, shape: rng.beta(8, 1, shape), 8 / 9),
    "Beta(30, 1)": Errors(lambda rng, shape: rng.beta(30, 1, shape), 30 / 31),
    "70 % ones, else Beta(5, 2)": Errors(_ones(0.7), 0.7 + 0.3 * 5 / 7),
    "90 % ones, else Beta(5, 2)": Errors(_ones(0.9), 0.9 + 0.1 * 5 / 7),
    "97 % ones, else Beta(5, 2)": Errors(_ones(0.97), 0.97 + 0.03 * 5 / 7),
    "0 or 1, rate 0.9": Errors(lambda rng, shape: (rng.random(shape) < 0.9).astype(float), 0.9),
}
"""Part of an episode's steps within a threshold, or of its stages reached."""
