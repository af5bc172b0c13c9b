"""What names say of order, unit and sense, beyond which arm and where the grippers are."""

from __future__ import annotations

import numpy as np
import pytest

from harness.datasets.vectors.joint_names import refusal, remarks, value_remarks


def both(arm: str, hand: str = "{}_gripper", sides: tuple[str, str] = ("left", "right")) -> list[str]:
    """Names of both arms; `arm` has places for side and number, `hand` for the side."""
    return [name for s in sides for name in [*(arm.format(s, i) for i in range(1, 7)), hand.format(s)]]


@pytest.mark.parametrize(
    "names", [both("{}_p{}_qvel"), both("sin_{}_{}"), both("{}_dq{}")], ids=lambda n: n[0]
)
def test_rates_and_parts_of_angles_are_no_positions(names: list[str]) -> None:
    assert "no joint positions" in (refusal(names, "action") or "")


def test_positions_with_a_p_are_poses_and_an_effectors_gripper_is_a_gripper() -> None:
    poses = [f"{s}_{p}" for s in ("l", "r") for p in ("px", "py", "pz", "roll", "pitch", "yaw", "grip")]
    assert "end-effector poses" in (refusal(poses, "action") or "")
    assert refusal(both("{}_joint{}", "{}_end_effector_gripper"), "action") is None


@pytest.mark.parametrize("arm", ["{}_joint{}_deg", "{}_joint{} (degrees)", "{}_joint{}°"])
def test_units_in_names_are_said(arm: str) -> None:
    (said,) = remarks(both(arm), "action")
    assert "named in another unit" in said and "joint1" in said


def test_a_gripper_in_percent_or_that_counts_how_closed_it_is() -> None:
    assert "left_gripper [%]" in remarks(both("{}_j{}", "{}_gripper [%]"), "action")[0]
    assert "does 1 mean closed" in remarks(both("{}_j{}", "{}_gripper_closed"), "action")[0]


@pytest.mark.parametrize(
    "arm",
    [["j6", "j5", "j4", "j3", "j2", "j1"], ["elbow", "waist", "shoulder", "forearm", "wrist_a", "wrist_r"]],
)
def test_joints_in_another_order_are_said_and_not_moved(arm: list[str]) -> None:
    names = [f"{side}_{joint}" for side in ("left", "right") for joint in [*arm, "gripper"]]
    assert refusal(names, "action") is None
    assert "another order" in remarks(names, "action")[0]


@pytest.mark.parametrize("sides", [("fr", "fl"), ("右臂", "左臂")])
def test_right_first_in_other_words(sides: tuple[str, str]) -> None:
    assert "right arm first" in remarks(both("{}_joint{}", sides=sides), "action")[0]


def test_one_gripper_in_metres_beside_one_that_is_not() -> None:
    low, high = np.zeros(14), np.ones(14)
    high[13] = 0.07
    assert (
        "right gripper of the data's actions never passes 0.07"
        in value_remarks(low, high, "data's actions")[0]
    )
    high[13] = 0.004
    assert value_remarks(low, high, "data's actions") == []
