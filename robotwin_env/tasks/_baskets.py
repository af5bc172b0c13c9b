"""What `place_can_basket` and `place_object_basket` share: a thing goes into the basket, which the other arm lifts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.random import RandomState

from robotwin_env.assets.models import Model
from robotwin_env.conditions.view import also
from robotwin_env.drawing.layout import LEFT, SIDES, Actor, Float, Layout, footprint, mesh
from robotwin_env.expert.arms import Plan
from robotwin_env.expert.grasps import turned_about
from robotwin_env.numbers.sampling import rand_pose
from robotwin_env.tasks._overhead import IN_REACH, at_ease, let_down, rise

if TYPE_CHECKING:
    from robotwin_env.conditions.view import View
    from robotwin_env.expert.arms import Arms

LYING = (0.707225, 0.706849, -0.0100455, -0.00982061)  # wxyz, nearly: model y up
LIFTED = 0.02  # m, above where they were put
BACK = 0.08  # m, from where the handle is approached
TILTS = (0.1, 0.2, 0.3, 0.4)  # rad
Y = np.array([0.0, 1.0, 0.0])
NEAR = 0.15  # m, sum over the axes
NEAR_HALF = 1  # functional point
UPRIGHT = 0.5  # cosine of the basket's tilt


def basket_in_the_middle(rng: RandomState, model: Model, arm: int) -> Actor:
    """The basket, 2 cm beyond the middle as seen from the arm that fills it."""
    x = 0.02 if arm == LEFT else -0.02
    pose = rand_pose(rng, (x, x), (-0.08, -0.05), qpos=(0.5, 0.5, 0.5, 0.5))
    return mesh("basket", model, pose, mass=0.5)


def beside_it(arm: int) -> tuple[float, float]:
    """Range (m) of x where the thing lies, on its arm's side."""
    return (-0.25, -0.2) if arm == LEFT else (0.2, 0.25)


def basket_layout(arm: int, basket: Actor, item: Actor) -> Layout:
    """The basket and the thing that belongs into it."""
    return Layout(
        (basket, item),
        prohibited=(footprint(item, 0.1), footprint(basket, 0.05)),
        placeholders={
            "A": f"{item.model}/base{item.model_id}",
            "B": f"{basket.model}/base{basket.model_id}",
            "a": SIDES[arm],
        },
        recall={"arm": arm},
    )


def carried_in_basket(view: View) -> Any:
    """Both lifted off, the basket upright, the thing near and touching it and not the table."""
    thing, basket = view.p("thing"), view.p("basket")
    start = {key: view.layout.actor(key).p[2] for key in ("thing", "basket")}
    risen = (thing[..., 2] - start["thing"] > LIFTED) & (basket[..., 2] - start["basket"] > LIFTED)

    def upright() -> Any:
        return view.axis("basket", (0.0, 1.0, 0.0))[..., 2] > UPRIGHT

    def held() -> Any:
        return np.logical_not(view.touching("thing", "table"))

    return also(also(risen, upright), lambda: also(in_basket(view), held))


def in_basket(view: View) -> Any:
    """The thing is near the basket's origin and touches it."""
    near = np.abs(view.p("thing") - view.p("basket")).sum(axis=-1) < NEAR
    return also(near, lambda: view.touching("thing", "basket"))


def fill_basket(arms: Arms, arm: int) -> None:
    """Take the thing, lift it, let it drop into the half of the basket nearer to the robot, and rise."""
    half = arms.mark("basket", "functional", NEAR_HALF)[:3, 3]

    def drop(hand: Float | None = None) -> Plan:
        return let_down(arms, arm, "thing", half, hand=hand)

    arms.play(arms.grasp(arm, "thing", back=0.05, then=drop))
    rise(arms, arm, 0.12, y=min(0.0, IN_REACH - float(arms.at("thing")[1, 3])))
    arms.play(drop())
    rise(arms, arm, 0.12)


def lift_basket(arms: Arms, arm: int) -> None:
    """Take the basket by its handle while the other arm goes home, and lift it towards the arm's side."""
    take = arms.grasp(
        arm, "basket", back=BACK, frames=handle(arms, arm), then=lambda hand: at_ease(arms, arm, hand, BACK)
    )
    arms.play(take, arms.home(1 - arm))
    arms.play(arms.shift(arm, x=-0.02 if arm == LEFT else 0.02, z=0.05))


def handle(arms: Arms, arm: int) -> list[Float]:
    """Contact frames (4, 4) at the handle's top, for a hand that leans to its own side."""
    points = [arms.mark("basket", "contact", i) for i in (0, 1)]
    side = -1.0 if arm == LEFT else 1.0
    return [turned_about(point, Y, side * tilt) for point in points for tilt in TILTS]
