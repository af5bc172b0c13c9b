"""Made-up points of a horizon sweep, for the tests of what is said about them."""

from __future__ import annotations

from functools import cache

from run_samples import closed_row, open_row, prediction, records

from harness.metrics.closedloop_summary import summarize_closedloop
from harness.metrics.openloop_summary import summarize_openloop
from harness.sweep.analysis import Point


def rows_of(outcomes, seconds=0.5):
    return records(
        *(
            closed_row(100_000 + i, bool(ok), replans=10, inference_seconds=seconds)
            for i, ok in enumerate(outcomes)
        )
    )


@cache
def replayed(horizon, episodes=4):
    found = []
    for i in range(episodes):
        p = prediction(i, horizon=horizon, chunk=50)
        found.append(open_row(i, p, boundary={"n": int(p.replan.sum()) - 1, "jump": 0.01 * horizon}))
    return records(*found)


def point(horizon, outcomes, strategy="plain"):
    opened, closed = replayed(horizon), rows_of(outcomes)
    return Point(
        horizon,
        strategy,
        summarize_openloop(opened).overall,
        summarize_closedloop(closed).overall,
        opened,
        closed,
    )


def outcomes(won, n=40):
    """The first `won` of n scenes succeed."""
    return [i < won for i in range(n)]
