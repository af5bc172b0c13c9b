"""Beat the block with the hammer.

Task Description
    A hammer lies before the robot, a red block stands on one side. The arm of that side takes the hammer and lays
    its head on the block.
Randomizations
    Block x ±25 cm, not within 5 cm of the middle, y -5..15 cm, yaw ±0.5 rad.
Success Conditions
    The hammer's head within 2 cm of the block's top in x and y, and the two in contact.
Source
    RoboTwin 2.0 envs/beat_block_hammer.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.random import RandomState

from robotwin_env.assets.models import Catalog
from robotwin_env.assets.shapes import Box
from robotwin_env.conditions.facts import Fact
from robotwin_env.conditions.stages import Stage
from robotwin_env.conditions.view import also
from robotwin_env.drawing.layout import RED, SIDES, Actor, Layout, arm_on_side, around, footprint, mesh
from robotwin_env.numbers.pose import Pose
from robotwin_env.numbers.sampling import draw_until, rand_pose
from robotwin_env.tasks._stages import in_air, lifted

if TYPE_CHECKING:
    from robotwin_env.conditions.view import View
    from robotwin_env.expert.arms import Arms, Float, Plan

STEP_LIMIT = 400
HAMMER_POSE = Pose.of([0, -0.06, 0.783], [0, 0, 0.995, 0.105])
HAMMER_MASS = 0.001  # kg
BLOCK_HALF = (0.025, 0.025, 0.025)  # m
HEAD, TOP = 0, 1  # functional points of the hammer and of the block
ON_BLOCK_EPS = 0.02  # m


def layout(rng: RandomState, catalog: Catalog) -> Layout:
    """The hammer, then the fixed block."""
    hammer = mesh("hammer", catalog.model("020_hammer", 0), HAMMER_POSE, mass=HAMMER_MASS)
    pose = draw_until(
        lambda pose: abs(pose.p[0]) >= 0.05,
        lambda: rand_pose(
            rng, (-0.25, 0.25), (-0.05, 0.15), (0.76,), rotate_rand=True, rotate_lim=(0, 0, 0.5)
        ),
    )
    block = Actor("block", "box", Box(BLOCK_HALF, RED), pose, static=True)
    arm = arm_on_side(pose)
    return Layout(
        (hammer, block),
        prohibited=(footprint(hammer, 0.1), around(pose, 0.05, 0.05)),
        placeholders={"A": "020_hammer/base0", "a": SIDES[arm]},
        recall={"arm": arm},
    )


def over_block(view: View) -> Any:
    """Whether the hammer's head is over the block's top (…,)."""
    away = np.abs(view.functional_point("hammer", HEAD) - view.functional_point("block", TOP))[..., :2]
    return (away < ON_BLOCK_EPS).all(axis=-1)


def success(view: View) -> Any:
    """The hammer's head touches the block, over its top."""
    return also(over_block(view), lambda: view.touching("hammer", "block"))


STAGES = (
    lifted("hammer"),
    Stage(
        "hammer's head over the block",
        lambda view: also(over_block(view), lambda: in_air(view, "hammer")),
    ),
)


FACTS = (Fact("block touched", lambda view: view.in_touch("hammer", "block"), lasting=True),)


def demonstrate(arms: Arms) -> None:
    """Take the hammer by its handle so that its head reaches the block, raise it, lay its head on the block."""
    arm, top = arms.recall("arm"), arms.mark("block", "functional", TOP)

    def beat(hand: Float | None = None) -> Plan:
        return arms.place(arm, "hammer", top, mark=HEAD, back=0.03, gap=0.0, release=False, hand=hand)

    arms.play(arms.grasp(arm, "hammer", back=0.12, depth=0.02, then=beat))
    arms.play(arms.shift(arm, back=0.07))
    arms.play(beat())
