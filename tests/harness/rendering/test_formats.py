"""The page's own spelling: spaces that do not break, brackets, lengths of bars."""

from __future__ import annotations

from harness.rendering.formats import percent, percent_interval, share


def test_numbers_of_a_page_do_not_break_over_a_line():
    assert (percent(0.84), percent(None), percent(0.0125, 1)) == ("84\u202f%", "–", "1.2\u202f%")
    assert (percent_interval([0.756, 0.899]), percent_interval(None)) == ("[76–90\u202f%]", "")


def test_a_bar_is_as_long_as_its_share():
    assert [share(1, 2), share(5, 2), share(-1, 2), share(1, 0), share(None, 2)] == [
        "50.00%",
        "100.00%",
        "0.00%",
        "0%",
        "0%",
    ]
