"""Hang a mug on a rack.

Task Description
    A mug stands on the left, a mug rack on the right. The left arm sets the mug down in the middle, the right
    arm takes it there and hangs it on the rack's peg by its handle.
Randomizations
    Mug 0 to 9; x -25..-10 cm, y ±5 cm (not beyond 0 within 15 cm of the middle), yaw ± 90°. Rack x 10..30 cm,
    y 13..17 cm, yaw ± 0.2 rad.
Success Conditions
    The mug's handle within 2 cm, along x and y, of halfway between the rack's origin and its peg, above
    0.86 m, and the right gripper open.
Source
    RoboTwin 2.0 envs/hanging_mug.py.
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
from robotwin_env.tasks._stages import in_hand, lifted, near_target

if TYPE_CHECKING:
    from robotwin_env.conditions.view import View
    from robotwin_env.expert.arms import Arms

STEP_LIMIT = 900
HANDLE, PEG = 0, 0  # functional points of the mug and the rack
HUNG_EPS = 0.02  # m
HUNG_HEIGHT = 0.86  # m
MIDDLE = np.array([0.0, -0.15, 0.75, 1.0, 0.0, 0.0, 0.0])  # where the mug changes hands
FORWARDS = (-0.707, 0, 0, -0.707)  # wxyz, a level hand


def layout(rng: RandomState, catalog: Catalog) -> Layout:
    """The mug, then the fixed rack."""
    mug_id = int(rng.choice(list(range(10))))
    mug_pose = rand_pose(
        rng,
        (-0.25, -0.1),
        (-0.05, 0.05),
        ylim_prop=True,
        rotate_rand=True,
        rotate_lim=(0, 1.57, 0),
        qpos=(0.707, 0.707, 0, 0),
    )
    mug = mesh("mug", catalog.model("039_mug", mug_id), mug_pose)
    rack_pose = rand_pose(
        rng,
        (0.1, 0.3),
        (0.13, 0.17),
        rotate_rand=True,
        rotate_lim=(0, 0.2, 0),
        qpos=(-0.22, -0.22, 0.67, 0.67),
    )
    rack = mesh("rack", catalog.model("040_rack", 0), rack_pose, static=True)
    return Layout(
        (mug, rack),
        targets={"middle": MIDDLE},
        prohibited=(footprint(mug, 0.1), footprint(rack, 0.1)),
        placeholders={"A": f"039_mug/base{mug_id}", "B": "040_rack/base0"},
    )


def success(view: View) -> Any:
    """The handle hangs on the peg and the right hand has let go."""
    return also(view.right_open(), lambda: hangs(view))


def hangs(view: View) -> Any:
    """Whether the handle hangs on the peg (…,)."""
    handle = view.functional_point("mug", HANDLE)
    halfway = (view.p("rack") + view.functional_point("rack", PEG)) / 2
    near = (np.abs(handle - halfway)[..., :2] < HUNG_EPS).all(axis=-1)
    return near & (handle[..., 2] > HUNG_HEIGHT)


STAGES = (
    lifted("mug"),
    Stage("mug brought to the middle", lambda view: near_target(view, "mug", "middle")),
    Stage("mug lifted by the right hand", lambda view: in_hand(view, "mug", RIGHT)),
)


def demonstrate(arms: Arms) -> None:
    """Left to the middle, right to the rack, handle over the peg."""
    arms.play(arms.grasp(LEFT, "mug", back=0.05))
    arms.play(arms.shift(LEFT, z=0.08))
    arms.play(arms.place(LEFT, "mug", arms.target("middle"), back=0.05, gap=0.0, constrain="free"))
    arms.play(arms.shift(LEFT, z=0.1))
    arms.play(arms.home(LEFT), arms.grasp(RIGHT, "mug", back=0.05))
    arms.play(arms.shift(RIGHT, z=0.1, rotation=FORWARDS))
    arms.play(
        arms.place(
            RIGHT, "mug", arms.mark("rack", "functional", PEG),
            mark=HANDLE, back=0.05, gap=-0.05, constrain="align", from_direction=(0, 0, 1),
        )
    )  # fmt: skip
    arms.play(arms.shift(RIGHT, back=0.1))
