"""Put an object into the cabinet's drawer.

Task Description
    A cabinet with three drawers stands at the back, an object lies before it on one side. One arm takes the object,
    the other pulls the lowest drawer; the object goes into it.
Randomizations
    Cabinet x ±5 cm. One of ten kinds of objects and any of its models; x -32..-20 or 20..32 cm, y -20..-10 cm,
    yaw ±60°.
Success Conditions
    The object within 5 cm of the drawer's marked point in x and y, 0.7 to 12 cm above where it lay, and the gripper
    of its side open.
Source
    RoboTwin 2.0 envs/put_object_cabinet.py. Upstream draws the object's model from a list in the order of the file
    system; ours is ascending. Upstream takes the arm and the object's height in its expert, after settling (1 to 2 mm
    lower at most); here they are the layout's.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.random import RandomState

from robotwin_env.assets.models import Catalog, Float
from robotwin_env.conditions.stages import Stage
from robotwin_env.conditions.view import also
from robotwin_env.drawing.layout import SIDES, Layout, arm_on_side, footprint, jointed, mesh
from robotwin_env.expert.arms import Unreachable
from robotwin_env.expert.grasps import hand_at, turned_about
from robotwin_env.expert.kinematics import at, top_down
from robotwin_env.numbers.pose import Pose
from robotwin_env.numbers.sampling import rand_pose
from robotwin_env.tasks._stages import lifted

if TYPE_CHECKING:
    from robotwin_env.conditions.view import View
    from robotwin_env.expert.arms import Arms, Plan

STEP_LIMIT = 700
CABINET = 46653
KINDS = (
    "047_mouse",
    "048_stapler",
    "057_toycar",
    "073_rubikscube",
    "075_bread",
    "077_phone",
    "081_playingcards",
    "112_tea-box",
    "113_coffee-box",
    "107_soap",
)
KEPT_FREE = np.array([-0.15, -0.3, 0.15, 0.3])  # m, before the drawers
INSIDE = 0  # functional point of the cabinet
NEAR = 0.05  # m
LOWEST, HIGHEST = 0.007, 0.12  # m above where the object lay
DOWNWARD = -0.9  # z of the direction of a hand that points down
FINGERTIPS_OFF_FRONT = 0.012  # m, by which the hand stays before the bar's grasp point
PULL = 0.17  # m, nearly all the drawer has
ABOVE_FLOOR, CLEAR_OF_DRAWER = 0.03, 0.12  # m, the object's lowest point where it is let go, and before that
LEANS = (0.0, 0.2, 0.4, 0.6)  # rad, how far the hand leans back towards the robot
TURNS = (0, 15, -15, 30, -30)  # degrees about the vertical


def layout(rng: RandomState, catalog: Catalog) -> Layout:
    """The cabinet, then the object."""
    pose = rand_pose(rng, (-0.05, 0.05), (0.155, 0.155), qpos=(1, 0, 0, 1))
    cabinet = jointed("cabinet", catalog.jointed("036_cabinet", CABINET), pose, fixed=True)

    def lying(x: float) -> Pose:
        return rand_pose(
            rng,
            (-x, x),
            (-0.2, -0.1),
            qpos=(0.707, 0.707, 0.0, 0.0),
            rotate_rand=True,
            rotate_lim=(0, np.pi / 3, 0),
        )

    pose = lying(0.25)
    while abs(pose.p[0]) < 0.2:
        pose = lying(0.32)
    kind = str(rng.choice(KINDS))
    model_id = int(rng.choice(catalog.ids(kind)))
    thing = mesh("object", catalog.model(kind, model_id), pose)
    arm = arm_on_side(pose)
    return Layout(
        (cabinet, thing),
        prohibited=(footprint(thing), footprint(cabinet), KEPT_FREE),
        placeholders={
            "A": f"{kind}/base{model_id}",
            "B": "036_cabinet/base0",
            "a": SIDES[arm],
            "b": SIDES[1 - arm],
        },
        recall={"arm": arm},
    )


def over_drawer(view: View) -> Any:
    """Whether the object is over the drawer's marked point (…,)."""
    away = np.abs(view.p("object") - view.functional_point("cabinet", INSIDE))[..., :2]
    return (away < NEAR).all(axis=-1)


def success(view: View) -> Any:
    """The object is in the drawer and let go."""
    return also(view.is_open(view.layout.recall["arm"]), lambda: in_drawer(view))


def in_drawer(view: View) -> Any:
    """Whether the object is over the drawer's marked point, at the drawer's height (…,)."""
    height = view.p("object")[..., 2] - view.layout.actor("object").p[2]
    return over_drawer(view) & (height > LOWEST) & (height < HIGHEST)


STAGES = (lifted("object"), Stage("object over the open drawer", over_drawer))


def demonstrate(arms: Arms) -> None:
    """Take the object and the drawer's bar, pull the drawer, lower the object into it and let go."""
    arm = arms.recall("arm")
    other = 1 - arm
    arms.play(arms.grasp(arm, "object", back=0.1, points=from_above(arms, "object")))
    arms.play(arms.grasp(other, "cabinet", back=0.05, depth=FINGERTIPS_OFF_FRONT))
    arms.play(arms.shift(other, y=-PULL))
    arms.play(arms.shift(arm, z=0.15))
    arms.play(lowered_into_drawer(arms, arm) + arms.open(arm))


def from_above(arms: Arms, key: str) -> list[int] | None:
    """Contact points at which a hand points down, None where there are none."""
    count = arms.scene.layout.actor(key).shape.count("contact")
    down = [i for i in range(count) if hand_at(arms.mark(key, "contact", i))[2, 0] < DOWNWARD]
    return down or None


def lowered_into_drawer(arms: Arms, arm: int) -> Plan:
    """Over the drawer and down, the hand pointing down, its fingers across the drawer and leaning to the robot."""
    inside = arms.mark("cabinet", "functional", INSIDE)[:3, 3]
    held = np.linalg.inv(arms.hand(arm)) @ arms.at("object")
    for lean in LEANS:
        for turn in np.radians(TURNS):
            tilted = turned_about(at(top_down(turn), np.zeros(3)), np.array([1.0, 0.0, 0.0]), lean)
            below = lowest_corner(arms, "object", tilted @ held)
            origin = inside + [0.0, 0.0, ABOVE_FLOOR - below]
            there = at(tilted[:3, :3], origin - tilted[:3, :3] @ held[:3, 3])
            before = there.copy()
            before[2, 3] += CLEAR_OF_DRAWER
            q = arms.joints(arm, before)
            if q is not None and arms.line(arm, there, q) is not None:
                return arms.reach(arm, before) + arms.reach(arm, there, straight=True)
    raise Unreachable("no hand pointing down reaches into the drawer")


def lowest_corner(arms: Arms, key: str, frame: Float) -> float:
    """How far (m, negative) the bounding box of a model in this frame (4, 4) reaches below the frame's origin."""
    model = arms.scene.layout.actor(key).shape.model  # type: ignore[attr-defined]
    corners = np.array(list(itertools.product((-0.5, 0.5), repeat=3))) * model.extents + model.center
    return float((corners @ frame[2, :3]).min())
