"""Throw three bottles into the dustbin.

Task Description
    Three bottles stand on the table; a dustbin stands on the floor beside its left edge. The left arm throws the
    bottles in; what stands on the right, the right arm first hands over.
Randomizations
    Bottles 1, 2 and 3 of 114_bottle: x -25..30 cm, not within 5 cm of the middle, y 3..23 cm, 13 cm apart.
Success Conditions
    The feet of all three are inside the dustbin: within (22.1, 32.5) cm of its centre, 0.2 to 0.7 m high.
Source
    RoboTwin 2.0 envs/put_bottles_dustbin.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.random import RandomState

from robotwin_env.assets.models import Catalog
from robotwin_env.conditions.stages import Stage
from robotwin_env.drawing.layout import LEFT, RIGHT, Layout, footprint, mesh
from robotwin_env.numbers.pose import Pose
from robotwin_env.numbers.sampling import rand_pose, squared_distance
from robotwin_env.tasks._stages import in_air

if TYPE_CHECKING:
    from robotwin_env.conditions.view import View
    from robotwin_env.expert.arms import Arms

STEP_LIMIT = 1700
TABLE_XY = (0.3, 0.0)
IDS = (1, 2, 3)
TRIES = 99  # poses looked at for a bottle; after them one more stands as it is
APART = 0.0169  # m², squared distance two bottles keep
BIN = Pose.of([-0.45, 0, 0], [0.5, 0.5, 0.5, 0.5])
BIN_XY, BIN_HALF, BIN_HEIGHTS = np.array([-0.45, 0.0]), np.array([0.221, 0.325]), (0.2, 0.7)  # m
HANDOVER = np.array([0, 0.0, 0.88, 0, 1, 0, 0])  # m and wxyz, of the bottle's foot
APART_HANDS = 0.06  # m, above and below the marked grasp
OVER_BIN = np.array([-0.35, -0.1, 0.93, 0.65, -0.25, 0.25, 0.65])  # m and wxyz, of the left hand


def layout(rng: RandomState, catalog: Catalog) -> Layout:
    """The bottles one after the other, then the fixed dustbin."""
    poses: list[Pose] = []
    for _ in IDS:
        poses.append(standing(rng, poses))
    bottles = [
        mesh(f"bottle{i}", catalog.model("114_bottle", i), pose) for i, pose in zip(IDS, poses, strict=True)
    ]
    dustbin = mesh("dustbin", catalog.model("011_dustbin"), BIN, static=True, lifted=False)
    return Layout(
        (*bottles, dustbin),
        targets={"handover": HANDOVER, "over_bin": OVER_BIN},
        prohibited=tuple(footprint(bottle, 0.1) for bottle in bottles),
        placeholders={
            "A": "114_bottle/base1",
            "B": "114_bottle/base2",
            "C": "114_bottle/base3",
            "D": "011_dustbin/base0",
        },
        rest_rounds=2,
    )


def standing(rng: RandomState, others: list[Pose]) -> Pose:
    """A standing bottle's pose, clear of the middle and of the others where 99 tries find one."""

    def refused(pose: Pose) -> bool:
        return abs(float(pose.p[0])) < 0.05 or any(squared_distance(o.p, pose.p) < APART for o in others)

    def draw() -> Pose:
        return rand_pose(rng, (-0.25, 0.3), (0.03, 0.23), qpos=(0.707, 0.707, 0, 0))

    for _ in range(TRIES):
        pose = draw()
        if not refused(pose):
            return pose
    return draw()


def in_bin(view: View) -> Any:
    """Whether each bottle's foot is inside the dustbin (…, 3)."""
    feet = np.stack([view.p(f"bottle{number}") for number in IDS], axis=-2)
    low, high = BIN_HEIGHTS
    within = (np.abs(feet[..., :2] - BIN_XY) < BIN_HALF).all(axis=-1)
    return within & (feet[..., 2] > low) & (feet[..., 2] < high)


def success(view: View) -> Any:
    """Every bottle is in the dustbin."""
    return in_bin(view).all(axis=-1)


def a_bottle_in_air(view: View) -> Any:
    """Whether any bottle is in the air (…,)."""
    return np.stack([in_air(view, f"bottle{number}") for number in IDS]).any(axis=0)


STAGES = (
    Stage("a bottle lifted", a_bottle_in_air),
    Stage("a bottle in the dustbin", lambda view: in_bin(view).any(axis=-1)),
    Stage("two bottles in the dustbin", lambda view: in_bin(view).sum(axis=-1) >= 2),
)


def demonstrate(arms: Arms) -> None:
    """Left ones first, near ones first; from the right side the right arm hands over in the middle."""
    keys = [f"bottle{number}" for number in IDS]
    for key in sorted(keys, key=lambda key: (arms.near_arm(key), arms.at(key)[1, 3])):
        if arms.near_arm(key) == LEFT:
            arms.play(arms.grasp(LEFT, key, back=0.1))
            arms.play(arms.shift(LEFT, z=0.1))
        else:
            hand_over(arms, key)
        arms.play(arms.reach(LEFT, arms.target("over_bin")))
        arms.play(arms.open(LEFT))


def hand_over(arms: Arms, key: str) -> None:
    """The right arm takes a bottle high up and holds it in the middle, where the left arm takes it low down."""
    arms.play(arms.grasp(RIGHT, key, back=0.1, rise=APART_HANDS), arms.home(LEFT))
    arms.play(arms.shift(RIGHT, z=0.1))
    middle = arms.target("handover")
    arms.play(arms.place(RIGHT, key, middle, mark=0, back=0.0, gap=0.0, constrain="align", release=False))
    arms.play(arms.grasp(LEFT, key, back=0.1, rise=-APART_HANDS))
    arms.play(arms.open(RIGHT))
    arms.play(arms.home(RIGHT))
