"""What to do next: a run's worst episodes and tasks, and the `record` command that collects more of them. Pure.

The expert's demonstration of a scene is always the same, and scenes of the evaluation range must never be
trained on; so what is collected is new scenes of the weak tasks, in the setting they were weak in.
"""

from __future__ import annotations

import shlex
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from harness.runs.description import RunConfig
from harness.runs.policy_names import NOT_TRAINED, is_control
from harness.runs.rows import ClosedLoopRow, OpenLoopRow, Row
from harness.runs.summaries.closedloop import ClosedLoopSummary, Rate
from harness.runs.summaries.modes import Summary
from harness.runs.summaries.openloop import OpenLoopBlock, OpenLoopSummary

EPISODES_LISTED = 5
TASKS_LISTED = 3
EPISODES_TO_RECORD = 20
FIRST_SEED = 50_000
"""Away from the seeds 0, 1, 2, … of an ordinary recording, below those kept for evaluation."""
EVALUATION = 100_000
"""Scene seeds from here on are never recorded (`harness.record`)."""
LEAST = {"closedloop": 5, "openloop": 3}
"""Rollouts, or episodes, of a task below which nothing is asked for: so few say little about the task."""
SETTINGS = ("demo_clean", "demo_randomized")
SPLITS = ("seen", "unseen")


@dataclass(frozen=True)
class WeakSpot:
    """A task or an episode that did badly: its name (task, or `episode 3`), its task, and how badly, in words."""

    name: str
    task: str
    why: str


@dataclass(frozen=True)
class Advice:
    """The worst tasks and episodes, worst first; `command` records more of these tasks, None where it cannot."""

    tasks: list[WeakSpot]
    episodes: list[WeakSpot]
    command: str | None
    note: str


def advise(rows: Sequence[Row], summary: Summary, config: RunConfig, known: Collection[str]) -> Advice | None:
    """What `rows` and `summary` of a run with `config` suggest; `known` are the tasks that can be recorded.

    None where there is nothing to collect: no episode, no failure, a policy that is not trained, or a control.
    """
    if config.policy in NOT_TRAINED or is_control(config.ablate) or not rows:
        return None
    mode = summary.mode
    if isinstance(summary, OpenLoopSummary):
        tasks, episodes = _weak_openloop([row for row in rows if isinstance(row, OpenLoopRow)], summary)
    else:
        tasks, episodes = _weak_closedloop([row for row in rows if isinstance(row, ClosedLoopRow)], summary)
    if not tasks:
        return None
    wanted = list(dict.fromkeys(item.task for item in [*tasks, *episodes]))
    recorded = [task for task in wanted if task in known]
    if not recorded:
        return Advice(tasks, episodes, None, "The recorder does not have these tasks: record them elsewhere.")
    known_well = [task for task in recorded if _tried(summary.tasks[task]) >= LEAST[mode]]
    if not known_well:
        what = "rollouts" if mode == "closedloop" else "episodes"
        few = f"under {LEAST[mode]} {what} of {', '.join(recorded)}"
        return Advice(tasks, episodes, None, f"Too little is known to ask for data: {few}. Evaluate more.")
    return Advice(
        tasks,
        episodes,
        record_command(known_well, config, first_seed(rows)),
        _note(mode, [task for task in wanted if task not in recorded], first_seed(rows))
        + _little(mode, [task for task in recorded if task not in known_well]),
    )


def _tried(block: OpenLoopBlock | Rate) -> int:
    return block.n if isinstance(block, Rate) else block.episodes


def _little(mode: str, tasks: Sequence[str]) -> str:
    what = "rollouts" if mode == "closedloop" else "episodes"
    return f" Left out, with under {LEAST[mode]} {what}: {', '.join(tasks)}." if tasks else ""


def first_seed(rows: Sequence[Row]) -> int:
    """A scene seed to record from that is past every one of these rows below those of evaluation: a list of scenes may
    name any (`--scenes FILE`)."""
    taken = [seed for row in rows if FIRST_SEED <= (seed := getattr(row, "seed", 0)) < EVALUATION]
    return max(taken) + 1 if taken else FIRST_SEED


def _note(mode: str, missing: Sequence[str], first: int) -> str:
    scenes = f"{EPISODES_TO_RECORD} new scenes of each task"
    least = "with the fewest successes" if mode == "closedloop" else "and episodes with the largest errors"
    left_out = f" The recorder does not have {', '.join(missing)}." if missing else ""
    return (
        f"Tasks {least}, worst first. The command records {scenes} from scene seed {first} on, which no "
        "evaluation uses: recording the scenes below again would train on what is tested, or repeat a demonstration "
        "that the data has already. "
        f"Give another --seed for more.{left_out}"
    )


def _weak_openloop(
    rows: Sequence[OpenLoopRow], summary: OpenLoopSummary
) -> tuple[list[WeakSpot], list[WeakSpot]]:
    """The tasks above the mean over tasks and the episodes above the mean over episodes, hold's MAE beside."""
    blocks, average = summary.tasks, summary.task_macro.mae or 0.0
    maes = {task: block.mae or 0.0 for task, block in blocks.items()}
    worst = sorted(blocks, key=lambda task: (-maes[task], task))
    worst = [task for task in worst if len(blocks) == 1 or maes[task] > average][:TASKS_LISTED]
    tasks = [
        WeakSpot(
            task, task, _error(maes[task], blocks[task].hold_mae, f"n = {blocks[task].episodes} episodes")
        )
        for task in worst
    ]
    usual = summary.overall.macro_mae or 0.0
    ranked = sorted(rows, key=lambda row: (-row.mae, row.episode))[:EPISODES_LISTED]
    ranked = [row for row in ranked if len(rows) == 1 or row.mae > usual]
    episodes = [
        WeakSpot(f"episode {row.episode}", row.group, _error(row.mae, row.hold_mae, "")) for row in ranked
    ]
    return tasks, episodes


def _error(mae: float, hold: float | None, n: str) -> str:
    parts = [f"MAE {mae:.4f}", *([f"hold {hold:.4f}"] if hold is not None else []), n]
    return ", ".join(filter(None, parts))


def _weak_closedloop(
    rows: Sequence[ClosedLoopRow], summary: ClosedLoopSummary
) -> tuple[list[WeakSpot], list[WeakSpot]]:
    """Tasks with a failure, fewest successes first, and failed scenes of them; errors are no failures."""
    rates = summary.tasks
    failing = [task for task, rate in rates.items() if rate.failed]
    worst = sorted(failing, key=lambda task: (rates[task].rate, -rates[task].n, task))[:TASKS_LISTED]
    tasks = [
        WeakSpot(task, task, f"{rates[task].successes} of n = {rates[task].n} succeeded") for task in worst
    ]
    failed = [row for row in rows if row.status == "ok" and not row.success and row.task in worst]
    failed.sort(key=lambda row: (worst.index(row.task), row.seed))
    episodes = [
        WeakSpot(f"scene seed {row.seed}", row.task, f"failed after {row.steps} steps")
        if row.steps is not None
        else WeakSpot(f"scene seed {row.seed}", row.task, "failed")
        for row in failed[:EPISODES_LISTED]
    ]
    return tasks, episodes


def record_command(tasks: Sequence[str], config: RunConfig, first: int = FIRST_SEED) -> str:
    """The command line that records `tasks` in the run's setting from scene `first` on, safe to paste into a shell."""
    argv = ["python", "-m", "harness.record", "--task", ",".join(tasks)]
    argv += ["--episodes", str(EPISODES_TO_RECORD), "--seed", str(first)]
    if config.config is not None and config.config in SETTINGS:
        argv += ["--config", config.config]
    for option, value in (("assets", config.assets), ("instructions", config.instructions)):
        if value and value.isprintable() and not value.startswith("-"):
            argv += [f"--{option}", value]
    if config.instruction_split is not None and config.instruction_split in SPLITS:
        argv += ["--instruction-split", config.instruction_split]
    return shlex.join([*argv, "--out", "data/targeted"])
