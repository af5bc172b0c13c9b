"""What a success condition may look at, over any leading dimensions.

The running scene answers with single poses (`SceneView` in scene_view.py); tests and later GPU-parallel scenes
answer with arrays (`ArrayView`), so a condition is written once, as array operations over the last axis.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, override

import numpy as np
from numpy.typing import ArrayLike, NDArray

from robotwin_env.drawing.layout import LEFT, RIGHT, Layout
from robotwin_env.numbers.pose import rotate

Float = NDArray[np.float64]
Bool = Any  # NDArray[np.bool_] (…,), or a plain bool of a single scene
OPEN, CLOSED = 0.8, 0.2  # commanded gripper values: above is open, below is closed
TABLE = "table"


class View(ABC):
    """Read access to a scene (or a batch of them), for success conditions."""

    layout: Layout

    # ---- readings

    @abstractmethod
    def p(self, key: str) -> Float:
        """Position (…, 3) m of an actor (of a jointed one: of its root)."""

    @abstractmethod
    def q(self, key: str) -> Float:
        """Orientation (…, 4) wxyz of an actor."""

    @abstractmethod
    def frame(self, key: str, kind: str, index: int) -> tuple[Float, Float]:
        """World position (…, 3) m and rotation (…, 3, 3) of a marked frame of an actor.

        `kind` is `contact`, `functional`, `target` or `orientation`.
        """

    @abstractmethod
    def gripper(self, side: int) -> Any:
        """Commanded gripper value (…,) of an arm (0 left, 1 right)."""

    @abstractmethod
    def tool(self, side: int) -> Float:
        """Measured position (…, 3) m between an arm's fingertips."""

    @abstractmethod
    def joint(self, key: str) -> Any:
        """Position (…,) of a jointed actor's first joint (rad or m)."""

    @abstractmethod
    def joint_limits(self, key: str) -> Float:
        """Limits (2,) of a jointed actor's first joint (rad or m)."""

    @abstractmethod
    def touching(self, key: str, other: str) -> Bool:
        """Whether PhysX reports contact (…,) between an actor and another one, or the `table`.

        Bodies are told apart by upstream's names: an actor's namesakes count as the actor.
        """

    @abstractmethod
    def in_touch(self, key: str, other: str) -> Bool:
        """Whether two actors really touch (…,): a contact point without a gap, or with a force.

        `touching`, which upstream's conditions ask, is true of bodies up to 2 cm apart already.
        """

    @abstractmethod
    def fingers_on(self, key: str) -> Bool:
        """Which fingers really touch the actor (…, 2, 2): arm (0 left, 1 right), finger; see `in_touch`."""

    @abstractmethod
    def finger_contacts(self, key: str) -> Float:
        """Points (…, n, 3) m where a finger of either gripper meets the actor; NaN fills a batch's gaps."""

    # ---- what follows from them

    def functional_point(self, key: str, index: int) -> Float:
        """World position (…, 3) m of one of an actor's functional points."""
        return self.frame(key, "functional", index)[0]

    def contact_point(self, key: str, index: int) -> Float:
        """World position (…, 3) m of one of an actor's contact points."""
        return self.frame(key, "contact", index)[0]

    def axis(self, key: str, local: ArrayLike) -> Float:
        """World direction (…, 3) of a vector (3,) given in an actor's own frame."""
        return rotate(self.q(key), np.asarray(local, float))

    def is_open(self, side: int) -> Bool:
        """Commanded gripper value above 0.8 (…,)."""
        return self.gripper(side) > OPEN

    def is_closed(self, side: int) -> Bool:
        """Commanded gripper value below 0.2 (…,)."""
        return self.gripper(side) < CLOSED

    def left_open(self) -> Bool:
        """Left gripper commanded open (…,)."""
        return self.is_open(LEFT)

    def right_open(self) -> Bool:
        """Right gripper commanded open (…,)."""
        return self.is_open(RIGHT)

    def both_open(self) -> Bool:
        """Both grippers commanded open (…,)."""
        return self.is_open(LEFT) & self.is_open(RIGHT)

    def both_closed(self) -> Bool:
        """Both grippers commanded closed (…,)."""
        return self.is_closed(LEFT) & self.is_closed(RIGHT)

    def fingered(self, key: str) -> Bool:
        """Whether a finger of either gripper meets the actor (…,)."""
        return np.isfinite(self.finger_contacts(key)).all(axis=-1).any(axis=-1)

    def finger_near(self, key: str, contact: int, reach: ArrayLike) -> Bool:
        """Whether a finger meets the actor within `reach` (3,) m of its contact point number `contact`."""
        met = self.finger_contacts(key)
        if not met.shape[-2]:
            return np.zeros(met.shape[:-2], bool)
        offset = met - self.contact_point(key, contact)[..., None, :]
        return (np.abs(offset) < np.asarray(reach, float)).all(axis=-1).any(axis=-1)


def also(first: Bool, then: Callable[[], Bool]) -> Bool:
    """Both conditions (…,); the second, dearer one is looked at only where the first holds anywhere.

    Of conditions that are measured (`parts.Condition`) both are looked at.
    """
    if isinstance(first, bool | np.bool_):
        return then() if first else first  # of a single scene; asking numpy costs more than the condition
    return first & then() if np.any(first) else first


@dataclass(frozen=True)
class ArrayView(View):
    """A batch of recorded scenes.

    `poses` key -> (…, 7) p + q wxyz (of a link: `key/link`), `grippers` (…, 2) commanded values, `tools` (…, 2, 3) m,
    `joints` key -> (…,), `limits` key -> (2,), `contacts` (key, other) -> bool (…,), `fingers` key -> (…, n, 3) m,
    `touches` (key, other) -> bool (…,), `fingers_touching` key -> bool (…, 2, 2).
    """

    layout: Layout
    poses: Mapping[str, Float]
    grippers: Float
    tools: Float | None = None
    joints: Mapping[str, Float] = field(default_factory=dict)
    limits: Mapping[str, Float] = field(default_factory=dict)
    contacts: Mapping[tuple[str, str], Bool] = field(default_factory=dict)
    fingers: Mapping[str, Float] = field(default_factory=dict)
    touches: Mapping[tuple[str, str], Bool] = field(default_factory=dict)
    fingers_touching: Mapping[str, Bool] = field(default_factory=dict)

    @override
    def p(self, key: str) -> Float:
        return np.asarray(self.poses[key], float)[..., :3]

    @override
    def q(self, key: str) -> Float:
        return np.asarray(self.poses[key], float)[..., 3:]

    @override
    def frame(self, key: str, kind: str, index: int) -> tuple[Float, Float]:
        mark = self.layout.actor(key).shape.point(kind, index)
        body = key if mark.link is None else f"{key}/{mark.link}"
        p, q = self.p(body), self.q(body)
        columns = [rotate(q, mark.matrix[:3, i]) for i in range(3)]
        return p + rotate(q, mark.matrix[:3, 3]), np.stack(columns, axis=-1)

    @override
    def gripper(self, side: int) -> Any:
        return np.asarray(self.grippers)[..., side]

    @override
    def tool(self, side: int) -> Float:
        return np.asarray(self.tools, float)[..., side, :]

    @override
    def joint(self, key: str) -> Any:
        return self.joints[key]

    @override
    def joint_limits(self, key: str) -> Float:
        return self.limits[key]

    @override
    def touching(self, key: str, other: str) -> Bool:
        return self.contacts[key, other]

    @override
    def in_touch(self, key: str, other: str) -> Bool:
        return self.touches[key, other]

    @override
    def fingers_on(self, key: str) -> Bool:
        return self.fingers_touching[key]

    @override
    def finger_contacts(self, key: str) -> Float:
        return self.fingers[key]
