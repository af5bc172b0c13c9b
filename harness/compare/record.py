"""`compare.json` as a record."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field

from harness.compare.closedloop import ClosedComparison
from harness.compare.openloop import OpenComparison
from harness.compare.published.beside import Beside
from harness.compare.sides import PublishedEntry, Side
from harness.files.records import Count, Record
from harness.runs.summaries.openloop import OpenLoopBlock

SCHEMA = 1


class SideRecord(Record):
    """One side: where it is from and what it was run with; episodes: None of published rates."""

    where: str
    policy: str
    published: bool
    status: str
    episodes: Count | None
    config: dict[str, Any]
    provenance: dict[str, Any]


class Comparison(Record):
    """The content of `compare.json`.

    beside: rates of which one side's or both are published. whole: the figures of all episodes of each side, "a" and
    "b", where the sides do not have the same ones.
    """

    file: ClassVar[str] = "compare.json"

    schema_: int = Field(alias="schema", ge=1)
    mode: Literal["openloop", "closedloop"]
    a: SideRecord
    b: SideRecord
    cautions: list[str]
    findings: list[str]
    notes: list[str]
    openloop: OpenComparison | None
    closedloop: ClosedComparison | None
    beside: Beside | None
    whole: dict[str, OpenLoopBlock | PublishedEntry] | None


def side_record(side: Side) -> SideRecord:
    """What compare.json says of a side."""
    episodes = side.block.episodes if side.block else None if side.rates else len(side.scored)
    return SideRecord(
        where=side.where,
        policy=side.policy,
        published=side.published,
        status=side.status,
        episodes=episodes,
        config=side.config.plain(),
        provenance=side.provenance.plain(),
    )
