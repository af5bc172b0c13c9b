"""Put the shoe on the mat.

Task Description
    A shoe and a thin blue mat lie on the table. Set the shoe on the mat, its toe to the left, with the arm on its
    side.
Randomizations
    Shoe 0..9; x ±25 cm, y -10..5 cm, not within 15 cm of the table's centre, any heading.
Success Conditions
    The shoe's origin within (5, 2) cm of the mat's centre, its orientation within 0.07 per quaternion entry of
    standing toe to the left, and both grippers open.
Source
    RoboTwin 2.0 envs/place_shoe.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.random import RandomState

from robotwin_env.assets.models import Catalog
from robotwin_env.assets.shapes import Box
from robotwin_env.conditions.stages import Stage
from robotwin_env.conditions.view import also
from robotwin_env.drawing.layout import BLUE, SIDES, TABLE_HEIGHT, Actor, Layout, arm_on_side, footprint, mesh
from robotwin_env.numbers.pose import Pose
from robotwin_env.tasks._shoes import scattered_shoe, shoe_lies
from robotwin_env.tasks._stages import lifted

if TYPE_CHECKING:
    from robotwin_env.conditions.view import View
    from robotwin_env.expert.arms import Arms

STEP_LIMIT = 500
MAT = np.array([0.0, -0.08])  # m
MAT_HALF = (0.13, 0.05, 0.0005)
MAT_MARK = np.array([[0.0, -1, 0, 0], [-1, 0, 0, 0], [0, 0, -1, 0], [0, 0, 0, 1]])
EPS = (0.05, 0.02)  # m
KEPT_FREE = np.array([-0.2, -0.15, 0.2, -0.01])


def layout(rng: RandomState, catalog: Catalog) -> Layout:
    """The fixed mat, then the shoe."""
    mat_shape = Box(MAT_HALF, BLUE, marks=(MAT_MARK, MAT_MARK))
    mat = Actor("mat", "box", mat_shape, Pose.of([*MAT, TABLE_HEIGHT]), static=True)
    pose = scattered_shoe(rng, (-0.25, 0.25))
    model_id = int(rng.choice(range(10)))
    shoe = mesh("shoe", catalog.model("041_shoe", model_id), pose)
    arm = arm_on_side(pose)
    return Layout(
        (mat, shoe),
        prohibited=(KEPT_FREE, footprint(shoe, 0.1)),
        placeholders={"A": f"041_shoe/base{model_id}", "a": SIDES[arm]},
        recall={"arm": arm},
    )


def success(view: View) -> Any:
    """The shoe stands on the mat, toe to the left, and both grippers are open."""
    return also(view.both_open(), lambda: shoe_lies(view, "shoe", MAT, EPS))


STAGES = (
    lifted("shoe"),
    Stage("shoe over the mat, toe to the left", lambda view: shoe_lies(view, "shoe", MAT, EPS)),
)


def demonstrate(arms: Arms) -> None:
    """Pick the shoe up, turn it over the mat, set it down."""
    arm = arms.recall("arm")
    arms.play(arms.grasp(arm, "shoe", back=0.1))
    arms.play(arms.shift(arm, z=0.07))
    arms.play(arms.place(arm, "shoe", arms.mark("mat", "functional"), mark=0, back=0.12, constrain="align"))
