"""A checkpoint's card gets the results of its own finished runs, and of nothing else."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from run_samples import closed_run, open_run

from harness.errors import UserError
from harness.report_data import read_runs

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))
HASH = "a" * 64


def entered(*runs, note=""):
    from enter_results import results

    return results(read_runs([run.path for run in runs]), HASH, note)


def test_the_log_says_what_the_runs_did(tmp_path):
    run = closed_run(tmp_path / "a", git_commit="c0ffee")
    found = entered(run, note="Nobody had looked at these scenes.")
    assert found["tasks"]["stack_blocks_two"]["successes"] == 2 and found["seed"] == 0
    assert found["how"] == (
        "At most 400 actions a rollout; replanned every 10 actions; stand-in assets. "
        "Nobody had looked at these scenes."
    )
    assert found["git_commit"] == ["c0ffee"] and "max_actions" not in found
    short = entered(closed_run(tmp_path / "b", config={"max_actions": 60, "config": "demo_randomized"}))
    assert short["max_actions"] == 60
    assert short["how"] == "Replanned every 10 actions; config demo_randomized; stand-in assets."


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"config": {"ablate": "state"}}, r"is a control \(--ablate state\)"),
        ({"checkpoint_hash": "b" * 64}, "made with another checkpoint"),
    ],
)
def test_what_is_no_result_of_the_checkpoint_is_refused(change, said, tmp_path):
    with pytest.raises(UserError, match=said):
        entered(closed_run(tmp_path / "a", **change))


def test_runs_of_two_settings_of_one_task_twice_and_open_loop_are_refused(tmp_path):
    first = closed_run(tmp_path / "a")
    with pytest.raises(UserError, match="b has another setting than a"):
        entered(first, closed_run(tmp_path / "b", config={"seed": 1}))
    with pytest.raises(UserError, match="two of the runs evaluate handover_block"):
        entered(first, closed_run(tmp_path / "c"))
    with pytest.raises(UserError, match="is not a finished run of"):
        entered(open_run(tmp_path / "d"))


def test_the_command_writes_log_and_card_and_leaves_the_rest(tmp_path, demo_copy):
    from enter_results import Config, main

    from policies.checkpoint import content_hash

    before = {path.name: path.read_bytes() for path in demo_copy.iterdir() if path.is_file()}
    old = json.loads(before["training_log.json"])
    digest = content_hash(demo_copy, demo_copy / "tokenizer")
    main(Config(demo_copy, (closed_run(tmp_path / "a", checkpoint_hash=digest).path,)))
    after = {path.name: path.read_bytes() for path in demo_copy.iterdir() if path.is_file()}
    assert {name for name in before if before[name] != after[name]} == {"training_log.json", "README.md"}
    log = json.loads(after["training_log.json"])
    assert log | {"closed_loop": None} == old | {"closed_loop": None}
    assert "| stack_blocks_two | 2/3 | 21% - 94% |" in after["README.md"].decode()
    with pytest.raises(UserError, match="name a checkpoint that"):
        main(Config(tmp_path, ()))
    with pytest.raises(UserError, match="name the runs"):
        main(Config(demo_copy, ()))


@pytest.fixture
def demo_copy(tmp_path):
    import shutil

    return Path(shutil.copytree(ROOT / "assets" / "demo", tmp_path / "checkpoint"))
