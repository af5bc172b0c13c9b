"""`summary.json` as records; what each number means stands in `harness.metrics.closedloop_summary`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field

from harness.files.records import Count, Interval, Number, Record

Curve = list[Number]
Several = list[Number] | list[Interval | None] | dict[str, Number] | dict[str, Interval | None]
Value = Number | None | Interval | Several
"""A mean (or one for each joint or threshold), or its interval under `<name>_ci`, None where too little is known."""


class Means(Record):
    """Means over steps or episodes under the names of `harness.metrics.catalog`, with hold_ and mean_ before them."""

    __pydantic_extra__: dict[str, Value] = Field(init=False)


class CriticalBlock(Means):
    """Errors near gripper transitions, within `radius` frames of one."""

    frames: Count
    episodes: Count
    radius: Count


class BoundaryBlock(Means):
    """Excess jumps at `n` replans."""

    n: Count
    episodes: Count


class OpenLoopBlock(Means):
    """The numbers of some episodes, or of all."""

    episodes: Count
    frames: Count
    mae: Number | None
    critical: CriticalBlock | None = None
    boundary: BoundaryBlock | None = None


class Mean(Record):
    """A mean over episodes with its interval."""

    mean: Number
    ci: Interval | None
    n: Count


class Proportion(Record):
    """How many of `n`; which of them stands under a name of its own (`reached`, `successes`)."""

    n: Count
    rate: Number
    ci: Interval | None


class Rate(Record):
    """How often a policy succeeds in some episodes, or in all."""

    earlier: ClassVar[Mapping[str, str]] = {"told": "prompt_tasks"}

    n: Count
    successes: Count
    rate: Number | None
    ci: Interval | None
    errors: Count
    steps: Number | None = None
    success_steps: Number | None = None
    seconds: Number | None = None
    replans: Number | None = None
    skipped: dict[str, Count] | None = None
    progress: Mean | None = None
    smoothness: Mean | None = None
    path: Mean | None = None
    stages: dict[str, Proportion] | None = None
    failures: dict[str, Count] | None = None
    prompt_tasks: dict[str, Proportion] | None = None


class Spike(Record):
    """A replan window with more than a quarter of its episode's error."""

    episode: Count
    task: str
    start: Count
    stop: Count
    index: Count
    windows: Count
    share: Number
    mae: Number
    jump: Number | None
    shift: int
    removed: Number
    gripper_share: Number
    worst_joint: str
    kind: str | None
    finding_shift: int | None
    finding: str | None


class Macro(Record):
    """The mean over tasks, under the name of what it is the mean of, and its interval clustered by task."""

    ci: Interval | None
    tasks: Count


class OpenLoopSummary(Record):
    """The content of `summary.json`, open loop; the last four are None where there are no predictions."""

    file: ClassVar[str] = "summary.json, open loop"

    schema_: int = Field(alias="schema", ge=1)
    mode: Literal["openloop"]
    ablate: str | None = None
    overall: OpenLoopBlock
    tasks: dict[str, OpenLoopBlock]
    task_macro: Macro | None = None
    persistence: Number | None = None
    critical: CriticalBlock | None = None
    boundary: BoundaryBlock | None = None
    chunk_index: dict[str, Any] | None = None
    threshold_curve: dict[str, Any] | None = None
    windows: dict[str, int | str | None] | None = None
    spikes: list[Spike] | None = None


class ClosedLoopSummary(Record):
    """The content of `summary.json`, closed loop."""

    file: ClassVar[str] = "summary.json, closed loop"

    schema_: int = Field(alias="schema", ge=1)
    mode: Literal["closedloop"]
    ablate: str | None = None
    overall: Rate
    tasks: dict[str, Rate]
    task_macro: Macro | None = None


SUMMARIES: dict[str, type[OpenLoopSummary | ClosedLoopSummary]] = {
    "openloop": OpenLoopSummary,
    "closedloop": ClosedLoopSummary,
}
"""What a summary is, by the mode of the run."""
