"""Put a fan on a pad, facing the robot.

Task Description
    A small fan stands near the middle, a coloured pad lies to the side. The arm on the fan's side sets it on
    the pad, turned towards the robot.
Randomizations
    Fan 4 or 5; x ±10 cm, y -15..-5 cm, any yaw. Pad x 15..25 cm on the fan's side, y -15..-5 cm, one of 23
    colours.
Success Conditions
    The fan's orientation within 0.05, per quaternion element, of upright and straight; its origin within 4 cm
    of the pad's place in each of x, y and z; both grippers open.
Source
    RoboTwin 2.0 envs/place_fan.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.random import RandomState

from robotwin_env.assets.models import Catalog
from robotwin_env.assets.shapes import Box
from robotwin_env.conditions.stages import Stage
from robotwin_env.conditions.view import also
from robotwin_env.drawing.layout import SIDES, Actor, Layout, arm_on_side, around, footprint, mesh
from robotwin_env.numbers.sampling import rand_pose
from robotwin_env.tasks._stages import lifted

if TYPE_CHECKING:
    from robotwin_env.conditions.view import View
    from robotwin_env.expert.arms import Arms

STEP_LIMIT = 400
FANS = [4, 5]
PAD_HALF = (0.05, 0.05, 0.001)
PAD_MASS = 1.0  # kg
COLORS = (
    ("Red", (1, 0, 0)),
    ("Green", (0, 1, 0)),
    ("Blue", (0, 0, 1)),
    ("Yellow", (1, 1, 0)),
    ("Cyan", (0, 1, 1)),
    ("Magenta", (1, 0, 1)),
    ("Black", (0, 0, 0)),
    ("Gray", (0.5, 0.5, 0.5)),
    ("Orange", (1, 0.5, 0)),
    ("Purple", (0.5, 0, 0.5)),
    ("Brown", (0.65, 0.4, 0.16)),
    ("Pink", (1, 0.75, 0.8)),
    ("Lime", (0.5, 1, 0)),
    ("Olive", (0.5, 0.5, 0)),
    ("Teal", (0, 0.5, 0.5)),
    ("Maroon", (0.5, 0, 0)),
    ("Navy", (0, 0, 0.5)),
    ("Coral", (1, 0.5, 0.31)),
    ("Turquoise", (0.25, 0.88, 0.82)),
    ("Indigo", (0.29, 0, 0.51)),
    ("Beige", (0.96, 0.91, 0.81)),
    ("Tan", (0.82, 0.71, 0.55)),
    ("Silver", (0.75, 0.75, 0.75)),
)
STRAIGHT = np.array([0.707, 0.707, 0.0, 0.0])  # wxyz
TURN_EPS, PLACE_EPS = 0.05, 0.04  # quaternion elements; m


def layout(rng: RandomState, catalog: Catalog) -> Layout:
    """The fan, then the pad on its side."""
    fan_pose = rand_pose(
        rng,
        (-0.1, 0.1),
        (-0.15, -0.05),
        qpos=(0.0, 0.0, 0.707, 0.707),
        rotate_rand=True,
        rotate_lim=(0, 2 * np.pi, 0),
    )
    fan_id = int(rng.choice(FANS))
    fan = mesh("fan", catalog.model("099_fan", fan_id), fan_pose)
    pad_pose = rand_pose(rng, (0.15, 0.25) if fan_pose.p[0] > 0 else (-0.25, -0.15), (-0.15, -0.05))
    color_name, color = COLORS[int(rng.choice(len(COLORS)))]
    pad = Actor("pad", "box", Box(PAD_HALF, color), pad_pose, mass=PAD_MASS, lifted=False)
    arm = arm_on_side(fan_pose)
    return Layout(
        (fan, pad),
        targets={"fan": np.array([*pad_pose.p, 1.0, 0.0, 0.0, 0.0])},
        prohibited=(footprint(fan, 0.07), around(pad_pose, 0.15, 0.15)),
        placeholders={"A": f"099_fan/base{fan_id}", "B": color_name, "a": SIDES[arm]},
        recall={"arm": arm},
    )


def on_pad(view: View) -> Any:
    """Whether the fan is straight where the pad was put (…,)."""
    q = view.q("fan")
    q = np.where(q[..., :1] < 0, -q, q)
    straight = (np.abs(q - STRAIGHT) < TURN_EPS).all(axis=-1)
    there = np.abs(view.p("fan") - view.layout.targets["fan"][:3]) < PLACE_EPS
    return straight & there.all(axis=-1)


def success(view: View) -> Any:
    """The fan stands straight where the pad was put, and is let go."""
    return also(view.both_open(), lambda: on_pad(view))


STAGES = (lifted("fan"), Stage("fan straight on the pad", on_pad))


def demonstrate(arms: Arms) -> None:
    """Take it, lift it a little, set it on the pad."""
    arm = arms.recall("arm")
    arms.play(arms.grasp(arm, "fan", back=0.05))
    arms.play(arms.shift(arm, z=0.05))
    arms.play(arms.place(arm, "fan", arms.target("fan"), back=0.04, gap=0.005, constrain="align"))
