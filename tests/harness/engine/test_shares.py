"""Parts of a run and several policies in one: the same rows as the whole, as each policy alone."""

import itertools
import random

import pytest
from run_samples import records

from harness.core.errors import UserError
from harness.core.share import WHOLE, Share, read_share
from harness.engine.schedule import Schedule
from harness.engine.task_schedule import Earlier, TaskSchedule
from harness.runs.rows import latest
from harness.scenes.protocol import Verdict

WANTED, TASKS = 5, ("one", "empty", "three")


def verdict(task, seed):
    """Every third scene is refused; task `empty` has none that counts."""
    ok = task != "empty" and (seed + len(task)) % 3 != 0
    return Verdict(seed, ok, None if ok else "out of reach", None if ok else "expert")


def schedule(share=WHOLE, policies=1, listed=False, earlier=None):
    return Schedule(
        [
            TaskSchedule(
                task,
                range(WANTED) if listed else itertools.count(),
                WANTED,
                {seed: Verdict(seed, True) for seed in range(WANTED)} if listed else {},
                (earlier or {}).get(task) or [Earlier()] * policies,
                share.within(number, WANTED),
            )
            for number, task in enumerate(TASKS)
        ]
    )


def work_through(plan, workers, dice, loses=0.0, limit=10**9):
    """(rows of each policy, attempts run) under workers that take their time at random; up to `limit` rows."""
    rows, busy, run = {}, [], []
    while True:
        while len(busy) < workers and (work := plan.next()):
            busy.append((work, work.screened))
        for policy, row in plan.rows():
            rows.setdefault(policy, []).append(row)
        if not busy or sum(map(len, rows.values())) >= limit:
            return rows, run
        work, screened = busy.pop(dice.randrange(len(busy)))
        if dice.random() < loses:
            plan.lost(work, "it died")
        elif screened:
            run.append(work)
            plan.finished(work, row_of(work))
        else:
            found = verdict(work.task, work.seed)
            plan.screened(work, found)
            if found.ok and work.runs:
                busy.append((work, True))


def row_of(work):
    row = {"task": work.task, "seed": work.seed, "status": "ok", "success": True}
    return row | {"digest": f"{work.policy}-{work.task}-{work.seed}"}


def by_episode(rows):
    return {(row.task, row.seed): row for row in latest(records(*rows))}


@pytest.fixture(scope="module")
def whole():
    return by_episode(work_through(schedule(), 1, random.Random(0))[0][0])


@pytest.mark.parametrize("of", [1, 2, 3, 4, 7])
def test_parts_of_a_run_are_its_rows_each_once(whole, of):
    for seed in range(5):
        found, run = [], []
        for index in range(1, of + 1):
            rows, mine = work_through(schedule(Share(index, of)), 3, random.Random(seed))
            found += rows.get(0, [])
            run += mine
        assert by_episode(found) == whole
        assert len(found) == len(whole), "no row is in two parts"
        assert len({(work.task, work.seed) for work in run}) == len(run), "nothing is run twice"


@pytest.mark.parametrize("of", [2, 4])
def test_parts_of_listed_scenes_are_of_one_size_and_nothing_is_screened(of):
    whole = by_episode(work_through(schedule(listed=True), 1, random.Random(0))[0][0])
    assert len(whole) == WANTED * len(TASKS)
    parts = [work_through(schedule(Share(i, of), listed=True), 2, random.Random(i)) for i in range(1, of + 1)]
    assert by_episode([row for rows, _ in parts for row in rows[0]]) == whole
    sizes = [len(rows[0]) for rows, _ in parts]
    assert max(sizes) - min(sizes) <= 1
    assert all(work.screened for _, run in parts for work in run)


def test_several_policies_get_the_rows_each_would_get_alone(whole):
    for seed in range(10):
        rows, run = work_through(schedule(policies=3), 4, random.Random(seed), loses=0.02 * (seed % 2))
        assert set(rows) == {0, 1, 2}
        for policy, mine in rows.items():
            found = by_episode(mine)
            assert set(found) == set(whole) and len(mine) == len(whole)
            for key, row in found.items():
                if row.status == "ok":
                    assert row.plain() == whole[key].plain() | {"digest": f"{policy}-{key[0]}-{key[1]}"}
                elif key[0] != "empty":
                    assert "the worker was lost twice: it died" in row.error
        first = [work for work in run if not work.screened]
        assert len({(work.task, work.seed) for work in first}) == len(first), "a scene is screened once"


def test_what_a_policy_has_is_not_run_again_and_the_other_gets_it(whole):
    rows, _ = work_through(schedule(policies=2), 2, random.Random(3), limit=7)
    done = [{key for key, row in by_episode(rows.get(p, [])).items() if row.status == "ok"} for p in (0, 1)]
    assert done[0] != done[1]
    earlier = {
        task: [Earlier([seed for name, seed in mine if name == task]) for mine in done] for task in TASKS
    }
    plan = schedule(earlier=earlier)
    for task in TASKS:  # as a verdict cache, and rows that are there, say it
        known = set().union(*(policy.done for policy in earlier[task]))
        plan.tasks[task]._known |= {seed: Verdict(seed, True) for seed in known}
    more, run = work_through(plan, 3, random.Random(4))
    assert not {(work.policy, work.task, work.seed) for work in run} & {
        (p, *key) for p in (0, 1) for key in done[p]
    }
    for policy in (0, 1):
        both = by_episode(rows.get(policy, []) + more.get(policy, []))
        assert set(both) == set(whole)


@pytest.mark.parametrize("text", ["0/4", "5/4", "2", "a/b", "1/0", "-1/4", "1/4/2", "1/99999"])
def test_a_part_of_nothing_is_refused(text):
    with pytest.raises(UserError, match="give I/N"):
        read_share(text)


def test_a_part_is_read():
    assert read_share("2/4") == Share(2, 4) and str(Share(2, 4)) == "2/4"
    assert read_share(None) == WHOLE and WHOLE.is_whole
