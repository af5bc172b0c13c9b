"""A run, a recording and a checkpoint of 0.1 are read: what had another name then has today's once it is read."""

from __future__ import annotations

import json
import shutil

from harness.datasets.reader import open_dataset
from harness.files.bundled import ASSETS
from harness.metrics.closedloop_summary import summarize_closedloop
from harness.report.csv_export import csv_table
from harness.results.views import read_runs
from harness.runs.directory import RunDir
from policies.provenance.training_log import in_todays_names, read_log
from tools.schemas import RECORDS

RUN = {
    "schema": 1,
    "mode": "closedloop",
    "name": "demo",
    "status": "interrupted",
    "error": None,
    "started": "2026-11-20T10:00:00+00:00",
    "finished": "2026-11-20T10:01:00+00:00",
    "command": ["closedloop"],
    "config": {"policy": "demo", "task": "click_bell", "ablate": "instruction", "horizon": 4, "seed": 0},
    "provenance": {
        "dataset_pace": "action",
        "not_meant_for": "policy demo is not meant for lift_pot",
        "trained_on": None,
    },
}
ROW = {
    "task": "click_bell",
    "seed": 100_000,
    "status": "ok",
    "success": True,
    "steps": 40,
    "step_limit": 400,
    "instruction": "Press the bell.",
    "told": "Lift the pot.",
    "told_task": "lift_pot",
    "stages": {},
    "progress": 1.0,
    "failure": None,
    "skipped": {"unstable": 0, "solved": 0, "expert": 0},
}
ERROR = {"task": "click_bell", "seed": 100_001, "status": "error", "error": "lost"}
RATE = {"n": 1, "successes": 1, "rate": 1.0, "ci": [0.2, 1.0], "errors": 0}
TOLD = {"lift_pot": {"successes": 1, "n": 1, "rate": 1.0, "ci": [0.2, 1.0]}}
SUMMARY = {
    "schema": 3,
    "mode": "closedloop",
    "ablate": "instruction",
    "overall": {**RATE, "told": TOLD},
    "tasks": {"click_bell": {**RATE, "told": TOLD}},
    "task_macro": {"rate": 1.0, "ci": None, "tasks": 1, "progress": 1.0, "progress_ci": None},
}


def earlier_run(folder):
    folder.mkdir()
    rows = [ROW, ERROR, ERROR | {"withdrawn": True}]
    (folder / "episodes.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "run.json").write_text(json.dumps(RUN))
    (folder / "summary.json").write_text(json.dumps(SUMMARY))
    return folder


def test_an_earlier_run_has_todays_names_once_it_is_read(tmp_path):
    run = RunDir.load(earlier_run(tmp_path / "old"))
    assert run.record.provenance.dataset_sampling == "per_action"
    assert run.record.provenance.off_task == "policy demo is not meant for lift_pot"
    summary = summarize_closedloop(run.rows())
    assert summary.overall.n == 1 and summary.overall.errors == 0, "the retracted one is left out"
    assert summary.schema_ == 4 and list(summary.overall.prompt_tasks) == ["lift_pot"]
    assert "prompt[lift_pot],fraction,1.0," in csv_table(read_runs([run.path]))


def test_an_earlier_run_goes_on_under_todays_schema(tmp_path):
    folder = earlier_run(tmp_path / "old")
    with RunDir.create(
        "closedloop", "demo", config=RUN["config"], provenance={}, out=folder, resume=True
    ) as run:
        run.add({**ERROR, "seed": 100_002})
    again = RunDir.load(folder)
    assert json.loads((folder / "run.json").read_text())["schema"] == 2
    assert [row.seed for row in again.rows()] == [100_000, 100_001, 100_001, 100_002]


def test_an_earlier_recording_has_todays_names_once_it_is_read(tmp_path):
    folder = tmp_path / "old"
    shutil.copytree(ASSETS / "demo_episodes", folder)
    path = folder / "meta" / "robotwin.json"
    extras = json.loads(path.read_text())
    assert extras["pace"] == "action" and "schema" not in extras, "the bundled episodes are of 0.1"
    extras["config"] |= {"led_by": {"name": "demo"}, "led": 0.8, "led_actions": 48}
    extras["episodes"]["0"] |= {"breaks": [3], "led_actions": 7}
    path.write_text(json.dumps(extras))
    dataset = open_dataset(folder)
    about = dataset.provenance()
    assert about["dataset_sampling"] == "per_action"
    assert about["dataset_recorded_with"]["dagger_share"] == 0.8
    episode = dataset.episode(0).meta
    assert episode["discontinuities"] == [3] and episode["dagger_actions"] == 7
    assert not {"breaks", "led_actions"} & set(episode)


LOG = {
    "scene_seeds": {"click_bell": [3, 4]},
    "config": {"pace": "action", "noise": 0.02},
    "datasets": [
        {
            "dataset": "data/bell",
            "dataset_hash": "ab",
            "dataset_pace": "action",
            "dataset_recorded_with": {"led_by": {"name": "demo"}, "led": 0.8, "led_actions": 48},
            "led_episodes": 2,
            "trained_episodes": [0, 1],
        }
    ],
}


def test_an_earlier_training_log_has_todays_names_once_it_is_read(tmp_path):
    path = tmp_path / "training_log.json"
    path.write_text(json.dumps(LOG))
    record = read_log(path)
    assert record.scene_seeds == {"click_bell": {3, 4}} and record.episodes == {"ab": {0, 1}}
    log = RECORDS["training-log"].model_validate(in_todays_names(LOG))
    assert log.config == {"sampling": "per_action", "noise": 0.02}
    assert log.datasets[0].dataset_sampling == "per_action" and log.datasets[0].dagger_episodes == 2
    assert in_todays_names(log.model_dump(exclude_unset=True)) == log.model_dump(exclude_unset=True)
