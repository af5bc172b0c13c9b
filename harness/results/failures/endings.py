"""Which of a task's facts held when its rollouts ended: who holds the roller, say. Pure, from rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from harness.runs.rows import ClosedLoopRow


@dataclass(frozen=True)
class Ending:
    """Which of a task's facts held when rollouts ended: `held` of `facts` (names), and of how many successes or not."""

    held: tuple[str, ...]
    facts: tuple[str, ...]
    successes: int
    failures: int

    @property
    def label(self) -> str:
        """What held, or that none did."""
        none = "not" if len(self.facts) == 1 else "none of"
        return ", ".join(self.held) or f"{none}: {', '.join(self.facts)}"


def endings(rows: Sequence[ClosedLoopRow]) -> dict[str, list[Ending]]:
    """Task -> how its rollouts ended by the facts that held then, most frequent first; only of tasks that have facts.

    Of grab_roller it says who holds the roller: both grippers, one of them, none.
    """
    by_task: dict[str, list[Ending]] = {}
    for task, members in _by_task(rows).items():
        counted: Counter[tuple[tuple[str, ...], bool]] = Counter(
            (tuple(name for name, holds in row.facts.items() if holds), bool(row.success))
            for row in members
            if row.facts
        )
        if counted:
            kinds = dict.fromkeys(held for held, _ in counted)
            facts = tuple(dict.fromkeys(name for row in members for name in row.facts or {}))
            ends = [Ending(held, facts, counted[held, True], counted[held, False]) for held in kinds]
            by_task[task] = sorted(ends, key=lambda end: (-(end.successes + end.failures), end.held))
    return by_task


def _by_task(rows: Sequence[ClosedLoopRow]) -> dict[str, list[ClosedLoopRow]]:
    by_task: dict[str, list[ClosedLoopRow]] = {}
    for row in sorted((row for row in rows if row.status == "ok"), key=lambda row: row.task):
        by_task.setdefault(row.task, []).append(row)
    return by_task
