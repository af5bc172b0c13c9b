"""What the block tasks share: scattered blocks, a tower of them, a row of them."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.random import RandomState
from numpy.typing import NDArray

from robotwin_env.assets.shapes import Box
from robotwin_env.conditions.stages import Stage
from robotwin_env.conditions.view import also
from robotwin_env.drawing.layout import SIDES, TABLE_HEIGHT, Actor, Layout, arm_on_side, footprint
from robotwin_env.expert.block_moves import Blocks
from robotwin_env.numbers.pose import Pose
from robotwin_env.numbers.sampling import rand_pose, squared_distance
from robotwin_env.tasks._stages import in_air, near_target

if TYPE_CHECKING:
    from robotwin_env.conditions.view import View
    from robotwin_env.expert.arms import Arms

Array = NDArray[np.floating[Any]]

CENTRE = np.array([0.0, -0.1])  # m, where the blocks will be put: kept free
STACK_HALF = 0.025  # m
STACK_CENTRE = np.array([0.0, -0.13, TABLE_HEIGHT])  # m, where the lowest block of a tower goes
BLOCK_SPACING = 0.01  # m², squared distance two blocks keep
BLOCK_ABOVE = np.array([0.0, 0.0, 0.05])  # m, from a block's centre to that of the one on it
STACK_EPS = np.array([0.025, 0.025, 0.012])  # m
ROW_EPS = np.array([0.13, 0.03])  # m
SCATTERED_ROW_EPS = np.array([0.12, 0.03])  # m


def scattered(rng: RandomState, heights: Sequence[float], centre_clearance: float) -> list[Pose]:
    """Poses of blocks on the near half of the table, drawn until each is clear of the middle and the others.

    `heights` (m) are the blocks' z, `centre_clearance` (m²) the squared distance they keep from CENTRE.
    """
    poses: list[Pose] = []

    def draw(z: float) -> Pose:
        return rand_pose(
            rng, (-0.28, 0.28), (-0.08, 0.05), (z,), ylim_prop=True, rotate_rand=True, rotate_lim=(0, 0, 0.75)
        )

    def refused(pose: Pose) -> bool:
        return (
            abs(float(pose.p[0])) < 0.05
            or squared_distance(pose.p, CENTRE) < centre_clearance
            or any(squared_distance(pose.p, other.p) < BLOCK_SPACING for other in poses)
        )

    for z in heights:
        pose = draw(z)
        while refused(pose):
            pose = draw(z)
        poses.append(pose)
    return poses


def cube(number: int, half: float, color: tuple[float, float, float], pose: Pose) -> Actor:
    """The block `block<number>` of half size `half` m."""
    return Actor(f"block{number}", "box", Box((half, half, half), color), pose)


def block_placeholders(phrases: Sequence[str], poses: Sequence[Pose]) -> dict[str, str]:
    """Placeholders of the instruction: A, B, C are the blocks, a, b, c the arms on their sides."""
    placeholders = dict(zip("ABC", phrases, strict=False))
    return placeholders | {
        letter: SIDES[arm_on_side(pose)] for letter, pose in zip("abc", poses, strict=False)
    }


def tower(
    rng: RandomState,
    lift: float,
    colors: Sequence[tuple[float, float, float]],
    phrases: Sequence[str],
    padding: float,
) -> Layout:
    """Scattered 5 cm blocks to be stacked in the middle of a table lifted by `lift` m, the first one lowest."""
    poses = scattered(rng, [0.741 + STACK_HALF] * len(colors), centre_clearance=0.0225)
    blocks = [cube(i, STACK_HALF, *of) for i, of in enumerate(zip(colors, poses, strict=True), start=1)]
    return Layout(
        tuple(blocks),
        {"block1": STACK_CENTRE + [0.0, 0.0, lift]},
        (*(footprint(block, padding) for block in blocks), np.array([-0.04, -0.13, 0.04, -0.05])),
        block_placeholders(phrases, poses),
    )


def build_tower(arms: Arms) -> None:
    """The first block to the middle, then each next one onto the one before, always with the arm on its side."""
    blocks, keys = Blocks(arms), [actor.key for actor in arms.scene.layout.actors]
    blocks.pick_and_place(keys[0], arms.target(keys[0]))
    for below, key in itertools.pairwise(keys):
        blocks.pick_and_place(key, blocks.top_of(below))


def base_set_down(view: View) -> Any:
    """The first block is in the middle, where a tower begins, and not in the air."""
    return also(near_target(view, "block1", "block1"), lambda: np.logical_not(in_air(view, "block1")))


BASE_SET_DOWN = Stage("red block set down in the middle", base_set_down)


def ranked(a: Array, b: Array, c: Array, eps: Array) -> NDArray[np.bool_]:
    """Whether positions a, b, c (…, ≥2) m stand in a row from left to right, neighbours within eps (2,) m."""
    close = (np.abs(a[..., :2] - b[..., :2]) < eps).all(axis=-1)
    close &= (np.abs(b[..., :2] - c[..., :2]) < eps).all(axis=-1)
    return close & (a[..., 0] < b[..., 0]) & (b[..., 0] < c[..., 0])


def scattered_unranked(rng: RandomState, heights: Sequence[float]) -> list[Pose]:
    """Three scattered blocks that do not happen to stand in the wanted row already."""
    while True:
        poses = scattered(rng, heights, centre_clearance=0.01)
        a, b, c = (pose.p for pose in poses)
        if not ranked(a, b, c, SCATTERED_ROW_EPS):
            return poses


def row_targets(
    rng: RandomState, x_ranges: Sequence[tuple[float, float]], z: float
) -> dict[str, NDArray[np.float64]]:
    """Where the blocks of a row are to stand: one common y, then one x each (m), drawn in that order."""
    y = rng.uniform(-0.2, -0.1)
    return {f"block{i}": np.array([rng.uniform(*xs), y, z]) for i, xs in enumerate(x_ranges, start=1)}


def row_success(view: View) -> Any:
    """The three blocks stand in a row, 13 cm and 3 cm apart at most, both grippers open."""

    def in_a_row() -> Any:
        return ranked(view.p("block1"), view.p("block2"), view.p("block3"), eps=ROW_EPS)

    return also(view.both_open(), in_a_row)


def stacked(view: View, lower: str, upper: str) -> NDArray[np.bool_]:
    """Whether the block `upper` rests on `lower`: 5 cm above it, within (2.5, 2.5, 1.2) cm."""
    offset = view.p(upper) - view.p(lower) - BLOCK_ABOVE
    return (np.abs(offset) < STACK_EPS).all(axis=-1)
