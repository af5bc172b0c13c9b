"""A worker, without a process around it: what it tells the parent, and how often the expert has to work."""

import dataclasses

import numpy as np
import pytest
from fake_scenes import FakeOptions, FakeScene, prepared

from harness.engine.messages import Answer, Finished, Going, Screened
from harness.engine.task_schedule import Attempt
from harness.engine.worker import Worker
from harness.runs.trajectories import Trajectory

SEED = 100_001


class Parent:
    def __init__(self):
        self.said = []

    def send(self, message):
        self.said.append(message)


class ExpertScene(FakeScene):
    """Its expert moves in a straight line; `played` counts how often it was asked."""

    played = 0

    def demonstrate(self, on_frame=None):
        ExpertScene.played += 1
        for _ in range(4):
            self.state = (self.state * 0.9).astype(np.float32)
            if on_frame:
                on_frame()
        return super().demonstrate()

    def observe(self):
        return {"agent_pos": self.state}


class ExpertOptions(FakeOptions):
    def make(self, task, roles=(), observer=False):
        return ExpertScene(self, task)


@pytest.fixture
def attempt(monkeypatch):
    """`attempt(work)` -> (what the worker said, how often the expert worked)."""
    monkeypatch.setattr(ExpertScene, "played", 0)

    def make(work):
        replaying = dataclasses.replace(prepared(ExpertOptions()).setup(None), chunk_size=None)
        parent = Parent()
        Worker([replaying], parent).attempt(work)
        return parent.said, ExpertScene.played

    return make


def test_the_expert_that_is_judged_and_replayed_works_once(attempt):
    said, played = attempt(Attempt("alpha", SEED))
    assert [type(message) for message in said] == [Screened, Going, Going, Finished]
    assert played == 1
    again, played = attempt(Attempt("alpha", SEED, screened=True))
    assert [type(message) for message in again] == [Going, Going, Finished]
    assert played == 2, "a verdict that is remembered brings no actions with it"
    assert said[-1].row["digest"] == again[-1].row["digest"]
    assert said[-1].row["steps"] == 3


def test_a_scene_the_expert_cannot_solve_is_not_run(attempt):
    said, played = attempt(Attempt("alpha", 100_005))
    (screened,) = said
    assert not screened.verdict.ok and screened.verdict.cause == "expert"
    assert played == 1


def test_what_happened_is_kept_where_the_run_has_a_folder(tmp_path):
    setup = prepared(FakeOptions()).setup(None, tmp_path)
    parent = Parent()
    worker = Worker([setup], parent)
    chunk = np.full((setup.chunk_size, 14), 0.5, np.float32)
    parent.receive = lambda: Answer(chunk, 0.0)
    worker.attempt(Attempt("alpha", SEED))
    (row,) = [message.row for message in parent.said if isinstance(message, Finished)]
    kept = Trajectory.load(tmp_path / row["trajectory"])
    assert len(kept.actions) == row["steps"]
    assert len(kept.states) == row["steps"] + 1
    assert kept.replans.tolist() == list(range(0, row["steps"], setup.horizon))
    assert kept.looks.tolist() == [*kept.replans.tolist(), row["steps"]]
    assert kept.names.tolist() == ["box"]
    assert np.array_equal(kept.chunks[0], chunk)
