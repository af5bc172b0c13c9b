"""What the names of a vector's 14 numbers say they are: the one reader of feature names.

The names never move a column: public converters write names of one order onto data of another. What they say against
the order that is taken (left j1..j6, left gripper, right j1..j6, right gripper) is said, and where the numbers cannot
be that at all, they are refused.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from harness.core.robot import GRIPPERS, JOINT_NAMES, STATE_DIM

TAKEN = "left j1..j6, left gripper, right j1..j6, right gripper"
POSE_WORDS = {
    "ee",
    "eef",
    "tcp",
    "endpose",
    "effector",
    "px",
    "py",
    "pz",
    "rx",
    "ry",
    "rz",
    "qx",
    "qy",
    "qz",
    "qw",
    "rotvec",
}
AXES = {"x", "y", "z"}
RATE_WORDS = {
    "vel",
    "velocity",
    "velocities",
    "qvel",
    "dq",
    "effort",
    "torque",
    "current",
    "delta",
    "acceleration",
}
RATE_WORDS |= {"sin", "cos"}
HAND_WORDS = {"gripper", "grippers", "grip", "finger", "claw", "jaw"}
UNIT_WORDS = {
    "deg",
    "degs",
    "degree",
    "degrees",
    "percent",
    "percentage",
    "pct",
    "mm",
    "cm",
    "meter",
    "meters",
}
UNIT_WORDS |= {"metre", "metres", "ticks"}
UNIT_SIGNS = ("°", "%")
CLOSED_WORDS = {"closed", "closure", "closedness"}
ALONG_AN_ARM = ({"waist", "base"}, {"shoulder"}, {"elbow"}, {"forearm"}, {"wrist"})
"""Words of an arm's joints from the table outwards."""
JITTER = 0.01
"""0..1: a gripper that never passes this stays closed."""
REORDER = "reorder the columns, or correct the names in meta/info.json"


def name_parts(name: str) -> set[str]:
    """The words of a name in lower case: `left_ee.rx`, `LeftGripper` -> {left, ee, rx}, {left, gripper}."""
    split = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    return {re.sub(r"\d+$", "", word) or word for word in re.split(r"[^a-z0-9]+", split) if word}


def side(name: str) -> str | None:
    """`left` or `right`, None where a name does not say."""
    parts = name_parts(name)
    for hand, marks in (("left", {"left", "l", "fl"}), ("right", {"right", "r", "fr"})):
        if parts & marks or name.lower().startswith((hand, {"left": "左", "right": "右"}[hand])):
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
    all_parts = [name_parts(name) for name in names]
    poses = [
        name
        for name, parts in zip(names, all_parts, strict=True)
        if parts & POSE_WORDS and not parts & HAND_WORDS
    ]
    axes = [name for name, parts in zip(names, all_parts, strict=True) if parts & AXES]
    if poses or len(axes) >= 6:
        return (
            f"the {what} is named {(poses or axes)[0]}, ...: end-effector poses, no joint angles; this "
            f"scores {TAKEN}: "
            "record or convert joint positions"
        )
    rates = [name for name, parts in zip(names, all_parts, strict=True) if parts & RATE_WORDS]
    if rates:
        return f"the {what} is named {rates[0]}, ...: no joint positions; this scores {TAKEN}, absolute"
    hands = [i for i, parts in enumerate(all_parts) if parts & HAND_WORDS]
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
    findings = []
    if right_first(names):
        findings.append(
            f"the {what} puts the right arm first ({names[0]}, ...): its columns are taken as they stand, "
            f"{TAKEN}; if the "
            "names are right, left and right are exchanged in every figure"
        )
    elif not any(name_parts(name) & HAND_WORDS for name in names):
        findings.append(f"the {what} names no gripper ({names[0]}, {names[1]}, ...): taken as {TAKEN}")
    return findings + _order_remarks(names, what) + _unit_remarks(names, what)


def _order_remarks(names: Sequence[str], what: str) -> list[str]:
    """Where the names count or walk the joints of an arm in another order than from the table outwards."""
    for arm in (names[:6], names[7:13]):
        numbers = [re.search(r"\d{1,4}(?=\D*$)", name) for name in arm]
        counted = [int(number[0]) for number in numbers if number is not None]
        walked = [i for name in arm for i, part in enumerate(ALONG_AN_ARM) if name_parts(name) & part]
        if (len(set(counted)) == len(arm) and counted != sorted(counted)) or walked != sorted(walked):
            return [
                f"the {what} names the joints of an arm in another order ({', '.join(arm)}): its columns are taken as "
                "they stand, j1..j6 from the table outwards; if the names are right, figures of a joint are another's"
            ]
    return []


def _unit_remarks(names: Sequence[str], what: str) -> list[str]:
    """Where the names say units that are none of rad and 0..1, or that 1 is closed."""
    findings = []
    units = [
        name for name in names if name_parts(name) & UNIT_WORDS or any(sign in name for sign in UNIT_SIGNS)
    ]
    if units:
        findings.append(
            f"the {what} is named in another unit ({', '.join(units[:3])}{', ...' if len(units) > 3 else ''}) than the "
            "rad and 0..1 in which it is scored: convert it, or correct the names"
        )
    if closed := [name for name in names if name_parts(name) & CLOSED_WORDS]:
        findings.append(f"the {what} has {closed[0]}: does 1 mean closed there? Here 1 is open")
    return findings


def value_remarks(low: np.ndarray, high: np.ndarray, what: str) -> list[str]:
    """What is to be said of the values (14,) that the numbers go from and to: units that are none of rad and 0..1."""
    findings = []
    least, most = float(low[GRIPPERS].min()), float(high[GRIPPERS].max())
    if least < -0.1 or most > 1.1:
        findings.append(
            f"the grippers of the {what} go from {least:.3g} to {most:.3g}, outside 0..1 (0 closed, 1 open): "
            "percent, "
            "millimetres or degrees? their errors and the gripper transitions are not comparable with others"
        )
    elif small := [i for i in GRIPPERS.tolist() if low[i] >= 0 and JITTER < high[i] <= 0.2]:
        which = "grippers" if len(small) == 2 else f"{JOINT_NAMES[small[0]].replace('_', ' ')}"
        findings.append(
            f"the {which} of the {what} never pass{'es' if len(small) == 1 else ''} {high[small].max():.3g} of 0..1 "
            "(0 closed, 1 open): metres? errors and gripper transitions are not comparable with others"
        )
    arms = np.delete(np.maximum(np.abs(low), np.abs(high)), GRIPPERS)
    if arms.max() > 2 * np.pi + 0.5:
        findings.append(f"joints of the {what} reach {arms.max():.3g}, which is no angle in rad: degrees?")
    return findings
