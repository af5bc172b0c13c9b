"""A line of episodes.jsonl is a record: what a stranger sends as one is taken whole or refused by its field's name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from run_samples import closed_row, open_row, prediction

from harness.core.errors import UserError
from harness.metrics.catalog import BASELINES, OPEN_METRICS
from harness.runs.rows import ROWS, ClosedLoopRow, parse_rows

OPEN, CLOSED = open_row(3, prediction()), closed_row(100_000, True)


def test_rows_of_today_and_of_earlier_versions_are_records():
    ROWS["openloop"].of(OPEN)
    ROWS["closedloop"].of(CLOSED)
    old = {key: OPEN[key] for key in ("episode", "task", "frames", "mae", "mse", "mae_arms", "mae_grippers")}
    ROWS["openloop"].of(old | {"sr": {}, "per_joint": [0] * 14})
    ROWS["closedloop"].of({"task": "t", "seed": 1, "status": "error", "error": "lost", "led_by": {"x": 1}})


@pytest.mark.parametrize(
    ("mode", "field", "value", "said"),
    [
        ("openloop", "critical", {"x": 1}, "'critical.frames' must be given"),
        ("openloop", "critical", {"frames": 1, "mae": "x"}, "'critical.mae' must be a number, not 'x'"),
        ("openloop", "boundary", {"x": 1}, "'boundary.n' must be given"),
        ("openloop", "frames", 0, "'frames' should be greater than or equal to 1, not '0'"),
        ("openloop", "windows", {"a": [1], "b": []}, "'windows' must be an object of columns of one length"),
        ("openloop", "windows", {"a": [None, "x"]}, "'windows.a.1' must be a number, not 'x'"),
        ("openloop", "per_joint", [0.0] * 13, "'per_joint' is wrong: List should have at least 14 items"),
        ("openloop", "mae", 1e13, "'mae' should be less than 1000000000000"),
        ("openloop", "mae", None, "'mae' must be a number, not 'None'"),
        ("openloop", "episode", True, "'episode' must be a whole number, not 'True'"),
        ("openloop", "sr", [0.1], "'sr' must be an object"),
        ("closedloop", "seed", 10**400, "'seed' should be less than"),
        ("closedloop", "seconds", 10**400, "'seconds' must be a number"),
        ("closedloop", "seed", 1.0, "'seed' must be a whole number, not '1.0'"),
        ("closedloop", "stages", {"a": 1}, "'stages.a' must be true or false"),
        ("closedloop", "status", "x", "'status' should be 'ok' or 'error', not 'x'"),
        ("closedloop", "success", None, "'success' must be true or false where status is 'ok'"),
        ("closedloop", "skipped", {"expert": "many"}, "'skipped.expert' must be a number"),
        ("closedloop", "video", 3, "'video' must be text, not '3'"),
    ],
)
def test_a_wrong_field_is_named_in_one_line(mode, field, value, said):
    row = {"openloop": OPEN, "closedloop": CLOSED}[mode] | {field: value}
    with pytest.raises(ValueError, match=said) as raised:
        ROWS[mode].of(row)
    assert "\n" not in str(raised.value) and len(str(raised.value)) < 200


def test_lines_keep_what_the_record_does_not_know():
    row = CLOSED | {"mine": {"a": [1, None]}}
    read = parse_rows(json.dumps(row).encode() + b"\n{", ClosedLoopRow, Path("x"))
    assert [line.plain() for line in read] == [row] and read[0].mine == {"a": [1, None]}
    with pytest.raises(UserError, match="x line 1: 'task' must be text"):
        parse_rows(b'{"task": 1}\n', ClosedLoopRow, Path("x"))
    with pytest.raises(UserError, match=r"x line 1 .* not text that can be written"):
        parse_rows(json.dumps(CLOSED | {"instruction": "\ud800"}).encode() + b"\n", ClosedLoopRow, Path("x"))


def test_the_sample_rows_have_no_field_that_the_records_lack():
    metrics = {f"{who}{metric.key}" for metric in OPEN_METRICS for who in ("", *(f"{b}_" for b in BASELINES))}
    for mode, row in (("openloop", OPEN), ("closedloop", CLOSED)):
        assert set(row) <= set(ROWS[mode].model_fields) | metrics
