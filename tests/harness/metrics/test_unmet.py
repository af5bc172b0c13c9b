"""What was missing, in words."""

from __future__ import annotations

import pytest

from harness.metrics.unmet import lacking, measured, sentence
from harness.runs.rows import UnmetPart


@pytest.mark.parametrize(
    ("part", "value", "wanted", "unit", "lacks", "numbers"),
    [
        ("roller's height above", 0.7672, 0.8, "m", "roller's height too low", "roller's height 0.767 of 0.8 m"),
        ("right gripper below", 0.3, 0.2, "", "right gripper too high", "right gripper 0.3, at most 0.2"),
        ("can's angle below (2)", 1.0, 0.26, "rad", "can's angle (2) too high", "can's angle (2) 1, at most 0.26 rad"),
        ("finger on the bell", 0.031, None, "m", "no finger on the bell", "no finger on the bell (0.031 m away)"),
        ("can touching basket", None, None, "m", "can not touching basket", "can not touching basket"),
        ("can not touching table", None, None, "m", "can touching table", "can touching table"),
        ("no finger on the cards", None, None, "m", "finger on the cards", "finger on the cards"),
        ("can's x above", -0.237, 0.15, "m", "can's x too low", "can's x -0.237, at least 0.15 m"),
        ("can's y above", -0.2, -0.1, "m", "can's y too low", "can's y -0.2, at least -0.1 m"),
        ("a above", None, 1.0, "m", "a too low", "a too low"),
    ],
)  # fmt: skip
def test_a_part_that_is_missing_is_said_with_and_without_its_numbers(
    part, value, wanted, unit, lacks, numbers
):
    assert lacking(part, wanted) == lacks
    assert measured(UnmetPart(part=part, value=value, wanted=wanted, unit=unit)) == numbers


def test_a_sentence_names_three_and_counts_the_rest():
    assert sentence(["a", "b", "c"]) == "a, b, c"
    assert sentence(["a", "b", "c", "d", "e"]) == "a, b, c and 2 more"
