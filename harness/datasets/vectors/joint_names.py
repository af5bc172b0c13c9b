"""What the names of a vector's 14 numbers say they are: the one reader of feature names.

The names never move a column: public converters write names of one order onto data of another. What they say against
the order that is taken (left j1..j6, left gripper, right j1..j6, right gripper) is said, and where the numbers cannot
be that at all, they are refused.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from harness.core.robot import GRIPPERS, STATE_DIM

TAKEN = "left j1..j6, left gripper, right j1..j6, right gripper"
POSE_WORDS = {"ee", "eef", "tcp", "endpose", "effector", "rx", "ry", "rz", "qx", "qy", "qz", "qw", "rotvec"}
AXES = {"x", "y", "z"}
RATE_WORDS = {"vel", "velocity", "velocities", "effort", "torque", "current", "delta", "acceleration"}
HAND_WORDS = {"gripper", "grippers", "finger", "claw", "jaw"}
REORDER = "reorder the columns, or correct the names in meta/info.json"


def words(name: str) -> set[str]:
    """The words of a name in lower case: `left_ee.rx`, `LeftGripper` -> {left, ee, rx}, {left, gripper}."""
    split = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    return {re.sub(r"\d+$", "", word) or word for word in re.split(r"[^a-z0-9]+", split) if word}


def side(name: str) -> str | None:
    """`left` or `right`, None where a name does not say."""
    found = words(name)
    for hand, marks in (("left", {"left", "l"}), ("right", {"right", "r"})):
        if found & marks or name.lower().startswith(hand):
            return hand
    return None


def right_first(names: Sequence[str] | None) -> bool:
    """Whether names put the right arm where the left one is taken."""
    return names is not None and [side(name) for name in names] == ["right"] * 7 + ["left"] * 7


def refusal(names: Sequence[str] | None, what: str, fix: str = REORDER) -> str | None:
    """Why numbers of these names cannot be scored as joints and grippers, None where they can.

    what: they are: "action of dataset D". fix: what helps where the order is another.
    """
    if names is None or len(names) != STATE_DIM:
        return None
    found = [words(name) for name in names]
    poses = [name for name, parts in zip(names, found, strict=True) if parts & POSE_WORDS]
    axes = [name for name, parts in zip(names, found, strict=True) if parts & AXES]
    if poses or len(axes) >= 6:
        return (
            f"the {what} is named {(poses or axes)[0]}, ...: end-effector poses, no joint angles; this "
            f"scores {TAKEN}: "
            "record or convert joint positions"
        )
    rates = [name for name, parts in zip(names, found, strict=True) if parts & RATE_WORDS]
    if rates:
        return f"the {what} is named {rates[0]}, ...: no joint positions; this scores {TAKEN}, absolute"
    hands = [i for i, parts in enumerate(found) if parts & HAND_WORDS]
    if hands and hands != GRIPPERS.tolist():
        return (
            f"the {what} names its grippers at {', '.join(f'{i} ({names[i]})' for i in hands)}, where this takes "
            f"{TAKEN} (grippers at 6 and 13); {fix}"
        )
    sides = [side(name) for name in names]
    if all(sides) and len(set(sides[:7])) + len(set(sides[7:])) > 2:
        return f"the {what} mixes the arms ({', '.join(names[:8])}, ...), where this takes {TAKEN}; {fix}"
    return None


def remarks(names: Sequence[str] | None, what: str) -> list[str]:
    """What is to be said of names that can be scored."""
    if names is None or len(names) != STATE_DIM:
        have = "has no names for" if names is None else f"names {len(names)} of"
        return [f"the {what} {have} its {STATE_DIM} numbers: taken as {TAKEN}"]
    if right_first(names):
        return [
            f"the {what} puts the right arm first ({names[0]}, ...): its columns are taken as they stand, "
            f"{TAKEN}; if the "
            "names are right, left and right are exchanged in every figure"
        ]
    if not any(words(name) & HAND_WORDS for name in names):
        return [f"the {what} names no gripper ({names[0]}, {names[1]}, ...): taken as {TAKEN}"]
    return []


def value_remarks(low: np.ndarray, high: np.ndarray, what: str) -> list[str]:
    """What is to be said of the values (14,) that the numbers go from and to: units that are none of rad and 0..1."""
    found = []
    least, most = float(low[GRIPPERS].min()), float(high[GRIPPERS].max())
    if least < -0.1 or most > 1.1:
        found.append(
            f"the grippers of the {what} go from {least:.3g} to {most:.3g}, outside 0..1 (0 closed, 1 open): "
            "percent, "
            "millimetres or degrees? their errors and the gripper transitions are not comparable with others"
        )
    elif least >= 0 and 0 < most <= 0.2:
        found.append(
            f"the grippers of the {what} never pass {most:.3g} of 0..1 (0 closed, 1 open): metres? their "
            "errors and the "
            "gripper transitions are not comparable with others"
        )
    arms = np.delete(np.maximum(np.abs(low), np.abs(high)), GRIPPERS)
    if arms.max() > 2 * np.pi + 0.5:
        found.append(f"joints of the {what} reach {arms.max():.3g}, which is no angle in rad: degrees?")
    return found
