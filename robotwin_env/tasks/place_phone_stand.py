"""Put the phone on its stand.

Task Description
    A phone lies on the table, its stand on the same side. Set the phone on the stand with the arm on its side.
Randomizations
    Left or right side; phone 0, 1, 2 or 4; x 5..25 cm to that side, y -20..0 cm, yaw ±0.7 rad. Stand 1 or 2;
    x 0..15 cm to that side, y 0..20 cm, at least 15 cm from the phone.
Success Conditions
    The phone's functional point within (4.5, 4, 4) cm of the stand's, and both grippers open.
Source
    RoboTwin 2.0 envs/place_phone_stand.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.random import RandomState

from robotwin_env.assets.models import Catalog
from robotwin_env.conditions.stages import Stage
from robotwin_env.conditions.view import also
from robotwin_env.drawing.layout import SIDES, Layout, arm_on_side, footprint, mesh
from robotwin_env.numbers.sampling import draw_until, rand_pose
from robotwin_env.tasks._stages import lifted

if TYPE_CHECKING:
    from robotwin_env.conditions.view import View
    from robotwin_env.expert.arms import Arms

STEP_LIMIT = 400
PHONE_X = ((-0.25, -0.05), (0.05, 0.25))
STAND_X = ((-0.15, 0.0), (0.0, 0.15))
LYING = {  # wxyz of each phone on its back
    0: (0.707, 0.707, 0, 0),
    1: (0.5, 0.5, 0.5, 0.5),
    2: (0.5, 0.5, -0.5, -0.5),
    4: (0.5, -0.5, 0.5, -0.5),
}
CLEARANCE = 0.15  # m
EPS = (0.045, 0.04, 0.04)  # m


def layout(rng: RandomState, catalog: Catalog) -> Layout:
    """The phone, then the fixed stand."""
    side = int(rng.randint(2))
    phone_id = int(rng.choice(list(LYING), 1)[0])
    pose = rand_pose(
        rng, PHONE_X[side], (-0.2, 0.0), qpos=LYING[phone_id], rotate_rand=True, rotate_lim=(0, 0.7, 0)
    )
    stand_pose = draw_until(
        lambda stand: float(np.sqrt(np.sum((pose.p[:2] - stand.p[:2]) ** 2))) >= CLEARANCE,
        lambda: rand_pose(rng, STAND_X[side], (0, 0.2), qpos=(0.707, 0.707, 0, 0)),
    )
    stand_id = int(rng.choice([1, 2], 1)[0])
    phone = mesh("phone", catalog.model("077_phone", phone_id), pose)
    stand = mesh("stand", catalog.model("078_phonestand", stand_id), stand_pose, static=True)
    arm = arm_on_side(pose)
    return Layout(
        (phone, stand),
        prohibited=(footprint(phone, 0.15), footprint(stand, 0.15)),
        placeholders={
            "A": f"077_phone/base{phone_id}",
            "B": f"078_phonestand/base{stand_id}",
            "a": SIDES[arm],
        },
        recall={"arm": arm},
    )


def on_stand(view: View) -> Any:
    """Whether the phone is on the stand (…,)."""
    offset = view.functional_point("phone", 0) - view.functional_point("stand", 0)
    return (np.abs(offset) < EPS).all(axis=-1)


def success(view: View) -> Any:
    """The phone rests on the stand and both grippers are open."""
    return also(view.both_open(), lambda: on_stand(view))


STAGES = (lifted("phone"), Stage("phone on the stand", on_stand))


def demonstrate(arms: Arms) -> None:
    """Take the phone by its long edges, lift it, lean it onto the stand."""
    arm = arms.recall("arm")
    arms.play(arms.grasp(arm, "phone", back=0.08))
    arms.play(arms.shift(arm, z=0.12))
    stand = arms.mark("stand", "functional")
    arms.play(arms.place(arm, "phone", stand, mark=0, gap=0.0, constrain="align"))
