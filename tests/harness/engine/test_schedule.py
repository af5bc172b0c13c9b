"""The rows of a run are the same whoever works on it, in whatever order they finish."""

import itertools
import random

import pytest
from run_samples import records

from harness.engine.schedule import Schedule
from harness.engine.task_schedule import Earlier, TaskSchedule
from harness.runs.rows import latest
from harness.scenes.protocol import Verdict

WANTED = 5


def verdict(task, seed):
    """Every third scene is refused; task `empty` has none that counts."""
    ok = task != "empty" and (seed + len(task)) % 3 != 0
    return Verdict(seed, ok, None if ok else "out of reach", None if ok else "expert")


def tasks(**known):
    return Schedule(
        [
            TaskSchedule(
                task, itertools.count(), WANTED, known.get("verdicts", {}), [Earlier(known.get("done", ()))]
            )
            for task in ("one", "empty", "three")
        ]
    )


def work_through(plan, workers, dice, loses=0.0):
    """Rows of a plan under workers that take their time at random and are lost with probability `loses`."""
    rows, busy = [], []
    while True:
        while len(busy) < workers and (work := plan.next()):
            busy.append((work, work.screened))
        rows += [row for _, row in plan.rows()]
        if not busy:
            return rows
        work, screened = busy.pop(dice.randrange(len(busy)))
        if dice.random() < loses:
            plan.lost(work, "it died")
        elif screened:
            plan.finished(work, {"task": work.task, "seed": work.seed, "status": "ok", "success": True})
        else:
            found = verdict(work.task, work.seed)
            plan.screened(work, found)
            if found.ok:
                busy.append((work, True))


def by_episode(rows):
    return {(row.task, row.seed): row for row in latest(records(*rows))}


@pytest.fixture(scope="module")
def alone():
    rows = work_through(tasks(), 1, random.Random(0))
    assert len(rows) == 2 * WANTED + 1
    return by_episode(rows)


@pytest.mark.parametrize("workers", [2, 3, 8, 40])
def test_workers_and_order_change_nothing(alone, workers):
    for seed in range(20):
        rows = work_through(tasks(), workers, random.Random(seed))
        assert by_episode(rows) == alone
        assert len(rows) == len(alone), "nothing is written twice"


def test_those_that_count_are_the_first_that_do(alone):
    assert [seed for task, seed in alone if task == "one"] == [1, 2, 4, 5, 7]
    assert [alone["one", seed].skipped["expert"] for seed in (1, 2, 4)] == [1, 0, 1]


def test_a_task_without_scenes_that_count_stops_with_one_row(alone):
    (row,) = [row for (task, _), row in alone.items() if task == "empty"]
    assert (row.seed, row.status) == (49, "error")
    assert "50 scenes in a row were refused (last: out of reach)" in row.error


def test_losing_a_worker_now_and_then_costs_no_episode(alone):
    for seed in range(20):
        found = by_episode(work_through(tasks(), 3, random.Random(seed), loses=0.03))
        errors = [key for key, row in found.items() if row.status == "error" and key[0] != "empty"]
        assert all(found[key] == alone[key] for key in found if key in alone and key not in errors)
        assert len(found) == len(alone)


def test_what_is_done_and_what_is_known_is_not_done_again(alone):
    known = {seed: verdict("one", seed) for seed in range(6)}
    plan = Schedule([TaskSchedule("one", itertools.count(), WANTED, known, [Earlier({1, 2, 5})])])
    first = [plan.next() for _ in range(3)]
    assert [(work.seed, work.screened) for work in first if work] == [(4, True), (6, False)]
    plan = Schedule([TaskSchedule("one", itertools.count(), 3, known, [Earlier({1, 2, 4})])])
    assert plan.next() is None and plan.rows() == []
