"""Several policies in one go leave what each would have left alone, and share the expert's verdicts."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from fake_scenes import FakeOptions, FakePolicy, FakeQueue, Fault, prepared

from harness.closedloop import command, evaluation
from harness.closedloop.config import Config
from harness.core import cli
from harness.core.errors import UserError
from harness.runs.directory import RunDir
from harness.runs.rows import latest

TIMES = ("seconds", "inference_seconds")
TASKS = ["alpha", "beta"]


class OtherQueue(FakeQueue):
    """Predicts otherwise for another policy."""

    def __init__(self, policy, adapter, run_seed, batch_size):
        super().__init__(policy, adapter, run_seed, batch_size)
        self.policy = policy

    def _chunk(self, seed, ask):
        return super()._chunk(seed, ask) * self.policy.scale


class Scaled(FakePolicy):
    def __init__(self, scale):
        self.scale, self.content_hash = scale, None


@pytest.fixture
def act(tmp_path, monkeypatch):
    """`act(policy, …)`: the command on scenes in miniature; every judgement leaves a file in `looked`."""
    looked = tmp_path / "looked"
    looked.mkdir()
    faults = tuple(Fault("none", seed, "judge", 99) for seed in range(100_000, 100_012))

    def prepare(config, tasks, policy=None, scenes=None):
        ready = prepared(FakeOptions(folder=str(looked), faults=faults), tasks)
        scale = {"one": 1.0, "two": 0.9}[config.policy]
        return replace(ready, config=config, policy=Scaled(scale))

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(evaluation, "prepare", prepare)
    monkeypatch.setattr(command, "chosen_tasks", lambda _: TASKS)
    monkeypatch.setattr(evaluation, "write_report", lambda _, out: out / "report.html")
    monkeypatch.setattr(command, "write_report", lambda runs, out: out / f"{len(runs)} runs")
    monkeypatch.setattr("harness.closedloop.crew.InferenceQueue", OtherQueue)

    def start(policy, out, **settings):
        config = Config(policy=policy, episodes=4, workers=2, videos=False, assets=None, out=tmp_path / out)
        return command.main(replace(config, **settings))

    return start


def rows(path):
    found = {}
    for row in latest(RunDir.load(path).rows()):
        found[row.key] = {key: value for key, value in row.plain().items() if key not in TIMES}
    return found


def test_each_policy_gets_what_it_would_get_alone_and_scenes_are_judged_once(act, tmp_path, capsys):
    assert act("one, two", "both") == cli.DONE
    screened = [path.name for path in (tmp_path / "looked").iterdir()]
    assert len(screened) == len({name.split("-judge-")[0] for name in screened}) * len(TASKS)
    assert f"report of all: {tmp_path / 'both' / '2 runs'}" in capsys.readouterr().out
    both = {name: rows(tmp_path / "both" / name) for name in ("one", "two")}
    assert both["one"].keys() == both["two"].keys() and len(both["one"]) == 8
    assert {key: row["digest"] for key, row in both["one"].items()} != {
        key: row["digest"] for key, row in both["two"].items()
    }
    for name in ("one", "two"):
        act(name, f"alone-{name}")
        assert rows(tmp_path / f"alone-{name}") == both[name]
        config = json.loads((tmp_path / "both" / name / "run.json").read_text())["config"]
        assert config["policy"] == name


def test_what_was_interrupted_goes_on_for_each(act, tmp_path, monkeypatch, capsys):
    add, written = RunDir.add, []

    def stops(self, row):
        add(self, row)
        written.append(row)
        if len(written) == 5:
            raise KeyboardInterrupt

    monkeypatch.setattr(RunDir, "add", stops)
    with pytest.raises(KeyboardInterrupt):
        act("one,two", "both")
    said = capsys.readouterr().err
    assert "5 of 16 episodes are done and safe" in said
    assert f"--policy one,two --episodes 4 --workers 2 --no-videos --out {tmp_path / 'both'} --resume" in said
    monkeypatch.setattr(RunDir, "add", add)
    assert act("one,two", "both", resume=True) == cli.DONE
    for name in ("one", "two"):
        act(name, f"alone-{name}")
        assert rows(tmp_path / "both" / name) == rows(tmp_path / f"alone-{name}")


@pytest.mark.parametrize("names", ["one,one", "one,", ","])
def test_a_policy_named_twice_or_not_at_all_is_refused(act, names):
    with pytest.raises(UserError, match="names a policy twice, or none"):
        act(names, "out")
