"""Whether run directories are the parts of one run, all of them, each once. Pure, but for reading them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.core.errors import UserError
from harness.core.share import Share, read_share
from harness.core.text import short
from harness.engine.task_schedule import STOPPED
from harness.files.reading import parse_lines, read_bytes
from harness.runs.compatibility import differences
from harness.runs.directory import RunDir
from harness.runs.folders import LOG
from harness.runs.rows import ROWS, ClosedLoopRow, Row, latest

NAMED = 5
"""Episodes that are named where many are wrong."""


@dataclass(frozen=True)
class Part:
    """One run directory, which share of the whole it is, its rows, one an episode, and their lines as written."""

    path: Path
    run: Mapping[str, Any]
    share: Share
    rows: Sequence[Row]
    written: Mapping[tuple[str, int], Mapping[str, Any]]

    def __str__(self) -> str:
        return f"{self.path} (part {self.share})"


def read_part(path: Path) -> Part:
    """A run directory as a part; UserError where it is none."""
    run = RunDir.load(path)
    share = read_share(run.run["config"].get("shard"))
    if share.is_whole:
        raise UserError(
            f"{path} is a whole run, not a part of one: give what closedloop or openloop wrote with --shard"
        )
    rows = latest(run.rows())  # which refuses what is no row, in a line
    log = path / LOG
    written = {ROWS[run.mode].of(line).key: line for _, line in parse_lines(read_bytes(log), log)}
    return Part(path, run.run, share, rows, written)


def check(parts: Sequence[Part]) -> None:
    """UserError that names whatever keeps these parts from being one run: settings, code, gaps and overlaps."""
    first = parts[0]
    for part in parts[1:]:
        changed = differences(whole(first.run), whole(part.run))
        if changed:
            raise UserError(f"{first.path} and {part.path} are not of one run ({'; '.join(changed)})")
    wrong = [*_shares(parts), *_unfinished(parts)] or [*_overlaps(parts), *_gaps(parts)]
    if wrong:
        raise UserError(f"these are not all the parts of one run: {'; '.join(wrong)}")


def whole(run: Mapping[str, Any]) -> dict[str, Any]:
    """The `run.json` of a part as that of the run it is a part of."""
    return {**run, "config": {**run["config"], "shard": None}}


def joined(parts: Sequence[Part]) -> list[tuple[Part, Row]]:
    """The rows of the run and the part each is from, in the order one worker would have written them."""
    tasks = str(parts[0].run["config"].get("task") or "").split(",")
    order = {task: number for number, task in enumerate(tasks)}

    def place(item: tuple[Part, Row]) -> tuple[int, str, int]:
        task, number = item[1].key
        return order.get(task, len(order)), task, number

    return sorted(((part, row) for part in parts for row in part.rows), key=place)


def _shares(parts: Sequence[Part]) -> list[str]:
    """Parts of different wholes, parts there twice, parts that are missing."""
    wholes = sorted({part.share.of for part in parts})
    if len(wholes) > 1:
        return [f"they are parts of {' and of '.join(map(str, wholes))}"]
    of = wholes[0]
    by_index: dict[int, list[Part]] = {}
    for part in parts:
        by_index.setdefault(part.share.index, []).append(part)
    twice = [
        f"part {index}/{of} is there {len(same)} times ({', '.join(str(part.path) for part in same)})"
        for index, same in sorted(by_index.items())
        if len(same) > 1
    ]
    missing = [f"{index}/{of}" for index in range(1, of + 1) if index not in by_index]
    return twice + ([f"missing: part {_some(missing)}"] if missing else [])


def _unfinished(parts: Sequence[Part]) -> list[str]:
    return [
        f"{part} is {part.run['status']}: finish it with --resume"
        for part in parts
        if part.run["status"] != "done"
    ]


def _overlaps(parts: Sequence[Part]) -> list[str]:
    """Episodes that are in two parts."""
    twice = []
    seen: dict[tuple[str, int], Part] = {}
    for part in parts:
        for row in part.rows:
            key = row.key
            if key in seen:
                twice.append(f"{_name(key)} in {seen[key].path} and {part.path}")
            seen[key] = part
    return [f"there twice: {_some(twice)}"] if twice else []


def _gaps(parts: Sequence[Part]) -> list[str]:
    """Tasks with too few or too many episodes; recordings that a part leaves out."""
    if parts[0].run["mode"] == "openloop":
        return _replayed_gaps(parts)
    config, rows = (
        parts[0].run["config"],
        [row for part in parts for row in part.rows if isinstance(row, ClosedLoopRow)],
    )
    counts = Counter(row.task for row in rows)
    stopped = {row.task for row in rows if (row.error or "").startswith(STOPPED)}
    wanted = config.get("episodes")
    wrong = [
        f"{short(task)} has {counts[task]} of {wanted} episodes"
        for task in str(config.get("task") or "").split(",")
        if counts[task] != wanted and task not in stopped
    ]
    return [_some(wrong)] if wrong else []


def _replayed_gaps(parts: Sequence[Part]) -> list[str]:
    total = sum(len(part.rows) for part in parts)
    wrong = []
    for part in parts:
        expected = part.share.count(total)
        if len(part.rows) != expected:
            wrong.append(f"{part} has {len(part.rows)} episodes, not {expected}")
    return wrong


def _name(key: tuple[str, int]) -> str:
    task, number = key
    return f"{short(task)} {number}" if task else f"episode {number}"


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
