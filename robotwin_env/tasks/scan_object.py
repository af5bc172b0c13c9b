"""Scan a tea box.

Task Description
    A barcode scanner lies on one side of the table, a tea box on the other. Each arm takes what lies on its
    side; the scanner is held close before the box, pointing at it.
Randomizations
    Which side holds which; scanner 0 to 4, x 5..25 cm aside, y -15..-5 cm; tea box 0 to 5, x 5..25 cm aside,
    y -20..0 cm; both with yaw ± 1.2 rad.
Success Conditions
    The line from the scanner's window along its view passes the box's origin within 2.5 cm in each of x, y and
    z, at a distance of less than 7 cm along it; both grippers closed.
Source
    RoboTwin 2.0 envs/scan_object.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.random import RandomState

from robotwin_env.assets.models import Catalog
from robotwin_env.conditions.view import also
from robotwin_env.drawing.layout import LEFT, RIGHT, SIDES, Layout, arm_on_side, footprint, mesh
from robotwin_env.numbers.sampling import rand_pose
from robotwin_env.tasks._stages import lifted

if TYPE_CHECKING:
    from robotwin_env.conditions.view import View
    from robotwin_env.expert.arms import Arms

STEP_LIMIT = 500
LEFT_X, RIGHT_X = (-0.25, -0.05), (0.05, 0.25)  # m
WINDOW = 0  # functional point of the scanner; its z axis is the direction of its view
SCANNED = 1  # functional point of the box
MEETING_PLACE = np.array([-0.2, -0.03, 0.2, -0.01])  # m, kept free
SHOWN = {  # where an arm holds the box out, m and wxyz
    LEFT: np.array([-0.03, -0.02, 0.95, 0.707, 0.0, -0.707, 0.0]),
    RIGHT: np.array([0.03, -0.02, 0.95, 0.707, 0.0, 0.707, 0.0]),
}
FROM_ABOVE = (0, 1, 2, 3)  # contact points of the box
BETWEEN_FINGERS = 0.085  # m
AIM_EPS, FAR = 0.025, 0.07  # m


def layout(rng: RandomState, catalog: Catalog) -> Layout:
    """The scanner, then the tea box."""
    scanner_x, box_x = (LEFT_X, RIGHT_X) if rng.randint(2) == 0 else (RIGHT_X, LEFT_X)
    scanner_pose = rand_pose(
        rng,
        scanner_x,
        (-0.15, -0.05),
        qpos=(0, 0, 0.707, 0.707),
        rotate_rand=True,
        rotate_lim=(0, 1.2, 0),
    )
    scanner_id = int(rng.choice([0, 1, 2, 3, 4], 1)[0])
    scanner = mesh("scanner", catalog.model("024_scanner", scanner_id), scanner_pose, lifted=False)
    box_pose = rand_pose(
        rng,
        box_x,
        (-0.2, 0.0),
        qpos=(0.5, 0.5, 0.5, 0.5),
        rotate_rand=True,
        rotate_lim=(0, 1.2, 0),
    )
    box_id = int(rng.choice([0, 1, 2, 3, 4, 5], 1)[0])
    box = mesh("box", catalog.model("112_tea-box", box_id), box_pose, lifted=False)
    scanning = arm_on_side(scanner_pose)
    showing = 1 - scanning
    return Layout(
        (scanner, box),
        targets={"shown": SHOWN[showing]},
        prohibited=(footprint(scanner, 0.1), footprint(box, 0.1), MEETING_PLACE),
        placeholders={
            "A": f"112_tea-box/base{box_id}",
            "B": f"024_scanner/base{scanner_id}",
            "a": SIDES[showing],
            "b": SIDES[scanning],
        },
        recall={"scanning": scanning, "showing": showing},
    )


def success(view: View) -> Any:
    """The scanner, held, points at the held box from nearby."""
    return also(view.both_closed(), lambda: aimed_at_box(view))


def aimed_at_box(view: View) -> Any:
    """Whether the scanner points at the box from nearby (…,)."""
    window, turn = view.frame("scanner", "functional", WINDOW)
    back = -turn[..., :, 2]
    offset = window - view.p("box")
    distance = np.sum(back * offset, axis=-1)
    aimed = (np.abs(offset - distance[..., None] * back) < AIM_EPS).all(axis=-1)
    return aimed & (distance > 0) & (distance < FAR)


STAGES = (lifted("box", "tea box"), lifted("scanner"))


def demonstrate(arms: Arms) -> None:
    """Take both, hold the box out by its top, bring the scanner before its bottom and closer on a straight line."""
    scanning, showing = arms.recall("scanning"), arms.recall("showing")
    arms.play(
        arms.grasp(scanning, "scanner", back=0.08),
        arms.grasp(showing, "box", back=0.08, points=graspable(arms)),
    )
    aside = {LEFT: -0.05, RIGHT: 0.05}
    arms.play(*(arms.shift(arm, x=aside[arm], z=0.13) for arm in (scanning, showing)))
    arms.play(arms.place(showing, "box", arms.target("shown"), back=0.0, gap=0.0, release=False))
    for gap in (0.12, 0.045):
        arms.play(
            arms.place(
                scanning, "scanner", arms.mark("box", "functional", SCANNED),
                mark=WINDOW, back=0.12, gap=gap, from_direction=(0, 0, 1), release=False,
            )
        )  # fmt: skip


def graspable(arms: Arms) -> list[int]:
    """The box's contact points by its top where it fits between the fingers."""
    shape = arms.scene.layout.actor("box").shape
    widths = [2 * shape.kept_free @ np.abs(shape.point("contact", i).matrix[:3, 2]) for i in FROM_ABOVE]
    return [i for i, width in zip(FROM_ABOVE, widths, strict=True) if width < BETWEEN_FINGERS]
