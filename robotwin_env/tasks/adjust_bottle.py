"""Pick up a lying bottle and hold it upright.

Task Description
    A bottle lies across the table's middle, its foot on one side, its neck on the other. The arm on the foot's side
    picks it up and holds it head up on that side.
Randomizations
    Bottle 13 or 16; its foot left or right of the middle: x 8..12 cm out, y -13..-8 cm, yaw ±0.4 rad.
Success Conditions
    The middle of the bottle is over 15 cm out on the foot's side and over 0.9 m high.
Source
    RoboTwin 2.0 envs/adjust_bottle.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.random import RandomState

from robotwin_env.assets.models import Catalog
from robotwin_env.drawing.layout import LEFT, SIDES, Layout, footprint, mesh
from robotwin_env.numbers.sampling import rand_pose
from robotwin_env.tasks._stages import lifted

if TYPE_CHECKING:
    from robotwin_env.conditions.view import View
    from robotwin_env.expert.arms import Arms

STEP_LIMIT = 400
MIDDLE = 0  # functional point
X_RANGES = ((-0.12, -0.08), (0.08, 0.12))  # m
LYING = ((0.707, 0.0, 0.0, -0.707), (0.707, 0.0, 0.0, 0.707))  # wxyz
RAISED = ((-0.25, -0.12, 0.95, 0, 1, 0, 0), (0.25, -0.12, 0.95, 0, 1, 0, 0))  # m and wxyz, of its middle
AWAY = (0.0, 1.0, 0.0)  # from the robot
OUT, HIGH = 0.15, 0.9  # m


def layout(rng: RandomState, catalog: Catalog) -> Layout:
    """The side, the model, then the lying bottle."""
    side = int(rng.randint(0, 2))
    model_id = int(rng.choice([13, 16]))
    pose = rand_pose(
        rng,
        X_RANGES[side],
        (-0.13, -0.08),
        (0.752,),
        qpos=LYING[side],
        rotate_rand=True,
        rotate_lim=(0, 0, 0.4),
    )
    bottle = mesh("bottle", catalog.model("001_bottle", model_id), pose)
    return Layout(
        (bottle,),
        targets={"raised": np.array(RAISED[side])},
        prohibited=(footprint(bottle, 0.15),),
        placeholders={"A": f"001_bottle/base{model_id}", "a": SIDES[side]},
        recall={"arm": side},
        rest_rounds=4,
    )


def success(view: View) -> Any:
    """The bottle's middle is high enough and far enough out on its side."""
    middle = view.functional_point("bottle", MIDDLE)
    out = -middle[..., 0] if view.layout.recall["arm"] == LEFT else middle[..., 0]
    return (out > OUT) & (middle[..., 2] > HIGH)


STAGES = (lifted("bottle"),)


def demonstrate(arms: Arms) -> None:
    """Grasp the bottle, draw back, hold it up with the hand pointing away from the robot."""
    arm = arms.recall("arm")
    arms.play(arms.grasp(arm, "bottle", back=0.1))
    arms.play(arms.shift(arm, back=0.1))
    fingers = arms.hand(arm)[:3, 0]
    arms.play(
        arms.place(
            arm,
            "bottle",
            arms.target("raised"),
            mark=MIDDLE,
            back=0.0,
            constrain="align",
            axis=fingers,
            axis_in_world=True,
            along=AWAY,
            release=False,
        )
    )
