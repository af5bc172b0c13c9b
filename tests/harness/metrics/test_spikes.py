"""Spikes through the functions a run uses: told apart by kind, listed, put into a sentence."""

import numpy as np
import pytest
from run_samples import prediction, records
from test_replan_windows import FRAMES, HORIZON, REPLAN, demonstration, moved, planted

from harness.metrics.episode_scores import episode_fields
from harness.metrics.openloop_summary import summarize_openloop
from harness.runs.predictions import Prediction

# --- through the functions a run uses


def as_prediction(pred, gt, replan=REPLAN):
    chunks = np.stack([pred[s : s + HORIZON] for s in np.flatnonzero(replan)])
    state = np.vstack([gt[:1], gt[:-1]])
    return Prediction(*(a.astype(np.float32) for a in (pred, gt)), replan, chunks.astype(np.float32), state)


def run_of(predictions):
    """Rows and predictions of a run, made by the functions that make them in a run."""
    mean = np.mean([p.gt.mean(0) for p in predictions.values()], axis=0)
    rows = [
        {"episode": e, "task": "Stack the blocks", "task_name": "stack_blocks_two", **episode_fields(p, mean)}
        for e, p in predictions.items()
    ]
    return summarize_openloop(records(*rows), predictions), rows


def test_datasets_with_an_early_contact_and_with_a_wrong_window_are_told_apart():
    early, wrong = {}, {}
    for e in range(6):
        gt = demonstration(e)
        early[e] = as_prediction(planted(gt, 60, 80, moved(gt, 3), seed=e), gt)
        wrong[e] = as_prediction(planted(gt, 60, 80, demonstration(e + 100), seed=e), gt)
    found, _ = run_of(early)
    assert (found.windows.n, found.windows.episodes, found.windows.spikes) == (36, 6, 6)
    assert (found.windows.early, found.windows.other_plan) == (6, 0)
    assert all((s.kind, s.finding_shift, s.shift) == ("early", 3, 3) for s in found.spikes)
    assert found.windows.sentence.endswith("6 predicted too early.")
    found, _ = run_of(wrong)
    assert (found.windows.early, found.windows.other_plan) == (0, 6)
    assert all(s.start == 60 and s.finding_shift is None for s in found.spikes)
    assert found.windows.sentence.endswith("6 following another plan.")


def test_every_window_is_in_the_line_of_its_episode():
    p = prediction(3, frames=45, horizon=10)
    columns = episode_fields(p)["windows"]
    assert columns["start"] == [0, 10, 20, 30, 40] and columns["jump"][0] is None
    assert {len(column) for column in columns.values()} == {5}
    error = np.abs(p.pred.astype(float) - p.gt)
    assert columns["mae"][4] == pytest.approx(error[40:].mean(), abs=1e-6)
    assert columns["share"][1] == pytest.approx(error[10:20].sum() / error.sum(), abs=1e-6)


def test_a_run_without_spikes_says_so_and_one_without_windows_nothing():
    gt = demonstration()
    found, _ = run_of({0: as_prediction(gt + 0.01, gt)})
    assert found.spikes == [] and "no window has" in found.windows.sentence
    one = np.arange(FRAMES) == 0
    found, _ = run_of({0: Prediction(gt + 0.01, gt, one, gt[None], gt)})
    assert found.windows.sentence is None
