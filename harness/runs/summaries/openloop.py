"""`summary.json` of a replay as records; what each number means stands in `harness.metrics.closedloop_summary`."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field

from harness.files.records import Count, Interval, Number, Record

Curve = list[Number]
Reaches = list[Interval | None]
"""An interval a joint, threshold or chunk index, None where too little is known."""
ByTau = dict[str, Number]
"""A share of steps by the threshold that its error keeps."""
Value = Number | None | Interval | Curve | Reaches | ByTau | dict[str, Interval | None]
"""A mean (or one for each joint or threshold), or its interval under `<name>_ci`, None where too little is known."""


class Means(Record):
    """Means over steps or episodes under the names of `harness.metrics.catalog`, with hold_ and mean_ before them."""

    __pydantic_extra__: dict[str, Value] = Field(init=False)

    def value(self, name: str) -> Any:
        """What stands under `name`, a number, a list or numbers by threshold; None where nothing does."""
        return getattr(self, name, None)

    def number(self, name: str) -> float | None:
        """The number under `name`, None where there is none."""
        value = self.value(name)
        return value if isinstance(value, int | float) else None

    def interval(self, name: str) -> Interval | None:
        """The interval of the number under `name`, None where there is none."""
        value: Interval | None = self.value(f"{name}_ci")
        return value


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
    """The numbers of some episodes, or of all; what the catalogue has beside these stands under its own names."""

    episodes: Count
    frames: Count
    mae: Number | None
    mae_ci: Interval | None = None
    sr: ByTau = Field(default_factory=dict)
    sr_ci: dict[str, Interval | None] | None = None
    per_joint: Curve | None = None
    per_joint_ci: Reaches | None = None
    hold_mae: Number | None = None
    hold_per_joint: Curve | None = None
    mean_mae: Number | None = None
    mean_per_joint: Curve | None = None
    macro_mae: Number | None = None
    minus_hold: Number | None = None
    minus_hold_p: Number | None = None
    critical: CriticalBlock | None = None
    boundary: BoundaryBlock | None = None


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


class WindowCounts(Record):
    """How many replan windows there are, how many of them are spikes, and what explains these; in words, too."""

    n: Count
    episodes: Count
    spikes: Count
    spike_episodes: Count
    early: Count
    late: Count
    other_plan: Count
    unexplained: Count
    sentence: str | None


class AgeCurve(Record):
    """MAE by chunk index, j frames after the replan."""

    mae: Curve
    mae_ci: Reaches | None = None
    hold_mae: Curve | None = None
    mean_mae: Curve | None = None


class ChunkIndex(AgeCurve):
    """The same over all joints, over `n` chunks, and of arms and grippers apart."""

    n: list[Count]
    arms: AgeCurve | None = None
    grippers: AgeCurve | None = None


class WithinCurve(Record):
    """The share of steps within every threshold."""

    sr: Curve
    sr_ci: Reaches | None = None
    hold_sr: Curve | None = None
    mean_sr: Curve | None = None


class ThresholdCurve(Record):
    """The same of all joints, arms and grippers, over `n` steps, at the thresholds `tau`."""

    tau: Curve
    n: Count
    all: WithinCurve
    arms: WithinCurve
    grippers: WithinCurve


class OpenMacro(Record):
    """The mean over tasks of the MAE, and its interval clustered by task."""

    mae: Number | None = None
    ci: Interval | None = None
    tasks: Count = 0


class OpenLoopSummary(Record):
    """The content of `summary.json`, open loop; the last four are None where there are no predictions."""

    file: ClassVar[str] = "summary.json, open loop"

    schema_: int = Field(alias="schema", ge=1)
    mode: Literal["openloop"]
    ablate: str | None = None
    overall: OpenLoopBlock
    tasks: dict[str, OpenLoopBlock]
    task_macro: OpenMacro = Field(default_factory=OpenMacro)
    persistence: Number | None = None
    critical: CriticalBlock | None = None
    boundary: BoundaryBlock | None = None
    chunk_index: ChunkIndex | None = None
    threshold_curve: ThresholdCurve | None = None
    windows: WindowCounts | None = None
    spikes: list[Spike] | None = None
