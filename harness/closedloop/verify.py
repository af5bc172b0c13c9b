"""`closedloop --verify RUN`: some episodes of a finished run once more, and whether the same comes out."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from harness.closedloop.config import Config, check
from harness.closedloop.preparation import prepare
from harness.closedloop.simulation import simulate
from harness.core.errors import UserError
from harness.core.text import one_line
from harness.engine.schedule import Schedule
from harness.engine.task_schedule import TaskSchedule
from harness.runs.compatibility import FREE_TO_CHANGE, differences
from harness.runs.directory import RunDir
from harness.runs.rows import ClosedLoopRow, latest
from harness.scenes.lists import SceneList
from harness.scenes.protocol import Verdict
from harness.scenes.sets import PROTOCOL, SceneSet
from harness.scenes.task_selection import chosen_tasks
from harness.stats.significance import mcnemar
from policies.remote.options import is_remote

OURS = (*FREE_TO_CHANGE, "episodes", "shard")
"""Settings that are this command's, not the run's."""


@dataclass(frozen=True)
class Repetition:
    """An episode and its repetition: their rows."""

    before: ClosedLoopRow
    now: ClosedLoopRow

    @property
    def success(self) -> bool:
        """Whether both ended alike."""
        return self.now.status == "ok" and self.before.success == self.now.success

    @property
    def steps(self) -> bool:
        """Whether both took as many actions."""
        return self.success and self.before.steps == self.now.steps

    @property
    def states(self) -> bool:
        """Whether every action and state was the same, to the bit."""
        return self.steps and self.before.digest is not None and self.before.digest == self.now.digest


def verify(config: Config) -> int:
    """Repeat `config.episodes` episodes of the run `config.verify`; 0 where all agree in everything, else 1."""
    assert config.verify is not None
    run = RunDir.load(config.verify)
    if run.mode != "closedloop":
        raise UserError(f"{run.path} is an open-loop run: give --verify a run that closedloop wrote")
    chosen = sample([row for row in latest(run.closed_rows()) if row.status == "ok"], config.episodes)
    if not chosen:
        raise UserError(f"{run.path} has no finished episode to repeat")
    settings = settings_of(run.run["config"], config)
    # All of the run's tasks, not only those of the sample: a control may say another one's instruction.
    tasks = list(dict.fromkeys([*chosen_tasks(settings.task), *(row.task for row in chosen)]))
    ready = prepare(settings, tasks, scenes=played(run.run["provenance"], settings.seed, chosen))
    if ready.policy is not None and ready.policy.describe().get("unknown"):
        raise UserError(
            f"the policy of {run.path} is a server whose weights and noise are unknown, so that nothing of it can be "
            "verified; serve a policy with `python -m harness.serve` for that"
        )
    for line in differences(run.run, run.run | {"provenance": ready.facts}):
        print(one_line(f"not as in the run: {line}"))
    rows: list[ClosedLoopRow] = []
    plan = Schedule([plan_of(task, chosen) for task in ready.tasks])
    simulate([ready], [ready.setup(None)], plan, len(chosen), [[]], lambda row, _: rows.append(row))
    return report(pairs(chosen, rows))


def settings_of(stored: Mapping[str, Any], config: Config) -> Config:
    """The configuration a run recorded, with this command's own settings; UserError where it holds nonsense."""
    hints = typing.get_type_hints(Config)
    taken = {}
    for field in dataclasses.fields(Config):
        if field.name in OURS or field.name not in stored:
            continue
        value, hint = stored[field.name], hints[field.name]
        if not any(_is(value, part) for part in _parts(hint)):
            raise UserError(
                f"run.json: {field.name!r} is {str(value)[:40]!r}, which closedloop does not take"
            )
        taken[field.name] = value
    settings = dataclasses.replace(config, **taken)
    if is_remote(settings.policy) and settings.policy != config.policy:  # it would be sent your API key
        raise UserError(
            f"run.json says its policy was served at {settings.policy[:200]}; if that is a server of yours, name it: "
            "--policy and that address"
        )
    check(settings)
    return settings


def _parts(hint: Any) -> tuple[Any, ...]:
    """The types a field may have: those of a union, or the one."""
    return typing.get_args(hint) if typing.get_origin(hint) in (typing.Union, types.UnionType) else (hint,)


def _is(value: Any, hint: Any) -> bool:
    """Whether a value is of a plain type, or one of the words of a Literal."""
    return (
        value in typing.get_args(hint)
        if typing.get_origin(hint) is typing.Literal
        else isinstance(value, hint)
    )


def sample(rows: Sequence[ClosedLoopRow], count: int) -> list[ClosedLoopRow]:
    """Up to `count` of the rows, evenly spread over all of them."""
    picked = np.unique(np.linspace(0, len(rows) - 1, min(count, len(rows))).round().astype(int))
    return [rows[i] for i in picked]


def played(facts: Mapping[str, Any], seed: int, rows: Sequence[ClosedLoopRow]) -> SceneSet:
    """The scenes of these rows as a set that bears the name of the run's own, whose list nobody needs any more."""
    name, known = facts.get("scenes"), facts.get("scenes_hash")
    seeds = {task: tuple(row.seed for row in rows if row.task == task) for task in {row.task for row in rows}}
    return SceneSet(str(name or PROTOCOL), seed, SceneList(seeds, known, source=facts.get("scenes_source")))


def plan_of(task: str, rows: Sequence[ClosedLoopRow]) -> TaskSchedule:
    """A plan that runs the scenes of these rows of a task, all known to count."""
    seeds = [row.seed for row in rows if row.task == task]
    return TaskSchedule(task, seeds, len(seeds), {seed: Verdict(seed, True) for seed in seeds})


def pairs(before: Sequence[ClosedLoopRow], now: Sequence[ClosedLoopRow]) -> list[Repetition]:
    """Every repeated episode with its repetition."""
    replayed = {(row.task, row.seed): row for row in now}
    return [Repetition(row, replayed[row.task, row.seed]) for row in before]


def report(episodes: Sequence[Repetition]) -> int:
    """Print what agrees; 0 where everything does, else 1."""
    for again in episodes:
        if not again.states:
            before, now = again.before, again.now
            result = now.error or f"{outcome(now)}, digest {now.digest}"
            was = f"{before.task} {before.seed}: {outcome(before)}, digest {before.digest}"
            print(one_line(f"{was} -> {result}"))
    n = len(episodes)
    agree = {name: sum(getattr(again, name) for again in episodes) for name in ("success", "steps", "states")}
    print(", ".join(f"{name} {count}/{n}" for name, count in agree.items()) + " as in the run")
    ran = [again for again in episodes if again.now.status == "ok"]
    if agree["success"] < n and ran:
        test = mcnemar(
            [bool(again.before.success) for again in ran], [bool(again.now.success) for again in ran]
        )
        print(f"exact McNemar test of the difference in success: p = {test.p:.3f}")
    return int(agree["states"] < n)


def outcome(row: ClosedLoopRow) -> str:
    """`success after 60 actions`."""
    return f"{'success' if row.success else 'failure'} after {row.steps} actions"
