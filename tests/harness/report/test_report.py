"""The page says what the runs say, with their n; what it cannot say is refused in one line."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import numpy as np
import pytest
from report_samples import Page
from run_samples import closed_run, open_row, open_run, prediction

from harness.core.errors import UserError
from harness.report.command import main
from harness.report.config import Config
from harness.report.write import write_report
from harness.runs.directory import RunDir

pytestmark = pytest.mark.usefixtures("figures_only_on_request")


# --- what it shows


@pytest.mark.usefixtures("figures")
def test_the_page_carries_every_number_with_its_n(tmp_path):
    a, b = open_run(tmp_path / "a"), closed_run(tmp_path / "b")
    page = Page(write_report([a.path, b.path], tmp_path / "out"))
    mae = np.mean([row.mae for row in a.rows()])
    assert f"{mae:.4f}" in page.text
    assert "67\u202f% [21–94\u202f%] 2 of 3" in page.text and "4 of n = 6 rollouts, pooled" in page.text
    assert "n = 4 episodes, 160 steps" in page.text
    hold = np.mean([row.hold_mae for row in a.rows()])
    assert f"hold {hold:.4f}" in page.text
    assert "left_gripper" in page.text and "SR@0.05" in page.text
    assert page.text.count("“Not shown”: these runs do not decide it") == 1
    assert "its interval is about these tasks in other scenes" in page.text
    assert "Success with Wilson's 95 % interval. Error: the bar" in page.text
    alone = Page(write_report([a.path], tmp_path / "alone")).text
    assert "Error: the bar" in alone and "Success with Wilson" not in alone
    figures = [about["aria-label"] for tag, about in page.tags if tag == "svg"]
    joint = f"left gripper {np.mean([row.per_joint[6] for row in a.rows()]):.4f}"
    assert any(joint in said for said in figures), "an alternative text has the values"
    assert all(about["role"] == "img" for tag, about in page.tags if tag == "svg")


def test_a_closed_loop_run_says_how_far_it_got_and_why_it_failed(tmp_path):
    run = closed_run(tmp_path / "b", config={"strategy": "ensemble"})
    page = Page(write_report([run.path], tmp_path / "out"))
    assert "horizon 10 · strategy ensemble · demo_clean · seed 0" in page.text
    assert "stack_blocks_two: green block lifted 67\u202f% [21–94\u202f%] 2 of 3" in page.text
    assert (
        "stack_blocks_two : time limit at stage 1 of 3, not reached: green block lifted · the only failure"
        in page.text
    )
    assert "Why rollouts failed (n = 2 failures)" in page.text
    assert (
        "progress 72\u202f%" in page.text and "of the stages, success the last · n = 6 rollouts" in page.text
    )
    smooth = np.mean([row.smoothness for row in run.rows()])
    assert (
        f"smoothness {smooth:.4f}" in page.text and "rad/step², 0 is smoothest · n = 6 rollouts" in page.text
    )
    titles = page.values("td", "title")
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


def test_a_run_that_is_given_twice_is_shown_once(tmp_path, capsys):
    run = closed_run(tmp_path / "a").path
    main(Config((run,), format="csv"))
    once = (run / "report.csv").read_text()
    main(Config((run, run, tmp_path), format="csv"))
    assert capsys.readouterr().err.count("is given twice: shown once") == 2
    assert (run / "report.csv").read_text() == once


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
