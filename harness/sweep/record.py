"""`sweep.json` as a record."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from harness.compare.pairs import RateDelta
from harness.files.records import Count, Number, Record
from harness.runs.summaries.closedloop import Rate
from harness.runs.summaries.openloop import OpenLoopBlock
from harness.sweep.analysis import Cost, Effort, MaeDelta, Trend

SCHEMA = 1


class OpenCost(Record):
    """Chunks an episode of the open loop, over n episodes."""

    chunks: Number | None
    n: Count


class SettingRecord(Record):
    """One setting: its runs' folders by mode, `overall` of their summaries, and how it differs from two others.

    against_default, against_best: a is the other, b this one, on the scenes that ended without error in every setting.
    """

    horizon: Count
    strategy: str
    runs: dict[str, str]
    openloop: OpenLoopBlock
    closedloop: Rate
    effort: Effort
    cost: Cost
    open_cost: OpenCost
    against_default: RateDelta | None
    against_best: RateDelta | None
    mae_against_default: MaeDelta | None


class SweepRecord(Record):
    """The content of `sweep.json`; best: [horizon, strategy], common_scenes: how many the tests are on."""

    file: ClassVar[str] = "sweep.json"

    schema_: int = Field(alias="schema", ge=1)
    task: str
    policy: str
    chunk_size: Count
    default_horizon: Count
    best: Annotated[list[int | str], Field(min_length=2, max_length=2)] | None
    common_scenes: Count
    cautions: list[str]
    findings: list[str]
    notes: list[str]
    trends: list[Trend]
    points: list[SettingRecord]
