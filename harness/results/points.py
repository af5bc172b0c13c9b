"""The points of the scatter: which replay and which rollouts of a policy belong together. Pure.

A point is one policy (one horizon, one chunk strategy) on one task: its open-loop MAE and its k of n rollouts.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from harness.results.lines import Cell, Line
from harness.results.views import RunView, settings, variant_name
from harness.runs.policy_names import NOT_TRAINED, is_control
from harness.runs.summaries.closedloop import Rate
from harness.runs.summaries.openloop import OpenLoopBlock
from harness.stats.intervals import ratio_intervals


@dataclass(frozen=True)
class Point:
    """One policy on one task. relative: MAE over hold's on the same frames, None where hold was not scored.

    name: the policy, with its horizon and strategy where the page has several. successes of n rollouts, ci: Wilson.
    """

    name: str
    policy: str
    task: str
    mae: float
    mae_ci: Sequence[float] | None
    relative: float | None
    relative_ci: Sequence[float] | None
    episodes: int
    successes: int
    n: int
    ci: Sequence[float]
    open_run: RunView
    closed_run: RunView

    @property
    def baseline(self) -> bool:
        """Whether nothing was learnt here, or an input was taken away: drawn hollow, and left out of some readings."""
        return self.policy in NOT_TRAINED or is_control(self.closed_run.config.ablate)


def pair(lines: Sequence[Line]) -> tuple[list[Point], list[str]]:
    """The points of `lines` in their order, and what was left out or paired although settings differ.

    Runs of the same settings belong together. A rollout's settings without a replay of the same take the only replay
    there is. Where several runs have the same settings the first given counts: a policy is one point.
    """
    named: list[tuple[str, Point]] = []
    notes: list[str] = []
    for line in lines:
        acted: dict[tuple[Any, str], Cell[Rate]] = {}
        for cell in line.closed:
            if not cell.block.n:
                continue
            if settings(cell.run) in acted:
                first = acted[settings(cell.run)].run.folder
                notes.append(
                    f"{line.policy} on {line.task}: {cell.run.folder} has the settings of {first} and is left out."
                )
            acted.setdefault(settings(cell.run), cell)
        for variant, cell in acted.items():
            replay, remarks = _replay(line, variant, cell)
            notes += remarks
            if replay is not None and replay.block.mae is not None:
                point = _point(line, replay, replay.block.mae, cell)
                named.append((variant_name(line.policy, variant), point))
    variants = defaultdict(set)
    for name, point in named:
        variants[point.policy].add(name)
    several = {policy for policy, names in variants.items() if len(names) > 1}
    points = [dataclasses.replace(p, name=name) if p.policy in several else p for name, p in named]
    return points, list(dict.fromkeys(notes))


def _replay(
    line: Line, variant: tuple[Any, str], acted: Cell[Rate]
) -> tuple[Cell[OpenLoopBlock] | None, list[str]]:
    cells = [cell for cell in line.open if cell.block.mae is not None]
    same = [cell for cell in cells if settings(cell.run) == variant]
    if same:
        others = [cell.run.folder for cell in same[1:]]
        left_out = (
            f"{line.policy} on {line.task}: of the replays the first given counts, not {', '.join(others)}."
        )
        return same[0], [left_out] if others else []
    if len(cells) == 1:
        return cells[0], [
            f"{line.policy}: horizon and strategy are {_spoken(settings(cells[0].run))} in open loop "
            f"({cells[0].run.folder}) and {_spoken(variant)} in closed loop ({acted.run.folder})."
        ]
    if cells:
        return None, [
            f"{line.policy} on {line.task}: no replay has the settings of {acted.run.folder} ({_spoken(variant)}), "
            "so it is no point."
        ]
    return None, []


def _spoken(variant: tuple[Any, str]) -> str:
    return f"{variant[0]} {variant[1]}"


def _point(line: Line, replay: Cell[OpenLoopBlock], mae: float, acted: Cell[Rate]) -> Point:
    relative, relative_ci = relative_error(replay.run, line)
    return Point(
        name=line.policy,
        policy=line.policy,
        task=line.task,
        mae=mae,
        mae_ci=replay.block.mae_ci,
        relative=relative,
        relative_ci=relative_ci,
        episodes=replay.block.episodes,
        successes=acted.block.successes,
        n=acted.block.n,
        ci=acted.block.ci or (),
        open_run=replay.run,
        closed_run=acted.run,
    )


def relative_error(replay: RunView, line: Line) -> tuple[float | None, Sequence[float] | None]:
    """MAE of `line`'s policy over hold's on the frames of its task in `replay`, with its interval by episode.

    (None, None) where an episode has no baseline. A line that stands for the baseline itself is read from the
    columns of that baseline.
    """
    own = "mae" if replay.policy == line.policy else f"{line.policy}_mae"
    rows = [row for row in replay.open_rows if row.group == line.task]
    values = [(getattr(row, own, None), row.hold_mae, row.frames) for row in rows]
    if line.policy == "hold":
        values = [(mae, mae, frames) for mae, _, frames in values]
    if not values or any(mae is None or not hold for mae, hold, _ in values):
        return None, None
    errors, holds, frames = (np.array(column, dtype=np.float64) for column in zip(*values, strict=True))
    ci = ratio_intervals((errors * frames)[:, None], (holds * frames)[:, None])[0]
    return float((errors * frames).sum() / (holds * frames).sum()), ci
