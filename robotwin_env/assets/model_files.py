"""Numbers of a model's files, checked one by one: an AssetError names file and key."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from robotwin_env.errors import AssetError

Float = NDArray[np.float64]


def array(file: Path, data: Mapping[str, Any], key: str, shape: tuple[int, ...]) -> Float:
    """Finite numbers of this shape under `key`, or AssetError naming file and key."""
    try:
        value = np.asarray(data[key], float)
    except (KeyError, TypeError, ValueError):
        value = np.full(shape, np.nan)
    if value.shape != shape or not np.isfinite(value).all():
        raise AssetError(f"{file} has no {key!r} of {' x '.join(map(str, shape))} numbers; download it again")
    return value


def entries(file: Path, data: Mapping[str, Any], key: str) -> list[Any]:
    """The list under `key`, empty where there is none, or AssetError naming file and key."""
    value = data.get(key) or []
    if not isinstance(value, list):
        raise AssetError(f"{file} has no list under {key!r}; download it again")
    return value


def matrices(file: Path, data: Mapping[str, Any], key: str) -> list[Float]:
    """The frames (4, 4) in the list under `key`, which may itself be a single one, or AssetError as `array`."""
    listed = entries(file, data, key)
    alone = (
        bool(listed)
        and isinstance(listed[0], list)
        and bool(listed[0])
        and not isinstance(listed[0][0], list)
    )
    return [array(file, {key: frame}, key, (4, 4)) for frame in ([listed] if alone else listed)]


def scaled(matrix: Float, scale: Float) -> Float:
    """A frame whose position is brought from model units to metres."""
    result = np.array(matrix, float)
    result[:3, 3] *= scale
    return result
