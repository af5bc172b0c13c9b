"""What a server answers, held to what a chunk has to be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from policies.errors import PolicyError
from policies.interface import ACTION_DIM
from policies.remote.errors import WireError

LONGEST_CHUNK = 4096


@dataclass(frozen=True)
class Answer:
    """actions: (H, 14) float32, finite. server_ms: what the server says it computed for; None where it does not."""

    actions: np.ndarray
    server_ms: float | None = None


def actions_of(value: Any) -> np.ndarray:
    """(H, 14) float32 from the actions of an answer: (H, 14), (1, H, 14), one action (14,), or XPolicyLab's maps.

    WireError for what is no such thing, PolicyError for NaN and infinity.
    """
    if isinstance(value, list | tuple) and value and all(isinstance(item, Mapping) for item in value):
        value = [_joined(item) for item in value]
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise WireError("its actions are lists of unequal lengths") from error
    if array.dtype.kind not in "iuf":
        raise WireError(f"its actions are {_named(value)}, not numbers")
    if array.ndim == 1:
        array = array[None]
    if array.ndim == 3 and len(array) == 1:
        array = array[0]
    if array.ndim != 2 or array.shape[1] != ACTION_DIM or not 1 <= len(array) <= LONGEST_CHUNK:
        raise WireError(
            f"its actions are {array.shape}; expected (chunk, {ACTION_DIM}): left j1..j6, left gripper, right j1..j6, "
            "right gripper, so it serves another robot or another format (--remote-format)"
        )
    if not np.isfinite(array).all():
        raise PolicyError("it answered with NaN or infinite actions; check its checkpoint and statistics")
    with np.errstate(over="ignore"):
        actions = array.astype(np.float32)
    if not np.isfinite(actions).all():
        raise PolicyError("it answered with actions that no float32 holds; check its statistics")
    return actions


def _joined(action: Mapping[str, Any]) -> np.ndarray:
    """One action (14,) of XPolicyLab's four parts."""
    parts = []
    for key, size in (
        ("left_arm_joint_state", 6),
        ("left_ee_joint_state", 1),
        ("right_arm_joint_state", 6),
        ("right_ee_joint_state", 1),
    ):
        part = np.atleast_1d(np.asarray(action.get(key, ())))
        if part.shape != (size,) or part.dtype.kind not in "iuf":
            raise WireError(
                f"an action lacks {key} ({size},); it has {', '.join(sorted(map(str, action)))[:120]}"
            )
        parts.append(part)
    return np.concatenate(parts)


def milliseconds(value: Any) -> float | None:
    """A duration that a server reports; None where it is none."""
    good = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e9
    return float(value) if good else None


def _named(value: Any) -> str:
    return f"of dtype {value.dtype}" if isinstance(value, np.ndarray) else type(value).__name__
