"""What the shoe tasks share: drawing a shoe, and when it lies with its toe to the left.

A shoe's y axis points up where it stands; its functional point 0 is where it rests.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.random import RandomState
from numpy.typing import ArrayLike

from robotwin_env.conditions.view import also
from robotwin_env.numbers.pose import Pose
from robotwin_env.numbers.sampling import draw_until, rand_pose, squared_distance

if TYPE_CHECKING:
    from robotwin_env.conditions.view import View

MIDDLE_CLEARANCE = 0.0225  # m², squared distance a shoe keeps from the table's centre
TOE_LEFT = np.array([0.5, 0.5, -0.5, -0.5])  # wxyz
TURN_EPS = 0.07  # of each quaternion entry


def scattered_shoe(rng: RandomState, xlim: Sequence[float]) -> Pose:
    """A standing shoe of any heading within `xlim` (m), clear of the table's centre."""
    return draw_until(
        lambda pose: squared_distance(pose.p, np.zeros(2)) >= MIDDLE_CLEARANCE,
        lambda: rand_pose(
            rng,
            xlim,
            (-0.1, 0.05),
            ylim_prop=True,
            rotate_rand=True,
            rotate_lim=(0, 3.14, 0),
            qpos=(0.707, 0.707, 0, 0),
        ),
    )


def shoe_lies(view: View, key: str, xy: ArrayLike, eps: ArrayLike) -> Any:
    """Whether a shoe stands toe to the left within `eps` (2,) m of `xy` (2,) m."""
    near = (np.abs(view.p(key)[..., :2] - np.asarray(xy)) < np.asarray(eps)).all(axis=-1)
    return also(near, lambda: _toe_left(view.q(key)))


def _toe_left(q: Any) -> Any:
    """Whether a shoe turned by q (…, 4) wxyz has its toe to the left (…,)."""
    q = np.where(q[..., :1] < 0, -q, q)
    return (np.abs(q - TOE_LEFT) < TURN_EPS).all(axis=-1)
