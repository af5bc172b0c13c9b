"""Open against closed: correlations against scipy, MMRV against cases worked by hand, and words that hold back."""

import numpy as np
import pytest
from scipy import stats as scipy_stats

from harness.results.scatter_findings import findings
from harness.stats.correlation import agree, mmrv, pearson, spearman
from tools.calibrate.correlations import other_points, these_points


def test_correlations_agree_with_scipy_and_work_on_many_rows_at_once():
    rng = np.random.default_rng(5)
    x, y = rng.normal(size=(3, 20)), rng.integers(0, 4, size=(3, 20)).astype(float)
    for i in range(3):
        assert pearson(x[i], y[i]) == pytest.approx(scipy_stats.pearsonr(x[i], y[i]).statistic)
        assert spearman(x[i], y[i]) == pytest.approx(scipy_stats.spearmanr(x[i], y[i]).statistic)
        assert (pearson(x, y)[i], spearman(x, y)[i]) == (pearson(x[i], y[i]), spearman(x[i], y[i]))
    assert np.isnan(pearson(x[0], np.ones(20))) and np.isnan(spearman(np.ones(20), x[0]))


def test_mmrv_of_the_same_order_is_zero():
    assert mmrv([0.1, 0.2, 0.3], [0.2, 0.5, 0.9]) == 0


def test_mmrv_of_a_reversed_order_is_each_items_largest_gap():
    assert mmrv([0.2, 0.1], [0.3, 0.8]) == pytest.approx(0.5)
    assert mmrv([1, 2, 3], [0.9, 0.5, 0.1]) == pytest.approx((0.8 + 0.4 + 0.8) / 3)


def test_mmrv_of_one_swap_counts_the_two_that_are_swapped():
    assert mmrv([1, 3, 2, 4], [0.1, 0.2, 0.6, 0.9]) == pytest.approx((0 + 0.4 + 0.4 + 0) / 4)


def test_mmrv_of_a_tie_counts_the_better_one_as_simplers_code_does():
    assert mmrv([1, 1], [0.2, 0.8]) == pytest.approx(0.6 / 2)
    assert mmrv([1, 2], [0.5, 0.5]) == 0
    assert mmrv([1, 1, 1], [0.5, 0.5, 0.5]) == 0


def test_mmrv_agrees_with_its_definition_as_loops():
    rng = np.random.default_rng(2)
    x, y = rng.integers(0, 5, size=(2, 9)) / 5, rng.random((2, 9))
    for a, b, found in zip(x, y, mmrv(x, y), strict=True):
        gaps = [[abs(b[i] - b[j]) * ((a[i] > a[j]) != (b[i] > b[j])) for j in range(9)] for i in range(9)]
        assert found == pytest.approx(np.mean([max(row) for row in gaps]))


def test_a_lower_error_with_more_success_is_agreement():
    good = agree([0.4, 0.3, 0.2, 0.1], [1, 3, 5, 9], [10] * 4, draws=50)
    assert good.spearman.value == pytest.approx(1) and good.mmrv.value == 0
    bad = agree([0.1, 0.2, 0.3, 0.4], [1, 3, 5, 9], [10] * 4, draws=50)
    assert bad.spearman.value == pytest.approx(-1) and bad.mmrv.value == pytest.approx(
        (0.8 + 0.6 + 0.4 + 0.8) / 4
    )


def width(interval):
    return interval.high - interval.low


def test_new_rollouts_alone_give_a_narrower_interval_that_shrinks_with_more_of_them():
    error = np.linspace(0.1, 0.4, 8)
    rates = np.array([6, 7, 5, 6, 4, 5, 3, 4])
    few, many = agree(error, 2 * rates, np.full(8, 20)), agree(error, rates * 50, np.full(8, 500))
    assert few.spearman.value == many.spearman.value
    assert width(many.spearman.rollouts_ci) < 0.5 * width(few.spearman.rollouts_ci)
    assert width(many.spearman.rollouts_ci) < width(many.spearman.ci)
    assert few == agree(error, 2 * rates, np.full(8, 20)), "the same draws every time"


def test_the_interval_over_points_is_fishers_where_rollouts_are_endless():
    rng = np.random.default_rng(0)
    error = rng.random(24)
    rates = np.clip(1 - error + rng.normal(0, 0.2, 24), 0, 1)
    found = agree(error, (rates * 10**8).astype(int), np.full(24, 10**8), draws=200)
    own = scipy_stats.pearsonr(-error, rates).confidence_interval(0.95)
    assert found.pearson.ci == pytest.approx((own.low, own.high), abs=1e-3)
    assert width(found.spearman.ci) > 0.1


def test_rates_of_zero_and_one_are_uncertain_too():
    found = agree([0.1, 0.2, 0.3, 0.4, 0.5], [10, 10, 10, 0, 0], [10] * 5)
    assert found.mmrv.value == 0 and found.mmrv.rollouts_ci.low == 0 < found.mmrv.rollouts_ci.high
    assert found.spearman.value > 0.8 and width(found.spearman.rollouts_ci) > 0.1


@pytest.mark.parametrize(("points", "rollouts"), [(3, 50), (12, 4), (4, 1)])
def test_three_points_or_four_rollouts_have_no_correlation(points, rollouts):
    found = agree(np.arange(points), np.arange(points)[::-1] % (rollouts + 1), np.full(points, rollouts))
    assert not found.enough and found.spearman.value is found.mmrv.value is None
    assert set(found.without) == {None}
    (said,) = findings(found, [str(i) for i in range(points)], "policies")
    assert "too few" in said if points < 4 else f"{rollouts} rollout" in said or "one rollout" in said


@pytest.mark.parametrize(("points", "rollouts"), [(7, 100), (8, 19), (30, 29)])
def test_few_points_or_rollouts_say_nothing_about_other_points(points, rollouts):
    rates = np.random.default_rng(1).integers(0, rollouts, points)
    found = agree(np.arange(points), rates, np.full(points, rollouts), draws=50)
    assert found.spearman.value is not None and found.spearman.ci is None
    assert (found.pearson.rollouts_ci is None) == (rollouts < points)
    assert (found.spearman.rollouts_ci is None) == (rollouts < points or points > 8)


def test_ranks_of_many_points_with_tied_rates_promise_nothing_about_endless_rollouts():
    found = agree(np.arange(12), [20, 10] * 6, np.full(12, 20))
    assert found.spearman.rollouts_ci is found.mmrv.rollouts_ci is None
    assert found.spearman.ci and found.pearson.rollouts_ci


@pytest.mark.parametrize("design", ["in perfect order", "with noise", "unrelated"])
def test_what_the_same_points_would_say_is_covered(design):
    held = these_points(8, 20, design, 100, np.random.default_rng(0))
    assert min(held) >= 0.92


def test_what_other_points_would_say_is_covered():
    assert 0.90 <= other_points(12, 100, 0.6, "uniform", 150, np.random.default_rng(0)) <= 0.99


def test_a_point_over_several_tasks_is_the_mean_of_its_rates():
    found = agree([0.1, 0.2], [[1, 10], [0, 5]], [[2, 10], [4, 10]], draws=10)
    assert found.rates == (0.75, 0.25)


def test_equal_success_or_equal_error_has_no_correlation_and_says_so():
    failed = agree([0.1, 0.2, 0.3], [0, 0, 0], [10, 10, 20])
    assert (failed.spearman.value, failed.pearson.value, failed.mmrv.value) == (None, None, None)
    (said,) = findings(failed, ["a", "b", "c"], "policies")
    assert said.startswith("Not defined: success is the same (0 %) for all 3 policies; they all failed")
    same = agree([0.2] * 4, [0, 5, 9, 9], [10] * 4)
    assert same.spearman.value is None and same.mmrv.value == pytest.approx((0 + 0.5 + 0.9 + 0.9) / 4)
    assert findings(same, list("abcd"), "tasks") == ["Not defined: the error is the same for all 4 tasks."]


def test_few_points_are_never_a_conclusion_and_the_one_that_decides_is_named():
    found = agree([0.1, 0.2, 0.3, 0.4, 0.05], [9, 6, 4, 2, 0], [10] * 5)
    said = " ".join(findings(found, ["a", "b", "c", "d", "odd"], "policies"))
    assert (
        "Too few points to conclude: n = 5 policies; with endless rollouts of these, Spearman from −" in said
    )
    assert "One point decides: without odd Spearman is +1.00 instead of +0.00" in said
    assert findings(agree([0.1, 0.2], [3, 1], [9, 9]), ["a", "b"], "tasks") == [
        "n = 2 tasks: too few for a correlation, there must be 4."
    ]
    assert "nothing to correlate" in findings(agree([0.1], [3], [9]), ["a"], "tasks")[0]


def test_many_points_are_read_by_their_interval():
    error, trials = np.linspace(0, 1, 30), np.full(30, 40)
    names = [str(i) for i in range(30)]
    with_it = agree(error, np.arange(30)[::-1] + 5, trials)
    assert findings(with_it, names, "policies")[0].startswith(
        "Lower error goes with more success over 30 policies"
    )
    against = agree(error, np.arange(30) + 5, trials)
    assert "Lower error goes with less success" in findings(against, names, "policies")[0]
    noise = agree(error, np.random.default_rng(0).integers(0, 40, 30), trials)
    assert findings(noise, names, "tasks")[0].startswith(
        "No clear relation between error and success over 30 tasks"
    )


@pytest.mark.parametrize(
    ("error", "successes", "trials"),
    [
        ([], [], []),
        ([0.1, np.nan], [1, 1], [2, 2]),
        ([0.1], [3], [2]),
        ([0.1], [0], [0]),
        ([0.1, 0.2], [1], [2]),
    ],
)
def test_what_is_no_count_and_no_error_is_refused(error, successes, trials):
    with pytest.raises(ValueError, match=r"must be|need|more successes"):
        agree(error, successes, trials)
