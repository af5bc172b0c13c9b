"""What `place_a2b_left` and `place_a2b_right` share: two things on the table, one to be put beside the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.random import RandomState

from robotwin_env.assets.models import Catalog
from robotwin_env.conditions.view import also
from robotwin_env.drawing.layout import SIDES, Layout, arm_on_side, footprint, mesh
from robotwin_env.errors import RoboTwinError
from robotwin_env.numbers.pose import Pose
from robotwin_env.numbers.sampling import draw_until, rand_pose
from robotwin_env.tasks._carrying import carry, grips
from robotwin_env.tasks._drawing import LYING, any_model, distance

if TYPE_CHECKING:
    from robotwin_env.conditions.view import View
    from robotwin_env.expert.arms import Arms

THINGS = (
    "047_mouse",
    "048_stapler",
    "050_bell",
    "057_toycar",
    "073_rubikscube",
    "075_bread",
    "077_phone",
    "081_playingcards",
    "086_woodenblock",
    "112_tea-box",
    "113_coffee-box",
    "107_soap",
)
TRIES = 100  # upstream draws once more and gives up all the same
FAR = 0.19  # m, at least so far apart where the thing does not start on the other side
BESIDE = 0.13  # m, from the other thing to where the thing is brought
NEAREST, FARTHEST, ABREAST = 0.08, 0.2, 0.05  # m


def two_things(rng: RandomState, catalog: Catalog, side: int, reference_x: tuple[Any, Any]) -> Layout:
    """A thing, and another one beside which it belongs: `side` -1 its left, 1 its right.

    `reference_x` are the ranges (m) of the other one where the thing lies left and where it lies right.
    """
    pose, other_pose = _poses(rng, side, reference_x)
    name = str(rng.choice(THINGS))
    thing = mesh("thing", any_model(rng, catalog, name), pose, mass=0.05)
    other_name = str(rng.choice(THINGS))
    while other_name == name:
        other_name = str(rng.choice(THINGS))
    other = mesh("other", any_model(rng, catalog, other_name), other_pose, mass=0.05)
    arm = arm_on_side(pose)
    return Layout(
        (thing, other),
        prohibited=(footprint(thing, 0.05), footprint(other, 0.1)),
        placeholders={
            "A": f"{name}/base{thing.model_id}",
            "B": f"{other_name}/base{other.model_id}",
            "a": SIDES[arm],
        },
        recall={"arm": arm},
    )


def beside(view: View, side: int) -> Any:
    """The thing is next to the other one, on that side of it, and the grippers are open."""
    return also(view.both_open(), lambda: next_to(view, side))


def next_to(view: View, side: int) -> Any:
    """The thing is 8 to 20 cm from the other one, on that side of it, not 5 cm before or behind."""
    thing, other = view.p("thing")[..., :2], view.p("other")[..., :2]
    offset = thing - other
    away = np.linalg.norm(offset, axis=-1)
    on_side = thing[..., 0] * side > other[..., 0] * side
    near = (away < FARTHEST) & (away > NEAREST) & (np.abs(offset[..., 1]) < ABREAST)
    return near & on_side


def put_beside(arms: Arms, side: int) -> None:
    """Take the thing, lift it, put it down 13 cm beside the other one."""
    arm = arms.recall("arm")
    target = arms.at("other")[:3, 3] + (side * BESIDE, 0.0, 0.0)
    carry(arms, arm, "thing", target, lift=0.1, frames=grips(arms, "thing"))


def _poses(rng: RandomState, side: int, reference_x: tuple[Any, Any]) -> tuple[Pose, Pose]:
    """Where the thing and the other one lie: at least 10 cm apart in y, and the way between them not trivial."""

    def draw(xlim: tuple[float, float]) -> Callable[[], Pose]:
        return lambda: rand_pose(
            rng, xlim, (-0.2, 0.0), qpos=LYING, rotate_rand=True, rotate_lim=(0, 3.14, 0)
        )

    for _ in range(TRIES):
        pose = draw((-0.22, 0.22))()
        xlim = reference_x[arm_on_side(pose)]
        other = draw_until(_clear_of(pose), draw(xlim))
        if distance(pose, other) > FAR or pose.p[0] * side < other.p[0] * side:
            return pose, other
    raise RoboTwinError(f"no layout in {TRIES} tries; take another seed")


def _clear_of(pose: Pose) -> Callable[[Pose], bool]:
    return lambda other: distance(other, pose) >= 0.1 and bool(np.abs(other.p[1] - pose.p[1]) >= 0.1)
