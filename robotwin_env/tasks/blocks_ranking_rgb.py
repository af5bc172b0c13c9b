"""Rank blocks by colour.

Task Description
    A red, a green and a blue block of one size lie on the table. Line them up from left to right: red, green,
    blue.
Randomizations
    Position x ±28 cm, y -8..5 cm, yaw ±0.75 rad; clear of the middle and of each other, not yet in the row.
    Half size 1.5..2.5 cm. The row's y and each block's x in it.
Success Conditions
    In order from left to right, neighbours within 13 cm in x and 3 cm in y, and both grippers open.
Source
    RoboTwin 2.0 envs/blocks_ranking_rgb.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.random import RandomState

from robotwin_env.assets.models import Catalog
from robotwin_env.drawing.layout import BLUE, GREEN, RED, TABLE_HEIGHT, Layout, footprint
from robotwin_env.expert.block_moves import Blocks
from robotwin_env.tasks._blocks import block_placeholders, cube, row_success, row_targets, scattered_unranked
from robotwin_env.tasks._stages import lifted

if TYPE_CHECKING:
    from robotwin_env.conditions.view import View
    from robotwin_env.expert.arms import Arms

STEP_LIMIT = 1200
ROW_X = ((-0.09, -0.08), (-0.01, 0.01), (0.08, 0.09))


def layout(rng: RandomState, catalog: Catalog) -> Layout:
    """Three scattered blocks of one drawn size, and where they are to stand."""
    poses = scattered_unranked(rng, [0.765] * 3)
    half = rng.uniform(0.015, 0.025)
    blocks = tuple(
        cube(i, half, color, pose)
        for i, (pose, color) in enumerate(zip(poses, (RED, GREEN, BLUE), strict=True), start=1)
    )
    kept_free = [footprint(block, 0.05) for block in blocks]
    targets = row_targets(rng, ROW_X, TABLE_HEIGHT + catalog.lift)
    kept_free.append(np.array([-0.17, -0.22, 0.17, -0.12]))
    placeholders = block_placeholders(("red block", "green block", "blue block"), poses)
    return Layout(blocks, targets, tuple(kept_free), placeholders)


def success(view: View) -> Any:
    """The row stands in order and both grippers are open."""
    return row_success(view)


STAGES = (lifted("block1", "red block"), lifted("block2", "green block"), lifted("block3", "blue block"))


def demonstrate(arms: Arms) -> None:
    """Block by block from red to blue, with the arm on the block's side."""
    blocks = Blocks(arms)
    for block in ("block1", "block2", "block3"):
        blocks.pick_and_place(block, arms.target(block))
