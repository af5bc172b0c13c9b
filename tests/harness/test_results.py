"""A run directory survives crashes, refuses what is not one, and sums up what it holds."""

import json
import subprocess
import sys

import numpy as np
import pytest
from run_samples import STAGES, closed_row, closed_run, open_row, open_run, prediction

from harness.errors import UserError
from harness.jsonio import clean
from harness.predictions import Prediction
from harness.provenance import CALLER_FIELDS, git_state, provenance
from harness.results import RunDir, differences, slug
from harness.summary import summarize_closedloop, summarize_openloop


def create(path, **changes):
    arguments = {"config": {"policy": "demo", "horizon": 10}, "provenance": {}, "out": path} | changes
    return RunDir.create("closedloop", "demo", **arguments)


# --- writing


def test_a_run_leaves_the_documented_files(tmp_path):
    open_run(tmp_path / "run")
    run = json.loads((tmp_path / "run" / "run.json").read_text())
    assert run["status"] == "done" and run["mode"] == "openloop" and run["schema"] == 1
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
    assert [row["seed"] for row in RunDir.load(tmp_path / "run").rows()] == [1]
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
    run.save_summary({"rate": float("nan"), "n": np.int64(3), "where": tmp_path, "ci": (0.1, 0.2)})
    row = json.loads((tmp_path / "run" / "episodes.jsonl").read_text(), parse_constant=pytest.fail)
    assert row["seconds"] is None and row["other"] is None
    assert run.summary() == {"rate": None, "n": 3, "where": str(tmp_path), "ci": [0.1, 0.2]}
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
            "harness.results.os.fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left"))
        )
        with pytest.raises(OSError, match="No space"):
            run.add(closed_row(2, True))
    run.add(closed_row(3, False))
    assert [row["seed"] for row in run.rows()] == [1, 3]


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
        assert [row["seed"] for row in run.rows()] == [1]
        run.add(closed_row(2, False))
    found = RunDir.load(tmp_path / "run")
    assert [row["seed"] for row in found.rows()] == [1, 2]
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
    assert [row["seed"] for row in RunDir.load(run.path).rows()] == whole
    with create(tmp_path / "run", resume=True) as again:
        again.add(closed_row(9, False))
    assert [row["seed"] for row in RunDir.load(run.path).rows()] == [*whole, 9]


# --- reading what a stranger sends


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("run.json", "{", "not valid JSON"),
        ("run.json", "[]", "must hold a JSON object"),
        ("run.json", '{"schema": 99}', "schema 99"),
        ("run.json", '{"schema": 1, "mode": "other", "status": "done"}', "mode must be one of"),
        ("run.json", "[" * 100_000, "not valid JSON"),
        ("episodes.jsonl", "nonsense\n{}\n", "line 1 is not valid JSON"),
        ("episodes.jsonl", "[1]\n", "line 1: it must be a JSON object"),
        ("episodes.jsonl", '{"task": 3}\n', "line 1: 'task' must be text"),
        ("episodes.jsonl", '{"task": "t", "seed": 1, "status": "ok"}\n', "'success' must be true or false"),
    ],
)
def test_a_broken_run_directory_is_one_line(tmp_path, file, content, said):
    closed_run(tmp_path / "run")
    (tmp_path / "run" / file).write_text(content)
    with pytest.raises(UserError, match=said) as raised:
        RunDir.load(tmp_path / "run").rows()
    assert "\n" not in str(raised.value)


def test_a_folder_that_is_no_run_says_what_to_give(tmp_path):
    with pytest.raises(UserError, match=r"no run\.json.*openloop or closedloop"):
        RunDir.load(tmp_path)
    with pytest.raises(UserError, match="does not exist"):
        RunDir.load(tmp_path / "missing")


def test_pickled_arrays_are_never_loaded(tmp_path):
    path = tmp_path / "episode_000000.npz"
    p = prediction()
    np.savez(path, pred=np.array([{"evil": 1}], dtype=object), gt=p.gt, replan=p.replan, chunks=p.chunks)
    with pytest.raises(UserError, match="not a predictions file"):
        Prediction.load(path)
    path.write_bytes(b"PK\x03\x04 not a zip")
    with pytest.raises(UserError, match="not a predictions file"):
        Prediction.load(path)


def test_an_archive_that_would_fill_the_memory_is_refused(tmp_path, monkeypatch):
    prediction().save(tmp_path / "p.npz")
    monkeypatch.setattr("harness.predictions._LARGEST", 1_000)
    with pytest.raises(UserError, match="would unpack to"):
        Prediction.load(tmp_path / "p.npz")


@pytest.mark.parametrize("change", ["pred", "replan", "chunks", "nan"])
def test_arrays_of_the_wrong_shape_are_refused(change):
    p = prediction()
    broken = {
        "pred": {"pred": p.pred[:-1]},
        "replan": {"replan": ~p.replan},
        "chunks": {"chunks": p.chunks[:-1]},
        "nan": {"pred": p.pred * np.nan},
    }[change]
    with pytest.raises(ValueError, match=r"must be|NaN"):
        Prediction(**(vars(p) | broken))


def test_predictions_are_found_by_episode(tmp_path):
    run = open_run(tmp_path / "run", episodes=3)
    found = RunDir.load(run.path).predictions
    assert list(found) == [0, 1, 2] and len(found) == 3 and 7 not in found
    np.testing.assert_array_equal(found[1].pred, prediction(1).pred)
    with pytest.raises(KeyError):
        found[7]


# --- provenance


def test_provenance_names_packages_and_keeps_what_the_caller_knows():
    found = provenance(assets_kind="stand-in", denoising_steps=10)
    assert found["packages"]["numpy"] == np.__version__
    assert found["assets_kind"] == "stand-in" and found["denoising_steps"] == 10 and found["shader"] is None


def test_git_state_tells_clean_from_dirty_and_nothing(tmp_path):
    assert git_state(tmp_path) == (None, None)
    git = ["git", "-C", str(tmp_path), "-c", "user.name=t", "-c", "user.email=t@example.org"]
    for command in (["init", "-q"], ["commit", "-q", "--allow-empty", "-m", "first"]):
        subprocess.run([*git, *command], check=True)
    commit, dirty = git_state(tmp_path)
    assert len(commit) == 40 and dirty is False
    (tmp_path / "new").write_text("x")
    assert git_state(tmp_path) == (commit, True)
    (tmp_path / "below").mkdir()
    assert git_state(tmp_path / "below") == (None, None), "an enclosing repository is not this project"


def test_reading_runs_imports_nothing_heavy():
    heavy = "('torch', 'matplotlib', 'scipy.stats', 'lerobot')"
    code = f"import harness.results, harness.summary, sys; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# --- summaries


def open_rows():
    predictions = {e: prediction(e, frames=30 + 10 * e) for e in range(4)}
    names = ["stack_blocks_two", "handover_block"]
    return [open_row(e, p, names[e % 2]) for e, p in predictions.items()], predictions


def test_the_aggregate_is_the_mean_over_all_scored_steps():
    rows, predictions = open_rows()
    found = summarize_openloop(rows, predictions)
    pred = np.concatenate([p.pred for p in predictions.values()]).astype(float)
    gt = np.concatenate([p.gt for p in predictions.values()]).astype(float)
    overall = found["overall"]
    assert (overall["episodes"], overall["frames"]) == (4, len(gt))
    assert overall["mae"] == pytest.approx(np.abs(pred - gt).mean())
    assert overall["mse"] == pytest.approx(((pred - gt) ** 2).mean())
    assert overall["per_joint"] == pytest.approx(np.abs(pred - gt).mean(0).tolist())
    assert overall["sr"]["0.10"] == pytest.approx(np.mean(np.abs(pred - gt).mean(1) <= 0.10))
    assert overall["macro_mae"] == pytest.approx(np.mean([row["mae"] for row in rows]))
    assert overall["mae_ci"][0] <= overall["mae"] <= overall["mae_ci"][1]
    assert set(found["tasks"]) == {"stack_blocks_two", "handover_block"}
    assert found["task_macro"]["tasks"] == 2
    assert found["persistence"] == 1


def test_the_summary_measures_chunks_contacts_and_boundaries():
    rows, predictions = open_rows()
    found = summarize_openloop(rows, predictions)
    curve = found["chunk_index"]
    assert len(curve["mae"]) == 16 and curve["mae"][-1] > curve["mae"][0], "the sample policy drifts"
    assert (
        curve["n"][0] == sum(p.replan.sum() for p in predictions.values()) and curve["n"][-1] < curve["n"][0]
    )
    assert len(curve["hold_mae"]) == 16
    assert found["critical"]["frames"] > 0 and found["boundary"]["n"] == curve["n"][0] - 4


def test_a_window_that_owns_the_error_is_named():
    p = prediction(0, frames=50, error=0.01)
    pred = p.pred.copy()
    pred[20:30] += 2.0
    spoiled = Prediction(pred, p.gt, p.replan, p.chunks, p.state)
    found = summarize_openloop([open_row(7, spoiled)], {7: spoiled})["spikes"]
    assert len(found) == 1
    assert (found[0]["episode"], found[0]["start"], found[0]["stop"]) == (7, 20, 30)
    assert found[0]["share"] > 0.9


def test_the_order_episodes_finish_in_changes_nothing():
    rows, predictions = open_rows()
    assert summarize_openloop(rows, predictions) == summarize_openloop(rows[::-1], predictions)
    closed = [closed_row(s, s % 3 == 0, t) for s in range(7) for t in ("stack_blocks_two", "handover_block")]
    assert summarize_closedloop(closed) == summarize_closedloop(closed[::-1])


def test_a_summary_without_predictions_or_names_leaves_those_parts_out():
    rows, _ = open_rows()
    rows = [row | {"task_name": None, "hold_per_joint": None} for row in rows]
    found = summarize_openloop(rows)
    assert set(found["tasks"]) == {row["task"] for row in rows}
    assert found["chunk_index"] is None and found["overall"]["hold_per_joint"] is None
    assert found["overall"]["hold_mae"] is not None


def test_errors_are_neither_successes_nor_failures():
    broken = closed_row(5, None, status="error", error="renderer died")
    found = summarize_closedloop([closed_row(1, True), closed_row(2, False), broken])["overall"]
    assert (found["n"], found["successes"], found["errors"], found["rate"]) == (2, 1, 1, 0.5)
    assert found["steps"] == 260 and found["success_steps"] == 120


def test_progress_stages_and_reasons_are_those_of_the_rows():
    rows = [closed_row(seed, seed < 2) for seed in range(6)]
    rows += [
        closed_row(seed, False, "handover_block", failure="time limit; no gripper was closed")
        for seed in (1, 2)
    ]
    rows += [closed_row(9, None, status="error", error="renderer died", failure="renderer died")]
    found = summarize_closedloop(rows)
    tower, handover, overall = (
        *(found["tasks"][t] for t in ("stack_blocks_two", "handover_block")),
        found["overall"],
    )
    assert tower["progress"]["mean"] == pytest.approx((2 * 1 + 4 / 3) / 6)
    assert tower["progress"]["n"] == 6, "an error is no rollout"
    low, high = tower["progress"]["ci"]
    assert low < tower["progress"]["mean"] < high
    assert tower["stages"]["red block lifted"] | {"ci": None} == {
        "reached": 6,
        "n": 6,
        "rate": 1.0,
        "ci": None,
    }
    green = tower["stages"]["green block lifted"]
    assert (green["reached"], green["n"], list(tower["stages"])) == (2, 6, list(STAGES["stack_blocks_two"]))
    assert green["ci"] == pytest.approx([0.0968, 0.7000], abs=1e-4), "Wilson of 2 in 6"
    assert tower["failures"] == {"time limit at stage 1 of 3, not reached: green block lifted": 4}
    assert handover["failures"] == {"time limit; no gripper was closed": 2} and not handover["stages"]
    assert handover["progress"] == {"mean": 0.0, "ci": None, "n": 2}, "no draw differs: no interval"
    assert overall["smoothness"]["mean"] == pytest.approx(np.mean([r["smoothness"] for r in rows[:-1]]))
    assert found["task_macro"]["progress"] == pytest.approx(np.mean([tower["progress"]["mean"], 0.0]))


def test_rows_from_before_progress_have_none():
    old = closed_row(1, False) | dict.fromkeys(("progress", "stages", "smoothness", "path", "failure"))
    found = summarize_closedloop([old])
    overall = found["overall"]
    assert [overall[name] for name in ("progress", "smoothness", "path")] == [None] * 3
    assert (overall["stages"], overall["failures"], found["task_macro"]["progress"]) == ({}, {}, None)


def test_an_episode_tried_again_counts_once():
    broken = closed_row(5, None, status="error", error="hung")
    found = summarize_closedloop([broken, closed_row(5, True), closed_row(6, True)])["overall"]
    assert (found["n"], found["successes"], found["errors"]) == (2, 2, 0)


def test_a_run_without_a_finished_episode_has_no_rate():
    for found in (summarize_closedloop([]), summarize_openloop([])):
        json.dumps(clean(found), allow_nan=False)
    assert summarize_closedloop([])["overall"]["rate"] is None
    only_errors = summarize_closedloop([closed_row(5, None, status="error")])
    assert only_errors["overall"] | {"rate": None, "ci": None} == only_errors["overall"]


def test_summaries_are_plain_json():
    rows, predictions = open_rows()
    for found in (summarize_openloop(rows, predictions), summarize_closedloop([closed_row(1, True)])):
        assert json.loads(json.dumps(found, allow_nan=False)) == found
