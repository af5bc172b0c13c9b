"""Put a burger and fries on a tray.

Task Description
    A tray lies in the middle, a burger on the left, a box of french fries on the right. Each arm puts its thing
    on its half of the tray.
Randomizations
    Tray 0 to 3, fixed, y -15..-10 cm; burger 0 to 5, x -30..-25 cm; fries 0 or 1, x 20..30 cm; both
    y -15..-7 cm.
Success Conditions
    Burger and fries each less than 8 cm in the plane from their place on the tray, both grippers open.
Source
    RoboTwin 2.0 envs/place_burger_fries.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.random import RandomState

from robotwin_env.assets.models import Catalog
from robotwin_env.conditions.stages import Stage
from robotwin_env.conditions.view import also
from robotwin_env.drawing.layout import LEFT, RIGHT, Layout, footprint, mesh
from robotwin_env.numbers.sampling import rand_pose
from robotwin_env.tasks._stages import lifted

if TYPE_CHECKING:
    from robotwin_env.conditions.view import View
    from robotwin_env.expert.arms import Arms, Plan

STEP_LIMIT = 500
LYING = (0.706527, 0.706483, -0.0291356, -0.0291767)  # wxyz of the tray
NEAR = 0.08  # m
OPENING = 0.089  # m between open fingers
CLEARANCE = 0.003  # m between the fries and the inner finger, which shall keep off the tray


def layout(rng: RandomState, catalog: Catalog) -> Layout:
    """The tray, the burger, the fries: each pose, then its model."""
    tray_pose = rand_pose(rng, (0.0, 0.0), (-0.15, -0.1), qpos=LYING, rotate_rand=True)
    tray_id = int(rng.choice([0, 1, 2, 3], 1)[0])
    burger_pose = rand_pose(rng, (-0.3, -0.25), (-0.15, -0.07), qpos=(0.5, 0.5, 0.5, 0.5), rotate_rand=True)
    burger_id = int(rng.choice([0, 1, 2, 3, 4, 5], 1)[0])
    fries_pose = rand_pose(rng, (0.2, 0.3), (-0.15, -0.07), rotate_rand=True)
    fries_id = int(rng.choice([0, 1], 1)[0])
    tray = mesh("tray", catalog.model("008_tray", tray_id), tray_pose, static=True)
    burger = mesh("burger", catalog.model("006_hamburg", burger_id), burger_pose, mass=0.05)
    fries = mesh("fries", catalog.model("005_french-fries", fries_id), fries_pose, mass=0.05)
    return Layout(
        (tray, burger, fries),
        prohibited=(footprint(tray, 0.1), footprint(burger, 0.05), footprint(fries, 0.05)),
        placeholders={
            "A": f"006_hamburg/base{burger_id}",
            "B": f"008_tray/base{tray_id}",
            "C": f"005_french-fries/base{fries_id}",
        },
    )


def on_tray(view: View, key: str, place: int) -> Any:
    """Whether a thing is near a place of the tray (…,), seen from above."""
    offset = view.functional_point("tray", place) - view.functional_point(key, 0)
    return np.linalg.norm(offset[..., :2], axis=-1) < NEAR


def success(view: View) -> Any:
    """Each thing is on its half of the tray, and let go."""

    def both_on_tray() -> Any:
        return also(on_tray(view, "burger", 0), lambda: on_tray(view, "fries", 1))

    return also(view.both_open(), both_on_tray)


STAGES = (
    lifted("burger"),
    lifted("fries"),
    Stage("burger over its half of the tray", lambda view: on_tray(view, "burger", 0)),
    Stage("fries over their half of the tray", lambda view: on_tray(view, "fries", 1)),
)


def demonstrate(arms: Arms) -> None:
    """Both up at once, the burger down on the left half, then the fries on the right one."""
    fries = arms.mark("fries", "contact", 0)
    width = arms.scene.layout.actor("fries").shape.kept_free[0] * 2
    fries[0, 3] += (OPENING - width) / 2 - CLEARANCE
    arms.play(arms.grasp(LEFT, "burger"), arms.grasp(RIGHT, "fries", frames=[fries]))
    arms.play(arms.shift(LEFT, z=0.1), arms.shift(RIGHT, z=0.1))
    arms.play(set_down(arms, LEFT, "burger", 0))
    arms.play(arms.shift(LEFT, z=0.08))
    arms.play(set_down(arms, RIGHT, "fries", 1), arms.home(LEFT))
    arms.play(arms.shift(RIGHT, z=0.08))


def set_down(arms: Arms, arm: int, key: str, place: int) -> Plan:
    """Straight down on a place of the tray."""
    target = arms.mark("tray", "functional", place)
    return arms.place(arm, key, target, mark=0, back=0.1, constrain="free", from_direction=(0.0, 0.0, 1.0))
