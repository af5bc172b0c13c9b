"""What the page of a comparison shows beside its tables: films of the scenes that tell A and B apart, and figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from harness.compare.closedloop import ClosedComparison
from harness.compare.openloop import OpenComparison
from harness.compare.record import Comparison
from harness.compare.sides import Side
from harness.core.errors import UserError
from harness.rendering.charts.colours import colours_of
from harness.rendering.charts.intervals import Change, changes
from harness.rendering.charts.marks import Figure
from harness.rendering.document import Shown
from harness.report.films.beside import Together, together
from harness.report.films.shown import Wall, posters_of
from harness.report.films.wall import Film
from harness.report.media_links import Media, shown_file
from harness.results.paired_runs import pair
from harness.results.views import RunView, read_runs
from harness.runs.directory import RunDir
from harness.stats.significance import significant

MOST = 30
"""Rows of a figure."""
FILLED = "filled: shown by its exact test after Holm's adjustment"


def shown(sides: Sequence[Side], comparison: Comparison, beside: Path | None, out: Path) -> Shown:
    """The films and figures of a comparison of A and B, a third run (`check_beside`) beside."""
    figures = comparison_figures(comparison.closedloop or comparison.openloop)
    if not _filmed(sides):
        return Shown(figures=figures)
    runs = read_runs([*(Path(side.where) for side in sides), *([] if beside is None else [beside])])
    return Shown(films_beside(runs, out), figures, colours_of(run.policy for run in runs))


def _filmed(sides: Sequence[Side]) -> bool:
    return sides[0].mode == "closedloop" and not any(side.published for side in sides)


def check_beside(sides: Sequence[Side], beside: Path | None) -> None:
    """UserError where a third run has no place beside these two, or is no closed-loop run."""
    if beside is None:
        return
    if not _filmed(sides):
        raise UserError("--beside needs two closed-loop runs: only they have films of scenes")
    if RunDir.load(beside).mode != "closedloop":
        raise UserError(f"--beside {beside} is a replay: name a closed-loop run")


def films_beside(runs: Sequence[RunView], out: Path) -> Wall:
    """The scenes that one of the first two runs alone solved, the third's film beside, films copied to `out`."""
    match = pair(runs[0], runs[1])
    whole = [_readable(run) for run in runs]
    pairs = [] if match is None else [replace(match, a=whole[0], b=whole[1])]
    scenes, more = together(pairs, whole[2] if len(whole) > 2 else None)
    media = Media(out)
    linked = [_linked(scene, media, [run.anchor for run in runs]) for scene in scenes]
    missing = sum(
        bool(before.video) and not after.video
        for run, read in zip(runs, whole, strict=True)
        for before, after in zip(run.rows, read.rows, strict=True)
    )
    return Wall([], 0, linked, more, missing, posters_of([], linked))


def _readable(run: RunView) -> RunView:
    """The run without the names of films that are not there, or may not be shown."""
    kept = [
        row.model_copy(update={"video": row.video if shown_file(run.path, row.video) else None})
        for row in run.rows
    ]
    return replace(run, rows=kept)


def _linked(scene: Together, media: Media, anchors: Sequence[str]) -> Together:
    """The scene with links that work from the page; `source_file` stays the name in the run."""
    films = []
    for film in scene.films:
        name = film.row.video
        link = media.link(film.run.path, 1 + anchors.index(film.run.anchor), name)
        films.append(
            Film(film.run, film.row.model_copy(update={"video": link, "source_file": name}), film.like)
        )
    return replace(scene, films=films)


def comparison_figures(comparison: ClosedComparison | OpenComparison | None) -> list[Figure]:
    """B less A by task, or by joint, with the intervals there are."""
    if isinstance(comparison, ClosedComparison):
        rows = [
            Change(
                t.name, 100 * t.difference, [100 * x for x in t.ci] if t.ci else None, significant(t.p_holm)
            )
            for t in comparison.tasks
        ]
        panels = [changes("Success, B less A", rows[:MOST], "percentage points; right: B succeeds more", 1)]
        reach = " with Newcombe's 95 %" if any(row.ci for row in rows[:MOST]) else ""
        caption = f"Difference by task{reach}{_first(len(rows))}; {FILLED}"
        return [Figure(caption, panels)] if len(rows) > 1 else []
    if isinstance(comparison, OpenComparison):
        groups = [
            ("MAE by task, B less A", comparison.tasks),
            ("MAE by joint, B less A", comparison.joints),
        ]
        panels = []
        for name, deltas in groups:
            known = [
                (d.name, d.difference, d.ci, significant(d.p_holm))
                for d in deltas
                if d.difference is not None
            ]
            if len(known) > 1:
                rows = [Change(*row) for row in known[:MOST]]
                panels.append(changes(name, rows, "left: B is closer", 4))
        caption = f"Difference in error{_first(len(comparison.tasks))}; {FILLED}"
        return [Figure(caption, panels)] if panels else []
    return []


def _first(tasks: int) -> str:
    """That a figure has not all tasks; empty where it has."""
    return f" (the first {MOST} of {tasks} tasks)" if tasks > MOST else ""
