"""Whose answers stand where on the page: one line a policy and task, one cell a run, and what its section is called.

Pure: from runs that are read (`harness.results.views.RunView`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from harness.core.numbers import counted
from harness.metrics.closedloop_summary import summarize_closedloop
from harness.metrics.openloop_summary import summarize_openloop
from harness.results.views import ALL_TASKS, RunView, settings, variant_name
from harness.runs.policy_names import NOT_TRAINED
from harness.runs.summaries.closedloop import ClosedMacro, Rate
from harness.runs.summaries.modes import Summary
from harness.runs.summaries.openloop import OpenLoopBlock, OpenLoopSummary, OpenMacro


@dataclass(frozen=True)
class Cell[Block: (OpenLoopBlock, Rate)]:
    """One run's answer for one policy and task; macro: the means over tasks where `block` pools several."""

    run: RunView
    block: Block
    note: str = ""
    macro: OpenMacro | ClosedMacro | None = None


@dataclass
class Line:
    """One policy on one task: what it scored open loop and closed loop, one cell a run."""

    task: str
    policy: str
    open: list[Cell[OpenLoopBlock]] = field(default_factory=list)
    closed: list[Cell[Rate]] = field(default_factory=list)

    @property
    def policy_given(self) -> str:
        """The policy's whole name; a baseline beside another policy has only cells of its own in closed loop."""
        runs = [*(cell.run for cell in self.closed), *(cell.run for cell in self.open)]
        return runs[0].policy_given


def policy_lines(runs: Sequence[RunView]) -> list[Line]:
    """One line a policy and task, the line of all tasks included; policies before baselines, each as they were given.

    The runs of a line stand in the order of their horizons, those of one horizon as they were given. Over all tasks the
    two modes of a policy stand side by side, so both are over the tasks that both have.
    """
    lines: dict[tuple[str, str], Line] = {}
    for run in runs:
        total, note = _total(run, [other for other in runs if other.policy == run.policy])
        for task in dict.fromkeys((ALL_TASKS, *run.summary.tasks)):
            line = lines.setdefault((task, run.policy), Line(task, run.policy))
            if isinstance(total, OpenLoopSummary):
                tasks, macro = run.open_summary.tasks, total.task_macro
                line.open.append(_cell(run, task, tasks, Cell(run, total.overall, note, _several(macro))))
            else:
                rates, means = run.closed_summary.tasks, total.task_macro
                line.closed.append(_cell(run, task, rates, Cell(run, total.overall, note, _several(means))))
    for line in lines.values():
        line.open.sort(key=lambda cell: _horizon(cell.run))
        line.closed.sort(key=lambda cell: _horizon(cell.run))
    for line in lines.values():
        if line.policy in ("hold", "mean") and not line.open:
            line.open += baseline_cell(
                line.policy, [other for other in lines.values() if other.task == line.task]
            )
    given = list(dict.fromkeys(line.policy for line in lines.values()))
    return sorted(
        lines.values(), key=lambda line: (line.task, line.policy in NOT_TRAINED, given.index(line.policy))
    )


def _cell[Block: (OpenLoopBlock, Rate)](
    run: RunView, task: str, blocks: Mapping[str, Block], total: Cell[Block]
) -> Cell[Block]:
    return total if task == ALL_TASKS else Cell(run, blocks[task])


def _several[Macro: (OpenMacro, ClosedMacro)](macro: Macro) -> Macro | None:
    """The means over tasks, where there are several."""
    return macro if macro.tasks > 1 else None


def _total(run: RunView, own: Sequence[RunView]) -> tuple[Summary, str]:
    """The run over all its tasks, or over those that its policy's runs `own` have in both modes where they differ; and
    what has to be said of that."""
    here, there = (
        {task for other in own if (other.mode == run.mode) is same for task in other.summary.tasks}
        for same in (True, False)
    )
    tasks = set(run.summary.tasks)
    shared = tasks & there if there and there != here else tasks
    if not shared:
        return run.summary, "no task in common with the other mode"
    if shared == tasks:
        return run.summary, ""
    note = f"the {counted(len(shared), 'task')} of {len(tasks)} that both modes have"
    if run.mode == "openloop":
        return summarize_openloop([row for row in run.open_rows if row.group in shared]), note
    return summarize_closedloop([row for row in run.closed_rows if row.group in shared]), note


def _horizon(run: RunView) -> int:
    return run.config.horizon or 0


def headings(runs: Sequence[RunView]) -> dict[str, str]:
    """What the section of each run (by its anchor) is called: with its settings where a policy has several runs."""
    modes = {"openloop": "open loop", "closedloop": "closed loop"}
    plain = {run.anchor: f"{run.policy}, {modes[run.mode]}" for run in runs}
    full = {run.anchor: f"{variant_name(run.policy, settings(run))}, {modes[run.mode]}" for run in runs}
    several = {name for name, times in Counter(plain.values()).items() if times > 1}
    return {anchor: full[anchor] if name in several else name for anchor, name in plain.items()}


def baseline_cell(policy: str, lines: Sequence[Line]) -> list[Cell[OpenLoopBlock]]:
    """What `hold` or `mean` scored as the baseline of another policy's run on the same task, if any."""
    for cell in (cell for line in lines for cell in line.open):
        name = f"{policy}_mae"
        mae = cell.block.number(name)
        if mae is not None:
            own = {"mae": mae, "mae_ci": cell.block.interval(name), "hold_mae": None, "mean_mae": None}
            note = ", ".join(filter(None, [f"as the baseline of {cell.run.policy}", cell.note]))
            return [Cell(cell.run, cell.block.model_copy(update=own), note)]
    return []
