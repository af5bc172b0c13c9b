"""meta/info.json of a LeRobotDataset: what it says, checked before anything relies on it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from harness.core.errors import UserError
from harness.core.robot import STATE_DIM, role_of
from harness.core.text import one_line, short
from harness.files.reading import read_json

STATE, ACTION = "observation.state", "action"
MOST_FPS = 1000.0
FPS_TOLERANCE = 0.01
NAMES_NESTED = 3
NUMBERS = {"v3": ("chunk_index", "file_index"), "v2": ("episode_chunk", "episode_index")}
"""What numbers a path in info.json may leave open, beside the camera's name, by format; anything else that `str.format`
understands is refused."""
MOST_A_CHUNK = 10**9


@dataclass(frozen=True)
class Camera:
    """A camera of a dataset: its feature, whether it is a film or pictures in the table, (H, W) where declared."""

    key: str
    film: bool
    size: tuple[int, int] | None


@dataclass(frozen=True)
class DatasetInfo:
    """What info.json says.

    cameras: role (`head`, ...) or, for one that has none, its own key -> camera. state_names, action_names: what the
    14 numbers are called, None where it does not say. data_path, video_path: the path templates of data and films.
    chunks_size: how many episodes a folder of format v2 holds. features: all that a row has. recorder: the robot_type.
    episodes: how many there should be, None where it does not say.
    """

    version: str
    fps: float
    cameras: Mapping[str, Camera]
    state_names: tuple[str, ...] | None
    action_names: tuple[str, ...] | None
    data_path: str
    video_path: str
    chunks_size: int = 1000
    features: frozenset[str] = frozenset()
    recorder: str = ""
    episodes: int | None = None

    def data_file(self, chunk: int, file: int) -> str:
        """The data file of that number, relative to the dataset."""
        return self.data_path.format(chunk_index=chunk, file_index=file)

    def video_file(self, key: str, chunk: int, file: int) -> str:
        """The film of a camera of that number, relative to the dataset."""
        return self.video_path.format(video_key=key, chunk_index=chunk, file_index=file)


def read_info(root: Path) -> DatasetInfo:
    """meta/info.json, of a format version this harness reads; UserError for what cannot be used."""
    path = root / "meta" / "info.json"
    if not path.is_file():
        raise UserError(
            f"{one_line(str(root))} is not a LeRobot dataset (it has no meta/info.json); give the dataset's "
            "own directory"
        )
    info = read_json(path)
    version = short(str(info.get("codebase_version")))
    if not version.startswith(("v3.", "v2.")):
        old = version.startswith("v1.")
        fix = (
            "convert it with the LeRobot release that made it"
            if old
            else "update the harness, or convert it with LeRobot"
        )
        raise UserError(f"dataset {root} has format {version}, this reads v3 and v2; {fix}")
    features = info.get("features")
    if not isinstance(features, Mapping) or not all(isinstance(f, Mapping) for f in features.values()):
        raise UserError(
            f"{path}: 'features' must be an object of objects; copy or download the dataset again"
        )
    fps = _fps(info.get("fps"), path)
    cameras = _cameras(features, path)
    films = any(camera.film for camera in cameras.values())
    for key in (camera.key for camera in cameras.values()):
        _check_film_rate(features[key], fps, key, path)
    for name in (STATE, ACTION):
        _check_vector(root, name, features)
    return DatasetInfo(
        version,
        fps,
        cameras,
        _names(features[STATE].get("names")),
        _names(features[ACTION].get("names")),
        _template(info.get("data_path"), "data_path", path, version[:2]),
        _template(info.get("video_path"), "video_path", path, version[:2]) if films else "",
        _chunks_size(info.get("chunks_size", 1000), path),
        frozenset(features),
        short(str(info.get("robot_type") or "")),
        total
        if isinstance(total := info.get("total_episodes"), int) and not isinstance(total, bool)
        else None,
    )


def _chunks_size(value: Any, path: Path) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= MOST_A_CHUNK:
        raise UserError(f"{path}: chunks_size is {short(repr(value))}; it must be a number of episodes")
    return value


def _fps(value: Any, path: Path) -> float:
    if value is None:
        raise UserError(f"{path} lacks 'fps'; copy or download the dataset again")
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not number or not math.isfinite(value) or not 0 < value <= MOST_FPS:
        raise UserError(
            f"{path}: fps is {short(repr(value))}; it must be a number of frames a second up to {MOST_FPS:.0f}"
        )
    return float(value)


def _check_film_rate(feature: Mapping[str, Any], fps: float, key: str, path: Path) -> None:
    about = feature.get("info") or feature.get("video_info")
    rate = about.get("video.fps") if isinstance(about, Mapping) else None
    if not isinstance(rate, (int, float)) or isinstance(rate, bool):
        return
    if not abs(rate - fps) <= FPS_TOLERANCE * fps:  # also catches NaN
        raise UserError(
            f"{path} says {fps:g} frames a second for the dataset and {rate:g} for the film of {short(key)}; one of "
            "them is wrong, so no frame can be trusted: correct it"
        )


def _cameras(features: Mapping[str, Mapping[str, Any]], path: Path) -> dict[str, Camera]:
    """Films and pictures by role where their name has one (the first of it), by their own key otherwise."""
    cameras: dict[str, Camera] = {}
    for key, feature in features.items():
        about = feature.get("info") or feature.get("video_info")
        depth = isinstance(about, Mapping) and (about.get("is_depth_map") or about.get("video.is_depth_map"))
        if feature.get("dtype") not in ("video", "image") or depth:
            continue
        if not key or any(part in ("", ".", "..") for part in key.split("/")):
            raise UserError(f"{path} has a camera called {short(key)!r}, which is no name for one; rename it")
        shape = feature.get("shape")
        sizes = [n for n in shape if isinstance(n, int) and n > 4] if isinstance(shape, list) else []
        role = role_of(key)
        name = role if role and role not in cameras else key
        cameras[name] = Camera(
            key, feature["dtype"] == "video", (sizes[0], sizes[1]) if len(sizes) == 2 else None
        )
    return cameras


def _check_vector(root: Path, name: str, features: Mapping[str, Mapping[str, Any]]) -> None:
    feature = features.get(name)
    parts = [short(key, 40) for key in features if key.startswith(f"{name}.")]
    if feature is None and parts:
        raise UserError(
            f"dataset {root} has no {name} but parts of it ({', '.join(parts[:6])}): put them together as one "
            f"{name} of ({STATE_DIM},), left j1..j6, left gripper, right j1..j6, right gripper"
        )
    shape = feature.get("shape") if feature is not None else None
    if not isinstance(shape, (list, tuple)) or tuple(shape) != (STATE_DIM,):
        is_shape = isinstance(shape, (list, tuple)) and all(isinstance(n, int) for n in shape)
        given = f"({', '.join(map(str, shape))},)" if is_shape and shape else short(repr(shape))
        raise UserError(
            f"dataset {root} has {f'{name} of shape {given}' if feature is not None else f'no {name}'}; expected "
            f"({STATE_DIM},): left j1..j6, left gripper, right j1..j6, right gripper"
        )


def _names(names: Any) -> tuple[str, ...] | None:
    """The names of a vector's numbers in the forms in use: a list, one in another, an object of those or of places."""
    flat = [names]
    for _ in range(NAMES_NESTED):
        inner = [_listed(item) if isinstance(item, Mapping) else item for item in flat]
        flat = [name for item in inner for name in (item if isinstance(item, list) else [item])]
    if not flat or not all(isinstance(name, str) for name in flat):
        return None
    return tuple(short(one_line(name), 40) for name in flat)


def _listed(names: Mapping[Any, Any]) -> list[Any]:
    """An object's names: its values, or its keys by their places where the values are those: {"left_j1": 0, ...}."""
    places = list(names.values())
    whole = all(isinstance(at, int) and not isinstance(at, bool) for at in places)
    if whole and sorted(places) == list(range(len(places))):
        return sorted(names, key=lambda name: names[name])
    return places


def _filled(text: Any, form: str) -> str:
    """A path template with the fields of a format filled in; `{` where it is no text."""
    first, second = NUMBERS[form]
    field = rf"\{{(?:video_key|(?:{first}|{second})(?::0?[0-9]{{1,2}}d)?)\}}"
    return re.sub(field, "x", text) if isinstance(text, str) else "{"


def _template(text: Any, name: str, path: Path, form: str) -> str:
    """A path template that stays inside the dataset; UserError for any other."""
    if text is None:
        raise UserError(f"{path} lacks {name!r}; copy or download the dataset again")
    first, second = NUMBERS[form]
    rest = _filled(text, form)
    for other in NUMBERS:
        if "{" in rest and "{" not in _filled(text, other):
            raise UserError(
                f"{path} says codebase_version {form} and gives the {name} of a dataset of format {other}; correct "
                "codebase_version"
            )
    parts = PurePosixPath(rest).parts
    if "{" in rest or "}" in rest or "\0" in rest or rest.startswith("/") or ".." in parts or not parts:
        raise UserError(
            f"{path}: {name} is {short(repr(text), 80)}; it must be a path inside the dataset with no other "
            f"fields than {{video_key}}, {{{first}:03d}} and {{{second}:03d}}"
        )
    return str(text)
