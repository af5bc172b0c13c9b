"""Scenes that were trained on are never evaluated on, and replays of what was trained on say so."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from harness.closedloop import config
from harness.closedloop.command import main
from harness.compare.command import build_page
from harness.compare.sides import read_side
from harness.core import cli
from harness.core.errors import UserError
from harness.results.cautions import warnings
from harness.results.views import read_runs
from harness.scenes.sets import PROTOCOL, SceneSet
from harness.scenes.training_overlap import free_seed, overlap, overlap_caution, refuse_trained_scenes
from harness.sweep.command import main as sweep
from harness.sweep.config import Config as SweepConfig
from policies.errors import PolicyError
from policies.provenance.training_record import read_training_record

HASH = "a" * 64


@pytest.fixture
def checkpoint(tmp_path):
    """`checkpoint(log)`: a folder with this training record."""

    def make(**log):
        folder = tmp_path / "checkpoint"
        folder.mkdir(exist_ok=True)
        (folder / "training_log.json").write_text(json.dumps(log))
        return folder

    return make


def policy_in(folder):
    return SimpleNamespace(name="mine", describe=lambda: {"path": str(folder)})


def protocol(seed):
    return SceneSet(PROTOCOL, seed)


def recording(known=HASH, seeds=(3, 4, 100_003)):
    records = [{"task": "click_bell", "scene_seed": seed} for seed in seeds]
    return SimpleNamespace(record=records.__getitem__, provenance=lambda: {"dataset_hash": known})


def test_every_scene_an_evaluation_may_take_is_looked_at():
    seeds = {"click_bell": [0, 7, 100_000, 100_499, 100_500], "lift_pot": [200_000]}
    both = ["click_bell", "lift_pot"]
    assert overlap(seeds, both, protocol(0), episodes=10) == {"click_bell": [100_000, 100_499]}
    assert overlap(seeds, both, protocol(1), episodes=10) == {"lift_pot": [200_000]}
    assert overlap(seeds, ["click_bell"], protocol(1), episodes=10) == {}
    assert overlap({"click_bell": range(300)}, both, protocol(0), episodes=1000) == {}
    assert free_seed(seeds, both, episodes=10) == 2 and free_seed({}, both, episodes=10) == 0


def test_an_evaluation_of_trained_scenes_is_refused_before_anything_starts(checkpoint, tmp_path, capsys):
    folder = checkpoint(scene_seeds={"click_bell": [5, 100_007, 100_002], "lift_pot": [100_000]})
    argv = ["--policy", str(folder), "--task", "click_bell", "--out", str(tmp_path / "run")]
    with pytest.raises(SystemExit) as stop:
        cli.run(main, config.Config, argv)
    assert stop.value.code == 2 and not (tmp_path / "run").exists()
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert "--scenes official evaluates: 100002, 100007 of click_bell" in line
    assert "--scenes protocol --seed 1 for one" in line
    with pytest.raises(SystemExit) as stop:
        cli.run(main, config.Config, [*argv, "--scenes", "protocol"])
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert "--seed 0 evaluates: 100002, 100007 of click_bell" in line and "choose another --seed, 1" in line
    with pytest.raises(UserError, match="100002, 100007 of click_bell"):
        sweep(SweepConfig(policy=str(folder), task="click_bell", out=tmp_path / "sweep"))
    assert not (tmp_path / "sweep").exists()
    refuse_trained_scenes(str(folder), ["click_bell", "lift_pot"], protocol(1), episodes=10)
    with pytest.raises(UserError, match="'mine' was trained on scenes"):
        refuse_trained_scenes(policy_in(folder), ["lift_pot"], protocol(0), episodes=1)


def test_who_has_no_training_record_is_held_to_nothing(tmp_path, checkpoint):
    for policy in (str(tmp_path), "hold", "owner/pi0", SimpleNamespace(describe=lambda: {})):
        refuse_trained_scenes(policy, ["click_bell"], protocol(0), 10)
    assert read_training_record(checkpoint(loss=[1, 2])).scene_seeds == {}
    for wrong in ({"scene_seeds": [1]}, {"scene_seeds": {"a": ["x"]}}, {"datasets": [3]}):
        with pytest.raises(PolicyError, match="mend or remove it"):
            read_training_record(checkpoint(**wrong))


def test_a_replay_of_what_was_trained_on_says_so(checkpoint):
    about = {"dataset_hash": HASH, "trained_episodes": [0, 2], "held_out_episodes": [1]}
    policy = policy_in(checkpoint(scene_seeds={"click_bell": [3, 100_003]}, datasets=[about]))
    assert "trained on these episodes (2 of 3, training_log.json)" in overlap_caution(
        policy, recording(), [0, 1, 2]
    )
    assert overlap_caution(policy, recording(), [1]) is None
    copy = recording("b" * 64)
    assert "trained on the scenes of these episodes (1 of 2" in overlap_caution(policy, copy, [1, 2])
    assert overlap_caution(policy, copy, [1]) is None
    earlier = policy_in(checkpoint(datasets=[{"dataset_hash": HASH}]))
    assert "which episodes were held out is not recorded" in overlap_caution(earlier, recording(), [1])


def test_reports_and_comparisons_repeat_it(tmp_path):
    from run_samples import open_run

    open_run(tmp_path / "seen", training_overlap="demo was trained on these episodes (4 of 4)")
    open_run(tmp_path / "new")
    said = warnings(read_runs([tmp_path / "seen", tmp_path / "new"]))
    assert [line for line in said if "trained" in line] == [
        "seen: demo was trained on these episodes (4 of 4)."
    ]
    page = build_page(read_side(str(tmp_path / "seen")), read_side(str(tmp_path / "new")))
    assert "A: demo was trained on these episodes (4 of 4)" in page.cautions
