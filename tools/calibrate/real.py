"""Coverage on real rollouts of `docs/results/`, drawn again: what an interval of their mean actions would hold.

The scenes of a file stand for all there are; n of them are drawn with replacement, and the interval of means is held
against the mean of the file. Nothing of this is shown on any page: the table says why. How rollouts move (smoothness,
path) is in no file there: it is read from the run directories that are given.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from harness.runs.directory import RunDir
from harness.runs.rows import latest
from tools.calibrate.candidates import coverage, shipped
from tools.calibrate.table import Table, percent
from tools.results.outcomes import Outcomes, read_outcomes

DRAWN = (30, 50, 100)
MOTION = ("smoothness", "path")


def drawn_again(values: Sequence[float], runs: int, rng: np.random.Generator) -> list[str]:
    """Coverage of the mean of `values` at each n of DRAWN."""
    known = np.asarray(values, dtype=np.float64)
    return [percent(coverage(shipped(rng.choice(known, size=(n, runs))), known.mean())[0]) for n in DRAWN]


def actions_table(runs_of: Sequence[Outcomes], runs: int, rng: np.random.Generator) -> Table:
    """Mean actions of the rollouts of each file and task."""
    rows = []
    for own in runs_of:
        for task in own.tasks:
            members = own.of(task)
            lost = sum(not row.success for row in members)
            actions = drawn_again([row.actions for row in members], runs, rng)
            rows.append((own.about.policy, task, f"{lost} of {len(members)}", *actions))
    columns = ("policy", "task", "failures", *(f"n = {n}" for n in DRAWN))
    return Table("Not shown: mean actions of a rollout, real rollouts drawn again", columns, rows)


def steps_table(a: Outcomes, b: Outcomes, runs: int, rng: np.random.Generator) -> Table:
    """The difference in actions, b less a, in the scenes that both solved."""
    rows = []
    for task in a.tasks:
        both = [
            (x, y) for x in a.of(task) if (y := b.by_scene.get((task, x.seed))) and x.success and y.success
        ]
        changes = drawn_again([y.actions - x.actions for x, y in both], runs, rng)
        rows.append((task, str(len(both)), *changes))
    title = f"Not shown: actions of {b.about.policy} less {a.about.policy}'s where both succeed, drawn again"
    return Table(title, ("task", "scenes", *(f"n = {n}" for n in DRAWN)), rows)


def motion_table(folders: Sequence[Path], runs: int, rng: np.random.Generator) -> Table:
    """Mean smoothness and path of the rollouts of each closed-loop run directory and task."""
    lines = []
    for folder in folders:
        run = RunDir.load(folder)
        rows = [row for row in latest(run.closed_rows()) if row.status == "ok"]
        for task in dict.fromkeys(row.task for row in rows):
            members = [row for row in rows if row.task == task]
            lost = f"{sum(not row.success for row in members)} of {len(members)}"
            for name in MOTION:
                known = [value for row in members if (value := getattr(row, name)) is not None]
                if known:
                    policy = str(run.run["config"]["policy"])
                    lines.append((policy, task, lost, name, *drawn_again(known, runs, rng)))
    columns = ("policy", "task", "failures", "mean of", *(f"n = {n}" for n in DRAWN))
    return Table("Not shown: how rollouts move, real rollouts drawn again", columns, lines)


def tables(runs: int, rng: np.random.Generator, rollouts: Sequence[Path] = ()) -> Sequence[Table]:
    """Of the runs that README quotes, and of the run directories `rollouts`."""
    outcomes = read_outcomes()
    return (
        actions_table(list(outcomes.values()), runs, rng),
        steps_table(outcomes["half_official"], outcomes["demo_official"], runs, rng),
        *([motion_table(rollouts, runs, rng)] if rollouts else []),
    )
