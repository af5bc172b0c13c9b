"""`results.json` of a model card as a record."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from harness.files.records import Record
from harness.runs.summaries.modes import Summary

SCHEMA = 1


class PublishedRun(Record):
    """A run in a card: what may be said of how it was made (`harness.publish.redaction`), and its summary."""

    mode: Literal["openloop", "closedloop"]
    policy: str
    status: str
    dataset: str | None
    caution: str | None
    facts: dict[str, bool | int | float | str]
    summary: Annotated[Summary, Field(discriminator="mode")]


class Results(Record):
    """The content of `results.json`."""

    file: ClassVar[str] = "results.json"

    schema_: int = Field(alias="schema", ge=1)
    runs: list[PublishedRun]
