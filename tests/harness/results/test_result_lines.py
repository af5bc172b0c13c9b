"""Whose answers stand where on the page: policies, checkpoints, baselines, and several runs of one."""

from __future__ import annotations

import numpy as np
import pytest
from report_samples import Page
from run_samples import TASKS, closed_run, open_run

from harness.core.errors import UserError
from harness.report.command import main, runs_in
from harness.report.config import Config
from harness.report.media_links import Media
from harness.report.page import build_report
from harness.report.write import write_report

pytestmark = pytest.mark.usefixtures("figures_only_on_request")


def test_open_and_closed_loop_of_the_same_policy_stand_on_one_line(tmp_path):
    runs = [open_run(tmp_path / "a").path, closed_run(tmp_path / "b").path]
    report = build_report(runs, Media(tmp_path))
    assert [row.task for row in report.matrix.rows] == sorted(TASKS)
    assert [(c.policy, c.mode, c.apart) for c in report.matrix.columns] == [
        ("demo", "openloop", ""),
        ("demo", "closedloop", ""),
    ]
    for row in report.matrix.rows:
        replay, acted = row.cells
        assert replay.block.episodes == 2
        assert (acted.block.successes, acted.block.n) == (2, 3)
    (total,) = report.totals
    assert total.closed[0].block.n == 6


def test_baselines_stand_beside_the_policy_even_if_only_the_policy_was_replayed(tmp_path):
    a, b = open_run(tmp_path / "a"), closed_run(tmp_path / "b", "hold", (False, False), checkpoint_hash=None)
    report = build_report([a.path, b.path], Media(tmp_path))
    hold = next(line for line in report.totals if line.policy == "hold")
    assert hold.open[0].block.mae == pytest.approx(np.mean([row.hold_mae for row in a.rows()]))
    assert hold.open[0].note == "as the baseline of demo"
    assert [line.policy for line in report.totals] == ["demo", "hold"], "policies come before baselines"


def test_two_checkpoints_of_one_name_are_two_policies(tmp_path):
    a = open_run(tmp_path / "a", checkpoint_hash="a" * 64)
    b = closed_run(tmp_path / "b", checkpoint_hash="b" * 64)
    report = build_report([a.path, b.path], Media(tmp_path))
    assert {line.policy for line in report.totals} == {"demo (aaaaaaaa)", "demo (bbbbbbbb)"}
    assert all(not (line.open and line.closed) for line in report.totals)


def test_a_checkpoint_is_called_by_the_end_of_its_path_and_the_whole_is_kept(tmp_path):
    paths = [f"/data/run/checkpoints/{step}" for step in ("001500", "006000")]
    runs = [
        closed_run(tmp_path / path[-6:], path, checkpoint_hash=f"{path[-1:]}{path[-6:]}" * 9).path
        for path in paths
    ]
    page = Page(write_report(runs, tmp_path / "out"))
    title = "checkpoints/001500, checkpoints/006000"
    assert title in page.text
    assert page.values("h1", "title") == [", ".join(paths)]
    assert page.values("h2", "title") == paths and set(page.values("h3", "title")) == set(paths)
    assert page.text.count(paths[0]) == 1, "in its folded configuration only"


def test_a_sweeps_folder_means_its_runs(tmp_path, capsys):
    for horizon in (4, 8):
        closed_run(tmp_path / "sweep" / f"closedloop-h{horizon}-plain", config={"horizon": horizon})
    (tmp_path / "sweep" / "sweep.json").write_text("{}")
    (tmp_path / "sweep" / "other").mkdir()
    main(Config(runs=(tmp_path / "sweep",), out=tmp_path / "out"))
    page = Page(tmp_path / "out" / "report.html")
    assert "demo, horizon 4, closed loop" in page.text and "demo, horizon 8, closed loop" in page.text
    with pytest.raises(UserError, match="add --out DIR"):
        main(Config(runs=(tmp_path / "sweep",)))


def test_a_folder_of_runs_means_its_runs_and_a_comparison_is_left_out(tmp_path, capsys):
    open_run(tmp_path / "demo" / "openloop-demo")
    closed_run(tmp_path / "demo" / "closedloop-demo")
    (tmp_path / "compared").mkdir()
    (tmp_path / "compared" / "compare.json").write_text("{}")
    assert runs_in(tmp_path / "demo") == [
        tmp_path / "demo" / f"{mode}loop-demo" for mode in ("open", "closed")
    ]
    main(Config(runs=(tmp_path / "compared", tmp_path / "demo"), out=tmp_path / "out"))
    assert "compared is a comparison, not a run: left out" in capsys.readouterr().err
    with pytest.raises(UserError, match="none of these is a run directory"):
        main(Config(runs=(tmp_path / "compared",)))
    assert runs_in(tmp_path / "none") == [tmp_path / "none"]


def test_several_runs_of_a_policy_are_all_shown_with_their_settings(tmp_path):
    runs = [closed_run(tmp_path / f"h{h}", config={"horizon": h}).path for h in (5, 10)]
    report = build_report(runs, Media(tmp_path))
    (total,) = report.totals
    assert [cell.run.settings for cell in total.closed] == [
        "horizon 5 · demo_clean · seed 0",
        "horizon 10 · demo_clean · seed 0",
    ]
    assert report.common["closedloop"] == ["demo_clean", "seed 0"]
    assert list(report.apart.values()) == ["horizon 5", "horizon 10"]
