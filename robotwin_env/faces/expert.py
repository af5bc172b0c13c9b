"""The scripted expert in an environment's scene: in dense control, as upstream, or action by action, as a policy."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from robotwin_env.arguments import function, shown, whole
from robotwin_env.demonstration import carry_out
from robotwin_env.errors import ArgumentError
from robotwin_env.expert.arms import Arms
from robotwin_env.expert.per_action_recording import ActionPace, Disturbance, Sent
from robotwin_env.expert.takeover import take_over
from robotwin_env.faces.scene import SceneFace


class ExpertFace(SceneFace):
    """The part of `RoboTwinEnv` that lets the expert act, and how an action is played for whoever sends it."""

    def demonstrate(self, on_frame: Callable[[], None] | None = None) -> tuple[bool, str | None]:
        """Let the scripted expert solve the scene from where it is, in dense control.

        `on_frame()` is called at every frame upstream would record (observe and get_state tell what it shows).
        Returns (solved at the end, why not). Counts no actions; reset before stepping.
        """
        if on_frame is not None:
            function(on_frame, "on_frame")

        def frame() -> None:
            self._checker.look(self.actions_taken)
            if on_frame:
                on_frame()

        return carry_out(self.task_module, Arms(self._need_scene(), frame, self._solved))

    def demonstrate_actions(
        self,
        on_frame: Callable[[Sent], None],
        disturbance: Disturbance | None = None,
        seed: int = 0,
    ) -> tuple[bool, str | None]:
        """Let the scripted expert solve the scene action by action, as a policy would (`pacing`).

        `on_frame(sent)` is called before each recorded action is played, to its end even where it solves the task.
        `disturbance` leads the expert astray, at random from `seed` and the scene's own. Where actions were taken
        before, the expert takes over from there (`takeover`). Ends with the motion that solved the task. Returns
        (solved, why not). Counts no actions; reset before stepping.
        """
        if not isinstance(disturbance, (Disturbance, type(None))):
            raise ArgumentError(f"disturbance must be a Disturbance or None, not {shown(disturbance)}")
        scene = self._need_scene()
        rng = np.random.default_rng((self.seed, whole(seed, "seed")))
        on_frame = function(on_frame, "on_frame")
        pace = ActionPace(scene.robot, self._play_out, on_frame, disturbance or Disturbance(), rng)
        return carry_out(self.task_module, Arms(scene, None, self._solved, pace), take_over)

    def _play_out(self, action: NDArray[np.float64]) -> bool:
        """Play one action (14,) to its end; returns whether the task was solved at any physics step of it."""
        seen = False

        def notice() -> bool:
            nonlocal seen
            seen = seen or self._solved()
            return False

        self._play_until(action, notice)
        return seen

    def _play_until(self, action: NDArray[np.float64], stop: Callable[[], bool]) -> tuple[int, bool]:
        steps, succeeded = self._need_scene().act(action, stop, self._checker.restless)
        self._pictures.pass_time(steps)
        self._checker.look(self.actions_taken)
        return steps, succeeded

    def _solved(self) -> bool:
        return self._checker.solved()
