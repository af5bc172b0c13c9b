"""A horizon sweep written out: its files, its cautions, and every number's n."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from sweep_samples import outcomes, point

from harness.rendering.document import markdown
from harness.sweep.analysis import folder
from harness.sweep.document import Sweep, build_page, write_page
from harness.sweep.record import SweepRecord


@pytest.fixture
def sweep():
    points = [
        point(5, outcomes(30)),
        point(5, outcomes(31), "ensemble"),
        point(20, outcomes(12)),
        point(50, outcomes(18)),
    ]
    return Sweep("stack_blocks_two", "<b>mine</b>", 50, 50, points, ["Scenes are made of stand-in assets."])


def test_what_is_written(sweep, tmp_path):
    page = build_page(sweep)
    paths = write_page(sweep, page, tmp_path)
    assert [path.name for path in paths] == ["sweep.json", "sweep.md", "sweep.html", "sweep.png"]
    text = (tmp_path / "sweep.json").read_text()
    assert SweepRecord.model_validate_json(text) == page.data
    data = json.loads(text)
    assert data["best"] == [5, "ensemble"] and data["default_horizon"] == 50 and data["common_scenes"] == 40
    first = data["points"][0]
    assert first["runs"]["closedloop"] == folder("closedloop", (5, "plain")) == "closedloop-h5-plain"
    assert first["against_default"]["only_b"] == 12 and first["against_best"]["only_a"] == 1
    assert data["points"][3]["against_default"] is None
    assert first["cost"] == {"n": 40, "chunks": 10.0, "ms": pytest.approx(50.0)}
    html = (tmp_path / "sweep.html").read_text()
    assert "<b>mine" not in html and "&lt;b&gt;mine" in html and html.count('class="panel"') == 6
    assert 'href="openloop-h20-plain/report.html"' in html
    assert "http://" not in html and "https://" not in html and "<img" not in html


def test_a_default_that_was_not_run_is_a_caution_that_names_the_fix(sweep):
    page = build_page(replace(sweep, default_horizon=25))
    assert any("add 25 to --horizons" in line for line in page.cautions)
    assert all(p.against_default is None for p in page.data.points)


def test_the_tables_give_every_number_its_n(sweep):
    text = markdown(build_page(sweep))
    for words in ("30/40", "n = 40 scenes", "n = 4 episodes", "k = 50 (default)", "k = 5, ensemble (best)"):
        assert words in text


def test_actions_of_forty_rollouts_have_no_interval_for_failures_are_rare_and_far_out(sweep):
    closed = build_page(sweep).tables[0]
    assert closed.rows[0][closed.columns.index("actions")] == "190.0" and "without an interval" in closed.note
