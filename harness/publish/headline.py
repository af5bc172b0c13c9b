"""What a card says first: success by task, how it was measured, and the commands that measure it again. Pure."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from typing import Any

from harness.core.numbers import number
from harness.publish.redaction import is_trained, unofficial, wording
from harness.rendering.markdown import cut, escape, markdown_table, percent, percent_interval
from harness.results.official import badge_line, departures
from harness.results.views import RunView
from harness.runs.compatibility import EARLIER

FLAGS = {
    "closedloop": (
        "task",
        "episodes",
        "scenes",
        "seed",
        "config",
        "horizon",
        "strategy",
        "max_actions",
        "ablate",
    )
    + ("instructions", "instruction_split", "shader", "shadows", "dtype"),
    "openloop": ("dataset", "task", "episodes", "horizon", "strategy", "seed", "ablate", "dtype"),
}
"""What decides a number, of each mode; a folder of this machine is named as such (`LOCAL`)."""
DEFAULTS = {"strategy": "plain", "ablate": "none", "dtype": "auto", "shader": "auto", "shadows": "auto"}
LOCAL = {"dataset": "DATASET", "instructions": "ROBOTWIN_CHECKOUT", "scenes": "SCENES.json"}
TASKS_SHOWN = 60


def headline(runs: Sequence[RunView], repo_id: str) -> str:
    """Markdown: a table of success for each closed-loop run of a trained policy, open loop in a line, the commands."""
    own = [run for run in runs if is_trained(run) and run.rows]
    parts = [part for run in own if run.mode == "closedloop" for part in _success(run)]
    parts += [_error(run) for run in own if run.mode == "openloop"]
    commands = dict.fromkeys(command(run, repo_id) for run in own)
    if commands:
        version = next((v for run in own if (v := _version(run))), "the RoboTwin × π0 evaluation harness")
        parts.append(f"Measured with {escape(version)}; again, by:")
        parts.append("\n".join(["```bash", *commands, "```"]))
    return "\n\n".join(parts)


def _success(run: RunView) -> Iterator[str]:
    """A table by task with the means named apart, and what has to be known of it."""
    summary = run.closed_summary
    lines = [
        [escape(task), percent(rate.rate), percent_interval(rate.ci), f"{rate.successes}/{rate.n}"]
        for task, rate in [*summary.tasks.items()][:TASKS_SHOWN]
    ]
    overall, macro = summary.overall, summary.task_macro
    if len(summary.tasks) > 1:
        mean = f"**mean over {macro.tasks} tasks**"
        pooled = f"{overall.successes}/{overall.n}"
        lines += [
            [mean, percent(macro.rate), percent_interval(macro.ci), ""],
            ["all rollouts pooled", percent(overall.rate), percent_interval(overall.ci), pooled],
        ]
    yield markdown_table(("task success", "rate", "95 %", "solved"), lines)
    facts, config = run.provenance, EARLIER | run.config.plain()
    cap = config.get("max_actions")
    instructions = [wording(run), facts.instruction_split]
    parts = [
        f"setting {config.get('config', 'not recorded')}",
        f"scenes: {facts.scenes or config['scenes']}, seed {config.get('seed')}",
        "RoboTwin's limit of actions" if cap is None else f"at most {cap} actions",
        f"horizon {config.get('horizon')}, strategy {config['strategy']}",
        f"instructions: {', '.join(str(word) for word in instructions if word) or 'not recorded'}",
        f"shadows: {facts.shadows or 'not recorded'}",
    ]
    if not run.finished:
        parts.append(f"did not finish ({run.status})")
    warning, ours = unofficial(run), departures(run.mode, run.config, run.provenance, assets=False)
    bold = f"**{escape(warning)}** · " if warning else ""
    yield bold + " · ".join(escape(words) for words in parts)
    if ours:
        yield f"Not upstream's own evaluation: {escape(badge_line(ours))}."


def _error(run: RunView) -> str:
    """Open loop in a line, with how many tasks and episodes it is of."""
    overall, tasks = run.open_summary.overall, run.open_summary.tasks
    return (
        f"Open loop, which is not task success: mean absolute error {number(overall.mae)} (arms in rad, grippers "
        f"0..1; holding still {number(overall.hold_mae)}) over {overall.episodes} recorded episodes of "
        f"{len(tasks)} task{'' if len(tasks) == 1 else 's'}."
    )


def command(run: RunView, repo_id: str) -> str:
    """The command that measures `run` again, of the published model and without a path of this machine."""
    argv = ["python", "-m", f"harness.{run.mode}", "--policy", repo_id]
    given: dict[str, Any] = EARLIER | run.config.plain()
    if run.mode == "closedloop" and run.provenance.scenes:
        given["scenes"] = run.provenance.scenes
    for flag in FLAGS[run.mode]:
        value = given.get(flag)
        if value is None or DEFAULTS.get(flag) == value:
            continue
        text = cut(value)
        if not re.fullmatch(r"[\w.,:@+/ -]+", text):  # a stranger's: it could end the block of commands
            text = flag.upper()
        if flag in LOCAL and not re.fullmatch(
            r"official|protocol|task-name|[\w.-]+/[\w.-]+(@[\w.-]+)?", text
        ):
            text = LOCAL[flag]
        argv += [f"--{flag.replace('_', '-')}", text]
    return " ".join(shlex.quote(word) for word in argv)


def _version(run: RunView) -> str:
    """`robotwin-pi0 0.1.0 at commit 521ac61`, empty where it is not recorded."""
    packages, commit = run.provenance.packages, run.provenance.git_commit
    version = (packages or {}).get("robotwin-pi0")
    if not version:
        return ""
    return f"robotwin-pi0 {cut(version)}" + (f" at commit {cut(commit)[:12]}" if commit else "")
