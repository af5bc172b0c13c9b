"""A running scene checked as its task says: success, the stages before it, the facts beside, how near it came."""

from __future__ import annotations

from robotwin_env.conditions.approach import Approach
from robotwin_env.conditions.facts import FactLog
from robotwin_env.conditions.scene_view import SceneView
from robotwin_env.conditions.stages import StageTracker
from robotwin_env.physics.scene import Scene
from robotwin_env.tasks import TaskModule, facts_of, stages_of


class SuccessChecker:
    """Checks one scene; `stages` are those it has been through, `facts` what is counted beside success, `approach` the
    nearest it has been to it.

    Success and the rest look through views of their own: what a stage reads must not make success restless.
    """

    def __init__(self, task: TaskModule, scene: Scene):
        self.stages = StageTracker(stages_of(task))
        self.facts = FactLog(facts_of(task))
        self.approach = Approach(task.success)
        self._success, self._view, self._side_view = task.success, SceneView(scene), SceneView(scene)

    def solved(self) -> bool:
        """Whether the task is solved now."""
        self._view.restless = False
        return bool(self._success(self._view))

    def restless(self) -> bool:
        """Whether `solved` read anything that can change while every actor sleeps (`SceneView.restless`)."""
        return self._view.restless

    def look(self, at: int) -> None:
        """Note the stages and facts that hold now, after `at` actions, and how near success is."""
        self.stages.look(self._side_view)
        self.facts.look(self._side_view)
        self.approach.look(self._side_view, at)
