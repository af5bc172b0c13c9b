"""Put the cup on the coaster.

Task Description
    A cup stands on one side, a coaster lies nearer to the middle. Set the cup on the coaster with the arm on its side.
Randomizations
    Left or right side; cup x 15..30 cm to that side, y -20..5 cm; coaster x from 5 cm beyond the middle to 10 cm on
    that side, y -20..5 cm, at least 10 cm from the cup.
Success Conditions
    The cup's foot within 3.5 cm of the coaster's centre in the plane and 1.5 cm in height, and both grippers open.
Source
    RoboTwin 2.0 envs/place_empty_cup.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.random import RandomState

from robotwin_env.assets.models import Catalog
from robotwin_env.conditions.stages import Stage
from robotwin_env.conditions.view import also
from robotwin_env.drawing.layout import Layout, arm_on_side, footprint, mesh
from robotwin_env.numbers.sampling import draw_until, rand_pose, squared_distance
from robotwin_env.tasks._rims import draw_back, grasp_rim
from robotwin_env.tasks._stages import lifted

if TYPE_CHECKING:
    from robotwin_env.conditions.view import View
    from robotwin_env.expert.arms import Arms

STEP_LIMIT = 500
STANDING = (0.5, 0.5, 0.5, 0.5)
CUP_X = ((0.15, 0.3), (-0.3, -0.15))
COASTER_X = ((-0.05, 0.1), (-0.1, 0.05))
Y = (-0.2, 0.05)
CLEARANCE = 0.01  # m², squared distance of cup and coaster
EPS = 0.035  # m, in the plane
EPS_HEIGHT = 0.015  # m
HALF_OPEN = 0.6  # gripper
DOWN = (0.0, 0.0, 1.0)  # in the frame of the coaster's functional point


def layout(rng: RandomState, catalog: Catalog) -> Layout:
    """The cup, then the fixed coaster."""
    side = int(rng.randint(0, 2))
    pose = rand_pose(rng, CUP_X[side], Y, qpos=STANDING)
    coaster_pose = draw_until(
        lambda coaster: squared_distance(pose.p, coaster.p) >= CLEARANCE,
        lambda: rand_pose(rng, COASTER_X[side], Y, qpos=STANDING),
    )
    cup = mesh("cup", catalog.model("021_cup"), pose)
    coaster = mesh("coaster", catalog.model("019_coaster"), coaster_pose, static=True)
    return Layout(
        (cup, coaster),
        prohibited=(footprint(cup, 0.05), footprint(coaster, 0.05)),
        placeholders={"A": "021_cup/base0", "B": "019_coaster/base0"},
        recall={"arm": arm_on_side(pose)},
        rest_rounds=2,
    )


def on_coaster(view: View) -> Any:
    """Whether the cup is on the coaster (…,)."""
    offset = view.functional_point("cup", 0) - view.functional_point("coaster", 0)
    near = np.square(offset[..., :2]).sum(axis=-1) < EPS**2
    return near & (np.abs(offset[..., 2]) < EPS_HEIGHT)


def success(view: View) -> Any:
    """The cup stands on the coaster and both grippers are open."""
    return also(view.both_open(), lambda: on_coaster(view))


STAGES = (lifted("cup"), Stage("cup on the coaster", on_coaster))


def demonstrate(arms: Arms) -> None:
    """Take the cup by its outer rim with the gripper half open, lift it, lower it onto the coaster, draw back."""
    arm = arms.recall("arm")
    arms.play(arms.close(arm, HALF_OPEN))
    arms.play(grasp_rim(arms, arm, "cup", lean=0.0, depth=0.0))
    arms.play(draw_back(arms, arm, 0.08))
    coaster = arms.mark("coaster", "functional")
    arms.play(arms.place(arm, "cup", coaster, mark=0, back=0.05, constrain="free", from_direction=DOWN))
    arms.play(draw_back(arms, arm, 0.08))
