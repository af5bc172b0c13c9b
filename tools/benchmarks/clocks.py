"""Clocks around the parts of a closed loop: what a worker does in its scenes, and what its parent does.

Used by tools/benchmarks/timed_run.py and lerobot_eval_speed.py.
"""

from __future__ import annotations

import json
import os
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.core.robot import ROLES
from harness.rollout.environments import SceneOptions

if TYPE_CHECKING:
    from robotwin_env.env import RoboTwinEnv

WARM_UP = 1
"""A scene outside the evaluation seeds, whose episode ends after one action."""


class Clock:
    """Seconds and calls by part. What a part calls that is a part itself counts there only."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self.calls: defaultdict[str, int] = defaultdict(int)
        self._inside = 0.0

    def timed[**P, T](self, part: str, call: Callable[P, T]) -> Callable[P, T]:
        """`call`, noting what it takes."""

        def run(*args: P.args, **kwargs: P.kwargs) -> T:
            outside, self._inside = self._inside, 0.0
            start = time.perf_counter()
            try:
                return call(*args, **kwargs)
            finally:
                taken = time.perf_counter() - start
                self.seconds[part] += taken - self._inside
                self.calls[part] += 1
                self._inside = outside + taken

        return run

    def add(self, other: Clock) -> None:
        """Count what another noted, too."""
        for part, seconds in other.seconds.items():
            self.seconds[part] += seconds
            self.calls[part] += other.calls[part]

    def since(self, before: Clock) -> Clock:
        """What was noted after `before`."""
        later = Clock()
        for part, seconds in self.seconds.items():
            later.seconds[part] = seconds - before.seconds.get(part, 0.0)
            later.calls[part] = self.calls[part] - before.calls.get(part, 0)
        return later

    def save(self, path: Path) -> None:
        """Write what was noted so far."""
        path.write_text(json.dumps({"seconds": self.seconds, "calls": self.calls}))

    @classmethod
    def load(cls, path: Path) -> Clock:
        """What `save` wrote."""
        noted, clock = json.loads(path.read_text()), cls()
        clock.seconds.update(noted["seconds"])
        clock.calls.update(noted["calls"])
        return clock


@dataclass(frozen=True)
class TimedOptions(SceneOptions):
    """Scenes with clocks: each worker writes its own to `<folder>/<pid>.json` after every episode.

    limit: actions after which an episode ends, None for the task's own. film_all: films show every action.
    """

    folder: str = ""
    limit: int | None = None
    film_all: bool = False
    clock: Clock = field(default_factory=Clock, compare=False)

    def make(self, task: str, roles: tuple[str, ...] = ROLES, observer: bool = False) -> RoboTwinEnv:
        """An environment as SceneOptions makes it, timed. One that draws nothing is the expert's."""
        path = Path(self.folder) / f"{os.getpid()}.json"
        return timed(
            super().make(task, roles, observer), self.clock, path, screening=not roles, limit=self.limit
        )

    def film_every(self, step_limit: int) -> int:
        """Every action with `film_all`."""
        return 1 if self.film_all else super().film_every(step_limit)

    def around[**P, T](self, part: str, call: Callable[P, T]) -> Callable[P, T]:
        """`call` with a clock."""
        return self.clock.timed(part, call)


def timed(
    env: RoboTwinEnv, clock: Clock, path: Path, *, screening: bool = False, limit: int | None = None
) -> RoboTwinEnv:
    """Put clocks around what `env` does; they are saved to `path` when it is closed.

    screening: it is there for the expert. limit: actions of an episode; the scene WARM_UP ends after one.
    """
    inner: Any = env
    reset, close, own = clock.timed("check" if screening else "scene", env.reset), env.close, env.step_limit

    def reset_and_time(*, seed: int, **options: Any) -> Any:
        answer = reset(seed=seed, **options)
        inner.step_limit = 1 if seed == WARM_UP else min(own, limit or own)
        inner.scene.step = clock.timed("check" if screening else "physics", inner.scene.step)
        return answer

    def close_and_save() -> None:
        close()
        inner.step_limit = own  # films take their pace from it, before the next scene is there
        clock.save(path)

    inner.reset, inner.close = reset_and_time, close_and_save
    inner.demonstrate = clock.timed("check", inner.demonstrate)
    env.watch(clock.timed)
    return env
