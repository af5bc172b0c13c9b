"""How actions follow states: absolute targets are near the state, whatever the names of the columns say.

Columns are never moved by this. It says where the actions fit the states better with the arms exchanged, with the
grippers turned round, or as differences, each of which makes every error of a policy wrong and looks like a bad policy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.core.robot import ARMS, GRIPPERS, STATE_DIM

if TYPE_CHECKING:
    from numpy.typing import NDArray

CLEARLY = 0.5
"""How much smaller the distance must be for another reading to be the likelier one."""
MOVES = 0.01
"""rad or 0..1: less than this on average tells nothing."""
CLOSED = 0.2
"""0..1: RoboTwin's own threshold of a closed gripper."""
EXCHANGED = np.roll(np.arange(STATE_DIM), STATE_DIM // 2)


class StateFit:
    """Mean distances of actions from states under several readings, over the episodes that were added."""

    def __init__(self) -> None:
        self._frames = 0
        self._sums = dict.fromkeys(("as they are", "exchanged", "relative", "grippers", "turned"), 0.0)
        self._open_at_first = False

    def add(self, states: NDArray[np.float32], actions: NDArray[np.float32]) -> None:
        """An episode: states and actions (T, 14)."""
        moved = np.diff(states, axis=0, append=states[-1:])
        self._frames += len(states)
        for name, distance in (
            ("as they are", np.abs(actions - states)[:, ARMS]),
            ("exchanged", np.abs(actions - states[:, EXCHANGED])[:, ARMS]),
            ("relative", np.abs(actions - moved)[:, ARMS]),
            ("grippers", np.abs(actions - states)[:, GRIPPERS]),
            ("turned", np.abs(actions - (1 - states))[:, GRIPPERS]),
        ):
            self._sums[name] += float(distance.mean(axis=1).sum())
        self._open_at_first |= bool((states[0, GRIPPERS] > CLOSED).any())

    def remarks(self) -> list[str]:
        """What is to be said, in sentences; none where the plain reading is the likeliest."""
        if not self._frames:
            return []
        mean = {name: total / self._frames for name, total in self._sums.items()}
        findings = []
        for name, words in (
            ("exchanged", "fit the states with left and right exchanged"),
            ("relative", "are as large as the differences of states: relative, no targets"),
        ):
            if mean["as they are"] > MOVES and mean[name] < CLEARLY * mean["as they are"]:
                findings.append(
                    f"the data's actions {words} (on average {mean[name]:.3f} rad from them, {mean['as they are']:.3f} "
                    "as they stand): they are taken as they stand, absolute and left arm first; if that is wrong, so "
                    "is every figure: convert them"
                )
        if not findings and mean["grippers"] > MOVES and mean["turned"] < CLEARLY * mean["grippers"]:
            findings.append(
                "the grippers of the data's actions fit those of its states turned round (1 - x): in one of the two 1 "
                "means closed; figures of grippers are wrong, convert one of them"
            )
        if not self._open_at_first:
            findings.append(
                "both grippers are closed (0) at the beginning of every episode, where RoboTwin's are open (1): does 1 "
                "mean closed here? Gripper figures are not comparable then"
            )
        return findings
