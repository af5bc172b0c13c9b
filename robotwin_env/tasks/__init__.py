"""The tasks, one small file each: where things are, what counts as success, how it is done.

A task file defines `STEP_LIMIT` (official number of actions), `layout(rng, catalog)`, `success(view)` and
`demonstrate(arms)`; where its table is not upstream's usual one, `TABLE_XY` (m) and `TABLE_LIFT` (m); where there
is something to tell, `STAGES`, what happens before success (`robotwin_env.conditions.stages`), and `FACTS`, what
is counted beside it (`robotwin_env.conditions.facts`). Adding a file adds a task.
"""

from __future__ import annotations

import difflib
import functools
import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

from numpy.random import RandomState

from robotwin_env.arguments import check_seed, shown
from robotwin_env.assets.models import Catalog
from robotwin_env.assets.shapes import Box
from robotwin_env.drawing.layout import DrawnLayout, Layout
from robotwin_env.drawing.settings import SETTINGS, draw_surroundings, setting_of
from robotwin_env.errors import ArgumentError, UnknownTaskError
from robotwin_env.instructions import choose
from robotwin_env.numbers.sampling import next_uniform
from robotwin_env.registration import task_names

if TYPE_CHECKING:
    from robotwin_env.conditions.facts import Fact
    from robotwin_env.conditions.stages import Stage
    from robotwin_env.conditions.view import View
    from robotwin_env.expert.arms import Arms

CONFIGS = tuple(SETTINGS)


class TaskModule(Protocol):
    """What a task file defines."""

    STEP_LIMIT: int

    def layout(self, rng: RandomState, catalog: Catalog) -> Layout:
        """Draw the actors in upstream's order."""

    def success(self, view: View) -> Any:
        """True where the task is solved, over the view's leading dimensions."""

    def demonstrate(self, arms: Arms) -> None:
        """Solve it by scripted motions."""


def load_task(name: str) -> TaskModule:
    """The task file of this name; UnknownTaskError offers the nearest names."""
    if not isinstance(name, str):
        raise ArgumentError(f"task must be the name of a task, a text, not {shown(name)}")
    return _module(name)


@functools.cache
def _module(name: str) -> TaskModule:
    known = task_names()
    if name not in known:
        near = difflib.get_close_matches(name, known, n=3, cutoff=0.4)
        hint = f"did you mean {' or '.join(near)}?" if near else f"known: {', '.join(known)}"
        raise UnknownTaskError(f"unknown task {shown(name)}; {hint}")
    return cast(TaskModule, importlib.import_module(f"{__name__}.{name}"))


def stages_of(task: TaskModule) -> tuple[Stage, ...]:
    """What a task goes through before success, in order; () where its file names nothing."""
    return getattr(task, "STAGES", ())


def facts_of(task: TaskModule) -> tuple[Fact, ...]:
    """What is counted in a task beside success; () where its file names nothing."""
    return getattr(task, "FACTS", ())


def draw_layout(
    task: str, seed: int, config: str = "demo_clean", catalog: Catalog | None = None
) -> DrawnLayout:
    """Draw a scene without a simulator.

    `seed` is the scene seed (0 … 2³²-1), `catalog` where models come from (None: the bundled stand-ins). Returns
    the actors in upstream's creation order with their world poses at creation (ground, wall, table and mere
    pictures left out) and the generator's next uniform value, which equals upstream's only if every draw was made
    in its order.
    """
    setting, module, catalog = setting_of(config), load_task(task), catalog or Catalog()
    seed = check_seed(seed)
    rng = RandomState(seed)
    around = draw_surroundings(rng, setting, getattr(module, "TABLE_LIFT", 0.0), catalog.textures)
    layout = module.layout(rng, catalog.at_height(around.lift))
    layout = layout.on_table(around.lift, getattr(module, "TABLE_XY", (0.0, 0.0)))
    bodies = tuple(a for a in layout.actors if not isinstance(a.shape, Box) or a.shape.solid)
    return DrawnLayout(task, seed, bodies, next_uniform(rng), layout, around, rng)


def instruction(
    task: str,
    seed: int,
    config: str = "demo_clean",
    source: str | Path | None = None,
    split: str | None = None,
) -> str:
    """The sentence a policy is told in a scene: chosen by the scene seed, so that it can be repeated.

    Easy scenes are told in the templates a policy may have seen, hard ones in the others, as upstream's protocol
    has it. `source` is the folder of a RoboTwin checkout whose templates are used; None: the project's own;
    "task-name": the task's name in words. `split`: "seen" or "unseen" whatever the setting says.
    """
    placeholders = draw_layout(task, seed, config).layout.placeholders
    return choose(task, seed, placeholders, split or setting_of(config).split, source)
