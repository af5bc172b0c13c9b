"""Every open-loop metric stands beside hold and mean, and the page says what the numbers support."""

from __future__ import annotations

import pytest
from report_samples import Page
from run_samples import TASKS, open_row, prediction

from harness.core.numbers import number
from harness.metrics.episode_scores import episode_fields
from harness.rendering.formats import percent
from harness.report.media_links import Media
from harness.report.page import build_report
from harness.report.write import write_report
from harness.runs.directory import RunDir
from harness.runs.predictions import Prediction
from harness.runs.provenance import provenance

pytestmark = pytest.mark.usefixtures("figures_only_on_request")


def spoiled_run(path):
    """Six episodes of 60 frames whose fourth window is 3 frames early (even) or wrong (odd)."""
    with RunDir.create("openloop", "demo", config={"horizon": 10}, provenance=provenance(), out=path) as run:
        for e in range(6):
            p = prediction(e, frames=60, error=0.0)
            pred = p.gt.copy()
            pred[30:40] = p.gt[33:43] if e % 2 == 0 else p.gt[30:40] + 0.5
            p = Prediction(pred, p.gt, p.replan, p.chunks, p.state)
            run.save_prediction(e, p)
            names = {"episode": e, "task": "Stack", "task_name": list(TASKS)[e % 2]}
            run.add({**names, **episode_fields(p, p.gt.mean(0))})
    return run


def test_the_page_says_where_the_error_sits_and_what_the_numbers_support(tmp_path):
    run = spoiled_run(tmp_path / "a")
    text = Page(write_report([run.path], tmp_path / "out")).text
    assert (
        "6 windows have more than a quarter of the episode's error: 3 predicted too early, 3 following another plan"
        in text
    )
    assert text.count("predicted 3 frames early: that shift removes 100 % of the window's error") == 3
    assert text.count("another plan: no shift of up to 10 frames") == 3
    assert "n = 36 replan windows" in text and "removes at least 70\u202f% of its error" in text


def test_every_metric_stands_beside_hold_and_mean_with_its_n(tmp_path):
    run = spoiled_run(tmp_path / "a")
    report = build_report([run.path], Media(tmp_path))
    (view,) = report.runs
    names = [line.name for line in view.beside]
    assert names[:2] == ["MAE (rad and 0..1)", "MAE, mean over episodes"] and {"SR@0.05", "SR@0.50"} <= set(
        names
    )
    assert {line.n for line in view.beside if line.name.startswith("jump")} == {"30 replans"}
    for line in view.beside:
        assert None not in (line.policy, line.hold, line.mean) and line.n and line.ci is None
    text = Page(write_report([run.path], tmp_path / "out")).text
    for line in view.beside[1:]:
        shown = percent(line.hold, 1) if line.share else number(line.hold)
        assert line.name in text and shown in text
    assert "better than hold" in text and "SR@τ (n = 2 tasks)" in text
    assert view.beside[0].name not in text, "the MAE stands in the card, once"
    assert "a mean has an interval from 30 episodes on" in text


def test_a_policy_that_may_only_be_lucky_is_told_so(tmp_path):
    with RunDir.create("openloop", "demo", config={}, provenance=provenance(), out=tmp_path / "a") as run:
        for e in range(6):
            run.add(open_row(e, prediction(e)) | {"mae": 0.1, "hold_mae": 0.05 if e < 2 else 0.14})
    text = Page(write_report([run.path], tmp_path / "out")).text
    assert "not clearly better than hold" in text and "no clear difference" in text


def test_a_policy_that_does_not_beat_hold_is_told_so(tmp_path):
    with RunDir.create("openloop", "demo", config={}, provenance=provenance(), out=tmp_path / "a") as run:
        run.add(open_row(0, prediction(error=2.0)))
    assert "does not beat hold" in Page(write_report([run.path], tmp_path / "out")).text


def test_hold_is_not_measured_against_itself(tmp_path):
    with RunDir.create(
        "openloop", "hold", config={"policy": "hold"}, provenance=provenance(), out=tmp_path / "a"
    ) as run:
        for episode in range(3):
            run.add(open_row(episode, prediction(episode)) | {"mae": 0.1, "hold_mae": 0.1})
    text = Page(write_report([run.path], tmp_path / "out")).text
    assert "hold 0.1000" in text and "better than hold" not in text and "paired by episode" not in text
