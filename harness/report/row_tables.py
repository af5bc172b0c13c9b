"""Tables of many rows: what stands in the page, and what its script adds when it is asked for. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from harness.core.numbers import NOTHING, count, number
from harness.core.text import in_reading_order
from harness.metrics.action_error import THRESHOLDS
from harness.rendering.formats import percent, reached_stages
from harness.report.films.wall import outcome_of
from harness.runs.rows import ClosedLoopRow, OpenLoopRow, Row

SHOWN = 60
"""Rows that stand in the page; the script puts the others there when they are asked for."""
MARKS = {"success": "✔ success", "failure": "✘ failure", "error": "! error"}
TAUS = tuple(f"{tau:.2f}" for tau in THRESHOLDS)


@dataclass(frozen=True)
class Cell:
    """What stands in a cell: text, `kind` of a badge, what pointing says, links (kind, address, words)."""

    text: str = NOTHING
    kind: str = ""
    title: str = ""
    links: tuple[tuple[str, str, str], ...] = ()

    @property
    def plain(self) -> Any:
        """The cell for the script: its text, or a list of everything."""
        full = self.kind or self.title or self.links
        return [self.text, self.kind, self.title, self.links] if full else self.text


@dataclass(frozen=True)
class Line:
    """A row: its cells, and what the page's choices ask of it."""

    cells: list[Cell]
    task: str
    outcome: str = ""


@dataclass(frozen=True)
class RowTable:
    """Columns (name, classes of the style sheet) and lines; columns in which nothing stands are left out."""

    columns: list[tuple[str, str]]
    lines: list[Line]

    @property
    def shown(self) -> list[Line]:
        """The lines that stand in the page."""
        return self.lines[:SHOWN]

    @property
    def rest(self) -> list[Any]:
        """The others, for the script: [task, outcome, cells]."""
        return [
            [line.task, line.outcome, [in_reading_order(c.plain) for c in line.cells]]
            for line in self.lines[SHOWN:]
        ]


type Made[R] = tuple[str, str, Callable[[R], Cell]]


def table[R](
    rows: Sequence[R], columns: Sequence[Made[R]], about: Callable[[R], tuple[str, str]]
) -> RowTable:
    """The table of `rows`; columns: name, class, cell of a row; about: task and outcome of a row."""
    lines = [Line([make(row) for _, _, make in columns], *about(row)) for row in rows]
    used = [i for i in range(len(columns)) if any(line.cells[i] != Cell() for line in lines)]
    kept = [replace(line, cells=[line.cells[i] for i in used]) for line in lines]
    return RowTable([columns[i][:2] for i in used], kept)


def rollouts(rows: Sequence[ClosedLoopRow]) -> RowTable:
    """Every rollout of a closed-loop run."""
    columns: list[Made[ClosedLoopRow]] = [
        ("scene seed", "", lambda r: Cell(str(r.seed))),
        ("outcome", "look", lambda r: Cell(MARKS[outcome_of(r)], outcome_of(r))),
        ("look", "look", _links),
        ("task", "text name", lambda r: Cell(r.task)),
        ("progress", "", _progress),
        ("why not", "text long", lambda r: Cell(r.failure or r.error or NOTHING)),
        ("steps of limit", "", _steps),
        ("smoothness (rad/step²)", "", lambda r: Cell(number(r.smoothness))),
        ("path (rad)", "", lambda r: Cell(number(r.path, 1))),
        ("replans", "", lambda r: Cell(count(r.replans))),
        ("seconds", "", lambda r: Cell(number(r.seconds, 1))),
        ("instruction", "text long", lambda r: Cell(r.instruction or NOTHING)),
    ]
    return table(rows, columns, lambda r: (r.task, outcome_of(r)))


def _steps(row: ClosedLoopRow) -> Cell:
    steps, limit = row.steps, row.step_limit
    return Cell(count(steps) + (f" / {count(limit)}" if limit is not None and steps is not None else ""))


def _progress(row: ClosedLoopRow) -> Cell:
    if row.progress is None:
        return Cell()
    stages = row.stages or {}
    reached = f" ({sum(stages.values()) + bool(row.success)} of {len(stages) + 1})" if stages else ""
    return Cell(percent(row.progress) + reached, title=f"reached: {reached_stages(row.stages)}")


def _links(row: Row) -> Cell:
    links = [("video", row.video, "▶ film")] if row.video else []
    links += [("image", plot, "overlay")] if (plot := getattr(row, "plot", None)) else []
    return Cell("", links=tuple(links)) if links else Cell()


def episodes(rows: Sequence[OpenLoopRow]) -> RowTable:
    """Every episode of a replay."""
    columns: list[Made[OpenLoopRow]] = [
        ("episode", "", lambda r: Cell(str(r.episode))),
        ("MAE", "", lambda r: Cell(number(r.mae))),
        ("hold", "", lambda r: Cell(number(r.hold_mae))),
        ("look", "look", _links),
        ("task", "text name", lambda r: Cell(r.group, title=r.task)),
        ("steps", "", lambda r: Cell(count(r.frames))),
        ("replans", "", lambda r: Cell(count(r.replans))),
        ("mean", "", lambda r: Cell(number(r.mean_mae))),
        ("MSE", "", lambda r: Cell(number(r.mse))),
        ("arms (rad)", "", lambda r: Cell(number(r.mae_arms))),
        ("grippers", "", lambda r: Cell(number(r.mae_grippers))),
        ("near grippers", "", lambda r: _of(r.critical, "mae", "frames")),
        ("jump", "", lambda r: _of(r.boundary, "jump", "n")),
        *((f"SR@{tau}", "", _rate(tau)) for tau in TAUS),
    ]
    return table(rows, columns, lambda r: (r.group, ""))


def _of(part: Any, name: str, n: str) -> Cell:
    if part is None or getattr(part, name, None) is None:
        return Cell()
    return Cell(f"{number(getattr(part, name))} (n {count(getattr(part, n))})")


def _rate(tau: str) -> Callable[[OpenLoopRow], Cell]:
    return lambda row: Cell(percent(row.sr.get(tau), 1))
