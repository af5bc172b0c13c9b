"""A scene on paper: which actors a task puts where, before any simulator is loaded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.random import RandomState
from numpy.typing import NDArray
from transforms3d.quaternions import mat2quat

from robotwin_env.assets.models import Model
from robotwin_env.assets.shapes import Jointed, Mesh, Shape
from robotwin_env.drawing.settings import Surroundings
from robotwin_env.numbers.pose import Pose

TABLE_HEIGHT = 0.74  # m, upper face of the table without bias
ACTOR_MASS = 0.01  # kg; the inertia keeps the value of density 1000, as upstream leaves it
LEFT, RIGHT = 0, 1
SIDES = ("left", "right")
RED, GREEN, BLUE = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)

Float = NDArray[np.float64]


@dataclass(frozen=True)
class Actor:
    """One actor of a task.

    `key` is the task's own word for it (`block1`), `name` upstream's entity name, which may repeat. `pose` is
    its world pose at creation; a `lifted` one stands on the table and rises with it. `mass` in kg.
    """

    key: str
    name: str
    shape: Shape
    pose: Pose
    static: bool = False
    mass: float = ACTOR_MASS
    lifted: bool = True

    @property
    def model(self) -> str | None:
        """The asset's name, None for primitives."""
        return self.shape.model.name if isinstance(self.shape, Mesh) else None

    @property
    def model_id(self) -> int | None:
        """The asset's id as upstream numbers it, None for primitives."""
        return self.shape.model.model_id if isinstance(self.shape, Mesh) else None

    @property
    def p(self) -> NDArray[np.float32]:
        """Position (3,) m."""
        return self.pose.p

    @property
    def q(self) -> NDArray[np.float32]:
        """Quaternion (4,) wxyz."""
        return self.pose.q


def mesh(key: str, model: Model, pose: Pose, **options: Any) -> Actor:
    """An actor of a rigid model, named after it as upstream does. Options: `static`, `mass`, `lifted`."""
    return Actor(key, model.name, Mesh(model), pose, **options)


def jointed(
    key: str,
    model: Model,
    pose: Pose,
    *,
    fixed: bool = False,
    opening: float | None = None,
    drive: tuple[float, float] | None = None,
) -> Actor:
    """An actor of a jointed model; its root is turned by the model's own transform as upstream does.

    The transform's rotation multiplies from the left and its translation is added in the world.
    """
    turn, at = model.transform, pose.matrix()
    p = at[:3, 3] + turn[:3, 3]
    root = Pose.of(p, mat2quat(turn[:3, :3] @ at[:3, :3]))
    return Actor(key, model.name, Jointed(model, fixed, opening, drive), root)


@dataclass(frozen=True)
class Layout:
    """Everything a task decides by drawing: its actors in creation order, and what it remembers beside them.

    `targets` are world points (3,) m or poses (7,) a demonstration aims at; `prohibited` are table rectangles
    [x_min, y_min, x_max, y_max] (m) where clutter may not stand. `placeholders` fill the instruction's templates
    (`{"A": "001_bottle/base13", "a": "left"}`), `recall` is what the success condition needs to know beside the
    scene. After creation the grippers are commanded for `rest_rounds` times 300 steps while things settle, then
    `clutter` is added. `lift` (m) is the table's height above 0.74 and `table_xy` (m) its centre, filled in when the
    layout is drawn.
    """

    actors: tuple[Actor, ...]
    targets: dict[str, Float] = field(default_factory=dict)
    prohibited: tuple[Float, ...] = ()
    placeholders: dict[str, str] = field(default_factory=dict)
    recall: dict[str, Any] = field(default_factory=dict)
    rest_rounds: int = 0
    clutter: tuple[Actor, ...] = ()
    lift: float = 0.0
    table_xy: tuple[float, float] = (0.0, 0.0)

    @property
    def everything(self) -> tuple[Actor, ...]:
        """The task's actors, then the clutter."""
        return self.actors + self.clutter

    def actor(self, key: str) -> Actor:
        """The actor with this key; KeyError where there is none."""
        for actor in self.everything:
            if actor.key == key:
                return actor
        raise KeyError(key)

    def on_table(self, lift: float, xy: tuple[float, float]) -> Layout:
        """This layout on a table at `xy` m, lifted by `lift` (m): actors that stand on it rise with it."""

        def rise(actor: Actor) -> Actor:
            if not actor.lifted:
                return actor
            x, y, z = actor.pose.p.astype(float)
            return replace(actor, pose=Pose.of([x, y, z + lift], actor.pose.q))

        return replace(self, actors=tuple(map(rise, self.actors)), lift=lift, table_xy=xy)


@dataclass(frozen=True)
class DrawnLayout:
    """What `draw_layout` returns: actors with their world poses at creation, and the generator's next value.

    `rng` is the generator itself, before clutter is drawn.
    """

    task: str
    seed: int
    actors: tuple[Actor, ...]
    next_uniform: float
    layout: Layout
    surroundings: Surroundings
    rng: RandomState


def footprint(actor: Actor, padding: float = 0.01) -> Float:
    """Table rectangle (4,) m around an actor, as upstream's `add_prohibit_area` computes it: centred on its origin."""
    corners = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)]) * actor.shape.kept_free
    matrix = actor.pose.matrix()
    xy = (matrix[:3, :3] @ corners.T + matrix[:3, 3:])[:2]
    low, high = xy.min(axis=1) - padding, xy.max(axis=1) + padding
    return np.array([*low, *high])


def arm_on_side(pose: Pose) -> int:
    """The arm (0 left, 1 right) on a pose's side of the table; the left one in the very middle."""
    return RIGHT if pose.p[0] > 0 else LEFT


def around(pose: Pose, x: float, y: float) -> Float:
    """Table rectangle (4,) m reaching x and y (m) to either side of a pose."""
    px, py = float(pose.p[0]), float(pose.p[1])
    return np.array([px - x, py - y, px + x, py + y])


def unique_names(names: Sequence[str]) -> list[str]:
    """Repeated names become `box`, `box#2`, `box#3` … in order."""
    seen: dict[str, int] = {}
    result = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        result.append(name if seen[name] == 1 else f"{name}#{seen[name]}")
    return result
