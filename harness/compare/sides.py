"""The two sides of a comparison: a run directory, or figures somebody published (`assets/published/*.json`).

`published:blog` names the default entry of blog.json, `published:blog/phase-b` another; `published:robotwin2/pi0` a
method of a table of success rates (`harness.compare.published.rates`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field

from harness.compare.published.rates import PublishedRates, PublishedTable, read_rates
from harness.core.errors import UserError
from harness.core.text import suggest
from harness.files.bundled import ASSETS
from harness.files.reading import read_json
from harness.files.records import Count, Number, Record
from harness.runs.compatibility import EARLIER
from harness.runs.description import Provenance, RunConfig
from harness.runs.directory import RunDir
from harness.runs.policy_names import display_name
from harness.runs.predictions import Prediction
from harness.runs.rows import ClosedLoopRow, OpenLoopRow, Row, latest
from harness.runs.summaries.openloop import ByTau, Means

PUBLISHED = "published:"
FOLDER = ASSETS / "published"
BEYOND = 1_000_000
"""Added to the number of an episode that the other side does not have."""

Scene = tuple[str, int]


class PublishedEntry(Means):
    """The figures somebody published of one policy."""

    policy: str
    episodes: Count
    mae: Number
    mse: Number | None = None
    sr: ByTau = Field(default_factory=dict)


class Published(Record):
    """A file of `assets/published/`; default: a key of entries."""

    file: ClassVar[str] = "assets/published/*.json"

    title: str
    source: str
    mode: Literal["openloop"]
    default: str
    entries: dict[str, PublishedEntry]
    notes: list[str] = Field(default_factory=list)


@dataclass(frozen=True)
class Side:
    """One side: `block` or `rates` has published figures and no rows stand behind it, or both are None.

    by_scene: its episodes are numbered as the other side's of the same scenes (`by_scene`).
    """

    where: str
    policy: str
    mode: str
    rows: Sequence[Row] = field(default_factory=list)
    config: RunConfig = field(default_factory=RunConfig)
    provenance: Provenance = field(default_factory=Provenance)
    status: str = "done"
    predictions: Mapping[int, Prediction] | None = None
    block: PublishedEntry | None = None
    rates: PublishedRates | None = None
    notes: tuple[str, ...] = ()
    by_scene: bool = False

    @property
    def published(self) -> bool:
        """Whether there are only figures, and no episodes to test on."""
        return self.block is not None or self.rates is not None

    @property
    def open_rows(self) -> list[OpenLoopRow]:
        """The episodes of a replay; none of a closed-loop run."""
        return [row for row in self.rows if isinstance(row, OpenLoopRow)]

    @property
    def rollouts(self) -> list[ClosedLoopRow]:
        """The rollouts of a closed-loop run that count: none that ended in an error. None of a replay."""
        return [row for row in self.rows if isinstance(row, ClosedLoopRow) and row.status == "ok"]

    @property
    def scored(self) -> Sequence[Row]:
        """The rows that count."""
        return self.open_rows if self.mode == "openloop" else self.rollouts


def read_side(name: str, folder: Path = FOLDER) -> Side:
    """What the user typed, a run directory or `published:…`; UserError where it is neither."""
    return published_side(name, folder) if name.startswith(PUBLISHED) else run_side(Path(name))


def run_side(path: Path) -> Side:
    """A run directory; UserError where it is none, or where no episode of it counts."""
    run = RunDir.load(path)
    about = run.record
    side = Side(
        where=str(path),
        policy=display_name(str(about.config.policy or about.name), about.config.ablate),
        mode=run.mode,
        rows=latest(run.rows()),
        config=RunConfig.of(EARLIER | about.config.plain()),
        provenance=about.provenance,
        status=about.status,
        predictions=run.predictions,
    )
    if not side.scored:
        raise UserError(f"{path} has no finished episode to compare; finish it with --resume")
    return side


def published_side(name: str, folder: Path) -> Side:
    """The entry of a published file that `name` (`published:file` or `published:file/entry`) means."""
    file, _, key = name.removeprefix(PUBLISHED).partition("/")
    known = {path.stem: path for path in folder.glob("*.json")}
    if file not in known:
        raise UserError(suggest(file, known, "published figures"))
    try:
        stored = read_json(known[file])
        if stored.get("mode") == "closedloop":
            return _rates_side(PublishedTable.of(stored), file, key, folder)
        content = Published.of(stored)
    except ValueError as error:
        if getattr(type(error), "is_user_error", False):
            raise
        raise UserError(f"{known[file]}: {error}") from None
    key = key or content.default
    if key not in content.entries:
        raise UserError(suggest(key, content.entries, f"entry of {PUBLISHED}{file}"))
    entry = content.entries[key]
    return Side(
        where=f"{PUBLISHED}{file}/{key}",
        policy=entry.policy,
        mode=content.mode,
        block=entry,
        notes=(f"{content.title}: {content.source}.", *content.notes),
    )


def _rates_side(about: PublishedTable, file: str, key: str, folder: Path) -> Side:
    """The side of a method of a table."""
    rates = read_rates(about, folder, key)
    return Side(
        where=f"{PUBLISHED}{file}/{rates.name}",
        policy=f"{rates.name} (published)",
        mode=about.mode,
        rates=rates,
        notes=(f"{about.title}: {about.source}.", *about.notes),
    )


class Renumbered(Mapping[int, Prediction]):
    """Predictions under other numbers: `old` says which one is meant by which."""

    def __init__(self, kept: Mapping[int, Prediction], old: Mapping[int, int]):
        self._kept, self._old = kept, old

    def __getitem__(self, episode: int) -> Prediction:
        return self._kept[self._old[episode]]

    def __contains__(self, episode: object) -> bool:
        return episode in self._old and self._old[episode] in self._kept  # type: ignore[index]

    def __iter__(self) -> Iterator[int]:
        return (new for new in self._old if self._old[new] in self._kept)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def by_scene(a: Side, b: Side) -> Side:
    """`b` with its episodes numbered as those of `a` of the same task and scene; `b` itself where that is not wanted.

    It is wanted of two replays of datasets that are known to be others, all of whose episodes say of which scene they
    are, no scene twice, some of them shared.
    """
    hashes = [side.provenance.dataset_hash for side in (a, b)]
    if a.mode != "openloop" or b.mode != "openloop" or not all(hashes) or hashes[0] == hashes[1]:
        return b
    here, there = _scenes(a), _scenes(b)
    if here is None or there is None or not here.keys() & there.keys():
        return b
    number = {old: here.get(scene, BEYOND + old) for scene, old in there.items()}
    rows = sorted(
        (row.model_copy(update={"episode": number[row.episode]}) for row in b.open_rows),
        key=lambda row: row.episode,
    )
    kept = b.predictions
    old = {new: before for before, new in number.items()}
    return replace(b, rows=rows, predictions=None if kept is None else Renumbered(kept, old), by_scene=True)


def _scenes(side: Side) -> dict[Scene, int] | None:
    """Task and scene -> number of the episode; None where one says none, or two are of the same."""
    scenes: dict[Scene, int] = {}
    for row in side.open_rows:
        if row.task_name is None or row.scene_seed is None or (row.task_name, row.scene_seed) in scenes:
            return None
        scenes[row.task_name, row.scene_seed] = row.episode
    return scenes
