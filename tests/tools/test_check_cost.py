"""The measurement of what checks cost takes away what is there."""

from __future__ import annotations

import importlib

import pytest

from tools.check_cost import CHECKS, off, table


@pytest.mark.slow
def test_every_check_that_is_taken_away_is_there_and_comes_back():
    def now():
        found = []
        for module, name in CHECKS:
            place = importlib.import_module(module)
            for part in name.split("."):
                place = getattr(place, part)
            found.append(place)
        return found

    before = now()
    with off():
        assert not set(map(id, before)) & set(map(id, now()))
    assert now() == before


def test_the_cost_is_that_of_the_middle_round():
    said = table(
        [{"with": 1.02, "without": 1.0}, {"with": 1.0, "without": 1.0}, {"with": 2.0, "without": 1.0}], 0.01
    )
    assert "+2.00% of a run, median (+0.00% to +100.00%)" in said and "0.980%" in said
