"""Hand-made episodes whose scores are known, and lines of older runs."""

import json

import numpy as np
import pytest
from run_samples import records
from test_episode_scores import HORIZON

from harness.metrics.openloop_summary import summarize_openloop
from harness.runs.predictions import Prediction
from harness.runs.summaries.openloop import OpenLoopSummary


def test_hand_made_cases_have_their_known_answers(case):
    name, summary, rows, _ = case
    overall = summary.overall
    if name == "constant":
        assert (overall.mae, overall.macro_mae) == pytest.approx((0.25, 0.25))
        assert overall.mse == pytest.approx(0.0625)
        assert overall.per_joint == pytest.approx([0.25] * 14)
        assert overall.sr == {"0.05": 0, "0.10": 0, "0.20": 0, "0.50": 1}
        assert overall.critical.mae == pytest.approx(0.25)
        assert overall.boundary.jump == pytest.approx(0, abs=1e-6)
        assert summary.chunk_index.mae[:HORIZON] == pytest.approx([0.25] * HORIZON)
        assert summary.windows.spikes == 0, "a quarter each is nobody's spike"
    if name == "shifted":
        whole = [shift for row in rows.values() for shift in row.windows["shift"][:-1]]
        assert set(whole) == {3}
    if name == "spike":
        assert overall.mae == pytest.approx(1.4 / 14 / (220 / 4))
        assert overall.mae_grippers == 0 and np.flatnonzero(overall.per_joint).tolist() == [4]
        assert overall.sr["0.05"] == pytest.approx(1 - 4 / 220)
        assert [(s.start, s.share, s.kind) for s in summary.spikes] == [(20, 1, None)] * 4
        assert overall.boundary.jump == pytest.approx(0, abs=1e-6)


def test_a_summary_is_plain_json_of_schema_4(case):
    summary = case[1]
    assert summary.schema_ == 4
    assert OpenLoopSummary.of(json.loads(json.dumps(summary.plain(), allow_nan=False))) == summary


def test_lines_of_an_older_run_are_completed_from_its_predictions(case):
    _, summary, rows, arrays = case
    names = ("pred", "gt", "replan", "chunks", "state")
    predictions = {e: Prediction(*(a[name] for name in names)) for e, a in enumerate(arrays)}
    new = ("critical", "boundary", "windows", "hold_sr", "hold_mse")
    old = records(*({k: v for k, v in row.plain().items() if k not in new} for row in rows.values()))
    found = summarize_openloop(old, predictions)
    assert found.critical.mae == pytest.approx(summary.critical.mae)
    assert found.overall.hold_sr == summary.overall.hold_sr
    assert found.windows == summary.windows
