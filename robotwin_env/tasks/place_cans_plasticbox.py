"""Put two cans into a plastic box.

Task Description
    A plastic box stands in the middle, a can on either side of it. Each arm puts its can into the box.
Randomizations
    Box 3 or 5, y -15..-10 cm; cans 0, 1, 2, 3, 5 or 6, x 15..25 cm aside, y -15..-7 cm.
Success Conditions
    Each can's origin less than 4 cm in the plane from the nearer of the box's two places, both grippers open.
Source
    RoboTwin 2.0 envs/place_cans_plasticbox.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.random import RandomState

from robotwin_env.assets.models import Catalog
from robotwin_env.conditions.stages import Stage
from robotwin_env.conditions.view import also
from robotwin_env.drawing.layout import LEFT, RIGHT, Layout, footprint, mesh
from robotwin_env.numbers.pose import Pose
from robotwin_env.numbers.sampling import rand_pose
from robotwin_env.tasks._stages import lifted

if TYPE_CHECKING:
    from robotwin_env.conditions.view import View
    from robotwin_env.expert.arms import Arms

STEP_LIMIT = 800
BOXES, CANS = [3, 5], [0, 1, 2, 3, 5, 6]
NEAR = 0.04  # m


def layout(rng: RandomState, catalog: Catalog) -> Layout:
    """The box, the left can, the right can: each pose, then its model."""

    def standing(x: tuple[float, float], y: tuple[float, float]) -> Pose:
        return rand_pose(rng, x, y, qpos=(0.5, 0.5, 0.5, 0.5), rotate_rand=True)

    def choice(ids: list[int]) -> int:
        return int(rng.choice(ids, 1)[0])

    box_pose, box_id = standing((0.0, 0.0), (-0.15, -0.1)), choice(BOXES)
    left_pose, left_id = standing((-0.25, -0.15), (-0.15, -0.07)), choice(CANS)
    right_pose, right_id = standing((0.15, 0.25), (-0.15, -0.07)), choice(CANS)
    box = mesh("box", catalog.model("062_plasticbox", box_id), box_pose, mass=0.05)
    left = mesh("left_can", catalog.model("071_can", left_id), left_pose, mass=0.05)
    right = mesh("right_can", catalog.model("071_can", right_id), right_pose, mass=0.05)
    return Layout(
        (box, left, right),
        prohibited=(footprint(box, 0.1), footprint(left, 0.05), footprint(right, 0.05)),
        placeholders={
            "A": f"071_can/base{left_id}",
            "B": f"062_plasticbox/base{box_id}",
            "C": f"071_can/base{right_id}",
        },
    )


def over_box(view: View, key: str) -> Any:
    """Whether a can is over one of the box's places (…,)."""
    places = np.stack([view.functional_point("box", i)[..., :2] for i in (0, 1)], axis=-2)
    away = np.linalg.norm(view.p(key)[..., None, :2] - places, axis=-1)
    return away.min(axis=-1) < NEAR


def both_over_box(view: View) -> Any:
    """Whether both cans are over one of the box's places (…,)."""
    return also(over_box(view, "left_can"), lambda: over_box(view, "right_can"))


def success(view: View) -> Any:
    """Both cans are over one of the box's places, and let go."""
    return also(view.both_open(), lambda: both_over_box(view))


STAGES = (
    lifted("left_can"),
    lifted("right_can"),
    Stage("left can over the box", lambda view: over_box(view, "left_can")),
    Stage("right can over the box", lambda view: over_box(view, "right_can")),
)


def demonstrate(arms: Arms) -> None:
    """Both cans up at once, the left one in, then the right one while the left arm goes home."""
    arms.play(arms.grasp(LEFT, "left_can"), arms.grasp(RIGHT, "right_can"))
    arms.play(arms.shift(LEFT, z=0.2), arms.shift(RIGHT, z=0.2))
    arms.play(arms.place(LEFT, "left_can", arms.mark("box", "functional", 1), constrain="free"))
    arms.play(arms.shift(LEFT, z=0.08))
    arms.play(
        arms.place(RIGHT, "right_can", arms.mark("box", "functional", 0), constrain="free"), arms.home(LEFT)
    )
    arms.play(arms.shift(RIGHT, z=0.08))
    arms.play(arms.home(RIGHT))
