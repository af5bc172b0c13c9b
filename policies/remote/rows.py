"""The rows of a policy batch as a server is asked for them: pictures as bytes again, repeated rows once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from policies.errors import PolicyError
from policies.interface import EPISODE_KEY, FRAME_KEY, LEFT_OVER_KEY, STATE_KEY, TASK_KEY

Episode = tuple[str, int]
"""(task name, dataset index or scene seed)."""


@dataclass(frozen=True, eq=False)
class Row:
    """What one row shows.

    images: policy key -> (3, H, W), uint8, or float32 in [0, 1] where the batch's are no bytes. state: (14,) float32.
    prompt: the instruction. frame: of its episode. episode: None where the batch does not say. noise: None for none.
    left_over: (L, 14) float32 of the chunk it continues, None where it begins one.
    """

    images: Mapping[str, np.ndarray]
    state: np.ndarray
    prompt: str
    frame: int
    episode: Episode | None
    noise: np.ndarray | None
    left_over: np.ndarray | None = None

    def same(self, other: Row) -> bool:
        """Whether two rows ask the same."""
        return (
            (self.prompt, self.frame, self.episode) == (other.prompt, other.frame, other.episode)
            and np.array_equal(self.state, other.state)
            and _equal(self.noise, other.noise)
            and _equal(self.left_over, other.left_over)
            and all(np.array_equal(image, other.images[key]) for key, image in self.images.items())
        )


def _equal(one: np.ndarray | None, other: np.ndarray | None) -> bool:
    if one is None or other is None:
        return one is other
    return np.array_equal(one, other)


ABOVE_255 = np.float32(255.01)
"""A byte / 255 times this is the byte and at most a hundredth more, so that what is cut off gives the byte again."""


class Pixels:
    """Float pictures as the bytes they were made from. It keeps its working memory: fresh pages cost ten times the
    arithmetic."""

    def __init__(self) -> None:
        self._scaled = np.empty(0, np.float32)
        self._same = np.empty(0, np.bool_)

    def of(self, image: np.ndarray) -> np.ndarray:
        """uint8 where `image` (float32 in [0, 1]) is bytes / 255 exactly, else `image` itself."""
        if self._scaled.shape != image.shape:
            self._scaled, self._same = np.empty(image.shape, np.float32), np.empty(image.shape, np.bool_)
        np.multiply(image, ABOVE_255, out=self._scaled)
        with np.errstate(invalid="ignore"):  # NaN is found below: it equals nothing
            found = self._scaled.astype(np.uint8)
        np.divide(found, np.float32(255), out=self._scaled, dtype=np.float32)
        return found if np.equal(self._scaled, image, out=self._same).all() else image


def rows_of(
    batch: Mapping[str, Any], images: Sequence[str], noise: np.ndarray | None, pixels: Pixels
) -> tuple[list[Row], list[int]]:
    """The different rows of a batch (see `policies.interface.Policy`), and which of them stands at each place.

    A batch is filled up with repeated rows; a server is asked for each once. PolicyError for a batch that is none.
    """
    missing = [key for key in (STATE_KEY, *images, TASK_KEY) if key not in batch]
    if missing:
        raise PolicyError(
            f"the server reads {missing[0]}, which the batch lacks; it has {', '.join(sorted(batch))}"
        )
    states = np.asarray(batch[STATE_KEY], dtype=np.float32)
    pictures = {key: _pictures(batch[key]) for key in images}
    frames = batch.get(FRAME_KEY, np.zeros(len(states), np.int64))
    episodes = batch.get(EPISODE_KEY) or [None] * len(states)
    left_over = np.asarray(batch[LEFT_OVER_KEY], dtype=np.float32) if LEFT_OVER_KEY in batch else None
    rows: list[Row] = []
    places: list[int] = []
    for i, state in enumerate(states):
        asked = Row(
            {
                key: picture[i] if picture.dtype == np.uint8 else pixels.of(picture[i])
                for key, picture in pictures.items()
            },
            state,
            batch[TASK_KEY][i],
            int(frames[i]),
            episodes[i] if episodes[i] is None else (str(episodes[i][0]), int(episodes[i][1])),
            None if noise is None else noise[i],
            None if left_over is None else left_over[i],
        )
        known = next((j for j, row in enumerate(rows) if row.same(asked)), None)
        if known is None:
            rows.append(asked)
        places.append(len(rows) - 1 if known is None else known)
    return rows, places


def _pictures(given: Any) -> np.ndarray:
    """(B, 3, H, W) of a batch: uint8 where it has bytes, else float32."""
    array = np.asarray(given)
    return array if array.dtype == np.uint8 else array.astype(np.float32, copy=False)
