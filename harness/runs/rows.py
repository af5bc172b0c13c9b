"""The lines of `episodes.jsonl`: their fields, their types, and reading them when the last one is torn.

Open loop: `episode` (dataset index), `task` (the instruction), `task_name` (stack_blocks_two; None where the
dataset does not say), `frames` T, `replans` R, everything of `harness.metrics.catalog`, and the
same of the baselines on the same frames as `hold_mae`, `mean_mae`, `hold_sr`, …; `critical` {frames, mae, mae_arms,
mae_grippers, hold_mae, …} near gripper transitions; `boundary` {n, jump, jump_arms, jump_grippers, hold_jump,
…} at the replans after the first; `windows` {start, mae, share, jump, shift, removed} [R]
each, see `harness.metrics.replan_windows`; `mean_action` [14], what `mean` always says; `persistent` [frames where
action[t] == state[t+1], frames compared]; `video`, `plot`. A baseline that is not known is left out.

Closed loop: `task` (stack_blocks_two), `seed` (scene seed), `status` ("ok" | "error"), `error`, `success`,
`steps`, `step_limit`, `physics_steps`, `instruction`, `video`, `replans`, `seconds`, `skipped` (scenes refused
since the accepted one before, by cause: {"unstable", "solved", "expert"}, see CAUSES); `stages` {name: reached} of
the task before success, in order, and `progress` (0..1), the share reached, success being the last stage;
`failure` (why it is no success, None where it is), `smoothness` (rad/step², 0 is smoothest) and `path` (rad) of
the commanded arm joints, see `harness.metrics.smoothness`; `trajectory` the file that keeps it, see
`harness.runs.trajectories`; `digest` of all actions and states, equal for equal episodes
(`harness.rollout.episode_digest`); `retracted` where an earlier row with an error was of a scene that does not count;
`layout_reason`, what is wrong with a listed scene that would not count by the protocol and was played all the same;
`facts` {name: holds}, what is counted in the task beside success (`robotwin_env.conditions.facts`); `unmet` [{part,
value, wanted, unit}], what was missing of the success condition at the action after which it was nearest to being met,
`nearest_at` (`robotwin_env.conditions.approach`).

Either: `prompt`, what the policy got instead of the instruction (`--ablate instruction`), and `prompt_task`, whose
that is.

Other fields are kept and ignored. Files are named relative to the run directory.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, field_validator, model_validator

from harness.core.errors import UserError
from harness.files.reading import parse_lines
from harness.files.records import LARGEST, Count, Interval, Joints, Number, Record

UNSTABLE, SOLVED, EXPERT = "unstable", "solved", "expert"
CAUSES = {
    UNSTABLE: "did not come to rest",
    SOLVED: "were solved before anything was done",
    EXPERT: "the expert did not solve",
}
"""Why a scene does not count, in the words that follow a number of scenes."""

EARLIER_NAMES = {"told": "prompt", "told_task": "prompt_task", "withdrawn": "retracted"}
"""Fields of lines of runs of schema 1 -> today's."""


class Measured(Record):
    """Numbers by name, of `count` things: of none of them, there are no other numbers."""

    __pydantic_extra__: dict[str, Number] = Field(init=False)


class Critical(Measured):
    """Error near gripper transitions: `mae`, `mae_arms`, `mae_grippers`, the same with hold_ and mean_."""

    frames: Count


class Boundary(Measured):
    """Excess jump at the replans after the first: `jump`, `jump_arms`, `jump_grippers`, with hold_ and mean_."""

    n: Count


class OpenLoopRow(Record):
    """A line of `episodes.jsonl`, open loop: an episode replayed."""

    file: ClassVar[str] = "episodes.jsonl, open loop"
    earlier: ClassVar[Mapping[str, str]] = EARLIER_NAMES

    episode: Count
    task: str
    task_name: str | None = None
    scene_seed: Count | None = None
    frames: Annotated[int, Field(ge=1, lt=LARGEST)]
    replans: Count | None = None
    mae: Number
    mse: Number
    mae_arms: Number
    mae_grippers: Number
    sr: dict[str, Number]
    per_joint: Joints
    hold_mae: Number | None = None
    hold_mse: Number | None = None
    hold_mae_arms: Number | None = None
    hold_mae_grippers: Number | None = None
    hold_sr: dict[str, Number] | None = None
    hold_per_joint: Joints | None = None
    mean_mae: Number | None = None
    mean_mse: Number | None = None
    mean_mae_arms: Number | None = None
    mean_mae_grippers: Number | None = None
    mean_sr: dict[str, Number] | None = None
    mean_per_joint: Joints | None = None
    critical: Critical | None = None
    boundary: Boundary | None = None
    windows: dict[str, list[Number | None]] | None = None
    mean_action: Joints | None = None
    persistent: Interval | None = None
    prompt: str | None = None
    prompt_task: str | None = None
    video: str | None = None
    plot: str | None = None

    @property
    def key(self) -> tuple[str, int]:
        """What makes an episode the same episode: its dataset index."""
        return "", self.episode

    @property
    def group(self) -> str:
        """The task it belongs to: its name, or its instruction where the dataset has no names."""
        return self.task_name or self.task

    @field_validator("windows")
    @classmethod
    def _of_one_length(cls, columns: dict[str, list[Number | None]] | None) -> Any:
        if columns and len({len(column) for column in columns.values()}) > 1:
            raise ValueError("'windows' must be an object of columns of one length")
        return columns


class UnmetPart(Record):
    """A part of a success condition that did not hold: what it was, in `unit`, and what is wanted.

    `part` ends in " above" or " below", what it is to be of `wanted`; where it is so or not, `wanted` is None and
    `value`, if known, is the distance to it.
    """

    part: str
    value: Number | None
    wanted: Number | None
    unit: str


class ClosedLoopRow(Record):
    """A line of `episodes.jsonl`, closed loop: a scene in which a policy acted."""

    file: ClassVar[str] = "episodes.jsonl, closed loop"
    earlier: ClassVar[Mapping[str, str]] = EARLIER_NAMES

    task: str
    seed: Count
    status: Literal["ok", "error"]
    error: str | None = None
    failure: str | None = None
    progress: Number | None = None
    stages: dict[str, bool] | None = None
    smoothness: Number | None = None
    path: Number | None = None
    success: bool | None = None
    steps: Count | None = None
    step_limit: Count | None = None
    physics_steps: Count | None = None
    instruction: str | None = None
    prompt: str | None = None
    prompt_task: str | None = None
    video: str | None = None
    trajectory: str | None = None
    replans: Count | None = None
    seconds: Number | None = None
    inference_seconds: Number | None = None
    skipped: dict[str, Number] | None = None
    layout_reason: str | None = None
    facts: dict[str, bool] | None = None
    unmet: list[UnmetPart] | None = None
    nearest_at: Count | None = None
    digest: str | None = None
    retracted: bool | None = None

    @property
    def key(self) -> tuple[str, int]:
        """What makes an episode the same episode: its task and scene seed."""
        return self.task, self.seed

    @property
    def group(self) -> str:
        """The task it belongs to."""
        return self.task

    @model_validator(mode="after")
    def _with_a_result(self) -> ClosedLoopRow:
        if self.status == "ok" and self.success is None:
            raise ValueError("'success' must be true or false where status is 'ok'")
        return self


Row = OpenLoopRow | ClosedLoopRow
ROWS: dict[str, type[Row]] = {"openloop": OpenLoopRow, "closedloop": ClosedLoopRow}
"""What a line is, by the mode of the run."""


def parse_rows[R: (OpenLoopRow, ClosedLoopRow)](data: bytes, kind: type[R], source: Path) -> list[R]:
    """The rows in `data`, each of which must be of `kind`; a torn last line is left out.

    UserError names `source`, line and field.
    """
    rows: list[R] = []
    for number, row in parse_lines(data, source):
        try:
            rows.append(kind.of(row))
        except ValueError as error:
            raise UserError(f"{source} line {number}: {error}") from error
    return rows


def latest[R: Row](rows: Iterable[R]) -> list[R]:
    """One row an episode in a fixed order, the last one winning: an errored episode that was tried again.

    An episode that was retracted (its scene turned out not to count) is left out.
    """
    last = {row.key: row for row in rows}
    return [last[key] for key in sorted(last) if not getattr(last[key], "retracted", None)]
