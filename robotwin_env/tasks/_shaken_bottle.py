"""What the two tasks share that shake a bottle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.random import RandomState
from numpy.typing import NDArray
from transforms3d.euler import euler2quat
from transforms3d.quaternions import qmult

from robotwin_env.assets.models import Catalog
from robotwin_env.drawing.layout import SIDES, TABLE_HEIGHT, Layout, arm_on_side, footprint, mesh
from robotwin_env.numbers.sampling import draw_until, rand_pose

if TYPE_CHECKING:
    from robotwin_env.conditions.view import View

MAKES = 20
RAISED = TABLE_HEIGHT + 0.06  # m, the bottle's foot above it counts
FORWARDS = np.array([0.707, 0.0, 0.0, 0.707])  # wxyz of a level hand that points away from the robot
SWING = 7 * np.pi / 8  # rad


def lying_bottle(rng: RandomState, catalog: Catalog) -> Layout:
    """A lying bottle of any make, 10 to 15 cm left or right of the middle."""
    pose = draw_until(
        lambda pose: abs(pose.p[0]) >= 0.1,
        lambda: rand_pose(
            rng,
            (-0.15, 0.15),
            (-0.15, -0.05),
            (0.785,),
            qpos=(0, 0, 1, 0),
            rotate_rand=True,
            rotate_lim=(0, 0, np.pi / 4),
        ),
    )
    model_id = int(rng.choice(range(MAKES)))
    bottle = mesh("bottle", catalog.model("001_bottle", model_id), pose)
    arm = arm_on_side(pose)
    return Layout(
        (bottle,),
        prohibited=(footprint(bottle, 0.05),),
        placeholders={"A": f"001_bottle/base{model_id}", "a": SIDES[arm]},
        recall={"arm": arm},
    )


def raised(view: View) -> Any:
    """The bottle's foot is over 6 cm above the table."""
    return view.p("bottle")[..., 2] > RAISED + view.layout.lift


def rolled(rotation: NDArray[np.float64], turn: float) -> NDArray[np.float64]:
    """Hand orientation (4,) wxyz after `turn` rad about the world's y axis and half a turn about the hand's own x axis.

    Upstream writes the half turn out as a permutation of the quaternion.
    """
    w, x, y, z = qmult(euler2quat(0, turn, 0), rotation)
    return np.array([-x, w, z, -y])
