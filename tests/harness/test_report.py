"""The page says what the runs say, with their n; what it cannot say is refused in one line."""

import json
import re
import subprocess
import sys

import numpy as np
import pytest
from report_samples import Page
from run_samples import TASKS, closed_row, closed_run, open_row, open_run, prediction

from harness.errors import UserError
from harness.predictions import Prediction
from harness.provenance import provenance
from harness.report import Config, main, write_report
from harness.report_data import build_report
from harness.report_format import count, interval, number, percent, percent_interval, share
from harness.report_media import Media
from harness.results import RunDir
from harness.scoring import episode_fields

pytestmark = pytest.mark.usefixtures("figures_only_on_request")


# --- what it shows


def test_open_and_closed_loop_of_the_same_policy_stand_on_one_line(tmp_path):
    runs = [open_run(tmp_path / "a").path, closed_run(tmp_path / "b").path]
    report = build_report(runs, Media(tmp_path))
    assert [group.task for group in report.groups] == sorted(TASKS)
    for group in report.groups:
        (line,) = group.lines
        assert line.policy == "demo" and len(line.open) == len(line.closed) == 1
        assert line.open[0].block["episodes"] == 2
        assert (line.closed[0].block["successes"], line.closed[0].block["n"]) == (2, 3)
    (total,) = report.totals
    assert total.closed[0].block["n"] == 6


@pytest.mark.usefixtures("figures")
def test_the_page_carries_every_number_with_its_n(tmp_path):
    a, b = open_run(tmp_path / "a"), closed_run(tmp_path / "b")
    page = Page(write_report([a.path, b.path], tmp_path / "out"))
    mae = np.mean([row["mae"] for row in a.rows()])
    assert f"{mae:.4f}" in page.text
    assert "2 of n = 3 rollouts" in page.text and "[21–94\u202f%]" in page.text
    assert "n = 4 episodes, 160 steps" in page.text
    hold = np.mean([row["hold_mae"] for row in a.rows()])
    assert f"hold {hold:.4f}" in page.text
    assert "left_gripper" in page.text and "error ≤ 0.05" in page.text


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
        "6 windows own more than a quarter of the episode's error: 3 predicted too early, 3 following another plan"
        in text
    )
    assert text.count("predicted 3 frames early: that shift removes 100% of the window's error") == 3
    assert text.count("another plan: no shift of up to 10 frames") == 3
    assert "n = 36 replan windows" in text and "removes at least 70\u202f% of its error" in text


def test_every_metric_stands_beside_hold_and_mean_with_its_n(tmp_path):
    run = spoiled_run(tmp_path / "a")
    report = build_report([run.path], Media(tmp_path))
    (view,) = report.runs
    names = [line.name for line in view.beside]
    assert names[:2] == ["MAE", "MAE, mean over episodes"] and {"SR@0.05", "SR@0.50"} <= set(names)
    assert {line.n for line in view.beside if line.name.startswith("jump")} == {"30 replans"}
    for line in view.beside:
        assert None not in (line.policy, line.ci, line.hold, line.mean) and line.n
    text = Page(write_report([run.path], tmp_path / "out")).text
    for line in view.beside:
        shown = percent(line.hold, 1) if line.share else number(line.hold)
        assert line.name in text and shown in text
    assert "better than hold" in text and "By task (n = 2 tasks)" in text


def test_a_policy_that_may_only_be_lucky_is_told_so(tmp_path):
    with RunDir.create("openloop", "demo", config={}, provenance=provenance(), out=tmp_path / "a") as run:
        for e in range(6):
            run.add(open_row(e, prediction(e)) | {"mae": 0.1, "hold_mae": 0.05 if e < 2 else 0.14})
    text = Page(write_report([run.path], tmp_path / "out")).text
    assert "not clearly better than hold" in text and "no clear difference" in text


def test_baselines_stand_beside_the_policy_even_if_only_the_policy_was_replayed(tmp_path):
    a, b = open_run(tmp_path / "a"), closed_run(tmp_path / "b", "hold", (False, False), checkpoint_hash=None)
    report = build_report([a.path, b.path], Media(tmp_path))
    hold = next(line for line in report.totals if line.policy == "hold")
    assert hold.open[0].block["mae"] == pytest.approx(np.mean([row["hold_mae"] for row in a.rows()]))
    assert hold.open[0].note == "as the baseline of demo"
    assert [line.policy for line in report.totals] == ["demo", "hold"], "policies come before baselines"


def test_a_policy_that_does_not_beat_hold_is_told_so(tmp_path):
    with RunDir.create("openloop", "demo", config={}, provenance=provenance(), out=tmp_path / "a") as run:
        run.add(open_row(0, prediction(error=2.0)))
    assert "does not beat hold" in Page(write_report([run.path], tmp_path / "out")).text


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


def test_hold_is_not_measured_against_itself(tmp_path):
    with RunDir.create(
        "openloop", "hold", config={"policy": "hold"}, provenance=provenance(), out=tmp_path / "a"
    ) as run:
        for episode in range(3):
            run.add(open_row(episode, prediction(episode)) | {"mae": 0.1, "hold_mae": 0.1})
    text = Page(write_report([run.path], tmp_path / "out")).text
    assert "hold 0.1000" in text and "better than hold" not in text and "paired by episode" not in text


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


def test_several_runs_of_a_policy_are_all_shown_with_their_settings(tmp_path):
    runs = [closed_run(tmp_path / f"h{h}", config={"horizon": h}).path for h in (5, 10)]
    report = build_report(runs, Media(tmp_path))
    (total,) = report.totals
    assert [cell.run.settings for cell in total.closed] == [
        "horizon 5 · demo_clean · seed 0",
        "horizon 10 · demo_clean · seed 0",
    ]


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("stand-in", "stand-in assets"),
        ("mixed", "mixed: part stand-in assets"),
        ("real", "real assets"),
        (None, "assets not recorded"),
        ("official", "assets not recorded"),
    ],
)
def test_what_the_scene_was_made_of_stands_by_every_success_rate(tmp_path, kind, said):
    run = closed_run(tmp_path / "b", assets_kind=kind)
    page = Page(write_report([run.path], tmp_path / "out"))
    assert page.text.count(said) >= 2 + len(TASKS)
    assert ("must not be quoted" in page.text) == (kind in ("stand-in", "mixed"))
    assert ("treat its results as unofficial" in page.text) == (kind in (None, "official"))
    badges = [tag["class"] for name, tag in page.tags if name == "span" and "badge" in tag.get("class", "")]
    assert ("badge real" in badges) == (kind == "real")


def test_a_mixed_run_beside_a_real_one_is_still_announced(tmp_path):
    runs = [closed_run(tmp_path / kind, assets_kind=kind).path for kind in ("real", "mixed", "stand-in")]
    text = Page(write_report(runs, tmp_path / "out")).text
    assert "Mixed assets:" in text and "Stand-in assets:" in text


def test_recordings_made_with_stand_ins_are_marked_too(tmp_path):
    mixed, silent = open_run(tmp_path / "m", assets_kind="mixed"), open_run(tmp_path / "s")
    assert "mixed: part stand-in assets" in Page(write_report([mixed.path], tmp_path / "out")).text
    assert "assets not recorded" not in Page(write_report([silent.path], tmp_path / "out")).text


def test_skipped_scenes_are_counted_by_cause(tmp_path):
    with RunDir.create("closedloop", "demo", config={}, provenance={}, out=tmp_path / "a") as run:
        run.add(closed_row(3, True, skipped={"unstable": 2, "solved": 1, "expert": 0}))
        run.add(closed_row(9, False, skipped={"unstable": 0, "solved": 0, "expert": 5}))
        run.add(closed_row(1, True, "handover_block", skipped={"unstable": 0, "solved": 0, "expert": 0}))
    text = Page(write_report([run.path], tmp_path / "out")).text
    assert (
        "2 did not come to rest, 1 were solved before anything was done, 5 the expert did not solve" in text
    )
    old = closed_run(tmp_path / "old")
    assert "skipped scenes – not recorded" in Page(write_report([old.path], tmp_path / "out")).text


def test_an_unfinished_run_and_errors_are_announced(tmp_path):
    with (
        pytest.raises(RuntimeError),
        RunDir.create(
            "closedloop", "demo", config={}, provenance=provenance(assets_kind="real"), out=tmp_path / "b"
        ) as run,
    ):
        run.add(closed_row(1, True))
        run.add(closed_row(2, None, status="error", error="renderer died", steps=None))
        raise RuntimeError("disk on fire")
    text = Page(write_report([run.path], tmp_path / "out")).text
    assert "did not finish (failed: disk on fire)" in text and "renderer died" in text
    assert "1 of n = 1 rollouts" in text and "in an error: 1" in text


def test_a_closed_loop_run_says_how_far_it_got_and_why_it_failed(tmp_path):
    run = closed_run(tmp_path / "b", config={"strategy": "ensemble"})
    page = Page(write_report([run.path], tmp_path / "out"))
    assert "horizon 10 · strategy ensemble · demo_clean · seed 0" in page.text
    assert "stack_blocks_two: green block lifted 67\u202f% [21–94\u202f%] 2 of 3" in page.text
    assert "1 of 1 stack_blocks_two time limit at stage 1 of 3, not reached: green block lifted" in page.text
    assert "Why rollouts failed (n = 2 failures)" in page.text
    assert (
        "progress 72\u202f%" in page.text and "of the stages, success the last · n = 6 rollouts" in page.text
    )
    smooth = np.mean([row["smoothness"] for row in run.rows()])
    assert (
        f"smoothness {smooth:.4f}" in page.text and "rad/step², 0 is smoothest · n = 6 rollouts" in page.text
    )
    titles = page.values("span", "title")
    assert titles.count("reached: red block lifted, green block lifted") == 2
    assert titles.count("reached: red block lifted") == 1 and titles.count("reached: nothing") == 3


def test_runs_without_episodes_or_optional_fields_make_a_page(tmp_path):
    with RunDir.create("openloop", "demo", config={}, provenance={}, out=tmp_path / "empty"):
        pass
    with RunDir.create("openloop", "mine", config={}, provenance={}, out=tmp_path / "bare") as run:
        row = open_row(0, prediction())
        optional = (
            "task_name",
            "hold_mae",
            "mean_mae",
            "hold_per_joint",
            "mean_per_joint",
            "replans",
            "plot",
        )
        run.add({key: value for key, value in row.items() if key not in optional})
    with RunDir.create("closedloop", "mine", config={}, provenance={}, out=tmp_path / "closed") as run:
        run.add({"task": "t", "seed": 1, "status": "ok", "success": True})
        run.add({"task": "t", "seed": 2, "status": "error"})
    page = Page(write_report([tmp_path / n for n in ("empty", "bare", "closed")], tmp_path / "out"))
    assert "No episode has finished" in page.text and "1 of n = 1 rollouts" in page.text


def test_numbers_come_from_the_episodes_not_from_the_summary_file(tmp_path):
    run = closed_run(tmp_path / "b")
    (run.path / "summary.json").write_text(json.dumps({"overall": {"rate": 1.0, "n": 10_000}}))
    assert "10\u202f000" not in Page(write_report([run.path], tmp_path / "out")).text


# --- bad input, and the command


def test_what_is_no_run_directory_is_one_line(tmp_path):
    for runs, said in (([], "at least one run"), ([tmp_path], "not a run directory")):
        with pytest.raises(UserError, match=said):
            write_report(runs, tmp_path / "out")
    run = closed_run(tmp_path / "b")
    (tmp_path / "file").write_text("x")
    with pytest.raises(UserError, match="cannot write the report"):
        write_report([run.path], tmp_path / "file")


def test_a_failed_report_leaves_the_earlier_page(tmp_path):
    run = closed_run(tmp_path / "b")
    path = write_report([run.path], tmp_path / "out")
    before = path.read_text()
    (run.path / "episodes.jsonl").write_text("nonsense\n\n")
    with pytest.raises(UserError):
        write_report([run.path], tmp_path / "out")
    assert path.read_text() == before


def test_one_run_reports_into_itself_and_several_need_a_place(tmp_path, capsys):
    runs = [closed_run(tmp_path / name).path for name in "bc"]
    main(Config(runs=(runs[0],)))
    assert capsys.readouterr().out.strip() == str(runs[0] / "report.html")
    with pytest.raises(UserError, match="add --out DIR"):
        main(Config(runs=tuple(runs)))
    main(Config(runs=tuple(runs), out=tmp_path / "both"))
    assert (tmp_path / "both" / "report.html").is_file()


def test_the_command_exits_with_2_on_bad_input_and_helps_without_heavy_imports(tmp_path):
    def run(*arguments):
        command = [sys.executable, "-X", "importtime", "-m", "harness.report", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    bad = run(str(tmp_path / "nowhere"))
    said = [line for line in bad.stderr.splitlines() if not line.startswith("import time")]
    assert bad.returncode == 2 and len(said) == 1 and "not a run directory" in said[0]
    help_ = run("--help")
    assert help_.returncode == 0 and "--out" in help_.stdout
    assert not re.search(r"\| +(torch|matplotlib|scipy|av|jinja2)$", help_.stderr, re.MULTILINE)
    tables = run(str(closed_run(tmp_path / "run").path), "--format", "md")
    assert tables.returncode == 0 and (tmp_path / "run" / "report.md").is_file()
    assert not re.search(r"\| +(torch|lerobot|scipy\.stats)$", tables.stderr, re.MULTILINE)


# --- formats


def test_numbers_are_written_for_people():
    assert (number(0.12345), number(None), number(float("nan")), number(3, 0)) == ("0.1235", "–", "–", "3")
    assert (count(6_075_103), count(None)) == ("6\u202f075\u202f103", "–")
    assert (percent(0.84), percent(None), percent(0.0125, 1)) == ("84\u202f%", "–", "1.2\u202f%")
    assert (percent_interval([0.756, 0.899]), percent_interval(None)) == ("[76–90\u202f%]", "")
    assert (interval([0.01, 0.02]), interval(None)) == ("[0.0100, 0.0200]", "")
    assert [share(1, 2), share(5, 2), share(-1, 2), share(1, 0), share(None, 2)] == [
        "50.00%",
        "100.00%",
        "0.00%",
        "0%",
        "0%",
    ]
