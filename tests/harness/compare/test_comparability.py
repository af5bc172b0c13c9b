"""What is not compared at all, and what a reader of a comparison is warned of."""

from __future__ import annotations

import json

import numpy as np
import pytest
from compare_samples import closed_run, compared, episodes, open_run, scenes, write_run

from harness.compare.sides import read_side
from harness.core.errors import UserError
from harness.runs.predictions import Prediction


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("published:blok", "did you mean blog"),
        ("published:blog/phase-c", "did you mean phase-b"),
        ("published:../../demo/config", "unknown published figures"),
        ("nowhere", "not a run directory"),
    ],
)
def test_a_side_that_is_none_is_refused(name, said):
    with pytest.raises(UserError, match=said):
        read_side(name)


def test_runs_of_two_modes_are_refused(tmp_path):
    with pytest.raises(UserError, match=r"open loop .* closed loop"):
        compared(open_run(tmp_path / "a"), closed_run(tmp_path / "b"))
    with pytest.raises(UserError, match="one mode"):
        compared("published:blog", tmp_path / "b")


def test_runs_on_other_data_are_refused(tmp_path):
    with pytest.raises(UserError, match=r"other datasets .* dddddddd.* eeeeeeee"):
        compared(open_run(tmp_path / "a"), open_run(tmp_path / "b", dataset_hash="e" * 64))


def test_runs_without_a_shared_episode_are_refused(tmp_path):
    with pytest.raises(UserError, match=r"no episode: A has 2 episodes \(0 to 1\)"):
        compared(open_run(tmp_path / "a", indices=[0, 1]), open_run(tmp_path / "b", indices=[4]))
    other = write_run(tmp_path / "d", "closedloop", scenes([True], first=200_000))
    with pytest.raises(UserError, match=r"no scene: .* --seed"):
        compared(closed_run(tmp_path / "c"), other)


def test_a_run_in_which_nothing_counts_is_refused(tmp_path):
    with pytest.raises(UserError, match="no finished episode"):
        read_side(str(write_run(tmp_path / "a", "openloop", [])))


def test_without_a_hash_the_recorded_actions_tell_datasets_apart(tmp_path):
    a, same = (open_run(tmp_path / name, dataset_hash=None) for name in "ab")
    assert any("paired by their number" in line for line in compared(a, same).cautions)
    rows, predictions = episodes()
    p = predictions[3]
    predictions[3] = Prediction(p.pred, p.gt + np.float32(0.01), p.replan, p.chunks, p.state)
    other = write_run(tmp_path / "c", "openloop", rows, predictions=predictions, dataset_hash=None)
    with pytest.raises(UserError, match="episode 3 is not the same recording"):
        compared(a, other)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"config": {"horizon": 25}}, "other horizon: 10 (A), 25 (B)"),
        ({"config": {"config": "demo_randomized"}}, "other setting of the scenes"),
        ({"config": {"batch_size": 4}}, "other batch shape"),
        ({"config": {"chunks": "ensemble"}}, "other chunks: not recorded (A), ensemble (B)"),
        (
            {"assets_kind": "stand-in"},
            "other kind of assets, so other scenes: real (A), stand-in (B)",
        ),
        (
            {"assets_kind": "mixed"},
            "other kind of assets, so other scenes: real (A), mixed (B)",
        ),
        ({"instructions": "own"}, "other instructions: not recorded (A), own (B)"),
        ({"instruction_split": "unseen"}, "other instruction split"),
        ({"git_commit": "b" * 40}, "other version of this code: cccccccc (A), bbbbbbbb (B)"),
        ({"packages": {"torch": "1.0"}}, "other torch"),
    ],
)
def test_what_else_differs_is_a_warning(tmp_path, change, said):
    page = compared(closed_run(tmp_path / "a"), closed_run(tmp_path / "b", **change))
    assert any(line.startswith(said) for line in page.cautions), page.cautions
    assert page.data.closedloop.overall.n == 3
    assert page.title == "demo (a) against demo (b)"


def test_other_sets_of_scenes_are_said_and_only_shared_scenes_are_paired(tmp_path):
    official = {"config": {"scenes": "official"}, "scenes": "official", "scenes_hash": "e" * 64}
    a = write_run(tmp_path / "a", "closedloop", scenes([True, False, True], first=100_000))
    b = write_run(tmp_path / "b", "closedloop", scenes([True, True], first=100_001), **official)
    page = compared(a, b)
    said = "other sets of scenes: protocol (A), official (B); only the 2 scenes that both have are compared"
    assert any(line.startswith(said) for line in page.cautions), page.cautions
    assert not any("other scenes:" in line for line in page.cautions), "said once"
    assert page.data.closedloop.overall.n == 2
    same = {"config": {"scenes": "lists/mine.json"}, "scenes": "mine.json", "scenes_hash": "e" * 64}
    c = write_run(tmp_path / "c", "closedloop", scenes([True, True], first=100_001), **same)
    assert not any("sets of scenes" in line for line in compared(b, c).cautions), (
        "the same scenes by another name"
    )
    d = write_run(tmp_path / "d", "closedloop", scenes([True], first=9), **official)
    with pytest.raises(UserError, match=r"A has 3 scenes of stack_blocks_two \(protocol, .* --scenes"):
        compared(a, d)


def test_settings_that_do_not_matter_are_no_warning(tmp_path):
    config = {"out": "x", "policy": "other", "videos": 3, "episodes": 99, "workers": 2}
    assert compared(closed_run(tmp_path / "a"), closed_run(tmp_path / "b", config=config)).cautions == []


def test_instructions_and_pace_that_differ_are_a_warning(tmp_path):
    spoken = scenes([True, True, False])
    spoken[1]["instruction"] = "Do it"
    b = write_run(tmp_path / "b", "closedloop", spoken, assets_kind="real")
    assert compared(closed_run(tmp_path / "a"), b).cautions == [
        "another instruction in 1 of 3 shared episodes"
    ]
    c, d = open_run(tmp_path / "c", dataset_sampling="dense"), open_run(tmp_path / "d", dataset_pace="sparse")
    assert compared(c, d).cautions == ["other sampling of the dataset: dense (A), sparse (B)"]


def test_a_run_that_did_not_finish_is_a_warning(tmp_path):
    b = closed_run(tmp_path / "b")
    run = json.loads((b / "run.json").read_text())
    (b / "run.json").write_text(json.dumps(run | {"status": "interrupted"}))
    assert "B did not finish (interrupted)" in compared(closed_run(tmp_path / "a"), b).cautions[0]
