"""Press the bell.

Task Description
    A call bell stands on the table. Press its top with the closed gripper of the arm on its side.
Randomizations
    Bell 0 or 1; x ±25 cm, not within 5 cm of the middle, y -20..0 cm.
Success Conditions
    With that gripper closed, a finger touches the bell within (2.5, 2.5, 3) cm of its top.
Source
    RoboTwin 2.0 envs/click_bell.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from numpy.random import RandomState

from robotwin_env.assets.models import Catalog
from robotwin_env.conditions.view import also
from robotwin_env.drawing.layout import SIDES, Layout, arm_on_side, footprint, mesh
from robotwin_env.numbers.sampling import draw_until, rand_pose
from robotwin_env.tasks._facts import touched

if TYPE_CHECKING:
    from robotwin_env.conditions.view import View
    from robotwin_env.expert.arms import Arms

STEP_LIMIT = 400
TOP = 0  # contact point
REACH = (0.025, 0.025, 0.03)  # m


def layout(rng: RandomState, catalog: Catalog) -> Layout:
    """The bell, fixed to the table."""
    pose = draw_until(
        lambda pose: abs(pose.p[0]) >= 0.05,
        lambda: rand_pose(rng, (-0.25, 0.25), (-0.2, 0.0), qpos=(0.5, 0.5, 0.5, 0.5)),
    )
    model_id = int(rng.choice([0, 1], 1)[0])
    bell = mesh("bell", catalog.model("050_bell", model_id), pose, static=True)
    arm = arm_on_side(pose)
    return Layout(
        (bell,),
        prohibited=(footprint(bell, 0.07),),
        placeholders={"A": f"050_bell/base{model_id}", "a": SIDES[arm]},
        recall={"arm": arm},
    )


def success(view: View) -> Any:
    """The closed gripper of the bell's side touches its top."""
    arm = view.layout.recall["arm"]
    return also(view.is_closed(arm), lambda: view.finger_near("bell", TOP, REACH))


FACTS = (touched("bell"),)


def demonstrate(arms: Arms) -> None:
    """Above the bell with the gripper closed, down on it, up again."""
    arm = arms.recall("arm")
    arms.play(arms.grasp(arm, "bell", back=0.1, depth=0.1, points=[TOP]))
    arms.play(arms.shift(arm, z=-0.045))
    arms.notice()
    arms.play(arms.shift(arm, z=0.045))
