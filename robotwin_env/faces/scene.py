"""What an environment has once there is a scene: its state, read and restored."""

from __future__ import annotations

from typing import Any

import gymnasium

from robotwin_env.faces.task import TaskFace
from robotwin_env.outcomes import SuccessChecker
from robotwin_env.physics.scene import Scene
from robotwin_env.physics.state import check_progress, check_scene, check_state, read_state
from robotwin_env.rendering.pictures import Pictures


class SceneFace(TaskFace):
    """The part of `RoboTwinEnv` that reads and restores the running scene; it exists from the first `reset` on."""

    scene: Scene | None
    config: str
    seed: int
    actions_taken: int
    succeeded: bool
    _checker: SuccessChecker
    _pictures: Pictures

    @property
    def qpos16_names(self) -> tuple[str, ...]:
        """Joint names in the order of `get_state()["qpos"]`."""
        return self._need_scene().robot.qpos16_names

    def get_state(self) -> dict[str, Any]:
        """The simulator's state.

        `actors` name -> pose (7,) (repeated names `box`, `box#2`, … in creation order), `qpos` (16,) of the
        front arms in the order of `qpos16_names`, `drive_targets` (16,), `end_poses` (2, 7); and what else
        `set_state` takes: `joints` name -> (n,) of jointed actors (rad or m), `grippers` (2,) commanded values,
        `task`, `seed`, `config` of the scene, `actions_taken`, `is_success`, `stages` reached, `facts` that hold.
        """
        return read_state(self._need_scene()) | {
            **self._scene_names(),
            "actions_taken": self.actions_taken,
            "is_success": self.succeeded,
            "stages": self._checker.stages.reached,
            "facts": self._checker.facts.held,
        }

    def set_state(self, state: dict[str, Any]) -> None:
        """Restore what `get_state` returned, at rest, in a scene of the same task and seed (`end_poses` follow from
        `qpos`).

        Velocities are no part of a state: a motion goes on from standstill. `grippers` (taken from the fingers'
        drive targets), `joints` (as they are), `actions_taken` (0), `is_success` (False), `stages` and `facts`
        (none) may be left out, and so may `task`, `seed` and `config`, of which those given have to be this scene's;
        other keys are not looked at. Raises RoboTwinError, with nothing changed, where anything is not what a state
        of this scene can hold (`state`).
        """
        scene = self._need_scene()
        check_scene(state, self._scene_names())
        checked = check_state(state, scene)
        progress = check_progress(state, self.step_limit, self.stage_names, self.fact_names)
        scene.restore(checked)
        self.actions_taken, self.succeeded = progress.actions_taken, progress.succeeded
        self._checker.stages.restore(progress.stages)
        self._checker.facts.restore(progress.facts)
        self._checker.approach.forget()

    def _scene_names(self) -> dict[str, Any]:
        """Which scene this is."""
        return {"task": self.task_name, "seed": self.seed, "config": self.config}

    def _need_scene(self) -> Scene:
        if self.scene is None:
            raise gymnasium.error.ResetNeeded("call reset() first")
        return self.scene
