"""Our statistics are scipy's, and statsmodels' where it is installed; real rollouts drawn again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from run_samples import closed_row

from harness.runs.directory import RunDir
from harness.runs.provenance import provenance
from tools.calibrate.others import besides
from tools.calibrate.real import tables

LOOSER = {
    "Student's t quantile, from 29 degrees of freedom": 1e-6,  # an expansion, as its docstring says
    "Student's t interval, no skewness": 1e-6,
    "beta-binomial counts, share at most x": 0.006,  # of draws
}


def test_every_statistic_agrees_with_the_other_libraries():
    found = list(besides(np.random.default_rng(1)))
    assert len(found) >= 8 and all(line.cases >= 4 for line in found)
    for line in found:
        assert line.largest <= LOOSER.get(line.what, 1e-9), line


def test_on_real_rollouts_an_interval_of_what_rare_failures_decide_does_not_hold():
    actions, steps = tables(400, np.random.default_rng(0))
    held = {(row[0], row[1]): float(row[3]) for row in actions.rows}
    assert held["demo_half", "click_alarmclock"] < 70 and held["expert", "grab_roller"] > 90
    assert len(steps.rows) == 4 and all(len(row) == 5 for row in steps.rows)


def test_how_rollouts_of_a_run_move_is_drawn_again_by_task(tmp_path: Path):
    settings = {"policy": "demo", "config": "demo_clean"}
    with RunDir.create(
        "closedloop", "demo", config=settings, provenance=provenance(), out=tmp_path / "run"
    ) as run:
        for i in range(40):
            run.add(
                closed_row(i, i > 0)
                | {"smoothness": 0.01 + 0.001 * (i % 5), "path": 900.0 if i == 0 else 6.0 + 0.1 * (i % 5)}
            )
    *_, motion = tables(400, np.random.default_rng(0), [tmp_path / "run"])
    held = {row[3]: float(row[4]) for row in motion.rows}
    assert [row[:3] for row in motion.rows] == [("demo", "stack_blocks_two", "1 of 40")] * 2
    assert held["smoothness"] > 90 > held["path"], "one rollout in forty decides the path"
