"""Many environments, one policy: whatever workers do, every episode is there once, and the same."""

from __future__ import annotations

import json
import os
import signal

import pytest
from fake_scenes import FakeOptions, FakeQueue, Fault, prepared

from harness.closedloop import simulation
from harness.core.errors import RunFailed
from harness.engine.local_pool import LocalPool
from harness.runs.directory import RunDir
from harness.runs.rows import latest

TIMES = ("seconds", "inference_seconds")
S = 100_000


@pytest.fixture(autouse=True)
def without_torch(monkeypatch):
    """A mind that needs no torch."""
    monkeypatch.setattr("harness.closedloop.crew.InferenceQueue", FakeQueue)


@pytest.fixture
def run(tmp_path, monkeypatch):
    """`run(name, fault, ..., workers=2)`: the rows of a run with these faults, in a folder of that name."""

    def start(name, *faults, patience=60.0, tasks=("alpha", "beta"), **settings):
        folder = tmp_path / f"{name}-faults"
        folder.mkdir(exist_ok=True)
        monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
        options = FakeOptions(folder=str(folder), faults=faults, refused=settings.pop("refused", ()))
        ready = prepared(options, tasks, episodes=5, patience=patience, **settings)
        with RunDir.create(
            "closedloop", "fake", config={}, provenance={}, out=tmp_path / name, resume=True
        ) as opened:
            simulation.simulate_missing([simulation.Player(ready, opened)])
            return opened.rows()

    return start


def results(rows):
    return {row.key: row.model_copy(update=dict.fromkeys(TIMES)) for row in latest(rows)}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        path = tmp_path_factory.mktemp("undisturbed")
        patch.setenv("XDG_CACHE_HOME", str(path / "cache"))
        patch.setattr("harness.closedloop.crew.InferenceQueue", FakeQueue)
        with RunDir.create("closedloop", "fake", config={}, provenance={}, out=path / "run") as opened:
            ready = prepared(FakeOptions(), episodes=5, workers=1)
            simulation.simulate_missing([simulation.Player(ready, opened)])
            return results(opened.rows())


def test_the_number_of_workers_changes_no_result(run, undisturbed):
    assert len(undisturbed) == 10
    assert len({row.digest for row in undisturbed.values()}) == 10
    assert {row.success for row in undisturbed.values()} == {True, False}
    assert all(row.seed % 5 for row in undisturbed.values())
    assert undisturbed["alpha", S + 1].skipped == {"unstable": 0, "solved": 0, "expert": 1}
    for workers in (2, 4):
        assert results(run(f"with-{workers}", workers=workers, batch_size=2)) == undisturbed


def test_a_shorter_limit_ends_the_same_episodes_sooner(run, undisturbed):
    short = results(run("short", max_actions=5))
    assert all(row.step_limit == 5 for row in short.values())
    for key, row in short.items():
        whole = undisturbed[key]
        assert row.success == (whole.success and whole.steps <= 5)
        assert row.steps == min(5, whole.steps)
        assert row.success or row.failure.startswith("time limit")
    assert {row.success for row in short.values()} == {True, False}


def test_an_episode_whose_worker_is_lost_is_tried_once_more(run, undisturbed, capfd):
    faults = (
        Fault("segv", S + 1, "run", 1),
        Fault("kill", S + 2, "judge", 1),
        Fault("memory", S + 3, "run", 1),
        Fault("bug", S + 4, "run", 1),
    )
    assert results(run("once", *faults, workers=2, tasks=("beta",))) == {
        key: row for key, row in undisturbed.items() if key[0] == "beta"
    }
    said = capfd.readouterr().err
    assert "beta 100001: it died of SIGSEGV" in said
    assert "KeyError: 'no such link'" in said, "a bug of ours keeps its traceback"


def test_what_fails_twice_is_an_error_and_no_result(run, undisturbed, monkeypatch):
    monkeypatch.setattr(FakeQueue, "wild", (S + 4,))
    faults = (
        Fault("segv", S + 1, "run", 2),
        Fault("kill", S + 2, "judge", 2),
        Fault("bug", S + 3, "run", 2),
    )
    found = results(run("twice", *faults, workers=2, tasks=("alpha",)))
    for seed, reason in (
        (S + 1, "the worker was lost twice: it died of SIGSEGV"),
        (S + 2, "the worker was lost twice: it was killed or ran out of memory"),
        (S + 3, "'no such link'"),
        (S + 4, "policy 'fake' failed at episode 100004, frame 4: action 2 sends a joint to 11 rad"),
    ):
        row = found["alpha", seed]
        assert (row.status, row.success) == ("error", None)
        assert reason in row.error
    assert found["alpha", S + 6] == undisturbed["alpha", S + 6], "the others count"
    assert len(found) == 5


def test_a_hanging_worker_is_replaced(run, undisturbed, capfd):
    fault = Fault("stop", S + 1, "run", 1)
    assert results(run("hung", fault, workers=2, patience=3)) == undisturbed
    assert "it gave no sign for" in capfd.readouterr().err


def test_a_mistake_while_judging_stops_its_task_and_no_other(run, undisturbed):
    found = results(run("mistake", Fault("mistake", S + 3, "judge", 9), workers=2))
    assert [key for key in found if key[0] == "alpha"] == [
        ("alpha", S + 1),
        ("alpha", S + 2),
        ("alpha", S + 3),
    ]
    assert found["alpha", S + 3].error == "the task stopped here: the bell has no model; add it"
    assert found["alpha", S + 2] == undisturbed["alpha", S + 2]


def test_a_search_that_finds_only_bad_scenes_stops_its_task(run):
    rows = run("refused", workers=2, tasks=("alpha",), refused=tuple(range(S + 2, S + 99)))
    found = sorted(rows, key=lambda row: row.seed)  # the search may end before the first scene is played
    assert [(row.seed, row.status) for row in found] == [(S + 1, "ok"), (S + 51, "error")]
    assert "50 scenes in a row were refused (last: unstable: box)" in found[1].error


def test_an_error_is_tried_again_and_retracted_where_its_scene_does_not_count(run, undisturbed, tmp_path):
    with RunDir.create("closedloop", "fake", config={}, provenance={}, out=tmp_path / "again") as opened:
        for seed in (S + 1, S + 5):
            row = {"task": "alpha", "seed": seed, "status": "error", "success": None, "error": "lost"}
            opened.add(row)
    rows = run("again", workers=1)
    assert results(rows) == undisturbed
    assert [row.seed for row in rows if row.retracted] == [S + 5]


def test_a_full_disk_is_said_in_one_line_and_nothing_is_torn(run, undisturbed, monkeypatch, tmp_path):
    add, taken = RunDir.add, []

    def full(self, row):
        if len(taken) == 3:
            raise OSError(28, "No space left on device", "episodes.jsonl")
        taken.append(row)
        add(self, row)

    monkeypatch.setattr(RunDir, "add", full)
    with pytest.raises(OSError, match="No space"):
        run("full", workers=2)
    monkeypatch.setattr(RunDir, "add", add)
    assert results(run("full", workers=2)) == undisturbed
    assert json.loads((tmp_path / "full" / "run.json").read_text())["status"] == "done"


def test_a_log_that_is_replaced_ends_the_run_at_once_with_every_row(run, undisturbed, monkeypatch, tmp_path):
    add, taken = RunDir.add, []

    def replaced(self, row):
        taken.append(row.seed)
        if len(taken) == 3:
            log = self.path / "episodes.jsonl"
            (copy := log.with_name("copy")).write_bytes(log.read_bytes())
            copy.replace(log)
        add(self, row)

    monkeypatch.setattr(RunDir, "add", replaced)
    with pytest.raises(
        RunFailed, match=r"was replaced by another file .* its 3 lines are written there again"
    ):
        run("replaced", workers=1)
    assert len(RunDir.load(tmp_path / "replaced").rows()) == len(taken) == 3
    assert json.loads((tmp_path / "replaced" / "run.json").read_text())["status"] != "done"
    monkeypatch.setattr(RunDir, "add", add)
    assert results(run("replaced", workers=2)) == undisturbed


def test_workers_that_never_start_are_not_started_for_ever(monkeypatch):
    monkeypatch.setattr("harness.engine.local_pool.main", os.abort)
    ready = prepared(FakeOptions())
    with (
        pytest.raises(RunFailed, match="workers do not start"),
        LocalPool([ready.setup(None)], 1, 60.0) as pool,
    ):
        for _ in range(10):
            pool.poll(30.0)


def test_workers_end_with_the_run_and_do_not_hear_ctrl_c():
    with LocalPool([prepared(FakeOptions()).setup(None)], 1, 60.0) as pool:
        (member,) = pool.members
        while not member.ready:
            pool.poll(5.0)
        os.kill(member.process.pid, signal.SIGINT)
        pool.poll(0.2)
        assert member.process.is_alive()
    assert not member.process.is_alive()
