"""Empty the small bin into the big one.

Task Description
    A small bin with five balls in it stands on the table, a dustbin on the floor beside the table's left edge. The
    left arm lifts the small bin over the dustbin and tips it; on the right, the right arm first brings it to the
    middle.
Randomizations
    Small bin one of six: x ±20 cm, not within 5 cm of the middle, y -20..-5 cm, yaw ±21°; the balls inside it.
Success Conditions
    The small bin is at least 1 m high and all balls lie 13 to 25 cm above the floor.
Source
    RoboTwin 2.0 envs/dump_bin_bigbin.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.random import RandomState

from robotwin_env.assets.models import Catalog
from robotwin_env.assets.shapes import Sphere
from robotwin_env.conditions.stages import Stage
from robotwin_env.conditions.view import also
from robotwin_env.drawing.layout import LEFT, RED, RIGHT, Actor, Layout, arm_on_side, footprint, mesh
from robotwin_env.numbers.pose import Pose
from robotwin_env.numbers.sampling import draw_until, rand_pose
from robotwin_env.tasks._stages import lifted

if TYPE_CHECKING:
    from robotwin_env.conditions.view import View
    from robotwin_env.expert.arms import Arms

STEP_LIMIT = 600
TABLE_XY = (0.3, 0.0)
BIN = Pose.of([-0.45, 0, 0], [0.5, 0.5, 0.5, 0.5])
IDS = (0, 3, 7, 8, 9, 10)
BALLS = tuple(f"ball{i}" for i in range(1, 6))
BALL_RADIUS, BALL_MASS = 0.008, 0.0001  # m, kg
MIDDLE = (0.0, -0.1, 0.741)  # m, where the right arm brings the small bin
TIPPED = (-0.694654, -0.178228, 0.165979, -0.676862)  # wxyz, the left hand over the dustbin
HIGH, FALLEN = 1.0, (0.13, 0.25)  # m


def layout(rng: RandomState, catalog: Catalog) -> Layout:
    """The fixed dustbin, the small bin, its balls; then how far the tipping hand is to sway."""
    pose = draw_until(
        lambda pose: abs(pose.p[0]) >= 0.05,
        lambda: rand_pose(
            rng,
            (-0.2, 0.2),
            (-0.2, -0.05),
            qpos=(0.651892, 0.651428, 0.274378, 0.274584),
            rotate_rand=True,
            rotate_lim=(0, np.pi / 8.5, 0),
        ),
    )
    model_id = int(rng.choice(IDS, 1)[0])
    deskbin = mesh("deskbin", catalog.model("063_tabletrashbin", model_id), pose)
    x, y = float(pose.p[0]), float(pose.p[1])
    balls = []
    for i, key in enumerate(BALLS):
        place = Pose.of([x + rng.rand() * 0.02 - 0.01, y + rng.rand() * 0.02 - 0.01, 0.78 + i * 0.005])
        balls.append(Actor(key, "garbage", Sphere(BALL_RADIUS, RED), place, mass=BALL_MASS, lifted=False))
    dustbin = mesh("dustbin", catalog.model("011_dustbin"), BIN, static=True)
    sway = -0.05 - rng.rand() * 0.02, 1.05 - rng.rand() * 0.02
    return Layout(
        (dustbin, deskbin, *balls),
        targets={
            "middle": np.array([*MIDDLE[:2], MIDDLE[2] + catalog.lift, 1, 0, 0, 0]),
            "tip": np.array([-0.45, -0.05, 1.05, *TIPPED]),
            "sway": np.array([-0.45, *sway, *TIPPED]),
        },
        prohibited=(footprint(deskbin, 0.04), np.array([-0.2, -0.2, 0.2, 0.2])),
        placeholders={"A": f"063_tabletrashbin/base{model_id}"},
        recall={"arm": arm_on_side(pose)},
    )


def fallen(view: View) -> Any:
    """Whether each ball lies in the dustbin (…, balls)."""
    heights = np.stack([view.p(key)[..., 2] for key in BALLS], axis=-1)
    return (heights >= FALLEN[0]) & (heights <= FALLEN[1])


def success(view: View) -> Any:
    """The small bin is held high and every ball lies in the dustbin."""
    return also(view.p("deskbin")[..., 2] >= HIGH, lambda: fallen(view).all(axis=-1))


STAGES = (
    lifted("deskbin", "small bin"),
    Stage("a ball in the dustbin", lambda view: fallen(view).any(axis=-1)),
    Stage("every ball in the dustbin", lambda view: fallen(view).all(axis=-1)),
)


def demonstrate(arms: Arms) -> None:
    """To the middle with the right arm where need be; then the left arm lifts the bin over the dustbin and tips it."""
    if arms.recall("arm") == RIGHT:
        arms.play(arms.grasp(RIGHT, "deskbin", back=0.08, points=[3]))
        arms.play(arms.shift(RIGHT, back=0.08))
        arms.play(arms.place(RIGHT, "deskbin", arms.target("middle"), back=0.08, gap=0.01))
        arms.play(arms.shift(RIGHT, back=0.1))
        arms.play(arms.home(RIGHT))
    arms.play(arms.grasp(LEFT, "deskbin", back=0.08, points=[1]))
    arms.play(arms.shift(LEFT, back=0.08))
    for _ in range(3):
        arms.play(arms.reach(LEFT, arms.target("tip")))
        arms.play(arms.reach(LEFT, arms.target("sway")))
    arms.wait(6)
