"""A run summed up: the numbers are those of its rows, and nothing is counted twice."""

from __future__ import annotations

import json

import numpy as np
import pytest
from run_samples import STAGES, closed_row, closed_run, open_row, open_run, prediction, records

from harness.files.json_files import clean
from harness.metrics.closedloop_summary import summarize_closedloop
from harness.metrics.openloop_summary import summarize_openloop
from harness.runs.predictions import Prediction
from harness.runs.summaries.closedloop import Mean
from harness.runs.summaries.modes import SUMMARIES


def open_rows():
    predictions = {e: prediction(e, frames=30 + 10 * e) for e in range(4)}
    names = ["stack_blocks_two", "handover_block"]
    return records(*(open_row(e, p, names[e % 2]) for e, p in predictions.items())), predictions


def test_the_aggregate_is_the_mean_over_all_scored_steps():
    rows, predictions = open_rows()
    found = summarize_openloop(rows, predictions)
    pred = np.concatenate([p.pred for p in predictions.values()]).astype(float)
    gt = np.concatenate([p.gt for p in predictions.values()]).astype(float)
    overall = found.overall
    assert (overall.episodes, overall.frames) == (4, len(gt))
    assert overall.mae == pytest.approx(np.abs(pred - gt).mean())
    assert overall.mse == pytest.approx(((pred - gt) ** 2).mean())
    assert overall.per_joint == pytest.approx(np.abs(pred - gt).mean(0).tolist())
    assert overall.sr["0.10"] == pytest.approx(np.mean(np.abs(pred - gt).mean(1) <= 0.10))
    assert overall.macro_mae == pytest.approx(np.mean([row.mae for row in rows]))
    assert overall.mae_ci is None, "four episodes are too few"
    assert set(found.tasks) == {"stack_blocks_two", "handover_block"}
    assert found.task_macro.tasks == 2
    assert found.persistence == 1


def test_the_summary_measures_chunks_contacts_and_boundaries():
    rows, predictions = open_rows()
    found = summarize_openloop(rows, predictions)
    curve = found.chunk_index
    assert len(curve.mae) == 16 and curve.mae[-1] > curve.mae[0], "the sample policy drifts"
    assert curve.n[0] == sum(p.replan.sum() for p in predictions.values()) and curve.n[-1] < curve.n[0]
    assert len(curve.hold_mae) == 16
    assert found.critical.frames > 0 and found.boundary.n == curve.n[0] - 4


def test_a_window_with_the_error_is_named():
    p = prediction(0, frames=50, error=0.01)
    pred = p.pred.copy()
    pred[20:30] += 2.0
    spoiled = Prediction(pred, p.gt, p.replan, p.chunks, p.state)
    found = summarize_openloop(records(open_row(7, spoiled)), {7: spoiled}).spikes
    assert len(found) == 1
    assert (found[0].episode, found[0].start, found[0].stop) == (7, 20, 30)
    assert found[0].share > 0.9


def test_the_order_episodes_finish_in_changes_nothing():
    rows, predictions = open_rows()
    assert summarize_openloop(rows, predictions) == summarize_openloop(rows[::-1], predictions)
    tasks = ("stack_blocks_two", "handover_block")
    closed = records(*(closed_row(s, s % 3 == 0, t) for s in range(7) for t in tasks))
    assert summarize_closedloop(closed) == summarize_closedloop(closed[::-1])


def test_a_summary_without_predictions_or_names_leaves_those_parts_out():
    rows, _ = open_rows()
    rows = records(*(row.plain() | {"task_name": None, "hold_per_joint": None} for row in rows))
    found = summarize_openloop(rows)
    assert set(found.tasks) == {row.task for row in rows}
    assert found.chunk_index is None and found.overall.hold_per_joint is None
    assert found.overall.hold_mae is not None


def test_errors_are_neither_successes_nor_failures():
    broken = closed_row(5, None, status="error", error="renderer died")
    found = summarize_closedloop(records(closed_row(1, True), closed_row(2, False), broken)).overall
    assert (found.n, found.successes, found.errors, found.rate) == (2, 1, 1, 0.5)
    assert found.steps == 260 and found.success_steps == 120


def test_progress_stages_and_reasons_are_those_of_the_rows():
    rows = [closed_row(seed, seed < 2) for seed in range(6)]
    rows += [
        closed_row(seed, False, "handover_block", failure="time limit; no gripper was closed")
        for seed in (1, 2)
    ]
    rows += [closed_row(9, None, status="error", error="renderer died", failure="renderer died")]
    found = summarize_closedloop(records(*rows))
    tower, handover, overall = (
        *(found.tasks[t] for t in ("stack_blocks_two", "handover_block")),
        found.overall,
    )
    assert tower.progress.mean == pytest.approx((2 * 1 + 4 / 3) / 6)
    assert tower.progress.n == 6, "an error is no rollout"
    assert tower.progress.ci is None, "six are too few"
    many = summarize_closedloop(records(*(closed_row(seed, seed < 17) for seed in range(51))))
    low, high = many.overall.progress.ci
    assert low < (10 + 20 / 3) / 30 < high
    red = tower.stages["red block lifted"]
    assert (red.reached, red.n, red.rate) == (6, 6, 1.0)
    green = tower.stages["green block lifted"]
    assert (green.reached, green.n, list(tower.stages)) == (2, 6, list(STAGES["stack_blocks_two"]))
    assert green.ci == pytest.approx([0.0968, 0.7000], abs=1e-4), "Wilson of 2 in 6"
    assert tower.failures == {"time limit at stage 1 of 3, not reached: green block lifted": 4}
    assert handover.failures == {"time limit; no gripper was closed": 2} and not handover.stages
    assert handover.progress == Mean(mean=0.0, ci=None, n=2)
    assert overall.smoothness.mean == pytest.approx(np.mean([r["smoothness"] for r in rows[:-1]]))
    assert found.task_macro.progress == pytest.approx(np.mean([tower.progress.mean, 0.0]))


def test_rows_from_before_progress_have_none():
    old = closed_row(1, False) | dict.fromkeys(("progress", "stages", "smoothness", "path", "failure"))
    found = summarize_closedloop(records(old))
    overall = found.overall
    assert (overall.progress, overall.smoothness, overall.path) == (None, None, None)
    assert (overall.stages, overall.failures, found.task_macro.progress) == ({}, {}, None)


def test_an_episode_tried_again_counts_once():
    broken = closed_row(5, None, status="error", error="hung")
    found = summarize_closedloop(records(broken, closed_row(5, True), closed_row(6, True))).overall
    assert (found.n, found.successes, found.errors) == (2, 2, 0)


def test_a_run_without_a_finished_episode_has_no_rate():
    for found in (summarize_closedloop([]), summarize_openloop([])):
        json.dumps(clean(found), allow_nan=False)
    assert summarize_closedloop([]).overall.rate is None
    only_errors = summarize_closedloop(records(closed_row(5, None, status="error")))
    assert (only_errors.overall.rate, only_errors.overall.ci) == (None, None)


def test_summaries_are_plain_json():
    rows, predictions = open_rows()
    for found in (summarize_openloop(rows, predictions), summarize_closedloop(records(closed_row(1, True)))):
        assert type(found).of(json.loads(json.dumps(found.plain(), allow_nan=False))) == found


def test_summaries_are_their_records(tmp_path):
    for mode, run in (
        ("openloop", open_run(tmp_path / "open")),
        ("closedloop", closed_run(tmp_path / "closed")),
    ):
        rows = run.rows()
        for some in ([], rows[:1], rows):
            found = (
                summarize_openloop(some, run.predictions)
                if mode == "openloop"
                else summarize_closedloop(some)
            )
            SUMMARIES[mode].of(clean(found))


def test_only_progress_has_an_interval_for_failures_decide_the_means_of_the_others():
    rows = [closed_row(i, i % 9 > 0, smoothness=0.01 + 0.001 * (i % 7), path=9.0 + i % 5) for i in range(60)]
    overall = summarize_closedloop(records(*rows)).overall
    assert overall.progress.ci is not None
    assert overall.smoothness.ci is None is overall.path.ci
