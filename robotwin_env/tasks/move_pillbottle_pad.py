"""Move the pill bottle onto the pad.

Task Description
    A pill bottle stands on the table. Put it on the blue pad on the same side with the arm of that side.
Randomizations
    Bottle 1 to 5; x ±25 cm, not within 5 cm of the middle, y ±10 cm. Pad on the bottle's side, x 5..25 cm from the
    middle, y -20..10 cm, at least 10 cm from the bottle.
Success Conditions
    The bottle's foot within 3 cm of the pad's centre and 5 mm of the table's height, both grippers open.
Source
    RoboTwin 2.0 envs/move_pillbottle_pad.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.random import RandomState

from robotwin_env.assets.models import Catalog
from robotwin_env.assets.shapes import Box
from robotwin_env.conditions.stages import Stage
from robotwin_env.conditions.view import also
from robotwin_env.drawing.layout import BLUE, SIDES, Actor, Layout, arm_on_side, footprint, mesh
from robotwin_env.numbers.sampling import rand_pose
from robotwin_env.tasks._carrying import carry
from robotwin_env.tasks._drawing import LYING, apart, away_from_middle, same_side
from robotwin_env.tasks._stages import lifted

if TYPE_CHECKING:
    from robotwin_env.conditions.view import View
    from robotwin_env.expert.arms import Arms

STEP_LIMIT = 400
PAD_HALF = (0.04, 0.04, 0.0005)
REST_HEIGHT = 0.741  # m
XY_EPS, Z_EPS = 0.03, 0.005  # m


def layout(rng: RandomState, catalog: Catalog) -> Layout:
    """The bottle, then the fixed pad."""
    pose = away_from_middle(lambda: rand_pose(rng, (-0.25, 0.25), (-0.1, 0.1), qpos=LYING), 0.05)
    model_id = int(rng.choice([1, 2, 3, 4, 5], 1)[0])
    bottle = mesh("bottle", catalog.model("080_pillbottle", model_id), pose, mass=0.05)
    xlim = same_side(pose, (0.05, 0.25))
    pad_pose = apart(pose, 0.1, lambda: rand_pose(rng, xlim, (-0.2, 0.1)))
    pad = Actor("pad", "box", Box(PAD_HALF, BLUE), pad_pose, static=True)
    arm = arm_on_side(pose)
    return Layout(
        (bottle, pad),
        prohibited=(footprint(bottle, 0.05), footprint(pad, 0.1)),
        placeholders={"A": f"080_pillbottle/base{model_id}", "a": SIDES[arm]},
        recall={"arm": arm},
    )


def on_pad(view: View) -> Any:
    """Whether the bottle is on the pad (…,)."""
    bottle, pad = view.p("bottle"), view.p("pad")
    there = (np.abs(bottle - pad)[..., :2] < XY_EPS).all(axis=-1)
    down = np.abs(bottle[..., 2] - (REST_HEIGHT + view.layout.lift)) < Z_EPS
    return there & down


def success(view: View) -> Any:
    """The bottle stands on the pad and both grippers are open."""
    return also(view.both_open(), lambda: on_pad(view))


STAGES = (lifted("bottle"), Stage("bottle on the pad", on_pad))


def demonstrate(arms: Arms) -> None:
    """Take the bottle, lift it a little, set it down on the pad from above."""
    arm = arms.recall("arm")
    how = {"mark": 0, "back": 0.05, "gap": 0.0, "from_direction": (0, 0, 1)}
    carry(arms, arm, "bottle", arms.mark("pad", "functional", 1), lift=0.05, back=0.06, placing=how)
