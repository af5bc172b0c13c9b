"""Stamp with the seal.

Task Description
    A seal stands on the table. Stamp it on the coloured square on the same side with the arm of that side.
Randomizations
    Seal 0, 2, 3, 4 or 6; x ±25 cm, not within 5 cm of the middle, y ±5 cm. Square of one of 23 colours on the
    seal's side, x 5..25 cm from the middle, y ±5 cm (where drawn again -5..10 cm), at least 10 cm from the seal.
Success Conditions
    The seal within 1 cm of the square's centre in x and y, both grippers open.
Source
    RoboTwin 2.0 envs/stamp_seal.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.random import RandomState

from robotwin_env.assets.models import Catalog
from robotwin_env.assets.shapes import Box
from robotwin_env.conditions.stages import Stage
from robotwin_env.conditions.view import also
from robotwin_env.drawing.layout import SIDES, Actor, Layout, arm_on_side, footprint, mesh
from robotwin_env.numbers.sampling import rand_pose
from robotwin_env.tasks._carrying import carry
from robotwin_env.tasks._drawing import LYING, PAD_COLORS, any_color, away_from_middle, distance, same_side
from robotwin_env.tasks._stages import lifted

if TYPE_CHECKING:
    from robotwin_env.conditions.view import View
    from robotwin_env.expert.arms import Arms

STEP_LIMIT = 400
COLORS = PAD_COLORS | {
    "Orange": (1, 0.5, 0),
    "Purple": (0.5, 0, 0.5),
    "Brown": (0.65, 0.4, 0.16),
    "Pink": (1, 0.75, 0.8),
    "Lime": (0.5, 1, 0),
    "Olive": (0.5, 0.5, 0),
    "Teal": (0, 0.5, 0.5),
    "Maroon": (0.5, 0, 0),
    "Navy": (0, 0, 0.5),
    "Coral": (1, 0.5, 0.31),
    "Turquoise": (0.25, 0.88, 0.82),
    "Indigo": (0.29, 0, 0.51),
    "Beige": (0.96, 0.91, 0.81),
    "Tan": (0.82, 0.71, 0.55),
    "Silver": (0.75, 0.75, 0.75),
}
SQUARE_HALF = (0.035, 0.035, 0.0005)
XY_EPS = 0.01  # m
GRIPS = (4, 5, 6, 7)  # contact points for a hand from above


def layout(rng: RandomState, catalog: Catalog) -> Layout:
    """The seal, then the square, a mere picture."""
    pose = away_from_middle(lambda: rand_pose(rng, (-0.25, 0.25), (-0.05, 0.05), qpos=LYING), 0.05)
    model_id = int(rng.choice([0, 2, 3, 4, 6], 1)[0])
    seal = mesh("seal", catalog.model("100_seal", model_id), pose, mass=0.05)
    xlim = same_side(pose, (0.05, 0.25))
    square_pose = rand_pose(rng, xlim, (-0.05, 0.05))
    while distance(square_pose, pose) < 0.1:
        square_pose = rand_pose(rng, xlim, (-0.05, 0.1))
    color_name, color = any_color(rng, COLORS)
    square = Actor("square", "box", Box(SQUARE_HALF, color, solid=False), square_pose, static=True)
    arm = arm_on_side(pose)
    return Layout(
        (seal, square),
        prohibited=(footprint(seal, 0.1), footprint(square, 0.1)),
        placeholders={"A": f"100_seal/base{model_id}", "B": color_name, "a": SIDES[arm]},
        recall={"arm": arm},
    )


def over_square(view: View) -> Any:
    """Whether the seal is over the square (…,)."""
    offset = np.abs(view.p("seal") - view.p("square"))[..., :2]
    return (offset < XY_EPS).all(axis=-1)


def success(view: View) -> Any:
    """The seal is on the square and both grippers are open."""
    return also(view.both_open(), lambda: over_square(view))


STAGES = (lifted("seal"), Stage("seal over the square", over_square))


def demonstrate(arms: Arms) -> None:
    """Take the seal from above, lift it, press it on the square."""
    arm = arms.recall("arm")
    carry(arms, arm, "seal", arms.at("square"), lift=0.05, points=GRIPS, placing={"back": 0.05})
