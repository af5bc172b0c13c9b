"""What the two tasks share that lift a standing bottle with each arm."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.random import RandomState

from robotwin_env.assets.models import Catalog
from robotwin_env.conditions.view import also
from robotwin_env.drawing.layout import LEFT, RIGHT, Layout, footprint, mesh
from robotwin_env.numbers.sampling import rand_pose

if TYPE_CHECKING:
    from robotwin_env.conditions.view import View
    from robotwin_env.expert.arms import Arms

MIDDLE = 0  # functional point
BOTTLES = ("bottle1", "bottle2")
X_RANGES = ((-0.25, -0.05), (0.05, 0.25))  # m
STANDING = ((0.66, 0.66, -0.25, -0.25), (0.65, 0.65, 0.27, 0.27))  # wxyz
HELD = ((-0.06, -0.105, 1, 0, 1, 0, 0), (0.06, -0.105, 1, 0, 1, 0, 0))  # m and wxyz, of their middles
KEPT_FREE = np.array([-0.2, -0.2, 0.2, -0.02])  # m, x and y from and to: where they are held
NEAR, HIGH = 0.1, 0.89  # m


def two_bottles(rng: RandomState, catalog: Catalog, ids: tuple[int, int]) -> Layout:
    """A standing bottle of `001_bottle` left and right of the middle."""
    bottles = []
    for key, xlim, qpos, model_id in zip(BOTTLES, X_RANGES, STANDING, ids, strict=True):
        pose = rand_pose(rng, xlim, (0.03, 0.23), qpos=qpos, rotate_rand=True, rotate_lim=(0, 1, 0))
        bottles.append(mesh(key, catalog.model("001_bottle", model_id), pose))
    return Layout(
        tuple(bottles),
        targets=dict(zip(BOTTLES, np.array(HELD), strict=True)),
        prohibited=(*(footprint(bottle, 0.1) for bottle in bottles), KEPT_FREE),
        placeholders={
            letter: f"001_bottle/base{model_id}" for letter, model_id in zip("AB", ids, strict=True)
        },
        rest_rounds=4,
    )


def held_up(view: View) -> Any:
    """The middles of both bottles are within 10 cm of where they are to be held, and over 0.89 m high."""

    def held(key: str) -> Any:
        middle, goal = view.functional_point(key, MIDDLE), view.layout.targets[key]
        return (np.abs(middle[..., :2] - goal[:2]) < NEAR).all(axis=-1) & (middle[..., 2] > HIGH)

    first, second = BOTTLES
    return also(held(first), lambda: held(second))


def hold_up(arms: Arms) -> None:
    """Both arms at once: grasp, lift, hold in the middle."""
    left, right = zip((LEFT, RIGHT), BOTTLES, strict=True)
    arms.play(*(arms.grasp(*each, back=0.08) for each in (left, right)))
    arms.play(*(arms.shift(arm, z=0.1) for arm in (LEFT, RIGHT)))
    arms.play(
        *(
            arms.place(arm, key, arms.target(key), mark=MIDDLE, back=0.0, gap=0.0, release=False)
            for arm, key in (left, right)
        )
    )
