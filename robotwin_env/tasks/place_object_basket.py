"""Put a toy car or playing cards into a basket and lift the basket.

Task Description
    A handled basket stands in the middle, a toy car or a pack of cards at the side. The arm on its side puts it
    into the basket, the other arm lifts the basket by its handle.
Randomizations
    Thing left or right; basket 0 or 1, 2 cm beyond the middle, y -8..-5 cm; cards 0 to 2 or car 0 to 5,
    x 20..25 cm aside, y ± 10 cm, yaw ± 30°.
Success Conditions
    Basket and thing both lifted by more than 2 cm, the basket tilted less than 60°, the thing within 15 cm of it
    (sum over the axes), touching the basket and not the table.
Source
    RoboTwin 2.0 envs/place_object_basket.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.random import RandomState

from robotwin_env.assets.models import Catalog
from robotwin_env.conditions.stages import Stage
from robotwin_env.drawing.layout import SIDES, Layout, mesh
from robotwin_env.numbers.sampling import rand_pose
from robotwin_env.tasks._baskets import (
    LYING,
    basket_in_the_middle,
    basket_layout,
    beside_it,
    carried_in_basket,
    fill_basket,
    in_basket,
    lift_basket,
)
from robotwin_env.tasks._stages import lifted

if TYPE_CHECKING:
    from robotwin_env.conditions.view import View
    from robotwin_env.expert.arms import Arms

STEP_LIMIT = 700
THINGS = (("081_playingcards", 3), ("057_toycar", 6))  # names and how many there are of each


def layout(rng: RandomState, catalog: Catalog) -> Layout:
    """The arm, the models, then the basket and the thing."""
    arm = int(rng.randint(0, 2))
    basket_model = catalog.model("110_basket", int(rng.randint(0, 2)))
    name, count = THINGS[rng.randint(0, 2)]
    model = catalog.model(name, int(rng.randint(0, count)))
    basket = basket_in_the_middle(rng, basket_model, arm)
    pose = rand_pose(
        rng, beside_it(arm), (-0.1, 0.1), qpos=LYING, rotate_rand=True, rotate_lim=(0, np.pi / 6, 0)
    )
    drawn = basket_layout(arm, basket, mesh("thing", model, pose))
    drawn.placeholders["b"] = SIDES[1 - arm]
    return drawn


def success(view: View) -> Any:
    """The thing hangs in the air in the basket."""
    return carried_in_basket(view)


STAGES = (lifted("thing", "thing"), Stage("thing in the basket", in_basket))


def demonstrate(arms: Arms) -> None:
    """Take the thing, let it drop into the half of the basket on the way, lift the basket."""
    arm = arms.recall("arm")
    fill_basket(arms, arm)
    lift_basket(arms, 1 - arm)
