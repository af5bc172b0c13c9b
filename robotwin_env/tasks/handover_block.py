"""Hand a block over.

Task Description
    A long red block stands on the left, a blue pad lies on the right. The left arm lifts the block and hands
    it to the right arm, which sets it on the pad.
Randomizations
    Block x -25..-5 cm, y 0..25 cm, yaw about 22.5° ± 0.2 rad; pad x 10..25 cm, y 15..20 cm.
Success Conditions
    The block's foot within 3 cm of the pad's centre and 1 cm of its height, and the right gripper open.
Source
    RoboTwin 2.0 envs/handover_block.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.random import RandomState

from robotwin_env.assets.models import Catalog
from robotwin_env.assets.shapes import Box
from robotwin_env.conditions.stages import Stage
from robotwin_env.conditions.view import also
from robotwin_env.drawing.layout import BLUE, LEFT, RED, RIGHT, Actor, Layout, footprint
from robotwin_env.expert.block_moves import Blocks
from robotwin_env.numbers.sampling import rand_pose
from robotwin_env.tasks._stages import in_hand, lifted

if TYPE_CHECKING:
    from robotwin_env.conditions.view import View
    from robotwin_env.expert.arms import Arms

STEP_LIMIT = 800
BLOCK_HALF = (0.03, 0.03, 0.1)
PAD_HALF = (0.05, 0.05, 0.005)
ON_PAD_EPS = np.array([0.03, 0.03, 0.01])  # m
HANDOVER = np.array([0.0, 0.0, 0.9])  # m, where the block's foot is held while it changes hands


def layout(rng: RandomState, catalog: Catalog) -> Layout:
    """The standing block, then the fixed pad."""
    block_pose = rand_pose(
        rng,
        (-0.25, -0.05),
        (0, 0.25),
        (0.842,),
        qpos=(0.981, 0, 0, 0.195),
        rotate_rand=True,
        rotate_lim=(0, 0, 0.2),
    )
    block = Actor("block", "box", Box(BLOCK_HALF, RED), block_pose)
    pad_pose = rand_pose(rng, (0.1, 0.25), (0.15, 0.2))
    pad = Actor("pad", "target_box", Box(PAD_HALF, BLUE), pad_pose, static=True)
    return Layout((block, pad), {"handover": HANDOVER}, (footprint(block, 0.1), footprint(pad, 0.1)))


def success(view: View) -> Any:
    """The block's foot is on the pad and the right gripper is open."""
    return also(view.right_open(), lambda: on_pad(view))


def on_pad(view: View) -> Any:
    """Whether the block's foot is on the pad (…,)."""
    foot, pad = view.functional_point("block", 0), view.functional_point("pad", 1)
    return (np.abs(foot - pad) < ON_PAD_EPS).all(axis=-1)


STAGES = (
    lifted("block"),
    Stage("block in the right hand alone", lambda view: view.left_open() & in_hand(view, "block", RIGHT)),
)


def demonstrate(arms: Arms) -> None:
    """The left arm offers the block in the middle, the right arm takes it below and sets it down."""
    blocks = Blocks(arms)
    blocks.grasp_from_side(LEFT, "block", height=0.17, headings_deg=(90, 110, 45))
    blocks.lift(LEFT, 0.1)
    blocks.carry(LEFT, "block", arms.target("handover"), headings_deg=(45, 60, 30))
    blocks.grasp_from_side(RIGHT, "block", height=0.045, headings_deg=(135, 120, 150))
    blocks.open(LEFT)
    blocks.back_off(LEFT, 0.1)
    blocks.place_level(RIGHT, "block", blocks.top_of("pad"), headings_deg=(105, 90, 120, 75), home=LEFT)
    blocks.open(RIGHT)
    blocks.back_off(RIGHT, 0.08)
