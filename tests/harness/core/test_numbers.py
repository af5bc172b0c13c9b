"""Numbers are spelt alike in Markdown, on the page and on the console."""

from __future__ import annotations

from harness.core import numbers
from harness.core.numbers import count, interval, number, percent, percent_interval, points, signed
from harness.core.text import one_line, printable
from harness.rendering import formats, markdown


def test_numbers_are_written_for_people():
    assert (number(0.12345), number(None), number(float("nan")), number(3, 0)) == ("0.1235", "–", "–", "3")
    assert (count(6_075_103), count(None)) == ("6\u202f075\u202f103", "–")
    assert (percent(0.84), percent(None), percent(0.0125, 1)) == ("84 %", "–", "1.2 %")
    assert (percent_interval([0.756, 0.899]), percent_interval(None)) == ("76–90 %", "–")
    assert (interval([0.01, 0.02]), interval(None)) == ("[0.0100, 0.0200]", "")


def test_markdown_and_the_page_differ_by_space_and_escape_alone():
    for fraction in (0.0, 0.845, 1.0, None):
        assert markdown.percent(fraction) == numbers.percent(fraction, 1)
        assert formats.percent(fraction).replace("\u202f", " ") == numbers.percent(fraction)
    assert markdown.interval([0.01, 0.02]).replace("\\", "") == formats.interval([0.01, 0.02])
    assert (markdown.interval(None), formats.interval(None)) == ("–", "")


def test_nothing_is_minus_nothing():
    assert (signed(-0.0), signed(-1e-9), signed(0.5, 1), signed(float("nan"))) == (
        "0.0000",
        "0.0000",
        "+0.5",
        "–",
    )
    assert (points(-1e-9), points(0.083), points(float("nan"))) == ("0.0 pp", "+8.3 pp", "–")


def test_thin_spaces_stay_spaces_where_control_signs_go():
    assert printable(f"n = {count(12345)}\x1b[0m") == "n = 12 345[0m"
    assert one_line("pick\u00a0up\tit\u202e") == "pick up it"
