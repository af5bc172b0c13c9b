"""What must be equal for two numbers to compare, and which runs of a page differ in it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from harness.core.numbers import counted
from harness.core.text import short
from harness.results.views import RunView
from harness.runs.compatibility import EARLIER

SETTINGS = {
    "horizon": "other horizon",
    "config": "other setting of the scenes, so the same seed is another scene",
    "seed": "other run seed, so other noise",
    "batch_size": "other batch shape, which rounds differently (1e-5)",
}
FACTS = {
    "assets_kind": "other kind of assets, so other scenes",
    "assets_hash": "other asset files",
    "instructions": "other instructions",
    "instruction_split": "other instruction split",
    "controller": "other controller",
    "shader": "other shader",
    "shadows": "other shadows",
    "render_device": "other render device",
    "clutter_kind": "other clutter",
    "textures_kind": "other textures",
    "dataset_sampling": "other sampling of the dataset",
    "dataset_fps": "other frame rate of the dataset",
    "git_commit": "other version of this code",
}
OF_CHUNKS = ("horizon", "strategy")
"""Settings of whoever predicts chunks: the scripted expert plays its own way."""
TOLD_APART = ("dataset_sampling", "assets_kind", "assets_hash", "git_commit", "batch_size", "seed")
"""What the page says elsewhere, or what changes no number by much."""


def unlike(runs: Sequence[RunView], facts: Mapping[str, str]) -> Iterator[str]:
    """A sentence for each of `facts` (name of a setting or of provenance: what its difference means) that differs."""
    for key, name in facts.items():
        groups: dict[str, list[str]] = {}
        for run in runs:
            value = _recorded(run, key)
            groups.setdefault("not recorded" if value is None else short(str(value)), []).append(run.folder)
        if len(groups) > 1:
            yield f"{name}: " + "; ".join(
                f"{value} in {', '.join(dict.fromkeys(folders))}" for value, folders in groups.items()
            )


def _recorded(run: RunView, name: str) -> Any:
    """What a run says of it in its provenance, else in its configuration; what runs did that knew no such setting."""
    for part in (run.provenance, run.config):
        if part.gives(name):
            return part.named(name)
    return EARLIER.get(name)


def side_by_side(runs: Sequence[RunView]) -> Iterator[str]:
    """Why numbers of one mode that stand in one column do not compare, by the rules of `harness.compare`."""
    for mode, name in (("openloop", "Open loop"), ("closedloop", "Closed loop")):
        own = [run for run in runs if run.mode == mode and run.rows]
        known = {key: label for key, label in (SETTINGS | FACTS).items() if key not in TOLD_APART}
        if mode == "closedloop":
            known |= {"max_actions": "other limit of actions", "strategy": "other chunk strategy"}
        chunked = {key: label for key, label in known.items() if key in OF_CHUNKS}
        for sentence in unlike([run for run in own if run.policy != "expert"], chunked):
            yield f"{name}, {sentence}."
        for sentence in unlike(own, {key: label for key, label in known.items() if key not in OF_CHUNKS}):
            yield f"{name}, {sentence}."
        yield from _other_episodes(own, name)


def _other_episodes(runs: Sequence[RunView], name: str) -> Iterator[str]:
    """Runs that scored other episodes, of a task that both have, than the first."""
    groups: dict[Any, list[RunView]] = {}
    for run in runs:
        groups.setdefault(_episodes(run), []).append(run)
    if len(groups) > 1:
        what = "episodes" if name == "Open loop" else "scenes"
        sizes = "; ".join(
            f"{_size(own[0])} in {', '.join(run.folder for run in own)}" for own in groups.values()
        )
        yield (
            f"{name}, not the same {what}: {sizes}. Rates and means are each run's own and do not compare; tests take "
            f"the {what} that both have."
        )


def _episodes(run: RunView) -> frozenset[Any]:
    return frozenset((row.key, getattr(row, "frames", None)) for row in run.rows)


def _size(run: RunView) -> str:
    if run.mode == "closedloop":
        return counted(len(run.rows), "scene")
    return f"{counted(len(run.rows), 'episode')} of {sum(row.frames for row in run.open_rows)} steps"
