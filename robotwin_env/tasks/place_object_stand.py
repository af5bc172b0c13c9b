"""Place the object on the display stand.

Task Description
    A small thing lies at the side of the table, a display stand in its middle, nearer. Put the thing on the stand
    with the arm on its side.
Randomizations
    One of six kinds, any model of it (ids ascending; upstream's order is its file system's); x 20..28 cm from the
    middle, y ±5 cm, yaw ±60°. Stand 0 to 4; x 0..5 cm from the middle on the thing's side, y -15..-10 cm, yaw ±30°,
    at least 10 cm from the thing.
Success Conditions
    The thing within 3 cm of the stand in x and y, both grippers open.
Source
    RoboTwin 2.0 envs/place_object_stand.py.
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
from robotwin_env.tasks._drawing import any_model, apart, away_from_middle, same_side
from robotwin_env.tasks._stages import lifted

if TYPE_CHECKING:
    from robotwin_env.conditions.view import View
    from robotwin_env.expert.arms import Arms

STEP_LIMIT = 400
THINGS = (
    "047_mouse",
    "048_stapler",
    "050_bell",
    "073_rubikscube",
    "057_toycar",
    "079_remotecontrol",
)
FACING = (0.707, 0.707, 0.0, 0.0)  # wxyz: a model's y axis up, its x axis to the right
XY_EPS = 0.03  # m
TOP = 0  # functional point


def layout(rng: RandomState, catalog: Catalog) -> Layout:
    """The thing, then the stand."""

    def draw(xlim: tuple[float, float], ylim: tuple[float, float], yaw: float) -> Pose:
        return rand_pose(rng, xlim, ylim, qpos=FACING, rotate_rand=True, rotate_lim=(0, yaw, 0))

    pose = away_from_middle(lambda: draw((-0.28, 0.28), (-0.05, 0.05), np.pi / 3), 0.2)
    name = str(rng.choice(THINGS))
    thing = mesh("thing", any_model(rng, catalog, name), pose)
    xlim = same_side(pose, (0.0, 0.05))
    stand_pose = apart(pose, 0.1, lambda: draw(xlim, (-0.15, -0.1), np.pi / 6))
    stand_id = int(rng.choice([0, 1, 2, 3, 4]))
    stand = mesh("stand", catalog.model("074_displaystand", stand_id), stand_pose)
    arm = arm_on_side(pose)
    return Layout(
        (thing, stand),
        prohibited=(footprint(stand, 0.05), footprint(thing, 0.1)),
        placeholders={
            "A": f"{name}/base{thing.model_id}",
            "B": f"074_displaystand/base{stand_id}",
            "a": SIDES[arm],
        },
        recall={"arm": arm},
    )


def over_stand(view: View) -> Any:
    """Whether the thing is over the stand (…,)."""
    offset = np.abs(view.p("thing") - view.p("stand"))[..., :2]
    return (offset < XY_EPS).all(axis=-1)


def success(view: View) -> Any:
    """The thing is on the stand and both grippers are open."""
    return also(view.both_open(), lambda: over_stand(view))


STAGES = (lifted("thing"), Stage("thing over the stand", over_stand))


def demonstrate(arms: Arms) -> None:
    """Take the thing, lift it, put it on top of the stand."""
    arm = arms.recall("arm")
    top = arms.mark("stand", "functional", TOP)
    how = {"back": 0.07, "constrain": "free"}
    carry(arms, arm, "thing", top, lift=0.1, frames=grips(arms, "thing"), placing=how)
