"""Open the laptop.

Task Description
    A laptop lies on the table, its screen a fifth open. Lift the screen with the arm its side is turned to.
Randomizations
    One of eleven laptops; x ±5 cm, y -10..5 cm, yaw ±60°.
Success Conditions
    The screen's joint at 40 % of its range or more, and the tool point of that arm within 10 cm of the screen's
    second grasp point.
Source
    RoboTwin 2.0 envs/open_laptop.py. Upstream chooses the arm in its expert; here it belongs to the layout, so that
    a policy can be judged without one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.random import RandomState

from robotwin_env.assets.models import Catalog
from robotwin_env.conditions.stages import Stage
from robotwin_env.conditions.view import also
from robotwin_env.drawing.layout import LEFT, RIGHT, SIDES, Layout, footprint, jointed
from robotwin_env.numbers.sampling import rand_pose

if TYPE_CHECKING:
    from robotwin_env.conditions.view import View
    from robotwin_env.expert.arms import Arms

STEP_LIMIT = 700
AJAR, OPEN = 0.2, 0.4  # of the screen's range
DAMPING, STIFFNESS = 1.0, 0.0  # of its hinge
EDGE, LIFTED = 0, 1  # contact points: where to grasp the screen, and the same a little further open
NEAR = 0.1  # m


def layout(rng: RandomState, catalog: Catalog) -> Layout:
    """The laptop, its base fixed."""
    model_id = int(rng.randint(0, 11))
    pose = rand_pose(
        rng,
        (-0.05, 0.05),
        (-0.1, 0.05),
        qpos=(0.7, 0, 0, 0.7),
        rotate_rand=True,
        rotate_lim=(0, 0, np.pi / 3),
    )
    laptop = jointed(
        "laptop",
        catalog.jointed("015_laptop", model_id),
        pose,
        fixed=True,
        opening=AJAR,
        drive=(DAMPING, STIFFNESS),
    )
    arm = LEFT if laptop.pose.matrix()[0, 0] > 0 else RIGHT
    return Layout(
        (laptop,),
        prohibited=(footprint(laptop, 0.1),),
        placeholders={"A": f"015_laptop/base{model_id}", "a": SIDES[arm]},
        recall={"arm": arm},
    )


def opened(view: View, share: float) -> Any:
    """Whether the screen is open by a share of its range (…,)."""
    low, high = view.joint_limits("laptop")
    return view.joint("laptop") >= low + (high - low) * share


def success(view: View) -> Any:
    """The screen is open far enough and the arm still at it."""

    def hand_near() -> Any:
        away = view.tool(view.layout.recall["arm"]) - view.contact_point("laptop", LIFTED)
        return np.linalg.norm(away, axis=-1) < NEAR

    return also(opened(view, OPEN), hand_near)


STAGES = (
    Stage("screen half way up", lambda view: opened(view, (AJAR + OPEN) / 2)),
    Stage("screen open", lambda view: opened(view, OPEN)),
)


def demonstrate(arms: Arms) -> None:
    """Grasp the screen's edge and lift it, the hand following the point a little further open."""
    arm = arms.recall("arm")
    arms.play(arms.grasp(arm, "laptop", back=0.08, points=[EDGE]))
    for _ in range(15):
        arms.play(arms.grasp(arm, "laptop", back=0.0, depth=0.0, points=[LIFTED]))
        arms.notice()
        if arms.noticed:
            return
