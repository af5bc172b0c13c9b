"""Press the stapler.

Task Description
    A stapler lies on the table. Press its upper end with the closed gripper of the arm on its side.
Randomizations
    One of seven staplers; x ±20 cm, y -10..5 cm, yaw ±180°.
Success Conditions
    A finger touches the stapler within 3 cm of the place to press along each axis.
Source
    RoboTwin 2.0 envs/press_stapler.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.random import RandomState

from robotwin_env.assets.models import Catalog
from robotwin_env.drawing.layout import LEFT, RIGHT, SIDES, Layout, footprint, mesh
from robotwin_env.numbers.sampling import rand_pose
from robotwin_env.tasks._facts import touched
from robotwin_env.tasks._press import press_from_above

if TYPE_CHECKING:
    from robotwin_env.conditions.view import View
    from robotwin_env.expert.arms import Arms

STEP_LIMIT = 400
PRESS = 2  # contact point
REACH = (0.03, 0.03, 0.03)  # m
DEPTH = 0.005  # m, how far below that place the fingertips are sent


def layout(rng: RandomState, catalog: Catalog) -> Layout:
    """The stapler, fixed to the table."""
    pose = rand_pose(
        rng,
        (-0.2, 0.2),
        (-0.1, 0.05),
        qpos=(0.5, 0.5, 0.5, 0.5),
        rotate_rand=True,
        rotate_lim=(0, np.pi, 0),
    )
    model_id = int(rng.choice([0, 1, 2, 3, 4, 5, 6], 1)[0])
    stapler = mesh("stapler", catalog.model("048_stapler", model_id), pose, static=True)
    arm = LEFT if pose.p[0] < 0 else RIGHT
    return Layout(
        (stapler,),
        prohibited=(footprint(stapler, 0.05),),
        placeholders={"A": f"048_stapler/base{model_id}", "a": SIDES[arm]},
        recall={"arm": arm},
    )


def success(view: View) -> Any:
    """A finger touches the stapler where it is pressed."""
    return view.finger_near("stapler", PRESS, REACH)


FACTS = (touched("stapler"),)


def demonstrate(arms: Arms) -> None:
    """Above the stapler, close, straight down on it, up again."""
    arm = arms.recall("arm")
    press_from_above(arms, arm, arms.mark("stapler", "contact", PRESS)[:3, 3], DEPTH)
