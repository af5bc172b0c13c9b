"""One pass over the numbers of the episodes that will be scored, before the work starts.

What would end a run in its twelfth hour (NaN, a lost frame, rows that are not there) ends it here; what a reader must
know of the data is found at the same time.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from harness.core.errors import UserError
from harness.core.robot import STATE_DIM
from harness.datasets.clips import Film
from harness.datasets.forms.hdf5_pictures import Pictures
from harness.datasets.reader import Dataset, Episode
from harness.datasets.vectors import joint_names
from harness.datasets.vectors.state_fit import StateFit

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Survey:
    """What the scored episodes hold.

    frames: of all. mean_action (14,): over them. state_range, action_range (2, 14): least and largest. instructions:
    each once. several: episodes whose instruction changes on the way. broken: camera -> what is wrong with its films.
    one_frame: every action is the state of its own frame. fit: what actions say against states, in sentences.
    """

    frames: int
    mean_action: NDArray[np.float32]
    state_range: NDArray[np.float32]
    action_range: NDArray[np.float32]
    instructions: tuple[str, ...]
    several: tuple[int, ...]
    broken: Mapping[str, str]
    one_frame: bool = False
    fit: tuple[str, ...] = ()

    def require(self, cameras: Iterable[str]) -> None:
        """Raise UserError where the films of one of `cameras` are not whole; what nobody looks at may be broken."""
        for camera in cameras:
            if camera in self.broken:
                raise UserError(self.broken[camera])


def survey(dataset: Dataset, episodes: Sequence[int]) -> Survey:
    """Read the numbers of every one of `episodes` and look up every frame of theirs, decoding none but the last.

    Raises UserError naming file and episode for what is missing, damaged or no number; films that are not whole are
    only noted (`Survey.require`).
    """
    dataset.fetch(episodes)
    films = _Films(dataset, episodes)
    total = np.zeros(STATE_DIM)
    bounds = {part: np.array([[np.inf], [-np.inf]]).repeat(STATE_DIM, 1) for part in ("states", "actions")}
    frames, several, one_frame, fit = 0, [], True, StateFit()
    instructions: dict[str, None] = {}
    for index in episodes:
        episode = dataset.episode(index)
        films.look_up(episode)
        frames += episode.length
        fit.add(episode.states, episode.actions)
        one_frame = one_frame and np.array_equal(episode.states, episode.actions)
        total += episode.actions.sum(axis=0, dtype=np.float64)
        for part, values in (("states", episode.states), ("actions", episode.actions)):
            bounds[part][0] = np.minimum(bounds[part][0], values.min(axis=0))
            bounds[part][1] = np.maximum(bounds[part][1], values.max(axis=0))
        own = dict.fromkeys(episode.tasks)
        instructions |= own
        if len(own) > 1:
            several.append(index)
    return Survey(
        frames,
        (total / max(frames, 1)).astype(np.float32),
        bounds["states"].astype(np.float32),
        bounds["actions"].astype(np.float32),
        tuple(instructions),
        tuple(several),
        films.finish(),
        one_frame and bool((bounds["states"][0] < bounds["states"][1]).any()),
        tuple(fit.remarks()),
    )


class _Films:
    """Looks up every frame in every film, and decodes the last frame of each file."""

    def __init__(self, dataset: Dataset, episodes: Sequence[int]):
        self._broken: dict[str, str] = {}
        self._last: dict[Path, tuple[str, Film, int]] = {}
        for camera in dataset.cameras:
            self._try(camera, functools.partial(dataset.fetch_films, camera, episodes))

    def look_up(self, episode: Episode) -> None:
        for camera, clip in episode.clips.items():
            if isinstance(clip, Film) and camera not in self._broken:
                self._try(camera, functools.partial(self._locate, camera, clip, episode.length))
            elif isinstance(clip, Pictures):
                self._try(camera, clip.check)

    def _locate(self, camera: str, film: Film, length: int) -> None:
        film.positions(np.arange(length))
        path = film.video.path
        if path not in self._last or film.start > self._last[path][1].start:
            self._last[path] = (camera, film, length - 1)

    def finish(self) -> dict[str, str]:
        for camera, film, frame in self._last.values():
            self._try(camera, functools.partial(film.decode, [frame]))
        return self._broken

    def _try(self, camera: str, what: Callable[[], object]) -> None:
        try:
            what()
        except UserError as error:
            self._broken.setdefault(camera, str(error))


def verify(dataset: Dataset, episodes: Sequence[int]) -> Survey:
    """`survey`, with every camera required."""
    scored = survey(dataset, episodes)
    scored.require(dataset.cameras)
    return scored


def described(dataset: Dataset) -> tuple[list[str], list[str]]:
    """What its names say, without its numbers: why it would be refused, and what a reader must know of it, in lines."""
    state, action = dataset.info.state_names, dataset.info.action_names
    parts = (("state", state), ("action", action))
    refusals = [joint_names.refusal(names, f"{part} of dataset {dataset.source}") for part, names in parts]
    remarks = list(dataset.remarks)
    for part, names in parts[state == action :]:
        remarks += joint_names.remarks(names, "data" if state == action else f"data's {part}")
    return list(filter(None, refusals)), remarks


def data_remarks(dataset: Dataset, scored: Survey) -> list[str]:
    """What a reader must know of the data; UserError where its numbers are not those of joints and grippers."""
    refusals, remarks = described(dataset)
    if refusals:
        raise UserError(refusals[0])
    for part, (low, high) in (("state", scored.state_range), ("action", scored.action_range)):
        remarks += joint_names.value_remarks(low, high, f"data's {part}s")
    remarks += scored.fit
    if scored.one_frame:
        remarks.append(
            "every action is the state of its own frame: there is nothing to predict, and `hold` is without error; "
            "convert the recording with the next frame's state as action"
        )
    if scored.several:
        remarks.append(
            f"the instruction changes within {len(scored.several)} episodes ({scored.several[0]}, ...): each frame is "
            "predicted with its own, and an episode is listed under its first"
        )
    return remarks
