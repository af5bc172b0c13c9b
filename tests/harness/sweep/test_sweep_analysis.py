"""What the tests of a horizon sweep carry: the best, what differs from it, and what it costs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from run_samples import closed_row, records
from scipy import stats as scipy_stats
from sweep_samples import outcomes, point, rows_of

from harness.sweep.analysis import best, common_scenes, cost, effort, paired_mae, paired_rates, successes_of


def test_the_best_has_most_successes_and_of_equals_asks_least():
    points = [point(5, outcomes(8)), point(10, outcomes(12)), point(25, outcomes(12)), point(50, outcomes(3))]
    assert best(points).key == (25, "plain")
    assert best([point(5, [])]) is None and best([point(5, outcomes(3)), point(9, outcomes(3))]) is None


def test_tests_are_exact_mcnemar_on_the_same_scenes_and_holm_adjusted():
    points = [point(5, outcomes(30)), point(10, outcomes(20)), point(50, outcomes(18))]
    found = paired_rates(points, points[2])
    assert set(found) == {(5, "plain"), (10, "plain")}
    raw = [scipy_stats.binomtest(12, 12).pvalue, scipy_stats.binomtest(2, 2).pvalue]
    assert [found[k, "plain"].p for k in (5, 10)] == pytest.approx(raw)
    assert [found[k, "plain"].p_holm for k in (5, 10)] == pytest.approx([2 * raw[0], raw[1]])
    assert (found[5, "plain"].only_a, found[5, "plain"].only_b) == (0, 12)
    assert found[5, "plain"].difference == pytest.approx(12 / 40)
    assert paired_rates(points, None) == {}


def test_only_scenes_every_setting_finished_are_tested():
    a, b = point(5, outcomes(30)), point(50, outcomes(20))
    b = replace(b, closed_rows=b.closed_rows[:25])
    found = common_scenes([a, b])
    assert [len(p.closed_rows) for p in found] == [25, 25]
    assert [successes_of(p) for p in found] == [25, 20]
    assert paired_rates(found, found[1])[5, "plain"].n == 25


def test_the_error_is_compared_by_episode():
    points = [point(5, []), point(20, [])]
    found = paired_mae(points, points[1])[5, "plain"]
    change = [a.mae - b.mae for a, b in zip(points[0].open_rows, points[1].open_rows, strict=True)]
    assert found.difference == pytest.approx(np.mean(change)) and found.difference < 0
    assert (found.ci, found.n) == (None, 4) and found.p_holm == found.p >= 1 / 8


def test_cost_is_chunks_an_episode_and_milliseconds_a_chunk():
    found = cost(rows_of(outcomes(1, 4), seconds=0.5))
    assert (found.n, found.chunks, found.ms) == (4, 10, pytest.approx(50))
    assert cost(records(closed_row(1, True, replans=9))).ms is None  # a run from before time was taken
    assert (cost([]).chunks, cost([]).ms) == (None, None)


def test_effort_is_actions_a_rollout_with_failures_at_their_limit():
    found = effort(records(*(closed_row(seed, seed < 3) for seed in range(4))))
    assert (found.n, found.actions) == (4, (3 * 120 + 400) / 4)
    assert effort([]).actions is None
    assert effort(records(closed_row(1, None, status="error", steps=None))).n == 0
