"""Put the bowl or cup on the plate.

Task Description
    A bowl or a cup stands on one side, a plate lies near the middle. Set the container on the plate with the arm on
    its side.
Randomizations
    Bowl 1, 2, 3, 5 or cup 1..7; x 20..28 cm to either side, y -10..5 cm. Plate x 2..8 cm to that side, y -15..-10 cm.
Success Conditions
    The container's origin within (5, 5, 3) cm of the plate's, and both grippers open.
Source
    RoboTwin 2.0 envs/place_container_plate.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.random import RandomState

from robotwin_env.assets.models import Catalog
from robotwin_env.conditions.stages import Stage
from robotwin_env.conditions.view import also
from robotwin_env.drawing.layout import SIDES, Layout, arm_on_side, footprint, mesh
from robotwin_env.numbers.sampling import draw_until, rand_pose
from robotwin_env.tasks._rims import draw_back, grasp_rim
from robotwin_env.tasks._stages import lifted

if TYPE_CHECKING:
    from robotwin_env.conditions.view import View
    from robotwin_env.expert.arms import Arms

STEP_LIMIT = 400
STANDING = (0.5, 0.5, 0.5, 0.5)
CONTAINERS = {"002_bowl": (1, 2, 3, 5), "021_cup": (1, 2, 3, 4, 5, 6, 7)}
PLATE_X = (-0.05, 0.05)  # m, on the left and on the right side
EPS = (0.05, 0.05, 0.03)  # m
RIM_POINTS = 4  # contact points of a container that is marked along its rim
LEAN = {"002_bowl": 0.4, "021_cup": 0.1}  # rad, about what the walls lean by
DEPTH = 0.0  # m, how far before a rim's contact point a hand stops
READY = 0.45  # gripper value that clears the wall and, leaning, the table
DOWN = (0.0, 0.0, -1.0)


def layout(rng: RandomState, catalog: Catalog) -> Layout:
    """The container, then the fixed plate."""
    pose = draw_until(
        lambda pose: abs(float(pose.p[0])) >= 0.2,
        lambda: rand_pose(rng, (-0.28, 0.28), (-0.1, 0.05), qpos=STANDING),
    )
    name = str(rng.choice(list(CONTAINERS)))
    model_id = int(rng.choice(CONTAINERS[name]))
    container = mesh("container", catalog.model(name, model_id), pose)
    arm = arm_on_side(pose)
    x = PLATE_X[arm]
    plate_pose = rand_pose(rng, (x - 0.03, x + 0.03), (-0.15, -0.1), qpos=STANDING)
    plate = mesh("plate", catalog.model("003_plate"), plate_pose, static=True)
    return Layout(
        (container, plate),
        prohibited=(footprint(container, 0.1), footprint(plate, 0.1)),
        placeholders={"A": "003_plate/base0", "B": f"{name}/base{model_id}", "a": SIDES[arm]},
        recall={"arm": arm, "container": name},
    )


def on_plate(view: View) -> Any:
    """Whether the container is on the plate (…,)."""
    offset = view.p("container") - view.p("plate")
    return (np.abs(offset) < EPS).all(axis=-1)


def success(view: View) -> Any:
    """The container stands on the plate and both grippers are open."""
    return also(view.both_open(), lambda: on_plate(view))


STAGES = (lifted("container"), Stage("container on the plate", on_plate))


def demonstrate(arms: Arms) -> None:
    """Take the container by its rim, or one that is marked elsewhere there; lift it, lower it onto the plate."""
    arm, name = arms.recall("arm"), arms.recall("container")
    if arms.scene.layout.actor("container").shape.count("contact") == RIM_POINTS:
        arms.play(arms.open(arm, READY))
        arms.play(grasp_rim(arms, arm, "container", lean=LEAN[name], depth=DEPTH))
        arms.play(draw_back(arms, arm, 0.1))
    else:
        arms.play(arms.grasp(arm, "container", back=0.1))
        arms.play(arms.shift(arm, z=0.1))
    place = arms.mark("plate", "functional")[:3, 3]
    arms.play(
        arms.place(
            arm, "container", place, back=0.1, gap=0.01, constrain="free", from_direction=DOWN, release=False
        )
    )
    arms.play(arms.open(arm, READY))
    arms.play(draw_back(arms, arm, 0.1))
    arms.play(arms.open(arm))
