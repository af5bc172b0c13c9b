"""What is compared: the facts of both sides that decide a number, one column a side. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from harness.compare.comparability import dataset
from harness.compare.sides import Side
from harness.core.text import short
from harness.rendering.document import NOTHING, Table
from harness.results.official import badge_line, departures


def side_table(a: Side, b: Side, names: Sequence[str]) -> Table:
    """What is compared: one column a side, `names` their policies' short names (`harness.runs.policy_names`)."""
    first, second = (_facts(side, name) for side, name in zip((a, b), names, strict=True))
    rows = [(key, first[key], second[key]) for key in first if {first[key], second[key]} != {NOTHING}]
    return Table("What is compared", "A is the base: every difference is B - A.", ("", "A", "B"), rows)


def _facts(side: Side, name: str) -> dict[str, str]:

    def said(value: Any) -> str:
        return NOTHING if value is None else short(str(value))

    return {
        "policy": name,
        "policy given as": NOTHING if name == side.policy else side.policy,
        "from": side.where,
        "kind": "published figures" if side.published else _status(side),
        "episodes (n)": _episodes(side),
        "trained on": said(side.rates.training_data if side.rates else None),
        "horizon": said(side.config.horizon),
        "strategy": said(side.config.strategy),
        "limit of actions": _limit(side),
        "setting": said(side.config.config),
        "seed": said(side.config.seed),
        "instructions": _instructions(side),
        "input taken away": said(side.config.ablate),
        "dataset": dataset(side) if side.mode == "openloop" and not side.published else NOTHING,
        "checkpoint": said(side.provenance.checkpoint_hash),
        "assets": "RoboTwin's own" if side.rates else said(side.provenance.assets_kind),
        "scenes": "RoboTwin's own" if side.rates else said(side.provenance.scenes),
        "differs from upstream's": _official(side),
        "code": said(side.provenance.git_commit),
    }


def _episodes(side: Side) -> str:
    if side.rates is not None:
        return f"{side.rates.rollouts} a task"
    return str(len(side.scored) if side.block is None else side.block.episodes)


def _official(side: Side) -> str:
    """What is not upstream's in rollouts, in words."""
    if side.mode != "closedloop" or side.published:
        return NOTHING
    return badge_line(departures(side.mode, side.config, side.provenance))


def _status(side: Side) -> str:
    return "finished run" if side.status == "done" else f"run, {side.status}"


def _limit(side: Side) -> str:
    """How many actions a rollout was given."""
    if side.mode != "closedloop" or side.published:
        return NOTHING
    most = side.config.max_actions
    return "RoboTwin's own" if most is None else f"{most}, not RoboTwin's"


def _instructions(side: Side) -> str:
    """Whose sentences the policy was told, and of which split."""
    words = [side.provenance.instructions, side.provenance.instruction_split]
    return ", ".join(short(str(word)) for word in words if word is not None) or NOTHING
