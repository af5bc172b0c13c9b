"""What a run says as a whole: `summary.json`, from the rows of `episodes.jsonl` and the predictions.

Pure functions: the order in which episodes finished never changes a number. An interval is [low, high] at
95 %, or None where there is too little to say; a missing number is None.

Open loop (as in schema 2; 1 had neither `threshold_curve`, `windows`, most intervals nor most baselines):
    schema, mode
    overall     Block over all episodes
    tasks       {task: Block}, by task name, or by instruction where the dataset has no task names
    task_macro  {"mae", "ci", "tasks"}: mean over tasks; the interval is about these tasks and other episodes
    persistence fraction of frames where action[t] == state[t+1]; where it is 1, hold is strong
    critical, boundary   those of `overall`
    chunk_index {"mae" [C], "mae_ci" [C], "n" [C] chunks, "hold_mae" [C] | None, "mean_mae" [C] | None,
                "arms" and "grippers": the same without n}: by chunk index j, padding masked
    threshold_curve {"tau" [K], "n" steps, "all" | "arms" | "grippers": {"sr" [K], "sr_ci" [K],
                "hold_sr" [K] | None, "mean_sr" [K] | None}}: fraction of steps with MAE <= tau
    windows     {"n" replan windows, "episodes" with four or more, "spikes", "spike_episodes", and of the spikes
                "early", "late", "other_plan", "unexplained"; "sentence": these counts in words}
    spikes      windows with more than a quarter of an episode's error (`harness.metrics.replan_windows`), the 20
    largest:
                {"episode", "task", "start", "stop", "index", "windows", "share", "mae", "jump" at its start,
                "shift" frames (above 0: early), "removed" by that shift (0..1), "gripper_share" of its error,
                "worst_joint", "kind" "early" | "late" | "other plan" | None, "finding_shift", "finding" words}
  The last four need `predictions` and are None without.
    Block       episodes, frames; over all scored steps mae, mse, mae_arms, mae_grippers, sr {"0.05": …},
                per_joint [14]; macro_mae, the mean over episodes; all of these for the baselines with hold_
                and mean_ before the name; minus_hold, minus_mean: MAE less the baseline's, paired by episode
                (below 0 the policy is better); each with its interval under <name>_ci; minus_hold_p,
                minus_mean_p: exact sign-flip test, and under <name>_p_holm adjusted for the number of tasks
                critical {"mae", "mae_arms", "mae_grippers", the same with hold_ and mean_, each with _ci;
                "frames", "episodes", "radius"}: near gripper transitions; None where not known
                boundary {"jump", "jump_arms", "jump_grippers", the same with hold_ and mean_, each with _ci;
                "n", "episodes"}: mean excess jump at replan frames; None where not known
  Units: rad for arms, 0..1 for grippers. Intervals are by episode; no mean of fewer than 30 has one
  (`harness.stats.intervals`).

Closed loop (schema 4; before 3 there were no `progress`, `smoothness`, `path`, `stages`, `failures`):
    schema, mode
    overall     Rate over all episodes
    tasks       {task: Rate}
    task_macro  {"rate", "ci", "tasks", "progress", "progress_ci"}: mean over tasks; about these tasks and other scenes
    Rate        n (episodes that ended ok), successes, rate, ci (Wilson),
                errors (counted apart: neither success nor failure),
                steps (mean), success_steps (mean over successes), seconds (mean), replans (mean),
                skipped {"unstable", "solved", "expert"} | None: scenes that do not count, by cause
                progress (0..1), smoothness (rad/step²), path (rad): Mean | None where no row has it
                stages {name: {"reached", "n", "rate", "ci"}}: how many got so far, in the task's order; Wilson
                failures {reason: episodes}, most frequent first; of failures, not of errors
                prompt_tasks {task: {"successes", "n", "rate", "ci"}}: of `--ablate instruction`, by the task whose
                instruction was the prompt; empty for other runs (`told` in schema 3)
    Mean        {"mean", "ci", "n"} over the episodes that ended ok; ci of progress alone: smoothness and path of a few
                failures, which act to the limit, lie far out, and no interval of their mean held its 95 %

Of a control (`--ablate`), both modes: ablate, which input was taken away; an ordinary run has no such key.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from harness.metrics.catalog import CLOSED_METRICS
from harness.metrics.grouping import grouped, macro_mean, recorded
from harness.runs.rows import CAUSES, ClosedLoopRow, latest
from harness.runs.summaries.closedloop import (
    ClosedLoopSummary,
    ClosedMacro,
    Mean,
    PromptShare,
    Rate,
    StageShare,
)
from harness.stats.intervals import mean_interval
from harness.stats.proportions import mean_rate, wilson

SCHEMA = 4


def summarize_closedloop(rows: Sequence[ClosedLoopRow]) -> ClosedLoopSummary:
    """The content of a closed-loop summary.json from its rows."""
    rows = latest(rows)
    scored = [row for row in rows if row.status == "ok"]
    return recorded(
        ClosedLoopSummary,
        {
            "schema": SCHEMA,
            "mode": "closedloop",
            "overall": _rate(rows),
            "tasks": {task: _rate(members) for task, members in grouped(rows, lambda row: row.task).items()},
            "task_macro": _macro(scored),
        },
    )


def _macro(rows: Sequence[ClosedLoopRow]) -> ClosedMacro:
    known = [(row.progress, row.task) for row in rows if row.progress is not None]
    progress, progress_ci, _ = macro_mean([mean for mean, _ in known], [task for _, task in known])
    won = [[bool(row.success) for row in members] for members in grouped(rows, lambda row: row.task).values()]
    mean, ci = mean_rate([sum(task) for task in won], [len(task) for task in won]) if won else (None, None)
    means = {"rate": mean, "ci": ci, "tasks": len(won), "progress": progress, "progress_ci": progress_ci}
    return recorded(ClosedMacro, means)


def _rate(rows: Sequence[ClosedLoopRow]) -> Rate:
    scored = [row for row in rows if row.status == "ok"]
    won = [row for row in scored if row.success]

    def mean(members: Sequence[ClosedLoopRow], name: str) -> float | None:
        values = [value for row in members if (value := getattr(row, name, None)) is not None]
        return float(np.mean(values)) if values else None

    return recorded(
        Rate,
        {
            "n": len(scored),
            "successes": len(won),
            "rate": len(won) / len(scored) if scored else None,
            "ci": wilson(len(won), len(scored)) if scored else None,
            "errors": len(rows) - len(scored),
            "steps": mean(scored, "steps"),
            "success_steps": mean(won, "steps"),
            "seconds": mean(scored, "seconds"),
            "replans": mean(scored, "replans"),
            "skipped": _skipped(rows),
            **{metric.key: _mean(scored, metric.key) for metric in CLOSED_METRICS},
            "stages": _stages(scored),
            "failures": _failures(scored),
            "prompt_tasks": _prompt_tasks(scored),
        },
    )


def _mean(rows: Sequence[ClosedLoopRow], name: str) -> Mean | None:
    """A Mean; only progress, a share of an episode's stages, has an interval: what failures decide holds none."""
    values = [float(value) for row in rows if (value := getattr(row, name, None)) is not None]
    if not values:
        return None
    interval = mean_interval(values, share=True) if name == "progress" else None
    return recorded(Mean, {"mean": float(np.mean(values)), "ci": interval, "n": len(values)})


def _stages(rows: Sequence[ClosedLoopRow]) -> dict[str, StageShare]:
    answers: dict[str, list[bool]] = {}
    for row in rows:
        for name, reached in (row.stages or {}).items():
            answers.setdefault(name, []).append(reached)
    return {
        name: recorded(StageShare, {"reached": sum(each)} | _share(each)) for name, each in answers.items()
    }


def _share(answers: Sequence[bool]) -> dict[str, object]:
    """n, rate and Wilson's interval of yes among `answers`, of which there is at least one."""
    yes, n = sum(answers), len(answers)
    return {"n": n, "rate": yes / n, "ci": wilson(yes, n)}


def _prompt_tasks(rows: Sequence[ClosedLoopRow]) -> dict[str, PromptShare]:
    groups = grouped([row for row in rows if row.prompt_task], lambda row: row.prompt_task or "")
    won = {task: [bool(row.success) for row in members] for task, members in groups.items()}
    return {
        task: recorded(PromptShare, {"successes": sum(each)} | _share(each)) for task, each in won.items()
    }


def _failures(rows: Sequence[ClosedLoopRow]) -> dict[str, int]:
    reasons = Counter(row.failure for row in rows if not row.success and row.failure)
    return dict(sorted(reasons.items(), key=lambda item: (-item[1], item[0])))


def _skipped(rows: Sequence[ClosedLoopRow]) -> dict[str, int] | None:
    counts = [row.skipped for row in rows if row.skipped is not None]
    return (
        {cause: int(sum(skipped.get(cause, 0) for skipped in counts)) for cause in CAUSES} if counts else None
    )
