"""The films as the page shows them: links, what stands in for them until they play, and scenes side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from harness.media.last_frame import last_frames
from harness.report.films.beside import Together, together
from harness.report.films.wall import Film, wall
from harness.report.media_links import shown_file
from harness.results.paired_runs import pair_all
from harness.results.views import RunView
from harness.runs.rows import OpenLoopRow


@dataclass(frozen=True)
class Wall:
    """Films of the wall and scenes side by side; posters: last frames by (run's anchor, task, scene seed).

    left_out: groups of rollouts alike without a film here; more_scenes: those that tell policies apart and are not
    shown; missing: films that rows name and no file stands for.
    """

    films: Sequence[Film]
    left_out: int
    scenes: Sequence[Together]
    more_scenes: int
    missing: int
    posters: dict[tuple[str, str, int], str] = field(repr=False)

    def poster(self, film: Film) -> str | None:
        """What stands in for a film until it plays; None where its last frame cannot be read."""
        return self.posters.get(_key(film))


def _key(film: Film) -> tuple[str, str, int]:
    return film.run.anchor, film.task, film.row.seed


def build_wall(runs: Sequence[RunView]) -> Wall:
    """The films of runs whose rows have links (`video`) and the names of their own files (`source_file`)."""
    films, left_out = wall(runs)
    experts = [run for run in runs if run.mode == "closedloop" and run.policy == "expert"]
    scenes, more = together(pair_all(runs), next(iter(experts), None))
    named = [
        row
        for run in runs
        if run.mode == "closedloop"
        for row in run.rows
        if getattr(row, "source_file", None)
    ]
    missing = sum(not row.video for row in named)
    return Wall(films, left_out, scenes, more, missing, posters_of(films, scenes))


def posters_of(films: Sequence[Film], scenes: Sequence[Together]) -> dict[tuple[str, str, int], str]:
    """The last frames of all these films whose can be read."""
    wanted = {_key(film): film for film in [*films, *(film for scene in scenes for film in scene.films)]}
    pictures = last_frames([_file(film) for film in wanted.values()])
    return {key: uri for key, uri in zip(wanted, pictures, strict=True) if uri is not None}


@dataclass(frozen=True)
class Clip:
    """A filmed episode of a replay, whose row has a link, and its last frame, None where that cannot be read."""

    row: OpenLoopRow
    poster: str | None


def clips_of(run: RunView, most: int) -> list[Clip]:
    """The first `most` filmed episodes of a replay, whose rows link to films already."""
    rows = [row for row in run.open_rows if row.video][:most]
    posters = last_frames([shown_file(run.path, getattr(row, "source_file", None)) for row in rows])
    return [Clip(row, poster) for row, poster in zip(rows, posters, strict=True)]


def _file(film: Film) -> Path | None:
    return shown_file(film.run.path, getattr(film.row, "source_file", None))
