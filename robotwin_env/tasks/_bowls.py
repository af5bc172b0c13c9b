"""What the bowl tasks share: drawing scattered bowls, when they are stacked, and stacking them."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.random import RandomState
from numpy.typing import ArrayLike

from robotwin_env.assets.models import Catalog
from robotwin_env.conditions.view import also
from robotwin_env.drawing.layout import SIDES, Layout, arm_on_side, footprint, mesh
from robotwin_env.numbers.pose import Pose
from robotwin_env.numbers.sampling import draw_until, rand_pose, squared_distance
from robotwin_env.tasks._rims import draw_back, grasp_rim

if TYPE_CHECKING:
    from robotwin_env.conditions.view import View
    from robotwin_env.expert.arms import Arms

BOWL = "002_bowl/base3"
STACK = np.array([0.0, -0.1])  # m, where the bowls will be stacked: kept free
CLEARANCE = 0.0169  # m², squared distance a bowl keeps from STACK and from the others
KEPT_FREE = np.array([-0.1, -0.15, 0.1, -0.05])
HEIGHTS = (0.74, 0.77, 0.81)  # m, the bowls' origins on the unlifted table, lowest first
EPS_HEIGHT = 0.02  # m, how much higher they may be
EPS_PLANE = 0.04  # m
FOOT_DOWN = (0.0, 0.707, 0.707, 0.0)  # wxyz of the foot of a standing bowl
DOWN = (0.0, 0.0, 1.0)  # in that frame
RIM = 0.0  # m, how far before the contact point a hand stops
LEAN = 0.62  # rad, about what a bowl's wall leans by
READY = 0.35  # gripper value that clears the wall and, leaning, the table
ABOVE = np.array([0.0, 0.0, 0.045])  # m, where the next bowl is let go above the one before


def scattered_bowls(rng: RandomState, catalog: Catalog, count: int) -> Layout:
    """Bowls `bowl1`, `bowl2`, … from the nearest to the farthest, and the stack's place."""
    poses: list[Pose] = []

    def clear(pose: Pose) -> bool:
        return (
            abs(float(pose.p[0])) >= 0.09
            and squared_distance(pose.p, STACK) >= CLEARANCE
            and all(squared_distance(pose.p, other.p) >= CLEARANCE for other in poses)
        )

    for _ in range(count):
        poses.append(
            draw_until(
                clear,
                lambda: rand_pose(rng, (-0.3, 0.3), (-0.15, 0.15), qpos=(0.5, 0.5, 0.5, 0.5), ylim_prop=True),
            )
        )
    poses.sort(key=lambda pose: pose.p[1])
    model = catalog.model("002_bowl", 3)
    bowls = tuple(mesh(f"bowl{i}", model, pose) for i, pose in enumerate(poses, start=1))
    placeholders = {"A": BOWL}
    if count == 2:
        placeholders |= {"B": BOWL, "a": SIDES[arm_on_side(poses[0])], "b": SIDES[arm_on_side(poses[1])]}
    return Layout(
        bowls,
        {"stack": np.array([*STACK, 0.76])},
        (*(footprint(bowl, 0.07) for bowl in bowls), KEPT_FREE),
        placeholders,
    )


def bowls_stacked(view: View, count: int) -> Any:
    """Whether, from the lowest to the highest, each bowl is over the one before and low enough to sit in it."""

    def nested() -> Any:
        p = np.stack([view.p(f"bowl{i}") for i in range(1, count + 1)], axis=-2)
        order = np.argsort(p[..., 2], axis=-1, kind="stable")
        p = np.take_along_axis(p, order[..., None], axis=-2)
        over = (np.abs(np.diff(p[..., :2], axis=-2)) < EPS_PLANE).all(axis=(-1, -2))
        low = (p[..., 2] - (np.array(HEIGHTS[:count]) + view.layout.lift) < EPS_HEIGHT).all(axis=-1)
        return over & low

    return also(view.both_open(), nested)


def one_over_another(view: View, count: int) -> Any:
    """Whether any two bowls are as near in the plane as two that are stacked (…,)."""
    p = [view.p(f"bowl{i}")[..., :2] for i in range(1, count + 1)]
    pairs = [(np.abs(a - b) < EPS_PLANE).all(axis=-1) for a, b in itertools.combinations(p, 2)]
    return np.stack(pairs).any(axis=0)


def stack_bowls(arms: Arms, count: int) -> None:
    """The nearest bowl to the middle, then each next one into the one before, with the arm on its side."""
    last: int | None = None
    target = arms.target("stack")
    for i in range(1, count + 1):
        last = move_bowl(arms, f"bowl{i}", target, last)
        target = arms.at(f"bowl{i}")[:3, 3] + ABOVE


def move_bowl(arms: Arms, key: str, target: ArrayLike, last: int | None) -> int:
    """Carry a bowl by its outer rim to `target` (3,) m and let go; the arm that moved `last` goes home meanwhile.

    Returns the arm.
    """
    arm = arms.near_arm(key)
    ready = arms.open(arm, READY) + grasp_rim(arms, arm, key, lean=LEAN, depth=RIM)
    arms.play(ready, None if last is None or last == arm else arms.home(last))
    arms.play(draw_back(arms, arm, 0.1))
    goal = [*np.asarray(target), *FOOT_DOWN]
    arms.play(
        arms.place(
            arm, key, goal, mark=0, back=0.09, gap=0.0, constrain="free", from_direction=DOWN, release=False
        )
    )
    arms.play(arms.open(arm, READY))
    arms.play(draw_back(arms, arm, 0.1))
    arms.play(arms.open(arm))
    return arm
