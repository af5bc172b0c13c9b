"""`summary.json` of rollouts as records; what each number means stands in `harness.metrics.closedloop_summary`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field

from harness.files.records import Count, Interval, Number, Record


def _some(value: Any) -> Any:
    return {} if value is None else value


class Mean(Record):
    """A mean over episodes with its interval."""

    mean: Number
    ci: Interval | None
    n: Count


class Proportion(Record):
    """How many of `n`; which of them stands under a name of its own."""

    n: Count
    rate: Number
    ci: Interval | None


class StageShare(Proportion):
    """How many rollouts reached a stage."""

    reached: Count


class PromptShare(Proportion):
    """How many rollouts succeeded that were prompted with one instruction."""

    successes: Count


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
    stages: Annotated[dict[str, StageShare], BeforeValidator(_some)] = Field(default_factory=dict)
    failures: Annotated[dict[str, Count], BeforeValidator(_some)] = Field(default_factory=dict)
    prompt_tasks: Annotated[dict[str, PromptShare], BeforeValidator(_some)] = Field(default_factory=dict)

    @property
    def failed(self) -> int:
        """How many rollouts failed; errors are no failures."""
        return self.n - self.successes

    def mean(self, metric: str) -> Mean | None:
        """The mean of a closed-loop metric of the catalogue by its key, None where no rollout has it."""
        value = getattr(self, metric, None)
        return Mean.of(value) if isinstance(value, Mapping) else value


class ClosedMacro(Record):
    """The means over tasks of success and progress with their intervals."""

    rate: Number | None = None
    ci: Interval | None = None
    tasks: Count = 0
    progress: Number | None = None
    progress_ci: Interval | None = None


class ClosedLoopSummary(Record):
    """The content of `summary.json`, closed loop."""

    file: ClassVar[str] = "summary.json, closed loop"

    schema_: int = Field(alias="schema", ge=1)
    mode: Literal["closedloop"]
    ablate: str | None = None
    overall: Rate
    tasks: dict[str, Rate]
    task_macro: ClosedMacro = Field(default_factory=ClosedMacro)
