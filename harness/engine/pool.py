"""What a loop needs of those who simulate, whether they are processes of this machine or actors of a cluster."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from harness.engine.messages import Answer, Ask, Going, Ready, Screened, Setup
from harness.engine.task_schedule import Attempt

PATIENCE_ACTIONS = 50
"""Actions that a worker may take the patience of the configuration for."""
START_S = 60.0
"""How long a worker may at least take to start, however impatient the configuration."""
NEVER_READY = 3
"""Workers in a row that end before they are ready, after which a run gives up."""


@dataclass(eq=False)
class Member:
    """One worker. work: what it has to do. waiting: for a chunk. allowed_s: how long it may be silent.

    node: the machine it is on, None where there is only this one, or it has no place yet. gone: it was replaced.
    """

    number: int
    allowed_s: float = 0.0
    ready: bool = False
    work: Attempt | None = None
    waiting: bool = False
    silent_s: float = 0.0
    hung: bool = False
    frame: int | None = None
    node: str | None = None
    gone: bool = False

    @property
    def idle(self) -> bool:
        """Ready for work."""
        return self.ready and self.work is None

    @property
    def watched(self) -> bool:
        """Whether it ought to say something sooner or later."""
        return not (self.waiting or self.idle or self.hung)

    def doing(self) -> str:
        """What it does, in a few words."""
        if self.work is None:
            return "idle" if self.ready else "starting"
        what = "screening" if self.frame is None else f"step {self.frame}"
        return f"{self.work.task} {self.work.seed} {what}"

    def takes(self, work: Attempt) -> None:
        """It has something to do now."""
        self.work, self.frame = work, None if not work.screened else 0

    def said(self, message: Any) -> None:
        """Keep what a message of `harness.engine.messages` tells about it."""
        self.silent_s = 0.0
        if isinstance(message, Ready):
            self.ready = True
        elif (
            isinstance(message, Screened) and message.verdict.ok and self.work is not None and self.work.runs
        ):
            self.frame = 0
        elif isinstance(message, Ask):
            self.waiting, self.frame = True, message.frame
        elif isinstance(message, Going):
            self.frame = message.frame
        else:
            self.work = self.frame = None

    def hang_reason(self) -> str:
        """How one ended that was silent for too long."""
        return f"it gave no sign for {self.allowed_s:.0f} s (--patience) and was stopped"


@dataclass(frozen=True)
class Lost:
    """A worker is gone: how it ended."""

    reason: str


class Pool[M: Member](Protocol):
    """Workers. A loop gives attempts, hears messages, answers with chunks, and may have one replaced."""

    @property
    def members(self) -> Sequence[M]:
        """Those there are now; some may only be starting."""
        ...

    def poll(self, timeout_s: float) -> list[tuple[M, Attempt | None, Any]]:
        """What workers said (`harness.engine.messages`) about which work, waiting for the first at most so long.

        Lost is said for one that is gone; it is replaced. RunFailed where workers do not even get ready.
        """
        ...

    def give(self, member: M, work: Attempt) -> None:
        """Have an idle worker make an attempt."""
        ...

    def answer(self, member: M, answer: Answer) -> None:
        """Give a waiting worker its chunk."""
        ...

    def replace(self, member: M) -> None:
        """End a worker that cannot be trusted any more and start another in its place."""
        ...


@dataclass(frozen=True)
class Patience:
    """How long a worker may be silent: `seconds` over starting, a scene, or every 50 actions."""

    seconds: float
    setups: Sequence[Setup]

    @property
    def start(self) -> float:
        """Until it is ready."""
        return max(2 * self.seconds, START_S)

    @property
    def attempt(self) -> float:
        """With an attempt: a scene, the expert in it, the first picture."""
        return 3 * self.seconds

    def chunk(self, work: Attempt | None) -> float:
        """With a chunk."""
        horizon = self.setups[work.policy if work else 0].horizon
        return (1 + horizon / PATIENCE_ACTIONS) * self.seconds
