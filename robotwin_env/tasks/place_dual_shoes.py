"""Put both shoes into the shoe box.

Task Description
    A pair of shoes lies left and right of a shoe box, on a table 10 cm lower than usual. Put both into the box side by
    side, their toes to the left: the left arm's shoe in front, the right arm's behind it.
Randomizations
    Shoe 0..9, the same model twice; x 20..30 cm to either side, y -10..5 cm, any heading.
Success Conditions
    Each shoe's origin within (5, 5) cm of its place 4 cm before and behind the box's origin and within 3 cm of 1 cm
    above it, each orientation within 0.07 per quaternion entry of standing toe to the left, and both grippers open.
Source
    RoboTwin 2.0 envs/place_dual_shoes.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.random import RandomState

from robotwin_env.assets.models import Catalog
from robotwin_env.conditions.stages import Stage
from robotwin_env.conditions.view import also
from robotwin_env.drawing.layout import LEFT, RIGHT, TABLE_HEIGHT, Layout, footprint, mesh
from robotwin_env.numbers.pose import Pose
from robotwin_env.tasks._shoes import scattered_shoe, shoe_lies
from robotwin_env.tasks._stages import lifted

if TYPE_CHECKING:
    from robotwin_env.conditions.view import View
    from robotwin_env.expert.arms import Arms, Plan

STEP_LIMIT = 600
TABLE_LIFT = -0.1  # m
BOX_XY = np.array([0.0, -0.13])  # m
APART = np.array([0.0, 0.04])  # m, from the box's origin to either shoe
ABOVE = 0.01  # m, from the box's origin up to the shoes'
EPS = (0.05, 0.05)  # m
EPS_HEIGHT = 0.03  # m
KEPT_FREE = np.array([-0.15, -0.25, 0.15, 0.01])


def layout(rng: RandomState, catalog: Catalog) -> Layout:
    """The fixed box, then the left and the right shoe."""
    box_pose = Pose.of([*BOX_XY, TABLE_HEIGHT], [0.5, 0.5, -0.5, -0.5])
    box = mesh("box", catalog.model("007_shoe-box"), box_pose, static=True)
    model_id = int(rng.choice(range(10)))
    model = catalog.model("041_shoe", model_id)
    left = mesh("left_shoe", model, scattered_shoe(rng, (-0.3, -0.2)))
    right = mesh("right_shoe", model, scattered_shoe(rng, (0.2, 0.3)))
    return Layout(
        (box, left, right),
        prohibited=(footprint(left, 0.02), footprint(right, 0.02), KEPT_FREE),
        placeholders={"A": f"041_shoe/base{model_id}", "B": "007_shoe-box/base0"},
    )


def in_box(view: View, key: str) -> Any:
    """Whether a shoe lies at its place in the box, toe to the left (…,)."""
    place = BOX_XY - APART if key == "left_shoe" else BOX_XY + APART
    height = view.p("box")[..., 2] + ABOVE
    at_height = np.abs(view.p(key)[..., 2] - height) < EPS_HEIGHT
    return also(at_height, lambda: shoe_lies(view, key, place, EPS))


def success(view: View) -> Any:
    """Both shoes lie in the box at its height, toes to the left, and both grippers are open."""

    def both_in_box() -> Any:
        return also(in_box(view, "left_shoe"), lambda: in_box(view, "right_shoe"))

    return also(view.both_open(), both_in_box)


STAGES = (
    lifted("left_shoe"),
    lifted("right_shoe"),
    Stage("left shoe in the box", lambda view: in_box(view, "left_shoe")),
    Stage("right shoe in the box", lambda view: in_box(view, "right_shoe")),
)


def demonstrate(arms: Arms) -> None:
    """Pick both up at once, then one after the other into the box, the right arm keeping clear of the left."""
    arms.play(arms.grasp(LEFT, "left_shoe", back=0.1), arms.grasp(RIGHT, "right_shoe", back=0.1))
    arms.play(arms.shift(LEFT, z=0.15), arms.shift(RIGHT, z=0.15))
    arms.play(into_box(arms, LEFT, "left_shoe"), arms.shift(RIGHT, x=0.1, y=-0.05))
    arms.play(arms.shift(LEFT, z=0.1))
    arms.play(arms.home(LEFT), into_box(arms, RIGHT, "right_shoe"))
    arms.play(arms.shift(RIGHT, z=0.1))
    arms.wait(3)


def into_box(arms: Arms, arm: int, shoe: str) -> Plan:
    """Above the arm's half of the box, down into it, let go."""
    place = arms.mark("box", "functional", arm)
    return arms.place(arm, shoe, place, mark=0, back=0.07, gap=0.02, constrain="align")
