"""What is seen of a closed-loop run while it goes on: how many succeed so far, how fast, who does what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from harness.core.numbers import percent_interval
from harness.core.terminal.progress import Progress
from harness.engine.pool import Member
from harness.runs.rows import ClosedLoopRow
from harness.stats.proportions import wilson

OUTCOMES = {(True, "ok"): "success", (False, "ok"): "failure"}


class LiveStatus:
    """Shows rows and workers through a `Progress` over episodes. rows: what each policy of the run has from before."""

    def __init__(self, progress: Progress, rows: Sequence[Sequence[ClosedLoopRow]]):
        self._progress = progress
        self._ended: dict[tuple[int, str, int], str] = {}
        self._counts: Counter[str] = Counter()
        for policy, before in enumerate(rows):
            for row in before:
                self.add(row, policy)

    def add(self, row: ClosedLoopRow, policy: int = 0) -> None:
        """An episode is written down; a later row of it takes the place of an earlier one."""
        key = (policy, row.task, row.seed)
        before = self._ended.pop(key, None)
        if before:
            self._counts[before] -= 1
        if not row.retracted:
            self._ended[key] = OUTCOMES.get((bool(row.success), row.status), "error")
            self._counts[self._ended[key]] += 1

    def show(self, members: Sequence[Member]) -> None:
        """Bring what is seen up to date."""
        known, wins = len(self._ended), self._counts["success"]
        scored = success_counts(wins, wins + self._counts["failure"], self._counts["error"])
        pace = self._progress.per_hour(known)
        notes = [scored, f"{pace:.0f} episodes/h" if pace > 0 else "", workers_by_node(members)]
        lines = [f"worker {m.number}{f' on {m.node}' if m.node else ''}  {m.doing()}" for m in members]
        self._progress.update(known, "; ".join(filter(None, notes)), lines)


def success_counts(wins: int, scored: int, errors: int) -> str:
    """`12/20 succeed [39–78 %], 1 error`."""
    text = "nothing scored yet"
    if scored:
        text = f"{wins}/{scored} succeed [{percent_interval(wilson(wins, scored))}]"
    return f"{text}, {errors} error{'s' * (errors > 1)}" if errors else text


def workers_by_node(members: Sequence[Member]) -> str:
    """`10.0.0.4: 8 workers, 10.0.0.5: 7 workers, 1 without a place`; nothing where there is one machine."""
    nodes = Counter(member.node for member in members)
    homeless = nodes.pop(None, 0)
    if not nodes:
        return ""
    parts = [f"{node}: {count} worker{'s' * (count > 1)}" for node, count in sorted(nodes.items(), key=str)]
    return ", ".join(parts + ([f"{homeless} without a place"] if homeless else []))
