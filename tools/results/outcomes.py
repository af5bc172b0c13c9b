"""A run's outcomes scene by scene, small enough for the repository: `docs/results/NAME.jsonl`.

The first line says what was run (`About`), each other one how a scene ended (`Outcome`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field

from harness.core.errors import UserError
from harness.files.bundled import ROOT
from harness.files.reading import parse_json, read_bytes
from harness.files.records import Count, Record
from harness.runs.compatibility import EARLIER
from harness.runs.directory import RunDir
from harness.runs.rows import latest

FOLDER = ROOT / "docs" / "results"


class About(Record):
    """What was run; commit: of this repository, dirty: with files that are not in it."""

    file: ClassVar[str] = "docs/results/*.jsonl, the first line"

    policy: str
    content_hash: str | None
    commit: str
    dirty: bool
    started: str
    command: str
    config: str
    scenes: str
    scenes_hash: str | None
    seed: Count
    horizon: Count
    strategy: str
    max_actions: Count | None
    assets: str
    instructions: str
    instruction_split: str | None
    shader: str | None
    shadows: str | None


class Outcome(Record):
    """A scene and how it ended; actions: sent until it was solved or given up; digest: of everything in it."""

    file: ClassVar[str] = "docs/results/*.jsonl, the other lines"

    task: str
    seed: Count
    success: bool
    actions: Count
    digest: str
    facts: dict[str, bool] = Field(default_factory=dict)


@dataclass(frozen=True)
class Outcomes:
    """A file of docs/results/."""

    name: str
    about: About
    rows: list[Outcome]

    def of(self, task: str) -> list[Outcome]:
        """The rows of a task; ValueError where there is none."""
        own = [row for row in self.rows if row.task == task]
        if not own:
            raise ValueError(f"{self.name} has no scene of {task}")
        return own

    @property
    def tasks(self) -> list[str]:
        """The tasks, in the order they were run in."""
        return list(dict.fromkeys(row.task for row in self.rows))

    @property
    def by_scene(self) -> dict[tuple[str, int], Outcome]:
        """(task, seed) -> the row."""
        return {(row.task, row.seed): row for row in self.rows}


def read_outcomes(folder: Path = FOLDER) -> dict[str, Outcomes]:
    """Name -> every file of the folder; UserError, with file and line, for what is none."""
    return {path.stem: _read(path) for path in sorted(folder.glob("*.jsonl"))}


def _read(path: Path) -> Outcomes:
    records: list[Any] = []
    for number, line in enumerate(read_bytes(path).splitlines(), 1):
        try:
            records.append((About if number == 1 else Outcome).of(parse_json(line)))
        except ValueError as error:
            raise UserError(f"{path}, line {number}: {error}") from None
    if len(records) < 2 or len({(row.task, row.seed) for row in records[1:]}) < len(records) - 1:
        raise UserError(
            f"{path} must hold a line about the run and one for each of its scenes, each scene once"
        )
    return Outcomes(path.stem, records[0], records[1:])


def add_run(run: Path, name: str, folder: Path = FOLDER) -> Path:
    """Write the outcomes of a finished closed-loop run to `NAME.jsonl`; UserError where it is none."""
    directory = RunDir.load(run)
    if directory.mode != "closedloop" or directory.record.status != "done":
        raise UserError(f"{run} is no finished closed-loop run ({directory.mode}, {directory.record.status})")
    rows = latest(directory.closed_rows())
    broken = [row for row in rows if row.status != "ok"]
    if broken:
        raise UserError(f"{len(broken)} episodes of {run} ended in an error: finish it with --resume")
    lines: list[Record] = [about_run(directory.run)]
    for row in rows:
        known = {"task": row.task, "seed": row.seed, "success": row.success, "digest": row.digest}
        try:
            lines.append(Outcome.of(known | {"actions": row.steps, "facts": row.facts or {}}))
        except ValueError as error:
            raise UserError(f"{run}, {row.task} {row.seed}: {error}") from None
    path = folder / f"{name}.jsonl"
    folder.mkdir(parents=True, exist_ok=True)
    written = [json.dumps(line.model_dump(), ensure_ascii=False) for line in lines]
    path.write_text("\n".join(written) + "\n", encoding="utf-8")
    return path


def about_run(run: dict[str, Any]) -> About:
    """What run.json says, without a path or a name of the machine."""
    config, facts = EARLIER | run["config"], run["provenance"]
    flags = {"policy": "policy", "task": "task", "scenes": "scenes", "seed": "seed", "episodes": "episodes"}
    if config.get("max_actions") is not None:
        flags["max_actions"] = "max-actions"
    command = " ".join(f"--{flag} {config[key]}" for key, flag in flags.items())
    return About(
        policy=config["policy"],
        content_hash=facts.get("checkpoint_hash"),
        commit=facts["git_commit"],
        dirty=bool(facts.get("git_dirty")),
        started=run["started"],
        command=f"python -m harness.closedloop {command}",
        config=config["config"],
        scenes=facts.get("scenes") or "protocol",
        scenes_hash=facts.get("scenes_hash"),
        seed=config["seed"],
        horizon=config["horizon"],
        strategy=config["strategy"],
        max_actions=config["max_actions"],
        assets=facts["assets_kind"],
        instructions=facts["instructions"],
        instruction_split=facts.get("instruction_split"),
        shader=facts.get("shader"),
        shadows=facts.get("shadows"),
    )
