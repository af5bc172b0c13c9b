"""Predicting for many worlds at once: batches of one fixed shape in which every row has its place.

How a row is rounded depends on the shape of its batch and, in small batches, on its place (measured: BLAS
computes 2 or 3 rows of 14 numbers otherwise for the second than for the first). Here the shape is the
configuration's and an episode's place is its own, so that nothing depends on who else is waiting.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.rollout.adapter import ObservationAdapter
from policies.chunking import predict_rows
from policies.errors import PolicyError
from policies.interface import LEFT_OVER_KEY
from policies.noise import frame_noise

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from policies.interface import Policy


@dataclass(frozen=True)
class Row:
    """One row of a batch: the entries of a policy batch without the leading dimension, and its noise."""

    entries: dict[str, Any]
    noise: NDArray[np.float32] | None

    @property
    def continues(self) -> bool:
        """Whether it continues a chunk; rows that do and rows that do not cannot share a batch."""
        return LEFT_OVER_KEY in self.entries


def make_row(
    policy: Policy,
    adapter: ObservationAdapter,
    observation: Any,
    left_over: NDArray[np.float32] | None,
    run_seed: int,
    episode: int,
) -> Row:
    """The row of one observation, with the noise of its run, episode and frame."""
    entries = adapter.row(observation)
    if left_over is not None:
        entries = {**entries, LEFT_OVER_KEY: left_over}
    shape = policy.noise_shape
    noise = None if shape is None else frame_noise(run_seed, episode, observation.frame_index, shape)
    return Row(entries, noise)


def predict_places(
    policy: Policy, rows: Mapping[int, Row], batch_size: int
) -> dict[int, NDArray[np.float32] | PolicyError]:
    """The chunk (C, 14) of the row at each place 0 … batch_size - 1, or what the policy said against it.

    All rows continue a chunk, or none. Empty places are filled with one of the rows. A policy reports a bad
    batch, not a bad row: then every row is asked again by itself, at its place.
    """
    if not rows:
        return {}
    filler = next(iter(rows.values()))
    batch = [rows.get(place, filler) for place in range(batch_size)]
    noises = [row.noise for row in batch if row.noise is not None] or None
    try:
        chunks = _finite(predict_rows(policy, [row.entries for row in batch], noises, batch_size))
    except PolicyError as error:
        if len(rows) == 1:
            return dict.fromkeys(rows, error)
        alone = (predict_places(policy, {place: row}, batch_size) for place, row in rows.items())
        return {place: chunk for part in alone for place, chunk in part.items()}
    return {place: chunks[place] for place in rows}


def _finite(chunks: NDArray[Any]) -> NDArray[Any]:
    if not np.isfinite(chunks).all():
        raise PolicyError(
            "it predicted NaN or infinite actions; check the checkpoint's normalisation statistics"
        )
    return chunks
