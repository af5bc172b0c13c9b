"""The horizon sweep runs every setting on the same scenes, and goes on where it stopped."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from fake_scenes import FakeOptions, FakeQueue, Fault, prepared
from sweep_samples import outcomes, replayed, rows_of

from harness.closedloop import command as closedloop
from harness.core.errors import UserError
from harness.metrics.closedloop_summary import summarize_closedloop
from harness.metrics.openloop_summary import summarize_openloop
from harness.openloop import command as openloop
from harness.openloop.config import Config as OpenLoop
from harness.runs.compatibility import differences
from harness.runs.directory import MODES, RunDir
from harness.runs.provenance import provenance
from harness.runs.rows import latest
from harness.sweep import runs as sweep_run
from harness.sweep.command import main
from harness.sweep.config import Config
from harness.sweep.runs import replayed_tasks
from harness.trackers.opening import check_tracker
from policies.baselines import Hold


class Loops:
    """Stands in for both commands: writes what they would, or stops as if it had been interrupted."""

    def __init__(self, monkeypatch):
        self.calls, self.stop_at, self.together = [], None, closedloop.main_together
        monkeypatch.setattr(openloop, "main", lambda config, policy, goes_on: self("openloop", config))
        monkeypatch.setattr(
            closedloop,
            "main_together",
            lambda configs, policies, goes_on: [self("closedloop", config) for config in configs],
        )
        monkeypatch.setattr(sweep_run, "replayed_tasks", lambda dataset, tasks: ("all", []))

    def __call__(self, mode, config):
        {"openloop": openloop, "closedloop": closedloop}[mode].check(config)
        check_tracker(config)
        self.calls.append((config.out.name, config.resume))
        facts = provenance(assets_kind="stand-in")
        with RunDir.create(
            mode, "hold", config=config, provenance=facts, out=config.out, resume=config.resume
        ) as run:
            if len(self.calls) == self.stop_at:
                raise KeyboardInterrupt
            finished = {row.key for row in run.rows()}
            rows = rows_of(outcomes(3, 4)) if mode == "closedloop" else replayed(config.horizon)
            for row in rows:
                if row.key not in finished:
                    run.add(row)
            summarize = summarize_closedloop if mode == "closedloop" else summarize_openloop
            run.save_summary(summarize(rows))
        print("a table")


@pytest.fixture
def loops(monkeypatch):
    return Loops(monkeypatch)


def test_every_setting_is_a_run_directory_and_the_scenes_are_the_same(loops, tmp_path, capsys):
    out = tmp_path / "sweep"
    config = Config(policy="hold", task="click_bell", horizons=(10, 50), episodes=4, seed=3, out=out)
    assert main(config) == 0
    assert [name for name, _ in loops.calls] == [
        "openloop-h10-plain",
        "openloop-h50-plain",
        "closedloop-h10-plain",
        "closedloop-h50-plain",
    ]
    settings = [RunDir.load(out / f"closedloop-h{k}-plain").run["config"] for k in (10, 50)]
    differ = {key for key in settings[0] if settings[0][key] != settings[1][key]}
    assert differ == {"horizon", "out"} and settings[0]["seed"] == 3
    captured = capsys.readouterr()
    assert "sweep 3-4/4: closedloop-h10-plain, closedloop-h50-plain" in captured.err
    assert "a table" not in captured.out and "is open" not in captured.err and "sweep.html" in captured.out
    assert "stand-in assets" in captured.out


def test_every_setting_runs_with_the_workers_and_numbers_asked_for(loops, tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr("policies.load_policy", lambda name, **how: asked.append(how) or Hold(chunk_size=50))
    config = Config(policy="hold", task="click_bell", horizons=(10, 50), workers=3, dtype="bfloat16")
    main(replace(config, out=tmp_path))
    assert [how["dtype"] for how in asked] == ["bfloat16"], "the policy is loaded once"
    for k in (10, 50):
        replay, acted = (RunDir.load(tmp_path / f"{mode}-h{k}-plain").run["config"] for mode in MODES)
        assert (replay["workers"], acted["workers"]) == (1, 3)
        assert (replay["dtype"], acted["dtype"]) == ("bfloat16", "bfloat16")


def test_the_expert_looks_at_each_scene_once_for_the_whole_sweep(loops, tmp_path, monkeypatch):
    """In real worker processes, on scenes in miniature; every fifth one the expert cannot solve."""
    looked = tmp_path / "looked"
    looked.mkdir()
    scenes = range(100_000, 100_012)
    options = FakeOptions(
        folder=str(looked), faults=tuple(Fault("none", seed, "judge", 9) for seed in scenes)
    )

    def prepare(config, tasks, policy, *_):
        ready = prepared(options, tasks)
        return replace(ready, config=config, horizon=config.horizon)

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(closedloop, "main_together", loops.together)
    monkeypatch.setattr("harness.closedloop.evaluation.prepare", prepare)
    monkeypatch.setattr("harness.closedloop.crew.InferenceQueue", FakeQueue)
    out = tmp_path / "sweep"
    main(
        Config(
            policy="hold", task="click_bell", horizons=(2, 4), episodes=6, workers=2, batch_size=2, out=out
        )
    )
    rows = [latest(RunDir.load(out / f"closedloop-h{k}-plain").rows()) for k in (2, 4)]
    seeds = [[row.seed for row in found] for found in rows]
    assert seeds[0] == seeds[1] == [100_001, 100_002, 100_003, 100_004, 100_006, 100_007]
    assert [row.digest for row in rows[0]] != [row.digest for row in rows[1]]
    assert {path.name for path in looked.iterdir()} == {f"{seed}-judge-0" for seed in range(100_000, 100_008)}
    assert json.loads((out / "sweep.json").read_text())["common_scenes"] == 6


def test_an_interrupted_sweep_goes_on_where_it_stopped(loops, tmp_path):
    config = Config(policy="hold", task="click_bell", horizons=(10, 50), episodes=4, out=tmp_path)
    loops.stop_at = 3
    with pytest.raises(KeyboardInterrupt):
        main(config)
    assert not (tmp_path / "sweep.json").exists()
    loops.calls, loops.stop_at = [], None
    assert main(replace(config, resume=True, horizons=(10, 25, 50))) == 0
    assert [resume for _, resume in loops.calls] == [True, False, True, True, False, False]
    assert len(json.loads((tmp_path / "sweep.json").read_text())["points"]) == 3
    assert len(RunDir.load(tmp_path / "closedloop-h10-plain").rows()) == 4


def test_a_sweep_is_not_resumed_with_other_settings(loops, tmp_path):
    config = Config(policy="hold", task="click_bell", horizons=(10,), episodes=4, out=tmp_path)
    main(config)
    with pytest.raises(UserError, match=r"cannot resume .*seed: 0 -> 1"):
        main(replace(config, seed=1, resume=True))


def test_a_run_from_before_strategies_was_plain():
    def run(**config):
        return {"mode": "openloop", "config": {"horizon": 10, **config}, "provenance": {}}

    assert differences(run(), run(strategy="plain")) == []
    assert differences(run(), run(strategy="ensemble")) == ["strategy: 'plain' -> 'ensemble'"]


def test_open_loop_takes_a_policy_that_is_loaded_and_a_strategy(tmp_path, recorded):
    config = OpenLoop(
        policy="hold",
        dataset=str(recorded),
        episodes="0:1",
        horizon=10,
        strategy="ensemble",
        videos=0,
        out=tmp_path,
    )
    openloop.main(config, Hold(chunk_size=20))
    run = RunDir.load(tmp_path)
    assert run.run["config"]["strategy"] == "ensemble"
    assert run.predictions[0].chunks.shape[1] == 20


def test_the_open_loop_is_on_the_tasks_that_are_swept_where_the_dataset_has_them(recorded):
    both = ["stack_blocks_two", "handover_block"]
    assert replayed_tasks(str(recorded), both) == (",".join(both), [])
    task, (caution,) = replayed_tasks(str(recorded), ["handover_block", "click_bell"])
    assert task == "handover_block" and "no episode of click_bell" in caution
    task, (caution,) = replayed_tasks(str(recorded), ["click_bell"])
    assert task == "all" and "whatever their task" in caution


@pytest.mark.slow
def test_a_sweep_runs_as_it_is_typed(tmp_path, run_command):
    out = tmp_path / "sweep"
    asked = [
        "--policy",
        "hold",
        "--task",
        "click_bell",
        "--episodes",
        "1",
        "--replayed",
        "0:1",
        "--max-actions",
        "2",
    ]
    done = run_command("harness.sweep", *asked, "--horizons", "1", "4", "--out", str(out), limit_s=240)
    assert done.returncode == 0, done.stderr
    assert "horizon" in (out / "sweep.html").read_text()
