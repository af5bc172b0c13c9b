"""Rank blocks by size.

Task Description
    A large, a medium and a small block of random colours lie on the table. Line them up from left to right,
    the largest first.
Randomizations
    Colours; half sizes 3.0..3.3, 2.4..2.7, 1.8..2.1 cm; position x ±28 cm, y -8..5 cm, yaw ±0.75 rad; clear of
    the middle and of each other, not yet in the row. The row's y and each block's x in it.
Success Conditions
    In order from left to right, neighbours within 13 cm in x and 3 cm in y, and both grippers open.
Source
    RoboTwin 2.0 envs/blocks_ranking_size.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.random import RandomState

from robotwin_env.assets.models import Catalog
from robotwin_env.drawing.layout import TABLE_HEIGHT, Layout, footprint
from robotwin_env.expert.block_moves import Blocks
from robotwin_env.tasks._blocks import block_placeholders, cube, row_success, row_targets, scattered_unranked
from robotwin_env.tasks._stages import lifted

if TYPE_CHECKING:
    from robotwin_env.conditions.view import View
    from robotwin_env.expert.arms import Arms

STEP_LIMIT = 1200
HALF_SIZES = ((0.03, 0.033), (0.024, 0.027), (0.018, 0.021))
ROW_X = ((-0.1, -0.09), (0.01, 0.02), (0.08, 0.09))


def layout(rng: RandomState, catalog: Catalog) -> Layout:
    """Three scattered blocks of drawn colour and size, and where they are to stand."""
    colors = [(rng.random_sample(), rng.random_sample(), rng.random_sample()) for _ in HALF_SIZES]
    halves = [rng.uniform(*limits) for limits in HALF_SIZES]
    poses = scattered_unranked(rng, [0.741 + half for half in halves])
    blocks = tuple(
        cube(i, half, color, pose)
        for i, (pose, half, color) in enumerate(zip(poses, halves, colors, strict=True), start=1)
    )
    kept_free = [footprint(block, 0.1) for block in blocks]
    targets = row_targets(rng, ROW_X, TABLE_HEIGHT + catalog.lift)
    kept_free.append(np.array([-0.27, -0.22, 0.27, -0.12]))
    placeholders = block_placeholders(("large block", "medium block", "small block"), poses)
    return Layout(blocks, targets, tuple(kept_free), placeholders)


def success(view: View) -> Any:
    """The row stands in order and both grippers are open."""
    return row_success(view)


STAGES = (
    lifted("block3", "small block"),
    lifted("block2", "medium block"),
    lifted("block1", "large block"),
)


def demonstrate(arms: Arms) -> None:
    """Block by block from small to large, with the arm on the block's side."""
    blocks = Blocks(arms)
    for block in ("block3", "block2", "block1"):
        blocks.pick_and_place(block, arms.target(block))
