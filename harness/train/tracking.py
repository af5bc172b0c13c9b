"""What a tracker is told of a training: the running loss, and how good each evaluated checkpoint is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from harness.trackers.contents import CLOSED_COLUMNS
from harness.trackers.following import Follower
from harness.trackers.interface import Table

if TYPE_CHECKING:
    from policies.training.trainer import Trainer


def progress_reporter(
    say: Callable[[int, str], None], trainer: Trainer, tracked: Follower
) -> Callable[[int, str], None]:
    """`say`, and the tracker is told the loss whenever the trainer notes a point of its curve."""
    reported = len(trainer.curve)

    def both(step: int, text: str) -> None:
        nonlocal reported
        say(step, text)
        if len(trainer.curve) > reported:
            reported = len(trainer.curve)
            pace = step * trainer.recipe.batch_size / max(trainer.seconds, 1e-9)
            tracked.numbers({"train/loss": trainer.curve[-1][1], "train/samples_per_second": pace}, step)

    return both


def tell_checkpoint(tracked: Follower, log: Mapping[str, Any]) -> None:
    """The numbers and, where scenes were played, the table of an evaluated checkpoint."""
    tracked.numbers(checkpoint_numbers(log), int(log["steps"]))
    if log.get("closed_loop"):
        tracked.table(checkpoint_table(log["closed_loop"]["tasks"]), int(log["steps"]))


def checkpoint_numbers(log: Mapping[str, Any]) -> dict[str, float]:
    """Held-out error of the policy and of holding still; success, the mean over tasks, and by task with interval."""
    held_out = log.get("held_out") or {}
    numbers = {f"held_out/{name}": held_out.get(name) for name in ("mae", "hold_mae")}
    closed = log.get("closed_loop") or {"tasks": {}}
    numbers["success/rate"] = closed.get("success")
    for task, score in closed["tasks"].items():
        low, high = score["ci"] or (None, None)
        numbers[f"success/{task}/rate"] = score["successes"] / max(score["n"], 1)
        numbers |= {f"success/{task}/low": low, f"success/{task}/high": high}
    return {name: float(value) for name, value in numbers.items() if value is not None}


def checkpoint_table(tasks: Mapping[str, Mapping[str, Any]]) -> Table:
    """A row a task, the columns those of a closed-loop run without its progress."""
    rows = []
    for task, score in tasks.items():
        low, high = score["ci"] or (None, None)
        rate = score["successes"] / max(score["n"], 1)
        rows.append([task, score["n"], score["successes"], rate, low, high, score.get("errors")])
    return Table("tasks", CLOSED_COLUMNS[:-1], rows)
