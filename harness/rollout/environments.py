"""SceneOptions: how scenes are made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.core.robot import CAMERA_OF, OBSERVER_CAMERA, ROLES
from harness.media import rollout_frame

if TYPE_CHECKING:
    from robotwin_env.env import RoboTwinEnv


@dataclass(frozen=True)
class SceneOptions:
    """How scenes are made: asset root (None: the stand-ins), setting, shader and shadows.

    `instructions` is the RoboTwin checkout whose templates are used, None the project's own, `task-name` the task's
    name in words; `instruction_split` the templates a scene may be told in, None those of its setting.
    """

    assets: str | None = None
    config: str = "demo_clean"
    shader: str = "auto"
    shadows: str = "auto"
    instructions: str | None = None
    instruction_split: str | None = None

    def make(self, task: str, roles: tuple[str, ...] = ROLES, observer: bool = False) -> RoboTwinEnv:
        """An environment of `task` that draws the cameras of these roles (none of them: no graphics).

        `observer`: films also show the scene from outside.
        """
        import gymnasium

        import robotwin_env  # noqa: F401  registers the tasks

        cameras = tuple(CAMERA_OF[role] for role in roles)
        env = gymnasium.make(
            f"RoboTwin/{task}-v0",
            disable_env_checker=True,
            assets=self.assets,
            config=self.config,
            cameras=cameras,
            shader=self.shader,
            shadows=self.shadows,
            instructions=self.instructions,
            instruction_split=self.instruction_split,
            film_cameras=(OBSERVER_CAMERA,) if observer else (),
        )
        return env.unwrapped  # type: ignore[return-value]

    def film_every(self, step_limit: int) -> int:
        """Every how many actions a film has a picture, of a rollout of at most `step_limit`."""
        return rollout_frame.film_every(step_limit)

    def around[**P, T](self, part: str, call: Callable[P, T]) -> Callable[P, T]:
        """What a worker calls instead of `call`: itself. For clocks, as `RoboTwinEnv.watch`; the part is "film"."""
        return call
