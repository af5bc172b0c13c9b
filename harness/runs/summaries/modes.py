"""The record of a summary by the mode of its run."""

from __future__ import annotations

from harness.runs.summaries.closedloop import ClosedLoopSummary
from harness.runs.summaries.openloop import OpenLoopSummary

Summary = OpenLoopSummary | ClosedLoopSummary
SUMMARIES: dict[str, type[Summary]] = {"openloop": OpenLoopSummary, "closedloop": ClosedLoopSummary}
"""What a summary is, by the mode of the run."""
