"""A run directory survives crashes, refuses what is not one, and is resumed as it was begun."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
from run_samples import closed_row, open_run

from harness.core.errors import UserError
from harness.files.json_files import clean
from harness.metrics.closedloop_summary import summarize_closedloop
from harness.runs.compatibility import differences
from harness.runs.directory import RunDir
from harness.runs.folders import slug
from harness.runs.provenance import CALLER_FIELDS, provenance


def create(path, **changes):
    arguments = {"config": {"policy": "demo", "horizon": 10}, "provenance": {}, "out": path} | changes
    return RunDir.create("closedloop", "demo", **arguments)


# --- writing


def test_a_run_leaves_the_documented_files(tmp_path):
    open_run(tmp_path / "run")
    run = json.loads((tmp_path / "run" / "run.json").read_text())
    assert run["status"] == "done" and run["mode"] == "openloop" and run["schema"] == 2
    assert run["config"]["horizon"] == 10 and run["provenance"]["checkpoint_hash"] == "a" * 64
    assert set(CALLER_FIELDS) <= set(run["provenance"])
    lines = (tmp_path / "run" / "episodes.jsonl").read_text().splitlines()
    assert [json.loads(line)["episode"] for line in lines] == [0, 1, 2, 3]
    with np.load(tmp_path / "run" / "predictions" / "episode_000002.npz") as arrays:
        assert arrays["pred"].shape == arrays["gt"].shape == (40, 14)
        assert arrays["replan"].dtype == bool and arrays["chunks"].shape == (4, 16, 14)


def test_every_line_is_on_disk_before_add_returns(tmp_path):
    run = create(tmp_path / "run")
    run.add(closed_row(1, True))
    assert [row.seed for row in RunDir.load(tmp_path / "run").rows()] == [1]
    assert RunDir.load(tmp_path / "run").run["status"] == "running"
    run.finish()


def test_default_folders_are_never_shared(tmp_path):
    first, second = (create(None, root=tmp_path, config={}) for _ in range(2))
    assert first.path != second.path and first.path.parent == tmp_path
    assert "-closedloop-demo" in first.path.name


def test_a_policy_name_cannot_leave_the_runs_folder(tmp_path):
    run = RunDir.create("openloop", "../../lerobot/pi0 base", config={}, provenance={}, root=tmp_path)
    assert run.path.parent == tmp_path and slug("../..") == "run"


@pytest.mark.parametrize(
    ("raised", "status", "said"),
    [(KeyboardInterrupt(), "interrupted", None), (RuntimeError("no\nmore"), "failed", "no")],
)
def test_the_way_a_run_ended_is_recorded(tmp_path, raised, status, said):
    with pytest.raises(type(raised)), create(tmp_path / "run"):
        raise raised
    found = RunDir.load(tmp_path / "run").run
    assert (found["status"], found["error"]) == (status, said)


def test_nan_never_reaches_json(tmp_path):
    run = create(tmp_path / "run")
    run.add(closed_row(1, True, seconds=float("nan"), other=np.float32("inf")))
    scored = run.rows()
    run.save_summary(summarize_closedloop(scored))
    row = json.loads((tmp_path / "run" / "episodes.jsonl").read_text(), parse_constant=pytest.fail)
    assert row["seconds"] is None and row["other"] is None
    path = tmp_path / "run" / "summary.json"
    summary = json.loads(path.read_text(), parse_constant=pytest.fail)
    assert summary["overall"]["seconds"] is None and run.summary() == summarize_closedloop(scored)
    path.write_text(json.dumps({key: value for key, value in summary.items() if key != "schema"}))
    with pytest.raises(UserError, match=r"summary\.json: 'schema' must be given"):
        run.summary()
    assert clean({"n": np.int64(3), "where": tmp_path, "ci": (0.1, float("nan"))}) == {
        "n": 3,
        "where": str(tmp_path),
        "ci": [0.1, None],
    }
    assert clean({1: {3, 2}, "a": np.array([1.5, np.nan])}) == {"1": [2, 3], "a": [1.5, None]}


def test_a_row_that_breaks_the_contract_is_not_written(tmp_path):
    run = create(tmp_path / "run")
    for broken in ({"success": None}, {"status": "failed"}, {"seed": "3"}, {"success": 1}, {"seconds": True}):
        with pytest.raises(ValueError, match=next(iter(broken))):
            run.add(closed_row(1, True) | broken)
    assert run.rows() == []


def test_a_line_that_did_not_fit_on_the_disk_is_taken_back(tmp_path, monkeypatch):
    run = create(tmp_path / "run")
    run.add(closed_row(1, True))
    with monkeypatch.context() as patch:
        patch.setattr(
            "harness.files.locking.os.fsync",
            lambda _: (_ for _ in ()).throw(OSError(28, "No space left")),
        )
        with pytest.raises(OSError, match="No space"):
            run.add(closed_row(2, True))
    run.add(closed_row(3, False))
    assert [row.seed for row in run.rows()] == [1, 3]


# --- refusing and resuming


def test_a_used_folder_is_refused_with_the_way_out(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(UserError, match=r"not empty: choose another --out, or add --resume"):
        create(tmp_path)
    with pytest.raises(UserError, match="not a run directory"):
        create(tmp_path, resume=True)
    with pytest.raises(UserError, match="cannot write a run"):
        create(tmp_path / "notes.txt" / "run")


def test_resume_goes_on_where_the_run_stopped(tmp_path):
    with pytest.raises(KeyboardInterrupt), create(tmp_path / "run") as run:
        run.add(closed_row(1, True))
        raise KeyboardInterrupt
    with create(tmp_path / "run", resume=True, config={"policy": "demo", "horizon": 10, "workers": 4}) as run:
        assert [row.seed for row in run.rows()] == [1]
        run.add(closed_row(2, False))
    found = RunDir.load(tmp_path / "run")
    assert [row.seed for row in found.rows()] == [1, 2]
    assert found.run["status"] == "done" and len(found.run["resumed"]) == 1


def test_resume_into_a_new_folder_is_a_fresh_run(tmp_path):
    assert create(tmp_path / "new", resume=True).run["status"] == "running"


def test_resume_with_other_settings_names_the_difference(tmp_path):
    create(tmp_path / "run", provenance={"checkpoint_hash": "a"}).finish()
    with pytest.raises(UserError, match="horizon: 10 -> 25"):
        create(
            tmp_path / "run",
            resume=True,
            config={"policy": "demo", "horizon": 25},
            provenance={"checkpoint_hash": "a"},
        )
    with pytest.raises(UserError, match="checkpoint_hash: 'a' -> 'b'"):
        create(tmp_path / "run", resume=True, provenance={"checkpoint_hash": "b"})


@pytest.mark.parametrize(
    "fact",
    [
        "dataset_hash",
        "assets_kind",
        "assets_hash",
        "textures_kind",
        "instructions",
        "shader",
        "shadows",
        "render_device",
        "controller",
    ],
)
def test_a_run_does_not_go_on_in_another_world(tmp_path, fact):
    create(tmp_path / "run", provenance=provenance(**{fact: "this"})).finish()
    for now in ("that", None):
        with pytest.raises(UserError, match=f"cannot resume .*{fact}: 'this' -> {now!r}"):
            create(tmp_path / "run", resume=True, provenance=provenance(**{fact: now}))
    create(tmp_path / "run", resume=True, provenance=provenance(**{fact: "this"})).finish()


def test_what_is_both_asked_for_and_recorded_is_said_once():
    def run(shader):
        return {"mode": "closedloop", "config": {"shader": shader}, "provenance": {"shader": shader}}

    assert differences(run("default"), run("minimal")) == ["shader: 'default' -> 'minimal'"]


def test_what_keeps_a_run_from_going_on_fits_a_line(tmp_path):
    create(tmp_path / "run", provenance=provenance(shader="y" * 5000)).finish()
    with pytest.raises(UserError, match=r"cannot resume .*shader: 'yyy.*… -> 'default'") as refused:
        create(tmp_path / "run", resume=True, provenance=provenance(shader="default"))
    assert len(str(refused.value)) < 500


def test_of_long_values_the_part_that_differs_is_named():
    def run(tasks):
        return {"mode": "closedloop", "config": {"task": tasks}, "provenance": {}}

    tasks = [f"a_task_with_number_{number}" for number in range(20)]
    (line,) = differences(run(tasks), run([*tasks, "one_more"]))
    before, after = line.removeprefix("task: ").split(" -> ")
    assert "one_more" not in before and "one_more" in after and before.startswith("…") and len(line) < 100


def test_two_processes_cannot_write_the_same_run(tmp_path):
    run = create(tmp_path / "run")
    with pytest.raises(UserError, match="another process is writing"):
        create(tmp_path / "run", resume=True)
    run.finish()
    create(tmp_path / "run", resume=True).finish()


@pytest.mark.parametrize("cut", [1, 2, 17, 60, 200])
def test_a_torn_last_line_costs_only_its_own_episode(tmp_path, cut):
    run = create(tmp_path / "run")
    for seed in range(3):
        run.add(closed_row(seed, True, nested={"a": {"b": 1}}))
    run.finish()
    log = tmp_path / "run" / "episodes.jsonl"
    log.write_bytes(log.read_bytes()[:-cut])
    whole = [0, 1, 2] if cut == 1 else [0, 1]
    assert [row.seed for row in RunDir.load(run.path).rows()] == whole
    with create(tmp_path / "run", resume=True) as again:
        again.add(closed_row(9, False))
    assert [row.seed for row in RunDir.load(run.path).rows()] == [*whole, 9]


def test_reading_runs_imports_nothing_heavy():
    heavy = "('torch', 'matplotlib', 'scipy.stats', 'lerobot')"
    modules = "harness.runs.directory, harness.metrics.closedloop_summary, sys"
    code = f"import {modules}; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
