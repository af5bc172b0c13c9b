"""Lift a roller with both hands.

Task Description
    A rolling pin lies across the table. Both arms take it by its ends and lift it together.
Randomizations
    Roller 0 or 2; x ±15 cm, y -25..-5 cm, yaw ± 0.8 rad.
Success Conditions
    Both grippers closed and the roller's origin above 0.8 m.
Source
    RoboTwin 2.0 envs/grab_roller.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from numpy.random import RandomState

from robotwin_env.assets.models import Catalog
from robotwin_env.conditions.stages import Stage
from robotwin_env.conditions.view import also
from robotwin_env.drawing.layout import LEFT, RIGHT, Layout, footprint, mesh
from robotwin_env.numbers.sampling import rand_pose
from robotwin_env.tasks._facts import held
from robotwin_env.tasks._stages import fingered

if TYPE_CHECKING:
    from robotwin_env.conditions.view import View
    from robotwin_env.expert.arms import Arms

STEP_LIMIT = 400
TURNS = {0: (0.5, 0.5, 0.5, 0.5), 2: (0, 0, 0.707, 0.707)}  # wxyz, a model's own way of lying
ENDS = (0, 1)  # contact points of the left and the right arm
LIFTED = 0.8  # m
CARRIED = 0.83  # m


def layout(rng: RandomState, catalog: Catalog) -> Layout:
    """The roller; which one is drawn before where it lies."""
    model_id = int(rng.choice([0, 2], 1)[0])
    pose = rand_pose(
        rng,
        (-0.15, 0.15),
        (-0.25, -0.05),
        qpos=TURNS[model_id],
        rotate_rand=True,
        rotate_lim=(0, 0.8, 0),
    )
    roller = mesh("roller", catalog.model("102_roller", model_id), pose)
    return Layout(
        (roller,), prohibited=(footprint(roller, 0.1),), placeholders={"A": f"102_roller/base{model_id}"}
    )


def success(view: View) -> Any:
    """Both grippers closed, the roller off the table; that both hold it is not asked, here or upstream."""
    return view.both_closed() & (view.p("roller")[..., 2] > LIFTED)


STAGES = (
    Stage(
        "both grippers closed, one of them on the roller",
        lambda view: also(view.both_closed(), lambda: fingered(view, "roller")),
    ),
)


FACTS = (held("roller", LEFT), held("roller", RIGHT))


def demonstrate(arms: Arms) -> None:
    """Both arms take an end each and go up together."""
    left = arms.grasp(LEFT, "roller", back=0.08, points=[ENDS[LEFT]])
    right = arms.grasp(RIGHT, "roller", back=0.08, points=[ENDS[RIGHT]])
    arms.play(left, right)
    up = CARRIED - arms.at("roller")[2, 3]
    arms.play(arms.shift(LEFT, z=up), arms.shift(RIGHT, z=up))
