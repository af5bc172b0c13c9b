"""What a horizon sweep says in sentences, and what it leaves open."""

from __future__ import annotations

import pytest
from sweep_samples import outcomes, point

from harness.sweep.analysis import best, line_of, paired_rates, trend
from harness.sweep.findings import best_sentences, default_sentences, trend_sentence


def said(*won, n=40):
    points = [point(k, outcomes(w, n)) for k, w in zip((1, 10, 25, 50), won, strict=False)]
    return trend_sentence(trend(points, "plain"))


def test_success_that_rises_and_falls_is_said_to_be_not_monotonic():
    words = said(5, 30, 4)
    assert "not monotonic" in words
    assert "rises from 1 to 10 (5/40 to 30/40" in words and "falls from 10 to 25 (30/40 to 4/40" in words


def test_one_direction_is_not_called_monotonic():
    words = said(30, 28, 5)
    assert "it falls from 1 to 25 (30/40 to 5/40" in words
    assert "and between 1 other pair" in words and "no proof" in words and "not monotonic" not in words


@pytest.mark.parametrize(
    ("won", "observed"),
    [
        ((3, 5, 4), "rises and falls"),
        ((3, 4, 4), "never falls"),
        ((5, 4, 3), "never rises"),
        ((4, 4, 4), "equal"),
    ],
)
def test_what_is_not_shown_is_open(won, observed):
    words = said(*won)
    assert observed in words and "is open" in words and "too few to reach" in words
    assert "not monotonic" not in words


def test_one_horizon_has_no_trend():
    assert trend([point(5, outcomes(3))], "plain") is None
    assert trend([point(5, []), point(6, [])], "plain") is None


def test_the_whole_chunk_ends_the_line_of_every_strategy():
    points = [point(50, outcomes(3)), point(5, outcomes(8)), point(5, outcomes(9), "ensemble")]
    assert [p.key for p in line_of(points, "ensemble", 50)] == [(5, "ensemble"), (50, "plain")]
    assert [p.key for p in line_of(points, "plain", 50)] == [(5, "plain"), (50, "plain")]


def test_choosing_the_best_after_looking_is_called_optimistic():
    points = [point(5, outcomes(8)), point(10, outcomes(12)), point(25, outcomes(12), "ensemble")]
    (words,) = best_sentences(points, best(points))
    assert (
        "optimistic" in words
        and "3 settings" in words
        and "k = 25, ensemble (12/40), level with k = 10" in words
    )
    equal = [point(5, outcomes(8)), point(10, outcomes(8))]
    assert best_sentences(equal, best(equal)) == [
        "All 2 settings succeed equally often (8/40): none is best."
    ]


def test_only_settings_shown_to_differ_from_the_default_are_named():
    points = [point(5, outcomes(30)), point(10, outcomes(20)), point(50, outcomes(18))]
    (words,) = default_sentences(points[2], paired_rates(points, points[2]))
    assert words.startswith("More successes than the default (k = 50, 18/40)")
    assert "k = 5 (30/40, +30.0 pp [" in words and "k = 10" not in words
    few = points[1:]
    (words,) = default_sentences(few[1], paired_rates(few, few[1]))
    assert "No setting differs" in words and "2 scenes at most" in words
