"""What trackers are told of rows and summaries. Pure.

Closed loop, at the number of episodes finished so far: `success/rate`, `success/low`, `success/high` (Wilson, 95 %),
`success/episodes`, `success/errors`; the same of the episode's task under `success/<task>/…`; `episode/progress`,
`episode/steps`, `episode/seconds`. Open loop: `mae/policy`, `mae/hold`, `mae/mean` over all frames so far and
`episode/mae`. What is not known is left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from harness.runs.rows import ClosedLoopRow, OpenLoopRow, Row, latest
from harness.runs.summaries.closedloop import Rate
from harness.runs.summaries.modes import Summary
from harness.runs.summaries.openloop import OpenLoopBlock, OpenLoopSummary
from harness.stats.proportions import wilson
from harness.trackers.interface import Cell, Table

CLOSED_COLUMNS = ("task", "episodes", "successes", "rate", "low", "high", "errors", "progress")
OPEN_COLUMNS = ("task", "episodes", "frames", "mae", "low", "high", "hold", "mean")
ALL = "all"


def episode_numbers(rows: Sequence[Any], row: Row) -> dict[str, float]:
    """The numbers after `row`, the newest of `rows`."""
    return _closed_numbers(rows, row) if isinstance(row, ClosedLoopRow) else _open_numbers(rows, row)


def _closed_numbers(rows: Sequence[ClosedLoopRow], row: ClosedLoopRow) -> dict[str, float]:
    known = latest(rows)
    numbers = _success("success", known)
    numbers |= _success(f"success/{row.task}", [other for other in known if other.task == row.task])
    if row.status == "ok":
        numbers |= {f"episode/{name}": getattr(row, name) for name in ("progress", "steps", "seconds")}
    return {name: float(value) for name, value in numbers.items() if value is not None}


def _success(name: str, rows: Sequence[ClosedLoopRow]) -> dict[str, Any]:
    scored = [row for row in rows if row.status == "ok"]
    counts = {f"{name}/episodes": len(scored), f"{name}/errors": len(rows) - len(scored)}
    if not scored:
        return counts
    wins = sum(bool(row.success) for row in scored)
    low, high = wilson(wins, len(scored))
    return counts | {f"{name}/rate": wins / len(scored), f"{name}/low": low, f"{name}/high": high}


def _open_numbers(rows: Sequence[OpenLoopRow], row: OpenLoopRow) -> dict[str, float]:
    known = latest(rows)
    numbers: dict[str, float] = {"episode/mae": float(row.mae)}
    for name, key in (("policy", "mae"), ("hold", "hold_mae"), ("mean", "mean_mae")):
        scored = [(getattr(other, key), other.frames) for other in known if getattr(other, key) is not None]
        if scored:
            numbers[f"mae/{name}"] = sum(mae * n for mae, n in scored) / sum(n for _, n in scored)
    return numbers


def summary_table(summary: Summary) -> Table:
    """A row a task and, of several tasks, one for all of them; intervals are None where a summary gives none."""
    several = len(summary.tasks) > 1
    if isinstance(summary, OpenLoopSummary):
        blocks = summary.tasks | ({ALL: summary.overall} if several else {})
        return Table("tasks", OPEN_COLUMNS, [_open_cells(task, block) for task, block in blocks.items()])
    rates = summary.tasks | ({ALL: summary.overall} if several else {})
    return Table("tasks", CLOSED_COLUMNS, [_closed_cells(task, rate) for task, rate in rates.items()])


def _closed_cells(task: str, rate: Rate) -> list[Cell]:
    low, high = rate.ci or (None, None)
    progress = rate.progress.mean if rate.progress else None
    return [task, rate.n, rate.successes, rate.rate, low, high, rate.errors, progress]


def _open_cells(task: str, block: OpenLoopBlock) -> list[Cell]:
    low, high = block.mae_ci or (None, None)
    return [task, block.episodes, block.frames, block.mae, low, high, block.hold_mae, block.mean_mae]


def film_name(row: Row) -> tuple[str, str]:
    """Under which name a film stands, one a task and outcome, and the words below it."""
    if isinstance(row, OpenLoopRow):
        return "film/replay", f"episode {row.episode}, MAE {row.mae:.4f}"
    outcome = "success" if row.success else "failure"
    why = f": {row.failure}" if row.failure else f" after {row.steps} actions"
    return f"film/{row.task}/{outcome}", f"scene {row.seed}, {outcome}{why}"


def flat(values: Mapping[str, Any], before: str = "") -> dict[str, str | int | float | bool | None]:
    """Nested settings as `outer.inner` -> text, number or None; lists as text."""
    flattened: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, Mapping):
            flattened |= flat(value, f"{before}{name}.")
        elif value is None or isinstance(value, str | int | float):
            flattened[f"{before}{name}"] = value
        else:
            flattened[f"{before}{name}"] = (
                ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
            )
    return flattened
