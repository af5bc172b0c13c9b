"""Actions are held against states: what the names cannot tell is said by the numbers."""

from __future__ import annotations

import numpy as np
import pytest

from harness.datasets.vectors.state_fit import StateFit

WALK = np.cumsum(np.random.default_rng(0).normal(0, 0.03, (61, 14)), axis=0) + np.linspace(-1, 1, 14)
WALK[:, [6, 13]] = np.clip(np.linspace(1.5, -0.5, 61), 0, 1)[:, None]
STATES, ACTIONS = WALK[:-1].astype(np.float32), WALK[1:].astype(np.float32)


def said(states: np.ndarray, actions: np.ndarray) -> str:
    fit = StateFit()
    fit.add(states, actions)
    return "\n".join(fit.remarks())


def test_absolute_actions_of_the_same_arm_say_nothing() -> None:
    assert said(STATES, ACTIONS) == ""
    assert said(STATES, STATES + np.float32(0.3)) == ""


@pytest.mark.parametrize(
    ("actions", "words"),
    [
        (np.concatenate([ACTIONS[:, 7:], ACTIONS[:, :7]], axis=1), "with left and right exchanged"),
        (ACTIONS - STATES, "relative, no targets"),
        (np.where(np.isin(np.arange(14), [6, 13]), 1 - ACTIONS, ACTIONS), "turned round"),
    ],
)
def test_what_fits_better_otherwise_is_said(actions: np.ndarray, words: str) -> None:
    found = said(STATES, actions.astype(np.float32))
    assert words in found and len(found.splitlines()) == 1


def test_grippers_that_are_closed_at_every_beginning_are_said() -> None:
    turned = [np.where(np.isin(np.arange(14), [6, 13]), 1 - part, part) for part in (STATES, ACTIONS)]
    assert "closed (0) at the beginning of every episode" in said(*turned)
    fit = StateFit()
    fit.add(*turned)
    fit.add(STATES, ACTIONS)
    assert fit.remarks() == []


def test_nothing_was_added() -> None:
    assert StateFit().remarks() == []


def test_a_robot_that_stands_still_says_nothing() -> None:
    still = np.ones((5, 14), np.float32)
    assert said(still, still) == ""
