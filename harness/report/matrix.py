"""All tasks against all runs in one table, and what is the same for every run, which the page then says once. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.results.differing import OF_CHUNKS
from harness.results.lines import Cell, Line
from harness.results.official import Departure, departures
from harness.results.views import RunView
from harness.runs.summaries.closedloop import Rate
from harness.runs.summaries.openloop import OpenLoopBlock

APART = " · "

Answer = Cell[OpenLoopBlock] | Cell[Rate]


@dataclass(frozen=True)
class Column:
    """A run's answers, or those of a baseline in another's run: its policy, mode, and what sets the run apart."""

    policy: str
    mode: str
    anchor: str
    apart: str


@dataclass(frozen=True)
class MatrixRow:
    """A task: a cell a column, None where that run did not have it; `scale` is the longest error bar."""

    task: str
    cells: list[Answer | None]
    scale: float


@dataclass(frozen=True)
class Matrix:
    """The answers of all runs by task."""

    columns: list[Column]
    rows: list[MatrixRow]


def matrix(totals: Sequence[Line], by_task: Sequence[Line], apart: Mapping[str, str]) -> Matrix:
    """totals: lines of all tasks, which say what columns there are; apart: of `set_apart`."""
    columns = [
        Column(line.policy, mode, cell.run.anchor, apart[cell.run.anchor])
        for line in totals
        for mode, cells in (("openloop", line.open), ("closedloop", line.closed))
        for cell in cells
    ]
    at = {(line.task, line.policy): line for line in by_task}
    rows = []
    for task in dict.fromkeys(line.task for line in by_task):
        cells = [_cell(at.get((task, column.policy)), column) for column in columns]
        errors = [
            error
            for cell in cells
            if cell is not None and isinstance(cell.block, OpenLoopBlock)
            for error in (cell.block.mae, cell.block.hold_mae, cell.block.mean_mae)
        ]
        rows.append(MatrixRow(task, cells, max((e for e in errors if e is not None), default=0.0)))
    return Matrix(columns, rows)


def _cell(line: Line | None, column: Column) -> Answer | None:
    cells: Sequence[Answer] = () if line is None else line.open if column.mode == "openloop" else line.closed
    return next((cell for cell in cells if cell.run.anchor == column.anchor), None)


def set_apart(runs: Sequence[RunView]) -> dict[str, str]:
    """What sets each run (by its anchor) apart from the others of its mode: settings that not all share, else nothing.

    Where a policy has several runs that are told apart by no setting, the folder.
    """
    own_settings = {}
    for mode in ("openloop", "closedloop"):
        own = [run for run in runs if run.mode == mode]
        common = common_settings(own)
        for run in own:
            own_way = OF_CHUNKS if run.policy == "expert" else ()
            parts = [p for p in run.settings.split(APART) if p and p.partition(" ")[0] not in own_way]
            own_settings[run.anchor] = APART.join(p for p in parts if p not in common)
        twice = Counter((run.policy, own_settings[run.anchor]) for run in own)
        for run in own:
            if twice[run.policy, own_settings[run.anchor]] > 1:
                own_settings[run.anchor] = APART.join(filter(None, [own_settings[run.anchor], run.folder]))
    return own_settings


def common_settings(runs: Sequence[RunView]) -> list[str]:
    """The settings, in words, that all of `runs` share, in the order of the first; none of no run.

    The scripted expert predicts no chunks, so its horizon is not asked where there are others.
    """
    predict = [run for run in runs if run.policy != "expert"] or runs
    parts = [run.settings.split(APART) for run in predict]
    return [p for p in parts[0] if p and all(p in other for other in parts)] if parts else []


def shared_departures(runs: Sequence[RunView]) -> tuple[list[Departure], dict[str, list[Departure]]]:
    """Where all closed-loop runs differ from upstream alike, and by the anchor of each where it does beside that."""
    closed = [run for run in runs if run.mode == "closedloop"]
    each = {run.anchor: departures(run.mode, run.config, run.provenance, assets=False) for run in closed}
    first = next(iter(each.values()), [])
    common = [d for d in first if all(d in departed for departed in each.values())]
    return common, {anchor: [d for d in departed if d not in common] for anchor, departed in each.items()}
