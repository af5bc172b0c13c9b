"""Lift a pot with both hands.

Task Description
    A pot stands in the middle of the table. Both arms take it by its handles and lift it level.
Randomizations
    Pot 0 or 1; x and y ±5 cm, yaw ± 22.5°.
Success Conditions
    The pot above 0.82 m and upright within 37°, each arm's tool point within 3 cm of its handle.
Source
    RoboTwin 2.0 envs/lift_pot.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.random import RandomState

from robotwin_env.assets.models import Catalog
from robotwin_env.conditions.stages import Stage
from robotwin_env.conditions.view import also
from robotwin_env.drawing.layout import LEFT, RIGHT, Layout, around, jointed
from robotwin_env.expert.grasps import Float, hand_at, turned_about
from robotwin_env.numbers.sampling import rand_pose

if TYPE_CHECKING:
    from robotwin_env.conditions.view import View
    from robotwin_env.expert.arms import Arms

STEP_LIMIT = 400
HANDLES = (0, 1)  # contact points of the left and the right arm
LIFTED, CARRIED = 0.82, 0.85  # m
AT_HANDLE = 0.03  # m
UPRIGHT = 0.8  # cosine of the tilt
HAND_HALF_WIDTH, CLEARANCE = 0.09, 0.01  # m
UP = np.array([0.0, 0.0, 1.0])


def layout(rng: RandomState, catalog: Catalog) -> Layout:
    """The pot."""
    model_id = int(rng.randint(0, 2))
    pose = rand_pose(
        rng,
        (-0.05, 0.05),
        (-0.05, 0.05),
        rotate_rand=True,
        rotate_lim=(0, 0, np.pi / 8),
        qpos=(0.704141, 0, 0, 0.71006),
    )
    pot = jointed("pot", catalog.jointed("060_kitchenpot", model_id), pose)
    return Layout(
        (pot,),
        prohibited=(around(pot.pose, 0.3, 0.1),),
        placeholders={"A": f"060_kitchenpot/base{model_id}"},
    )


def at_handles(view: View) -> Any:
    """Whether each arm's tool point is at its handle (…,)."""

    def at_handle(side: int) -> Any:
        away = view.tool(side) - view.contact_point("pot", HANDLES[side])
        return np.linalg.norm(away, axis=-1) < AT_HANDLE

    return at_handle(LEFT) & at_handle(RIGHT)


def success(view: View) -> Any:
    """The pot is up and level between the two hands."""
    lifted = (view.p("pot")[..., 2] > LIFTED) & (view.axis("pot", UP)[..., 2] > UPRIGHT)
    return also(lifted, lambda: at_handles(view))


STAGES = (Stage("both hands at the handles", at_handles),)


def demonstrate(arms: Arms) -> None:
    """Grippers half closed, a handle each, up together."""
    arms.play(arms.close(LEFT, 0.5), arms.close(RIGHT, 0.5))
    left, right = (
        arms.grasp(
            arm, "pot", back=0.035, frames=dipped(arms.mark("pot", "contact", HANDLES[arm]), arms.table)
        )
        for arm in (LEFT, RIGHT)
    )
    arms.play(left, right)
    up = CARRIED - arms.at("pot")[2, 3]
    arms.play(arms.shift(LEFT, z=up), arms.shift(RIGHT, z=up))


def dipped(contact: Float, table: float) -> list[Float]:
    """A contact frame (4, 4) turned until a hand at it, fingers opening upwards, keeps off the table (m)."""
    hand = hand_at(contact)
    sideways = np.cross(hand[:3, 0], -UP)
    for dip in np.radians(np.arange(0, 60, 5)):
        frame = turned_about(contact, sideways / np.linalg.norm(sideways), dip)
        hand = hand_at(frame)
        if hand[2, 3] - HAND_HALF_WIDTH * abs(hand[2, 1]) > table + CLEARANCE:
            return [frame]
    return [contact]
