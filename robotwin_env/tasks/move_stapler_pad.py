"""Move the stapler onto the pad.

Task Description
    A stapler lies on the table. Put it on the coloured pad on the same side, along the pad's long side, with the
    arm of that side.
Randomizations
    Stapler 0 to 6, any yaw; x ±25 cm, not within 5 cm of the middle, y -20..0 cm. Pad of one of eight colours on
    the stapler's side, x 5..25 cm from the middle, y -20..0 cm, at least 10 cm from the stapler.
Success Conditions
    The stapler's foot within (2, 2, 1) cm of the pad's centre, the four absolute values of its quaternion within
    0.02 of one another, both grippers open.
Source
    RoboTwin 2.0 envs/move_stapler_pad.py.
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
from robotwin_env.tasks._drawing import LYING, PAD_COLORS, any_color, apart, away_from_middle, same_side
from robotwin_env.tasks._stages import lifted

if TYPE_CHECKING:
    from robotwin_env.conditions.view import View
    from robotwin_env.expert.arms import Arms

STEP_LIMIT = 400
PAD_HALF = (0.055, 0.03, 0.0005)
EPS = np.array([0.02, 0.02, 0.01])  # m
QUATERNION_EPS = 0.02
ALONG_PAD = (0.707, 0.0, 0.0, 0.707)  # wxyz, of the place the stapler is brought to


def layout(rng: RandomState, catalog: Catalog) -> Layout:
    """The stapler, then the loose pad."""

    def draw() -> Pose:
        return rand_pose(
            rng, (-0.25, 0.25), (-0.2, 0.0), qpos=LYING, rotate_rand=True, rotate_lim=(0, 3.14, 0)
        )

    pose = away_from_middle(draw, 0.05)
    model_id = int(rng.choice(7, 1)[0])
    stapler = mesh("stapler", catalog.model("048_stapler", model_id), pose)
    xlim = same_side(pose, (0.05, 0.25))
    pad_pose = apart(pose, 0.1, lambda: rand_pose(rng, xlim, (-0.2, 0.0)))
    color_name, color = any_color(rng, PAD_COLORS)
    pad = Actor("pad", "box", Box(PAD_HALF, color), pad_pose, lifted=False)
    arm = arm_on_side(pose)
    return Layout(
        (stapler, pad),
        targets={"pad": np.array([*pad_pose.p, *ALONG_PAD])},
        prohibited=(footprint(stapler, 0.1), footprint(pad, 0.15)),
        placeholders={"A": f"048_stapler/base{model_id}", "B": color_name, "a": SIDES[arm]},
        recall={"arm": arm},
    )


def on_pad(view: View) -> Any:
    """Whether the stapler is on the pad, along it (…,)."""
    there = (np.abs(view.p("stapler") - view.p("pad")) < EPS).all(axis=-1)
    q = np.abs(view.q("stapler"))
    return there & (q.max(axis=-1) - q.min(axis=-1) < QUATERNION_EPS)


def success(view: View) -> Any:
    """The stapler lies on the pad, along it, and both grippers are open."""
    return also(view.both_open(), lambda: on_pad(view))


STAGES = (lifted("stapler"), Stage("stapler on the pad, along it", on_pad))


def demonstrate(arms: Arms) -> None:
    """Take the stapler, lift it, lay it on the pad."""
    arm = arms.recall("arm")
    arms.play(arms.grasp(arm, "stapler", back=0.1))
    arms.play(arms.shift(arm, back=0.1))
    arms.play(arms.place(arm, "stapler", arms.target("pad"), back=0.1, gap=0.0, constrain="align"))
