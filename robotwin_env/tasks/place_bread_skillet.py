"""Put a slice of bread into a skillet held in the air.

Task Description
    Bread lies on one side, a skillet on the other. The arm on the skillet's side lifts it by its handle, the
    other arm puts the bread into it.
Randomizations
    Bread 0, 1, 3, 5 or 6, x 20..28 cm aside, y -20..5 cm, yaw ± 45°; skillet 0 to 3, x 15..25 cm on the other
    side, y -20..5 cm, yaw ± 30°.
Success Conditions
    The bread's origin within 3.5 cm of the skillet's middle along x and along y, both higher than 76 cm.
Source
    RoboTwin 2.0 envs/place_bread_skillet.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.random import RandomState

from robotwin_env.assets.models import Catalog
from robotwin_env.drawing.layout import SIDES, Layout, arm_on_side, footprint, mesh
from robotwin_env.numbers.sampling import draw_until, rand_pose
from robotwin_env.tasks._bread import BREADS, lying_bread
from robotwin_env.tasks._overhead import IN_REACH, let_down, rise
from robotwin_env.tasks._stages import lifted

if TYPE_CHECKING:
    from robotwin_env.conditions.view import View
    from robotwin_env.expert.arms import Arms

STEP_LIMIT = 500
SKILLETS = [0, 1, 2, 3]
NEAR = 0.035  # m
HANDLE_GRIP, BREAD_GRIP = 0.2, 0.3  # gripper values: so light things are squeezed out of a firmer grip
HIGH = 0.76  # m, on the unlifted table

HELD = (  # m and wxyz: the left or the right hand as it holds the skillet, pointing down, its camera outwards
    (-0.1, -0.12, 0.0, 0.707, 0.0, -0.707),
    (0.1, -0.12, -0.707, 0.0, -0.707, 0.0),
)
CAMERA_OUT = np.diag([-1.0, 1.0, -1.0, 1.0])  # turns a contact frame about the approach


def layout(rng: RandomState, catalog: Catalog) -> Layout:
    """The bread, then the skillet on the other side."""
    bread_id = int(rng.choice(BREADS))
    bread_pose = draw_until(
        lambda pose: abs(pose.p[0]) >= 0.2,
        lambda: lying_bread(rng, 0.28),
    )
    skillet_id = int(rng.choice(SKILLETS))
    skillet_pose = rand_pose(
        rng,
        (0.15, 0.25) if bread_pose.p[0] < 0 else (-0.25, -0.15),
        (-0.2, 0.05),
        qpos=(0, 0, 0.707, 0.707),
        rotate_rand=True,
        rotate_lim=(0, np.pi / 6, 0),
    )
    bread = mesh("bread", catalog.model("075_bread", bread_id), bread_pose, mass=0.001)
    skillet = mesh("skillet", catalog.model("106_skillet", skillet_id), skillet_pose, mass=0.01)
    arm = arm_on_side(skillet_pose)
    return Layout(
        (bread, skillet),
        prohibited=(footprint(bread, 0.03), footprint(skillet, 0.05)),
        placeholders={
            "A": f"106_skillet/base{skillet_id}",
            "B": f"075_bread/base{bread_id}",
            "a": SIDES[arm],
        },
        recall={"arm": arm},
    )


def success(view: View) -> Any:
    """The bread is over the skillet's middle, both in the air."""
    middle, bread = view.functional_point("skillet", 0), view.p("bread")
    over = (np.abs(middle - bread)[..., :2] < NEAR).all(axis=-1)
    high = HIGH + view.layout.lift
    return over & (middle[..., 2] > high) & (bread[..., 2] > high)


STAGES = (lifted("bread"), lifted("skillet"))


def demonstrate(arms: Arms) -> None:
    """Both up at once, the skillet to the middle, the bread above it and let go.

    The skillet's hand has its camera away from it, the bread's one opens across it: they have to come close.
    """
    arm = arms.recall("arm")
    other = 1 - arm
    handle = arms.mark("skillet", "contact", 0) @ CAMERA_OUT
    arms.play(
        arms.grasp(arm, "skillet", back=0.07, frames=[handle], gripper=HANDLE_GRIP),
        arms.grasp(other, "bread", back=0.07, depth=0.01, gripper=BREAD_GRIP),
    )
    arms.play(arms.shift(arm, z=0.1), arms.shift(other, z=0.1))
    height = arms.hand(arm)[2, 3]
    arms.play(arms.reach(arm, [*HELD[arm][:2], height, *HELD[arm][2:]]))
    rise(arms, other, 0.08, y=min(0.0, IN_REACH - float(arms.at("bread")[1, 3])))
    middle = arms.mark("skillet", "functional", 0)[:3, 3]
    arms.play(let_down(arms, other, "bread", middle, above=0.08, gap=0.05, across=(0.0, 1.0, 0.0)))
