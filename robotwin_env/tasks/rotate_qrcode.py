"""Turn a payment sign to face forwards.

Task Description
    A payment sign with a QR code stands on the table, turned away. The arm on its side takes it, turns it to
    face the robot's front and sets it down.
Randomizations
    Sign 0 to 3; x ±25 cm, not within 5 cm of the middle, y -20..0 cm, yaw ± 0.7 rad.
Success Conditions
    The sign's orientation within 0.05, per quaternion element, of upright and straight; its origin below
    0.75 m; both grippers open.
Source
    RoboTwin 2.0 envs/rotate_qrcode.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.random import RandomState

from robotwin_env.assets.models import Catalog
from robotwin_env.conditions.stages import Stage
from robotwin_env.conditions.view import also
from robotwin_env.drawing.layout import RIGHT, SIDES, Layout, arm_on_side, footprint, mesh
from robotwin_env.numbers.sampling import draw_until, rand_pose
from robotwin_env.tasks._stages import lifted

if TYPE_CHECKING:
    from robotwin_env.conditions.view import View
    from robotwin_env.expert.arms import Arms

STEP_LIMIT = 400
STRAIGHT = np.array([0.707, 0.707, 0.0, 0.0])  # wxyz
TURN_EPS = 0.05
ABOVE = 0.07  # m
STANDING = 0.75  # m, on a table without lift


def layout(rng: RandomState, catalog: Catalog) -> Layout:
    """The sign, not in the middle."""
    pose = draw_until(
        lambda pose: abs(pose.p[0]) >= 0.05,
        lambda: rand_pose(
            rng,
            (-0.25, 0.25),
            (-0.2, 0.0),
            qpos=(0, 0, 0.707, 0.707),
            rotate_rand=True,
            rotate_lim=(0, 0.7, 0),
        ),
    )
    model_id = int(rng.choice([0, 1, 2, 3], 1)[0])
    sign = mesh("sign", catalog.model("070_paymentsign", model_id), pose)
    arm = arm_on_side(pose)
    target = np.array([0.2 if arm == RIGHT else -0.2, -0.15, 0.74 + catalog.lift, 1.0, 0.0, 0.0, 0.0])
    return Layout(
        (sign,),
        targets={"sign": target},
        prohibited=(footprint(sign, 0.12),),
        placeholders={"A": f"070_paymentsign/base{model_id}", "a": SIDES[arm]},
        recall={"arm": arm},
    )


def straight(view: View) -> Any:
    """Whether the sign is upright and faces forwards (…,)."""
    q = view.q("sign")
    q = np.where(q[..., :1] < 0, -q, q)
    return (np.abs(q - STRAIGHT) < TURN_EPS).all(axis=-1)


def success(view: View) -> Any:
    """The sign stands straight and is let go."""
    low = view.p("sign")[..., 2] < STANDING + view.layout.lift
    return also(view.both_open(), lambda: straight(view) & low)


STAGES = (lifted("sign"), Stage("sign turned straight", straight))


def demonstrate(arms: Arms) -> None:
    """Take it, lift it, turn it; aim once more, for it slips a little in the fingers, and set it down."""
    arm = arms.recall("arm")
    arms.play(arms.grasp(arm, "sign", back=0.05))
    arms.play(arms.shift(arm, z=0.07))
    there = arms.target("sign")
    arms.play(arms.place(arm, "sign", there, back=ABOVE, gap=ABOVE, constrain="align", release=False))
    arms.play(arms.place(arm, "sign", there, back=ABOVE, gap=0.01, constrain="align"))
