"""Put a can beside a pot.

Task Description
    A pot stands in the middle of the table, a sauce can to one side and further back. The arm on the can's
    side sets it down next to the pot.
Randomizations
    Pot 0 to 6, yaw ± 22.5°; can 0, 2, 4, 5 or 6, x 20..30 cm aside, y 5..15 cm, at least 30 cm from the pot,
    yaw ± 45°.
Success Conditions
    The can on its own side of the pot, less than 20 cm from it along x and 3.5 cm along y, upright within 15°,
    not higher than where the pot was put, both grippers open.
Source
    RoboTwin 2.0 envs/move_can_pot.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.random import RandomState

from robotwin_env.assets.models import Catalog
from robotwin_env.conditions.stages import Stage
from robotwin_env.conditions.view import also
from robotwin_env.drawing.layout import (
    RIGHT,
    SIDES,
    TABLE_HEIGHT,
    Layout,
    arm_on_side,
    footprint,
    jointed,
    mesh,
)
from robotwin_env.numbers.sampling import draw_until, rand_pose, squared_distance
from robotwin_env.tasks._stages import lifted

if TYPE_CHECKING:
    from robotwin_env.conditions.view import View
    from robotwin_env.expert.arms import Arms

STEP_LIMIT = 400
CANS = [0, 2, 4, 5, 6]
BESIDE = 0.18  # m, from the pot's origin
NEXT_TO, LEVEL_WITH = 0.2, 0.035  # m, along x and along y
TILT = np.radians(15)
HIGHER = 0.001  # m, above the height the pot was put at


def layout(rng: RandomState, catalog: Catalog) -> Layout:
    """The pot, then the can away from it."""
    pot_id = int(rng.randint(0, 7))
    pot_pose = rand_pose(
        rng, (0.0, 0.0), (0.0, 0.0), rotate_rand=True, rotate_lim=(0, 0, np.pi / 8), qpos=(0, 0, 0, 1)
    )
    pot = jointed("pot", catalog.jointed("060_kitchenpot", pot_id), pot_pose)
    can_pose = draw_until(
        lambda pose: abs(pose.p[0]) >= 0.2 and squared_distance(pot.p, pose.p) >= 0.09,
        lambda: rand_pose(
            rng,
            (-0.3, 0.3),
            (0.05, 0.15),
            qpos=(0.5, 0.5, 0.5, 0.5),
            rotate_rand=True,
            rotate_lim=(0, np.pi / 4, 0),
        ),
    )
    can_id = int(rng.choice(CANS))
    can = mesh("can", catalog.model("105_sauce-can", can_id), can_pose)
    arm = arm_on_side(can_pose)
    side = 1.0 if arm == RIGHT else -1.0
    x, y = (float(value) for value in pot.p[:2])
    beside = [min(x, x + side * 0.15), y - 0.1, max(x, x + side * 0.15), y + 0.1]
    target = np.array([x + side * BESIDE, y, TABLE_HEIGHT + 0.001 + catalog.lift, *pot.q])
    return Layout(
        (pot, can),
        targets={"can": target},
        prohibited=(footprint(pot, 0.03), footprint(can, 0.1), np.array(beside)),
        placeholders={
            "A": f"060_kitchenpot/base{pot_id}",
            "B": f"105_sauce-can/base{can_id}",
            "a": SIDES[arm],
        },
        recall={"arm": arm},
    )


def beside_pot(view: View) -> Any:
    """Whether the can stands beside the pot (…,)."""
    pot, can = view.p("pot"), view.p("can")
    side = 1.0 if view.layout.recall["arm"] == RIGHT else -1.0
    along, across = side * (can - pot)[..., 0], np.abs(can - pot)[..., 1]
    low = can[..., 2] <= float(view.layout.actor("pot").p[2]) + HIGHER
    beside = (along > 0) & (along < NEXT_TO) & (across < LEVEL_WITH) & low
    return also(beside, lambda: upright(view))


def upright(view: View) -> Any:
    """Whether the can stands upright (…,)."""
    roll, pitch = tilt(view)
    return (np.abs(roll - np.pi / 2) < TILT) & (np.abs(pitch) < TILT)


def success(view: View) -> Any:
    """The can stands beside the pot and is let go."""
    return also(view.both_open(), lambda: beside_pot(view))


def tilt(view: View) -> tuple[Any, Any]:
    """Roll and pitch (…,) rad of the can, of its rotations about the fixed axes x, y, z in this order."""
    x, y, z = (view.axis("can", axis) for axis in np.eye(3))
    pitch = np.arctan2(-x[..., 2], np.hypot(x[..., 0], x[..., 1]))
    return np.arctan2(y[..., 2], z[..., 2]), pitch


STAGES = (lifted("can"), Stage("can beside the pot", beside_pot))


def demonstrate(arms: Arms) -> None:
    """Take the can, towards the robot and up, down beside the pot."""
    arm = arms.recall("arm")
    arms.play(arms.grasp(arm, "can", back=0.05))
    arms.play(arms.shift(arm, y=-0.1, z=0.1))
    arms.play(arms.place(arm, "can", arms.target("can"), back=0.05, gap=0.0))
