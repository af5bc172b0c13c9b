"""Hand a microphone over.

Task Description
    A microphone lies on the table. The arm on its side lifts it by the handle and hands it to the other arm.
Randomizations
    Microphone 0, 4 or 5; x 15..20 cm to either side, y -5..0 cm.
Success Conditions
    The receiving gripper closed, the giving one open, a finger on the microphone, the foot of its handle above
    0.92 m and on the receiving arm's side of the table.
Source
    RoboTwin 2.0 envs/handover_mic.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.random import RandomState

from robotwin_env.assets.models import Catalog
from robotwin_env.conditions.stages import Stage
from robotwin_env.conditions.view import also
from robotwin_env.drawing.layout import LEFT, RIGHT, SIDES, Layout, arm_on_side, footprint, mesh
from robotwin_env.numbers.sampling import draw_until, rand_pose
from robotwin_env.tasks._stages import in_hand, lifted

if TYPE_CHECKING:
    from robotwin_env.conditions.view import View
    from robotwin_env.expert.arms import Arms

STEP_LIMIT = 600
IDS = [0, 4, 5]
FOOT = 0  # functional point, the end of the handle
GIVEN_BY = (1, 9, 10, 11, 12, 13, 14, 15)  # contact points on the handle
TAKEN_BY = (0, 2, 3, 4, 5, 6, 7, 8)  # contact points next to the head
HELD = 0.92  # m
FINGERTIPS = 0.02  # m, how far back the taking hand stays
NARROW = 0.7  # gripper value of the taking hand on its way, clear of the other one
HANDOVER = np.array([0.0, -0.05, 0.98, 0.0, 1.0, 0.0, 0.0])  # where the foot is held out, pointing down
INWARDS = {LEFT: (-0.924, 0, 0, -0.383), RIGHT: (-0.383, 0, 0, -0.924)}  # wxyz, a level hand


def layout(rng: RandomState, catalog: Catalog) -> Layout:
    """The microphone, not in the middle."""
    pose = draw_until(
        lambda pose: abs(pose.p[0]) >= 0.15,
        lambda: rand_pose(rng, (-0.2, 0.2), (-0.05, 0.0), qpos=(0.707, 0.707, 0, 0)),
    )
    model_id = int(rng.choice(IDS, 1)[0])
    microphone = mesh("microphone", catalog.model("018_microphone", model_id), pose)
    giver = arm_on_side(pose)
    taker = 1 - giver
    return Layout(
        (microphone,),
        targets={"handover": HANDOVER},
        prohibited=(footprint(microphone, 0.07),),
        placeholders={"A": f"018_microphone/base{model_id}", "a": SIDES[giver], "b": SIDES[taker]},
        recall={"giver": giver, "taker": taker},
    )


def success(view: View) -> Any:
    """The taker alone holds the microphone, up and on its own side."""
    giver, taker = view.layout.recall["giver"], view.layout.recall["taker"]
    foot = view.functional_point("microphone", FOOT)
    own_side = foot[..., 0] < 0 if taker == LEFT else foot[..., 0] > 0
    given = view.is_closed(taker) & view.is_open(giver) & own_side & (foot[..., 2] > HELD)
    return also(given, lambda: view.fingered("microphone"))


STAGES = (
    lifted("microphone"),
    Stage(
        "microphone in the receiving hand",
        lambda view: in_hand(view, "microphone", view.layout.recall["taker"]),
    ),
)


def demonstrate(arms: Arms) -> None:
    """One arm holds it out in the middle, the other takes it and draws it to its side."""
    giver, taker = arms.recall("giver"), arms.recall("taker")
    arms.play(arms.grasp(giver, "microphone", back=0.1, points=GIVEN_BY))
    arms.play(arms.shift(giver, back=0.12, rotation=INWARDS[giver]), arms.close(taker, NARROW))
    arms.play(
        arms.place(
            giver, "microphone", arms.target("handover"),
            mark=FOOT, back=0.0, gap=0.0, constrain="free", release=False,
        )
    )  # fmt: skip
    arms.play(arms.grasp(taker, "microphone", back=0.1, depth=FINGERTIPS, points=TAKEN_BY))
    arms.play(arms.open(giver))
    aside = 0.05 if taker == RIGHT else -0.05
    arms.play(arms.shift(giver, back=0.07), arms.shift(taker, x=aside))
