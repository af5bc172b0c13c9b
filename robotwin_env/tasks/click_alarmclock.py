"""Press the top of the alarm clock.

Task Description
    An alarm clock stands on the table. Press its button with the closed gripper of the arm on its side.
Randomizations
    Clock 1 or 3; x ±25 cm, not within 5 cm of the middle, y -20..0 cm, yaw ±180°.
Success Conditions
    With that gripper closed, a finger touches the clock within 3 cm of its button along each axis.
Source
    RoboTwin 2.0 envs/click_alarmclock.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from numpy.random import RandomState

from robotwin_env.assets.models import Catalog
from robotwin_env.conditions.view import also
from robotwin_env.drawing.layout import SIDES, Layout, arm_on_side, footprint, mesh
from robotwin_env.numbers.sampling import draw_until, rand_pose
from robotwin_env.tasks._facts import touched
from robotwin_env.tasks._press import press_from_above

if TYPE_CHECKING:
    from robotwin_env.conditions.view import View
    from robotwin_env.expert.arms import Arms

STEP_LIMIT = 400
BUTTON = 0  # contact point
REACH = (0.03, 0.03, 0.03)  # m
DEPTH = 0.005  # m, how far below the button the fingertips are sent


def layout(rng: RandomState, catalog: Catalog) -> Layout:
    """The clock, fixed to the table."""
    pose = draw_until(
        lambda pose: abs(pose.p[0]) >= 0.05,
        lambda: rand_pose(
            rng,
            (-0.25, 0.25),
            (-0.2, 0.0),
            qpos=(0.5, 0.5, 0.5, 0.5),
            rotate_rand=True,
            rotate_lim=(0, 3.14, 0),
        ),
    )
    model_id = int(rng.choice([1, 3], 1)[0])
    clock = mesh("clock", catalog.model("046_alarm-clock", model_id), pose, static=True)
    arm = arm_on_side(pose)
    return Layout(
        (clock,),
        prohibited=(footprint(clock, 0.05),),
        placeholders={"A": f"046_alarm-clock/base{model_id}", "a": SIDES[arm]},
        recall={"arm": arm},
    )


def success(view: View) -> Any:
    """The closed gripper of the clock's side touches its button."""
    arm = view.layout.recall["arm"]
    return also(view.is_closed(arm), lambda: view.finger_near("clock", BUTTON, REACH))


FACTS = (touched("clock"),)


def demonstrate(arms: Arms) -> None:
    """Above the button, close, straight down on it, up again."""
    arm = arms.recall("arm")
    press_from_above(arms, arm, arms.mark("clock", "contact", BUTTON)[:3, 3], DEPTH)
