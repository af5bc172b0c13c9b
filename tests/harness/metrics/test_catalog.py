"""A metric is a function and an entry: whatever stands in the catalogue is found wherever results are shown."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import numpy as np
import pytest
from run_samples import prediction

from harness.compare.command import build_page
from harness.compare.sides import read_side
from harness.metrics.catalog import CLOSED_METRICS, OPEN_METRICS, OpenMetric, closed_scores
from harness.metrics.episode_scores import episode_fields
from harness.metrics.openloop_summary import summarize_openloop
from harness.rendering.console import print_openloop
from harness.report.csv_export import csv_table
from harness.report.write import write_report
from harness.results.views import read_runs
from harness.runs.directory import RunDir
from harness.runs.provenance import provenance


def wrist_error(pred: np.ndarray, gt: np.ndarray) -> float:
    """Mean |pred - gt| (rad) of the two last wrist joints, (T, 14) both."""
    return float(np.abs(np.asarray(pred) - np.asarray(gt))[:, [5, 12]].mean())


@pytest.fixture
def wrist() -> Iterator[OpenMetric]:
    """The entry a contributor would write."""
    metric = OpenMetric("mae_planted", "MAE, wrists", "rad", wrist_error)
    OPEN_METRICS.append(metric)
    yield metric
    OPEN_METRICS.remove(metric)


def run_of(path, error: float):
    about = {"config": {"policy": "demo", "horizon": 4}, "provenance": provenance()}
    with RunDir.create("openloop", "demo", **about, out=path) as run:
        for episode in range(3):
            predicted = prediction(episode, error=error)
            fields = episode_fields(predicted, np.zeros(14))
            run.add({"episode": episode, "task": "press", "task_name": "click_bell", **fields})
        run.save_summary(summarize_openloop(run.rows()))
    return path


def test_a_new_metric_is_on_the_page_in_the_csv_on_the_console_and_in_compare(wrist, tmp_path, capsys):
    a, b = run_of(tmp_path / "a", 0.25), run_of(tmp_path / "b", 0.125)
    summary = RunDir.load(a).summary()
    value = summary.overall.value("mae_planted")
    predicted = [prediction(episode, error=0.25) for episode in range(3)]
    frames = [len(p.gt) for p in predicted]
    assert value == pytest.approx(np.average([wrist_error(p.pred, p.gt) for p in predicted], weights=frames))
    assert "MAE, wrists (rad)" in write_report([a], tmp_path / "out").read_text()
    lines = list(csv.DictReader(io.StringIO(csv_table(read_runs([a]), None))))
    (line,) = [line for line in lines if line["metric"] == "mae_planted" and line["task"] == "all tasks"]
    assert float(line["value"]) == pytest.approx(value) and line["unit"] == "rad"
    print_openloop(summary, "demo")
    assert f"MAE, wrists {value:.4f} (rad)" in capsys.readouterr().out
    page = build_page(read_side(str(a)), read_side(str(b)))
    assert any("MAE, wrists" in row[0] for table in page.tables for row in table.rows)


def test_every_metric_has_a_key_of_its_own_and_is_scored():
    keys = [metric.key for metric in (*OPEN_METRICS, *CLOSED_METRICS)]
    assert len(set(keys)) == len(keys)
    actions = np.linspace(0, 1, 5)[:, None] * np.ones(14)
    assert closed_scores(actions, np.zeros(14)).keys() == {m.key for m in CLOSED_METRICS if m.score}


def test_a_run_from_before_a_metric_is_still_shown(tmp_path):
    run = run_of(tmp_path / "old", 0.25)
    OPEN_METRICS.append(OpenMetric("mae_planted", "MAE, wrists", "rad", wrist_error))
    try:
        assert "MAE, arms (rad)" in write_report([run], tmp_path / "out").read_text()
    finally:
        OPEN_METRICS.pop()
