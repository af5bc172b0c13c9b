"""Place the mouse on the pad.

Task Description
    A computer mouse lies on the table. Put it on the coloured pad on the same side, pointing along it, with the
    arm of that side.
Randomizations
    Mouse 0, 1 or 2; x ±25 cm, not within 5 cm of the middle, y -20..0 cm, any yaw (where x was drawn again, within
    45°). Pad of one of eight colours on the mouse's side, x 5..25 cm from the middle, y -20..0 cm, at least 10 cm
    from the mouse.
Success Conditions
    The mouse within (1.5, 1.2) cm of the pad's centre in (x, y), the product of two components of its quaternion
    (wxyz; of w and x, or of y and z) within 0.015 of 0.49, both grippers open.
Source
    RoboTwin 2.0 envs/place_mouse_pad.py.
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
from robotwin_env.numbers.pose import Pose
from robotwin_env.numbers.sampling import rand_pose
from robotwin_env.tasks._drawing import LYING, PAD_COLORS, any_color, apart, same_side
from robotwin_env.tasks._stages import lifted

if TYPE_CHECKING:
    from robotwin_env.conditions.view import View
    from robotwin_env.expert.arms import Arms

STEP_LIMIT = 400
PAD_HALF = (0.035, 0.065, 0.0005)
XY_EPS = np.array([0.015, 0.012])  # m
PRODUCT, PRODUCT_EPS = 0.49, 0.015  # of two quaternion components, 0.5 where the mouse points along the pad
AHEAD = (0.0, 0.0, 0.0, 1.0)  # wxyz, of the place the mouse is brought to


def layout(rng: RandomState, catalog: Catalog) -> Layout:
    """The mouse, then the fixed pad."""

    def draw(yaw: float) -> Pose:
        return rand_pose(
            rng, (-0.25, 0.25), (-0.2, 0.0), qpos=LYING, rotate_rand=True, rotate_lim=(0, yaw, 0)
        )

    pose = draw(3.14)
    while abs(pose.p[0]) < 0.05:
        pose = draw(np.pi / 4)
    model_id = int(rng.choice([0, 1, 2], 1)[0])
    mouse = mesh("mouse", catalog.model("047_mouse", model_id), pose, mass=0.05)
    xlim = same_side(pose, (0.05, 0.25))
    pad_pose = apart(pose, 0.1, lambda: rand_pose(rng, xlim, (-0.2, 0.0)))
    color_name, color = any_color(rng, PAD_COLORS)
    pad = Actor("pad", "box", Box(PAD_HALF, color), pad_pose, static=True)
    arm = arm_on_side(pose)
    return Layout(
        (mouse, pad),
        prohibited=(footprint(pad, 0.12), footprint(mouse, 0.03)),
        placeholders={"A": f"047_mouse/base{model_id}", "B": color_name, "a": SIDES[arm]},
        recall={"arm": arm},
    )


def on_pad(view: View) -> Any:
    """Whether the mouse is over the pad, along it (…,)."""
    there = (np.abs(view.p("mouse") - view.p("pad"))[..., :2] < XY_EPS).all(axis=-1)
    return also(there, lambda: along(view))


def along(view: View) -> Any:
    """Whether the mouse lies along the pad (…,)."""
    w, x, y, z = np.moveaxis(np.abs(view.q("mouse")), -1, 0)
    return (np.abs(y * z - PRODUCT) < PRODUCT_EPS) | (np.abs(w * x - PRODUCT) < PRODUCT_EPS)


def success(view: View) -> Any:
    """The mouse lies on the pad, along it, and both grippers are open."""
    return also(view.both_open(), lambda: on_pad(view))


STAGES = (lifted("mouse"), Stage("mouse over the pad, along it", on_pad))


def demonstrate(arms: Arms) -> None:
    """Take the mouse, lift it, lay it on the pad."""
    arm = arms.recall("arm")
    arms.play(arms.grasp(arm, "mouse", back=0.1))
    arms.play(arms.shift(arm, z=0.1))
    pad = np.array([*arms.at("pad")[:3, 3], *AHEAD])
    arms.play(arms.place(arm, "mouse", pad, back=0.07, gap=0.005, constrain="align"))
