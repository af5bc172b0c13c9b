"""Move the playing cards away.

Task Description
    A pack of playing cards lies near the middle. Move it outwards with the arm on its side.
Randomizations
    Pack 0, 1 or 2; x ±10 cm, not within 5 cm of the middle, y -20..5 cm, any yaw.
Success Conditions
    The pack more than 23 cm from the middle in x (on either side), both grippers open.
Source
    RoboTwin 2.0 envs/move_playingcard_away.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.random import RandomState

from robotwin_env.assets.models import Catalog
from robotwin_env.conditions.stages import Stage
from robotwin_env.conditions.view import also
from robotwin_env.drawing.layout import LEFT, SIDES, Layout, arm_on_side, footprint, mesh
from robotwin_env.numbers.pose import Pose
from robotwin_env.numbers.sampling import rand_pose
from robotwin_env.tasks._drawing import LYING, away_from_middle
from robotwin_env.tasks._stages import fingered

if TYPE_CHECKING:
    from robotwin_env.conditions.view import View
    from robotwin_env.expert.arms import Arms

STEP_LIMIT = 400
AWAY = 0.23  # m
BAND = np.array([-100, -0.3, 100, 0.1])  # m, kept free of clutter


def layout(rng: RandomState, catalog: Catalog) -> Layout:
    """The pack, lying."""

    def draw() -> Pose:
        return rand_pose(
            rng, (-0.1, 0.1), (-0.2, 0.05), qpos=LYING, rotate_rand=True, rotate_lim=(0, 3.14, 0)
        )

    pose = away_from_middle(draw, 0.05)
    model_id = int(rng.choice([0, 1, 2], 1)[0])
    cards = mesh("cards", catalog.model("081_playingcards", model_id), pose)
    arm = arm_on_side(pose)
    return Layout(
        (cards,),
        prohibited=(BAND, footprint(cards, 0.1)),
        placeholders={"A": f"081_playingcards/base{model_id}", "a": SIDES[arm]},
        recall={"arm": arm},
    )


def far_out(view: View) -> Any:
    """Whether the pack is far from the middle (…,)."""
    return np.abs(view.p("cards")[..., 0]) > AWAY


def success(view: View) -> Any:
    """The pack is far from the middle and both grippers are open."""
    return also(view.both_open(), lambda: far_out(view))


STAGES = (
    Stage("a finger on the cards", lambda view: fingered(view, "cards")),
    Stage("cards far from the middle", far_out),
)


def demonstrate(arms: Arms) -> None:
    """Take the pack, slide it outwards, let go."""
    arm = arms.recall("arm")
    arms.play(arms.grasp(arm, "cards", back=0.06, depth=0.01))
    arms.play(arms.shift(arm, x=-0.3 if arm == LEFT else 0.3))
    arms.play(arms.open(arm))
