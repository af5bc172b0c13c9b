"""Turn the switch.

Task Description
    A wall switch stands upright, facing the robot. Press it with the closed gripper of the arm it faces.
Randomizations
    One of eight switches; x ±25 cm, y 0..10 cm, 81..84 cm high, yaw ±45°.
Success Conditions
    The switch's joint within 0.05 rad of its upper limit.
Source
    RoboTwin 2.0 envs/turn_switch.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.random import RandomState

from robotwin_env.assets.models import Catalog
from robotwin_env.drawing.layout import LEFT, RIGHT, SIDES, Layout, jointed
from robotwin_env.expert.arms import TIP_REACH
from robotwin_env.numbers.sampling import rand_pose
from robotwin_env.physics.robot import TOOL_OFFSET

if TYPE_CHECKING:
    from robotwin_env.conditions.view import View
    from robotwin_env.expert.arms import Arms

STEP_LIMIT = 400
KEPT_FREE = np.array([-0.4, -0.2, 0.4, 0.2])  # m
TURNED = 0.05  # rad, from the upper limit
PRESSED = 0.025  # m, how far beyond the contact point the fingertips are sent


def layout(rng: RandomState, catalog: Catalog) -> Layout:
    """The switch, its plate fixed in the air."""
    model_id = int(rng.randint(0, 8))
    pose = rand_pose(
        rng,
        (-0.25, 0.25),
        (0.0, 0.1),
        (0.81, 0.84),
        qpos=(0.704141, 0, 0, 0.71006),
        rotate_rand=True,
        rotate_lim=(0, 0, np.pi / 4),
    )
    switch = jointed("switch", catalog.jointed("056_switch", model_id), pose, fixed=True)
    facing = -switch.pose.matrix()[:3, 0]
    arm = RIGHT if facing[0] > 0 else LEFT
    return Layout(
        (switch,),
        prohibited=(KEPT_FREE,),
        placeholders={"A": f"056_switch/base{model_id}", "a": SIDES[arm]},
        recall={"arm": arm},
    )


def success(view: View) -> Any:
    """The switch is turned to its end."""
    return view.joint("switch") >= view.joint_limits("switch")[1] - TURNED


def demonstrate(arms: Arms) -> None:
    """Close the gripper, go before the switch and press straight in."""
    arm = arms.recall("arm")
    arms.play(arms.close(arm))
    arms.play(arms.grasp(arm, "switch", back=0.06, depth=TIP_REACH - TOOL_OFFSET - PRESSED))
