"""What feature names say the 14 numbers are."""

from __future__ import annotations

import numpy as np
import pytest

from harness.core.robot import JOINT_NAMES
from harness.datasets.info import _names
from harness.datasets.vectors.joint_names import refusal, remarks, value_remarks

LEFT = [
    f"left_{j}"
    for j in ("waist", "shoulder", "elbow", "forearm_roll", "wrist_angle", "wrist_rotate", "gripper")
]
RIGHT = [name.replace("left", "right") for name in LEFT]
ORDINARY = [
    [*LEFT, *RIGHT],
    list(JOINT_NAMES),
    [f"leftArmJoint{i}" for i in range(6)]
    + ["leftGripper"]
    + [f"rightArmJoint{i}" for i in range(6)]
    + ["rightGripper"],
    [f"l_joint_{i}.pos" for i in range(6)]
    + ["l_gripper.pos"]
    + [f"r_joint_{i}.pos" for i in range(6)]
    + ["r_gripper.pos"],
]


@pytest.mark.parametrize("names", ORDINARY, ids=lambda names: names[0])
def test_ordinary_names_need_no_word(names: list[str]) -> None:
    assert refusal(names, "action") is None and remarks(names, "action") == []


def test_the_right_arm_first_is_said_and_nothing_is_permuted() -> None:
    names = [*RIGHT, *LEFT]
    assert refusal(names, "action") is None
    (said,) = remarks(names, "action")
    assert "the right arm first (right_waist" in said and "taken as they stand" in said


def test_grippers_elsewhere_are_refused_with_their_places() -> None:
    last = [n for n in [*LEFT, *RIGHT] if "gripper" not in n] + ["left_gripper", "right_gripper"]
    assert "grippers at 12 (left_gripper), 13 (right_gripper)" in (refusal(last, "action") or "")
    first = ["left_gripper", *LEFT[:6], "right_gripper", *RIGHT[:6]]
    assert "grippers at 0 (left_gripper), 7 (right_gripper)" in (refusal(first, "action") or "")


def test_arms_in_turn_are_refused() -> None:
    names = [name for pair in zip(LEFT[:6], RIGHT[:6], strict=True) for name in pair]
    mixed = [*names[:6], "left_gripper", *names[6:], "right_gripper"]
    assert "mixes the arms" in (refusal(mixed, "action") or "")


@pytest.mark.parametrize("form", ["{}_ee.{}", "{}_eef_{}", "{}.tcp.{}", "{}_arm_{}"])
def test_poses_are_no_joints(form: str) -> None:
    parts = ("x", "y", "z", "rx", "ry", "rz", "gripper")
    names = [form.format(side, part) for side in ("left", "right") for part in parts]
    assert "end-effector poses" in (refusal(names, "action") or "")


def test_rates_are_no_positions() -> None:
    assert "no joint positions" in (refusal([f"left_j{i}_velocity" for i in range(14)], "action") or "")


def test_what_is_unknown_is_said() -> None:
    assert "has no names" in remarks(None, "action")[0]
    assert "names 3 of its 14" in remarks(["a", "b", "c"], "action")[0]
    assert "names no gripper (motor_0" in remarks([f"motor_{i}" for i in range(14)], "action")[0]


PLACES = {name: LEFT.index(name) for name in sorted(LEFT)}


@pytest.mark.parametrize("names", [LEFT, [LEFT], {"motors": LEFT}, {"motors": [LEFT]}, PLACES], ids=type)
def test_names_in_every_form_in_use(names: object) -> None:
    assert _names(names) == tuple(LEFT)


@pytest.mark.parametrize("names", [None, 7, [7], {"motors": 7}, []])
def test_names_of_no_form_are_none(names: object) -> None:
    assert _names(names) is None


@pytest.mark.parametrize(
    ("joint", "low", "high", "said"),
    [
        (6, 0.0, 1.0, None),
        (6, 0.0, 80.0, "outside 0..1"),
        (13, -1.0, 1.0, "outside 0..1"),
        (2, -170.0, 90.0, "degrees"),
        (2, -3.2, 3.2, None),
    ],
)
def test_units_are_seen_in_the_values(joint: int, low: float, high: float, said: str | None) -> None:
    least, most = np.zeros(14), np.ones(14)
    least[joint], most[joint] = low, high
    found = value_remarks(least, most, "actions")
    assert (said is None and found == []) or (said is not None and said in found[0])


def test_grippers_in_metres() -> None:
    most = np.ones(14)
    most[[6, 13]] = 0.07
    assert "metres?" in value_remarks(np.zeros(14), most, "actions")[0]
