"""A checkpoint's card gets the results of its own finished runs, and of nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from run_samples import closed_row, closed_run, open_run

from harness.core.errors import UserError
from harness.engine.episode_row import error_row
from harness.results.views import read_runs
from harness.runs.directory import RunDir
from harness.train import enter_results

ROOT = Path(__file__).resolve().parents[3]
HASH = "a" * 64


def entered(*runs, note=""):
    return enter_results.results(read_runs([run.path for run in runs]), HASH, note)


def test_the_log_says_what_the_runs_did(tmp_path):
    run = closed_run(tmp_path / "a", git_commit="c0ffee", git_dirty=False)
    found = entered(run, note="Nobody had looked at these scenes.")
    assert found["tasks"]["stack_blocks_two"]["successes"] == 2 and found["seed"] == 0
    assert found["how"] == (
        "At most 400 actions a rollout; replanned every 10 actions; stand-in assets. "
        "Nobody had looked at these scenes."
    )
    assert found["code"] == ["c0ffee"] and "max_actions" not in found
    short = entered(closed_run(tmp_path / "b", config={"max_actions": 60, "config": "demo_randomized"}))
    assert short["max_actions"] == 60
    assert short["how"] == (
        "At most 400 actions a rollout; replanned every 10 actions; config demo_randomized; stand-in assets."
    )
    unchecked = entered(
        closed_run(tmp_path / "c", config={"expert_check": False}, git_commit=None, git_dirty=True)
    )
    assert "scenes not checked by the expert" in unchecked["how"]
    assert unchecked["code"] == ["unknown with changes"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"config": {"ablate": "state"}}, r"is a control \(--ablate state\)"),
        ({"checkpoint_hash": "b" * 64}, "checkpoint of another hash"),
        ({"outcomes": ()}, "is not a finished run"),
    ],
)
def test_what_is_no_result_of_the_checkpoint_is_refused(change, said, tmp_path):
    with pytest.raises(UserError, match=said):
        entered(closed_run(tmp_path / "a", **change))


def test_runs_of_two_settings_of_one_task_twice_and_open_loop_are_refused(tmp_path):
    first = closed_run(tmp_path / "a")
    with pytest.raises(UserError, match="b and a differ in seed: 0 -> 1"):
        entered(first, closed_run(tmp_path / "b", config={"seed": 1}))
    with pytest.raises(UserError, match="e and a differ in assets_kind"):
        entered(first, closed_run(tmp_path / "e", assets_kind="real"))
    with pytest.raises(UserError, match="two of the runs evaluate handover_block"):
        entered(first, closed_run(tmp_path / "c"))
    with pytest.raises(UserError, match="is not a finished run of"):
        entered(open_run(tmp_path / "d"))


def test_an_unfinished_run_and_one_with_errors_are_refused(tmp_path):
    path = closed_run(tmp_path / "a").path / "run.json"
    path.write_text(path.read_text().replace('"done"', '"interrupted"'))
    with pytest.raises(UserError, match="a is not a finished run"):
        enter_results.results(read_runs([path.parent]), HASH)
    run = closed_run(tmp_path / "b")
    with RunDir.create(
        "closedloop", "demo", config=run.run["config"], provenance=run.run["provenance"], out=tmp_path / "c"
    ) as broken:
        broken.add(closed_row(1, True))
        broken.add(error_row("stack_blocks_two", 2, "lost"))
    with pytest.raises(UserError, match="1 episodes of stack_blocks_two in c ended in an error"):
        entered(broken)


def test_the_command_writes_log_and_card_and_leaves_the_rest(tmp_path, demo_copy):
    from policies.checkpoint.content import hash_of

    before = {path.name: path.read_bytes() for path in demo_copy.iterdir() if path.is_file()}
    old = json.loads(before["training_log.json"])
    digest = hash_of(demo_copy)
    enter_results.main(
        enter_results.Config(demo_copy, (closed_run(tmp_path / "a", checkpoint_hash=digest).path,))
    )
    after = {path.name: path.read_bytes() for path in demo_copy.iterdir() if path.is_file()}
    assert {name for name in before if before[name] != after[name]} == {"training_log.json", "README.md"}
    log = json.loads(after["training_log.json"])
    assert log | {"closed_loop": None} == old | {"closed_loop": None}
    assert "| stack_blocks_two | 2/3 | 21–94 % |" in after["README.md"].decode()
    with pytest.raises(UserError, match="name a checkpoint that"):
        enter_results.main(enter_results.Config(tmp_path, ()))
    with pytest.raises(UserError, match="name the runs"):
        enter_results.main(enter_results.Config(demo_copy, ()))


@pytest.fixture
def demo_copy(tmp_path):
    import shutil

    return Path(shutil.copytree(ROOT / "assets" / "demo", tmp_path / "checkpoint"))
