"""Place the object on the scale.

Task Description
    A mouse, a stapler or a bell lies on the table, a kitchen scale on the same side. Put the thing on the scale with
    the arm of that side.
Randomizations
    Any model of the thing (ids ascending; upstream's order is its file system's), any yaw; x ±25 cm, not within 2 cm
    of the middle, y -20..5 cm. Scale 0, 1, 5 or 6, any yaw; x 2..25 cm from the middle on the thing's side,
    y -20..5 cm, at least 15 cm from the thing.
Success Conditions
    The thing within 3.5 cm of the centre of the scale's plate, not 1 cm below it, the gripper of that arm open.
Source
    RoboTwin 2.0 envs/place_object_scale.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.random import RandomState

from robotwin_env.assets.models import Catalog
from robotwin_env.conditions.stages import Stage
from robotwin_env.conditions.view import also
from robotwin_env.drawing.layout import SIDES, Layout, arm_on_side, footprint, mesh
from robotwin_env.numbers.pose import Pose
from robotwin_env.numbers.sampling import rand_pose
from robotwin_env.tasks._carrying import carry, grips
from robotwin_env.tasks._drawing import LYING, any_model, apart, away_from_middle, same_side
from robotwin_env.tasks._stages import lifted

if TYPE_CHECKING:
    from robotwin_env.conditions.view import View
    from robotwin_env.expert.arms import Arms

STEP_LIMIT = 400
THINGS = ("047_mouse", "048_stapler", "050_bell")
XY_EPS, BELOW = 0.035, 0.01  # m
PLATE = 0  # functional point


def layout(rng: RandomState, catalog: Catalog) -> Layout:
    """The thing, then the scale."""

    def draw(xlim: tuple[float, float]) -> Pose:
        return rand_pose(rng, xlim, (-0.2, 0.05), qpos=LYING, rotate_rand=True, rotate_lim=(0, 3.14, 0))

    pose = away_from_middle(lambda: draw((-0.25, 0.25)), 0.02)
    name = str(rng.choice(THINGS))
    thing = mesh("thing", any_model(rng, catalog, name), pose, mass=0.05)
    xlim = same_side(pose, (0.02, 0.25))
    scale_pose = apart(pose, 0.15, lambda: draw(xlim))
    scale_id = int(rng.choice([0, 1, 5, 6], 1)[0])
    scale = mesh("scale", catalog.model("072_electronicscale", scale_id), scale_pose, mass=0.05)
    arm = arm_on_side(pose)
    return Layout(
        (thing, scale),
        prohibited=(footprint(thing, 0.05), footprint(scale, 0.05)),
        placeholders={
            "A": f"072_electronicscale/base{scale_id}",
            "B": f"{name}/base{thing.model_id}",
            "a": SIDES[arm],
        },
        recall={"arm": arm},
    )


def over_plate(view: View) -> Any:
    """Whether the thing is over the scale's plate (…,)."""
    thing, plate = view.p("thing"), view.functional_point("scale", PLATE)
    near = np.linalg.norm((plate - thing)[..., :2], axis=-1) < XY_EPS
    return near & (thing[..., 2] > plate[..., 2] - BELOW)


def success(view: View) -> Any:
    """The thing is on the scale's plate and the arm has let go."""
    return also(view.is_open(view.layout.recall["arm"]), lambda: over_plate(view))


STAGES = (lifted("thing"), Stage("thing over the scale", over_plate))


def demonstrate(arms: Arms) -> None:
    """Take the thing, lift it well above the scale, put it on the plate."""
    arm = arms.recall("arm")
    plate = arms.mark("scale", "functional", PLATE)
    how = {"back": 0.05, "gap": 0.005, "constrain": "free"}
    carry(arms, arm, "thing", plate, lift=0.1, frames=grips(arms, "thing"), placing=how)
