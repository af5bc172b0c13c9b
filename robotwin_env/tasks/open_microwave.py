"""Open the microwave.

Task Description
    A microwave stands at the back of the table, closed. Pull its door open with the left arm.
Randomizations
    One of two microwaves; x -12..-2 cm, y 15..20 cm.
Success Conditions
    The door's joint at 60 % of its upper limit or more.
Source
    RoboTwin 2.0 envs/open_microwave.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.random import RandomState

from robotwin_env.assets.models import Catalog
from robotwin_env.conditions.stages import Stage
from robotwin_env.drawing.layout import LEFT, SIDES, Layout, footprint, jointed
from robotwin_env.numbers.sampling import rand_pose

if TYPE_CHECKING:
    from robotwin_env.conditions.view import View
    from robotwin_env.expert.arms import Arms

STEP_LIMIT = 1500
OPEN = 0.6  # of the upper limit
KEPT_FREE = np.array([-0.25, -0.25, 0.25, 0.1])  # m, before the door
HANDLE = 3  # contact point: a level hand at the handle
FINGERTIPS_OFF_DOOR = 0.02  # m, by which the hand stays before that point
PULLED = 1.15  # rad, how far the handle is pulled


def layout(rng: RandomState, catalog: Catalog) -> Layout:
    """The microwave, fixed, its door free to swing."""
    model_id = int(rng.randint(0, 2))
    pose = rand_pose(rng, (-0.12, -0.02), (0.15, 0.2), (0.8, 0.8), qpos=(0.707, 0, 0, 0.707))
    microwave = jointed(
        "microwave", catalog.jointed("044_microwave", model_id), pose, fixed=True, drive=(0.0, 0.0)
    )
    return Layout(
        (microwave,),
        prohibited=(footprint(microwave), KEPT_FREE),
        placeholders={"A": f"044_microwave/base{model_id}", "a": SIDES[LEFT]},
    )


def opened(view: View, share: float) -> Any:
    """Whether the door is open by a share of its upper limit (…,)."""
    return view.joint("microwave") >= view.joint_limits("microwave")[1] * share


def success(view: View) -> Any:
    """The door is open far enough."""
    return opened(view, OPEN)


STAGES = (
    Stage("door a third of the way open", lambda view: opened(view, OPEN / 3)),
    Stage("door two thirds of the way open", lambda view: opened(view, 2 * OPEN / 3)),
)


def demonstrate(arms: Arms) -> None:
    """Take the handle from the front and pull it along its circle about the hinge."""
    arms.play(arms.grasp(LEFT, "microwave", back=0.1, depth=FINGERTIPS_OFF_DOOR, points=[HANDLE]))
    arms.play(arms.swing(LEFT, "microwave", PULLED))
    arms.notice()
