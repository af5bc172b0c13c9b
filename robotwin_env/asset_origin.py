"""Which assets are upstream's and which are this project's stand-ins: by model, and for whole runs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from robotwin_env.assets import textures
from robotwin_env.assets.models import has_link_meshes, has_mesh
from robotwin_env.assets.roots import STANDIN_ROOT, AssetRoot
from robotwin_env.assets.shapes import Mesh
from robotwin_env.drawing import clutter_models
from robotwin_env.drawing.settings import setting_of
from robotwin_env.tasks import draw_layout

REAL, STANDIN, MIXED = "real", "stand-in", "mixed"
SAMPLE = 40  # layouts looked at to learn which models a task draws


@dataclass(frozen=True)
class ModelKind:
    """One model name: how many of its ids the root brings, of how many that tasks can draw."""

    name: str
    real: int
    ids: int

    @property
    def kind(self) -> str:
        """`real`, `stand-in`, or `mixed` where only some ids have real meshes."""
        return REAL if self.real == self.ids else STANDIN if not self.real else MIXED


def model_kinds(root: AssetRoot) -> list[ModelKind]:
    """Every model that a task can draw, by name."""
    kinds = []
    for bundled in sorted((STANDIN_ROOT / "objects").iterdir()):
        own = root.path / "objects" / bundled.name
        jointed = [folder.name for folder in bundled.iterdir() if folder.name.isdigit()]
        if jointed:
            ids, real = len(jointed), sum(has_link_meshes(own / name) for name in jointed)
        else:
            numbers = [file.stem.removeprefix("model_data") for file in bundled.glob("model_data*.json")]
            ids = len(numbers)
            real = sum(has_mesh(own, int(number) if number else None) for number in numbers)
        if root.path == STANDIN_ROOT:
            real = 0
        kinds.append(ModelKind(bundled.name, real, ids))
    return kinds


def drawn_by(task: str, config: str) -> set[str]:
    """Names of the models a task draws, learnt from its first layouts."""
    shapes = (actor.shape for seed in range(SAMPLE) for actor in draw_layout(task, seed, config).actors)
    return {shape.model.name for shape in shapes if isinstance(shape, Mesh)}


def kind_of_run(root: AssetRoot, tasks: Iterable[str], config: str) -> str:
    """`real` where nothing in a run is a stand-in, `stand-in` where the robot is one, else `mixed`.

    Clutter may be any model of the root: with it a single one that is missing makes a run `mixed`.
    """
    if root.kind != REAL:
        return root.kind
    of = {model.name: model.kind for model in model_kinds(root)}
    kinds = set(of.values())
    if setting_of(config).clutter:
        kinds |= set(surroundings_kinds(root).values())
    elif kinds != {REAL}:
        kinds = {of[name] for task in tasks for name in drawn_by(task, config)}
    return REAL if kinds <= {REAL} else MIXED


def surroundings_kinds(root: AssetRoot) -> dict[str, str]:
    """Where the hard setting's clutter and textures come from."""
    return {"clutter": clutter_models.kind(root), "textures": textures.kind(root.path)}
