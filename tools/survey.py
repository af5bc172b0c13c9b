"""All tasks on this machine: scenes that stand, scenes the expert solves, scenes that doing nothing solves.

    python -m tools.survey --scenes 20 --workers 2 --out survey.md
    python -m tools.survey --task click_bell,turn_switch --hold 0

A row a task: of `--scenes` record seeds (0, 1, …) how many scenes are `layout_ok` and, of those, how many the
scripted expert solves (dense control, no rendering); of `--hold` evaluation seeds how many a policy that stands still
solves within the task's step limit; and the time of a reset after the first. Exit 1 when a task could not be run.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from harness.core import cli
from harness.core.errors import UserError
from harness.core.terminal.progress import Progress
from harness.scenes.protocol import evaluation_seed
from harness.stats.proportions import wilson


@dataclass(frozen=True)
class Config:
    """What to look at, and where the table goes."""

    task: str = "all"
    """Task names, comma-separated, or `all`."""
    scenes: int = 20
    """Scenes a task for the expert (seeds 0, 1, …)."""
    hold: int = 20
    """Evaluation scenes a task for standing still; 0 leaves it out."""
    hold_actions: int | None = None
    """Actions of standing still. Default: the task's official step limit."""
    config: str = "demo_clean"
    """Setting: demo_clean or demo_randomized."""
    assets: str | None = os.environ.get("ROBOTWIN_ASSETS") or None
    """RoboTwin-format asset root. Default: $ROBOTWIN_ASSETS, else the bundled stand-ins."""
    workers: int = 1
    """Processes; a task is one process's work."""
    out: Path | None = None
    """Markdown file for the table (the rows go beside it as JSON). Default: only printed."""


@dataclass
class Row:
    """One task."""

    task: str
    scenes: int = 0
    standing: int = 0
    solved: int = 0
    hold_scenes: int = 0
    hold_standing: int = 0
    hold_solved: int = 0
    reset_s: float = 0.0
    refused: dict[str, int] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    error: str | None = None


def survey(task: str, config: Config) -> Row:
    """One task, start to end, in this process."""
    import gymnasium

    import robotwin_env  # noqa: F401  registers the tasks

    row = Row(task)
    refused: Counter[str] = Counter()
    try:
        env: Any = gymnasium.make(
            f"RoboTwin/{task}-v0",
            assets=config.assets,
            config=config.config,
            cameras=(),
            disable_env_checker=True,
        ).unwrapped
        for seed in range(config.scenes):
            started = time.perf_counter()
            _, info = env.reset(seed=seed)
            row.reset_s += (time.perf_counter() - started) / max(1, config.scenes - 1) if seed else 0.0
            row.scenes += 1
            if not info["layout_ok"]:
                refused[info["layout_reason"].split(":")[0]] += 1
                continue
            row.standing += 1
            solved, reason = env.demonstrate()
            row.solved += solved
            if not solved:
                row.failed[str(seed)] = str(reason)
        for attempt in range(config.hold):
            observation, info = env.reset(seed=evaluation_seed(0, attempt))
            row.hold_scenes += 1
            if not info["layout_ok"]:
                refused[info["layout_reason"].split(":")[0]] += 1
                continue
            row.hold_standing += 1
            row.hold_solved += stand_still(env, observation["agent_pos"], config.hold_actions)
    except Exception as error:  # one task's failure is a row of the table, not the end of it
        row.error = f"{type(error).__name__}: {error}"
    row.refused = dict(refused)
    return row


def stand_still(env: Any, action: Any, actions: int | None) -> bool:
    """Whether repeating the first state (14,) solves the scene within this many actions (None: its step limit)."""
    import numpy as np

    left, over = actions or env.step_limit, False
    while left > 0 and not over:
        _, _, solved, truncated, info = env.step_chunk(np.tile(action, (min(left, 50), 1)))
        left, over = left - len(info["states"]), solved or truncated
    return bool(solved)


def table(rows: list[Row], config: Config) -> str:
    """The rows as Markdown, with totals."""
    lines = [
        "| task | scenes that stand | expert solves | 95 % | standing still solves | reset (s) |",
        "|---|---|---|---|---|---|",
    ]
    for row in rows:
        if row.error:
            lines.append(f"| `{row.task}` | {row.error} | | | | |")
            continue
        interval = ""
        if row.standing:
            rate = wilson(row.solved, row.standing)
            interval = f"{100 * rate.low:.0f}-{100 * rate.high:.0f}"
        still = f"{row.hold_solved}/{row.hold_standing}" if row.hold_scenes else ""
        lines.append(
            f"| `{row.task}` | {row.standing}/{row.scenes} | {row.solved}/{row.standing} | {interval} | {still} "
            f"| {row.reset_s:.2f} |"
        )
    if config.hold:
        limit = "the official step limit" if config.hold_actions is None else f"{config.hold_actions} actions"
        lines += ["", f"Standing still: {config.hold} evaluation scenes a task, {limit} each."]
    good = sum(row.standing > 0 and row.solved >= 0.8 * row.standing for row in rows)
    lines += ["", f"{good} of {len(rows)} tasks: the expert solves at least 80 % of the scenes that stand."]
    notes = [f"- `{row.task}`: {why(row)}" for row in rows if row.failed or row.refused]
    return "\n".join([*lines, "", "What went wrong (scene seed: why):", "", *(notes or ["- nothing"])]) + "\n"


def why(row: Row) -> str:
    """Refused scenes and failures of one task in a line."""
    refused = [f"{count} refused ({reason})" for reason, count in row.refused.items()]
    return "; ".join([*refused, *(f"{seed}: {reason}" for seed, reason in row.failed.items())])


def main(config: Config) -> int:
    """Survey, show progress, print and write the table."""
    from robotwin_env import load_task, task_names

    tasks = list(task_names()) if config.task == "all" else [t.strip() for t in config.task.split(",")]
    for task in tasks:
        load_task(task)
    if config.scenes < 1 or config.hold < 0 or config.workers < 1 or (config.hold_actions or 1) < 1:
        raise UserError("--scenes, --workers and --hold-actions are at least 1, --hold at least 0")
    rows: dict[str, Row] = {}
    context = multiprocessing.get_context("spawn")
    with (
        Progress("survey", total=len(tasks), unit="tasks") as progress,
        ProcessPoolExecutor(config.workers, mp_context=context) as pool,
    ):
        for done in as_completed([pool.submit(survey, task, config) for task in tasks]):
            row = done.result()
            rows[row.task] = row
            progress.update(len(rows), f"{row.task}: expert {row.solved}/{row.standing}")
            if config.out is not None:
                partial = [asdict(rows[task]) for task in tasks if task in rows]
                config.out.with_suffix(".json").write_text(json.dumps(partial, indent=1) + "\n")
    ordered = [rows[task] for task in tasks]
    text = table(ordered, config)
    print(text)
    if config.out is not None:
        config.out.write_text(text)
    return int(any(row.error for row in ordered))


if __name__ == "__main__":
    cli.run(main, Config)
