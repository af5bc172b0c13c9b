"""`run.json`: what was run, on what, and how it ended."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import Field

from harness.core.errors import UserError
from harness.files.reading import read_json
from harness.files.records import Count, Record, Sampling

SCHEMA = 2
"""1 had other names: `EARLIER_NAMES` here and in `harness.runs.rows`; it is read as well."""
EARLIER_NAMES = {
    "dataset_pace": "dataset_sampling",
    "trained_on": "training_overlap",
    "not_meant_for": "off_task",
}
SCHEMAS_READ = (1, SCHEMA)
MODES = ("openloop", "closedloop")
STATUSES = ("running", "done", "failed", "interrupted")

Settable = str | None


class RunConfig(Record):
    """The flags of a run, `auto` replaced; those that are read again are listed, all others are kept."""

    policy: Settable = None
    dataset: Settable = None
    task: Settable = None
    config: Settable = None
    strategy: Settable = None
    ablate: Settable = None
    device: Settable = None
    dtype: Settable = None
    assets: Settable = None
    instructions: Settable = None
    instruction_split: Settable = None
    scenes: Settable = None
    shader: Settable = None
    shadows: Settable = None
    horizon: Count | None = None
    seed: Count | None = None
    batch_size: Count | None = None
    max_actions: Count | None = None
    expert_check: bool | None = None


class Provenance(Record):
    """What the numbers depend on besides the flags (`harness.runs.provenance`); older runs lack some of it."""

    earlier: ClassVar[Mapping[str, str]] = EARLIER_NAMES

    checkpoint_hash: Settable = None
    dataset: Settable = None
    dataset_revision: Settable = None
    dataset_hash: Settable = None
    dataset_sampling: Sampling | None = None
    dataset_fps: float | None = None
    assets_root: Settable = None
    assets_kind: Settable = None
    assets_hash: Settable = None
    controller: Settable = None
    shader: Settable = None
    shadows: Settable = None
    render_device: Settable = None
    render_driver: Settable = None
    clutter_kind: Settable = None
    textures_kind: Settable = None
    instructions: Settable = None
    instruction_split: Settable = None
    scenes: Settable = None
    scenes_source: Settable = None
    scenes_hash: Settable = None
    contract: Settable = None
    contract_cautions: list[str] | None = None
    training_overlap: Settable = None
    off_task: Settable = None
    seeds: list[Count] | None = None
    policy: dict[str, Any] | None = None
    ablation: dict[str, Any] | None = None
    code: dict[str, Settable] | None = None
    packages: dict[str, Settable] | None = None
    git_commit: Settable = None
    git_dirty: bool | None = None
    python: Settable = None
    platform: Settable = None
    host: Settable = None
    cpus: Count | None = None


class RunRecord(Record):
    """The content of `run.json`."""

    file: ClassVar[str] = "run.json"

    schema_: Literal[1, 2] = Field(alias="schema")
    mode: Literal["openloop", "closedloop"]
    name: Settable = None
    status: Literal["running", "done", "failed", "interrupted"]
    error: Settable = None
    started: Settable = None
    finished: Settable = None
    resumed: list[str] | None = None
    command: list[str] | None = None
    config: RunConfig
    provenance: Provenance


def read_description(folder: Path) -> RunRecord:
    """The `run.json` of a run directory; UserError where there is none, or none that this version reads."""
    if not (folder / "run.json").is_file():
        hint = "it does not exist" if not folder.exists() else "it has no run.json"
        raise UserError(
            f"{folder} is not a run directory ({hint}): give a folder that openloop or closedloop wrote"
        )
    run = read_json(folder / "run.json")
    if run.get("schema") not in SCHEMAS_READ:
        raise UserError(
            f"{folder}/run.json has schema {str(run.get('schema'))[:20]}, this version reads "
            f"{' and '.join(map(str, SCHEMAS_READ))}"
        )
    try:
        return RunRecord.of(run)
    except ValueError as error:
        raise UserError(f"{folder}/run.json: {error}") from None
