"""Put bread into a bread basket.

Task Description
    An open basket stands in the middle near the robot, one or two pieces of bread at its sides. Each is put into
    the basket by the arm on its side.
Randomizations
    Basket 0 to 4, fixed place, yaw any; breads 0, 1, 3, 5 or 6, x 15..27 cm aside, y -20..5 cm, yaw ± 45°, not
    within 10 cm of the basket. A second piece that falls within 10 cm of the first is left out.
Success Conditions
    Each bread's origin within 5 cm of the basket's along x and along y and higher than 73 cm, both grippers open.
Source
    RoboTwin 2.0 envs/place_bread_basket.py. A single bread's instruction there names the side of the basket on which it
    came to lie; here, the arm that carried it (docs/tasks.md).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.random import RandomState

from robotwin_env.assets.models import Catalog
from robotwin_env.conditions.stages import Stage
from robotwin_env.conditions.view import also
from robotwin_env.drawing.layout import LEFT, RIGHT, SIDES, Actor, Float, Layout, arm_on_side, footprint, mesh
from robotwin_env.numbers.pose import Pose
from robotwin_env.numbers.sampling import rand_pose, squared_distance
from robotwin_env.tasks._bread import BREADS, GRIP, lying_bread
from robotwin_env.tasks._overhead import let_down, rise
from robotwin_env.tasks._stages import in_air

if TYPE_CHECKING:
    from robotwin_env.conditions.view import View
    from robotwin_env.expert.arms import Arms, Plan

STEP_LIMIT = 700
BASKETS = [0, 1, 2, 3, 4]
AWAY = 0.01  # m², squared distance a bread keeps from the basket and from the other
TRIES = 50
NEAR = 0.05  # m
APART = 0.06  # m, between two breads in the basket
LIFT = 0.1  # m
FINGERS = 0.085  # m, how far open fingers reach to either side
OVER_RIM = 0.01  # m
FLOOR = 0.73  # m, on the unlifted table


def layout(rng: RandomState, catalog: Catalog) -> Layout:
    """The basket, then the breads that find a place."""
    basket_pose = rand_pose(
        rng, (0.0, 0.0), (-0.2, -0.2), qpos=(0.5, 0.5, 0.5, 0.5), rotate_rand=True, rotate_lim=(0, 3.14, 0)
    )
    basket = mesh("basket", catalog.model("076_breadbasket", int(rng.choice(BASKETS))), basket_pose)
    breads: list[Actor] = []
    for i in (1, 2):
        pose = bread_pose(rng, basket_pose)
        if pose is None or any(squared_distance(bread.p, pose.p) < AWAY for bread in breads):
            break
        breads.append(mesh(f"bread{i}", catalog.model("075_bread", int(rng.choice(BREADS))), pose))
    sides = {arm_on_side(bread.pose) for bread in breads}
    placeholders = {
        "A": f"076_breadbasket/base{basket.model_id}",
        "a": SIDES[sides.pop()] if len(sides) == 1 else "dual",
    }
    placeholders |= {
        place: f"075_bread/base{bread.model_id}" for place, bread in zip("BC", breads, strict=False)
    }
    return Layout(
        (basket, *breads),
        prohibited=(*(footprint(bread, 0.03) for bread in breads), footprint(basket, 0.05)),
        placeholders=placeholders,
        recall={"breads": [bread.key for bread in breads]},
    )


def bread_pose(rng: RandomState, basket: Pose) -> Pose | None:
    """A place aside and away from the basket, None where 50 tries and one more found none."""

    pose = lying_bread(rng, 0.27)
    for _ in range(TRIES + 1):
        if abs(pose.p[0]) >= 0.15 and squared_distance(pose.p, basket.p) >= AWAY:
            return pose
        pose = lying_bread(rng, 0.27)
    return None


def over_basket(view: View) -> Any:
    """Whether each bread is over the basket (…, breads)."""
    breads = np.stack([view.p(key) for key in view.layout.recall["breads"]], axis=-2)
    over = (np.abs(breads - view.p("basket")[..., None, :])[..., :2] < NEAR).all(axis=-1)
    return over & (breads[..., 2] > FLOOR + view.layout.lift)


def success(view: View) -> Any:
    """Every bread is over the basket, and let go."""
    return also(view.both_open(), lambda: over_basket(view).all(axis=-1))


def a_bread_in_air(view: View) -> Any:
    """Whether any bread is in the air (…,)."""
    return np.stack([in_air(view, key) for key in view.layout.recall["breads"]]).any(axis=0)


STAGES = (
    Stage("a bread lifted", a_bread_in_air),
    Stage("a bread over the basket", lambda view: over_basket(view).any(axis=-1)),
    Stage("every bread over the basket", lambda view: over_basket(view).all(axis=-1)),
)


def demonstrate(arms: Arms) -> None:
    """One bread after the other, the nearest first; two on different sides are taken up at once."""
    breads = sorted(arms.recall("breads"), key=lambda key: float(arms.at(key)[1, 3]))
    if len({arms.near_arm(key) for key in breads}) == 2:
        left, right = sorted(breads, key=arms.near_arm)
        arms.play(take(arms, LEFT, left), take(arms, RIGHT, right))
        arms.play(arms.shift(LEFT, z=LIFT), arms.shift(RIGHT, z=LIFT))
        arms.play(drop(arms, LEFT, left, -1))
        rise(arms, LEFT, LIFT)
        arms.play(drop(arms, RIGHT, right, 1), arms.home(LEFT))
        return
    for key, half in zip(breads, (-1, 1), strict=False):
        arm = arms.near_arm(key)
        arms.play(take(arms, arm, key))
        arms.play(arms.shift(arm, z=LIFT))
        arms.play(drop(arms, arm, key, half if len(breads) == 2 else 0))
        rise(arms, arm, LIFT)


def take(arms: Arms, arm: int, key: str) -> Plan:
    """Take hold of a bread from above, with the open fingers beside the basket where there is a way."""
    points = range(arms.scene.layout.actor(key).shape.count("contact"))
    clear = [i for i in points if beside_basket(arms, arms.mark(key, "contact", i))]
    return arms.grasp(arm, key, back=0.07, points=clear or points, gripper=GRIP)


def beside_basket(arms: Arms, contact: Float) -> bool:
    """Whether neither finger of an open hand at a contact frame (4, 4) reaches over the basket."""
    basket, half = arms.at("basket"), arms.scene.layout.actor("basket").shape.kept_free
    ends = contact[:3, 3] + np.outer((-1.0, 1.0), FINGERS * contact[:3, 2])
    local = (ends - basket[:3, 3]) @ basket[:3, :3]
    return bool((np.abs(local[:, [0, 2]]) > half[[0, 2]]).any(axis=1).all())


def drop(arms: Arms, arm: int, key: str, half: int) -> Plan:
    """Let a bread fall from just above the rim, so that the opening fingers meet neither it nor the other bread.

    `half` is -1 for the left, 1 for the right half along the basket's length, 0 for its middle.
    """
    basket = arms.at("basket")
    along = basket[:3, 0] * (1.0 if basket[0, 0] > 0 else -1.0)
    half_size = arms.scene.layout.actor("basket").shape.kept_free
    above = np.array([0.0, 0.0, 2 * half_size[1] + OVER_RIM])
    return let_down(arms, arm, key, basket[:3, 3] + half * APART / 2 * along + above, above=0.08, gap=0.0)
