"""`RoboTwin/<task>-v0`: a RoboTwin scene as a gymnasium environment."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from robotwin_env.arguments import check_seed, choice, indices, no_settings, path
from robotwin_env.assets.models import Catalog
from robotwin_env.assets.roots import FROM_ENVIRONMENT, open_root
from robotwin_env.drawing.clutter_models import with_clutter
from robotwin_env.drawing.settings import setting_of
from robotwin_env.errors import EpisodeOverError
from robotwin_env.faces.expert import ExpertFace
from robotwin_env.faces.spaces import action_space, observation_space
from robotwin_env.faces.task import Observation
from robotwin_env.instructions import SPLITS, TASK_NAME, choose
from robotwin_env.numbers.action_checks import check_actions
from robotwin_env.outcomes import SuccessChecker
from robotwin_env.physics.scene import Scene
from robotwin_env.rendering.cameras import CAMERAS, RenderSettings
from robotwin_env.rendering.pictures import Pictures
from robotwin_env.tasks import draw_layout

Step = tuple[Observation, float, bool, bool, dict[str, Any]]


class RoboTwinEnv(ExpertFace):
    """One dual-arm ALOHA task.

    Observation: `{"pixels": {camera: uint8 (240, 320, 3)}, "agent_pos": float32 (14,)}`. Action: float32 (14,),
    left j1..j6 (rad), left gripper (0 closed, 1 open), right j1..j6, right gripper; absolute joint targets, one
    action being a rest-to-rest motion of 50 to about 130 physics steps of 4 ms.

    `terminated` on success (checked after every physics step), `truncated` at the task's official step limit;
    a finished episode refuses further steps. Reward 1 on success, else 0. `info["stages"]` names the stages of the
    task (`stages`) reached by any action so far, `info["progress"]` is their share, 1 if and only if solved, and
    `info["facts"]` says what is counted beside success (`facts`), name -> bool. `info["unmet"]` is what was missing
    of the success condition where it was nearest to being met (`approach`), part -> (value, wanted, unit), and
    `info["nearest_at"]` after how many actions that was.

    Example::

        env = gymnasium.make("RoboTwin/stack_blocks_two-v0")
        observation, info = env.reset(seed=100000)
        observation, reward, terminated, truncated, info = env.step(env.action_space.sample())
    """

    metadata = {"render_modes": ["rgb_array"], "render_fps": 15}  # noqa: RUF012 (gymnasium declares it so)

    def __init__(
        self,
        task: str,
        assets: str | Path | None = FROM_ENVIRONMENT,
        config: str = "demo_clean",
        cameras: Sequence[str] = CAMERAS,
        shader: str = "auto",
        shadows: str = "auto",
        shadow_map: int = 1024,
        render_mode: str | None = None,
        instructions: str | Path | None = None,
        instruction_split: str | None = None,
        film_cameras: Sequence[str] = (),
    ):
        """Check everything a user can get wrong; the simulator itself is built at `reset`.

        `assets`: a RoboTwin-format asset root, None for the bundled stand-ins; left out: the root that the environment
        variable ROBOTWIN_ASSETS names, or the stand-ins where it names none. `cameras`: those to draw; with
        none of them no graphics are needed and observations have no `pixels`. `shader`, `shadows`,
        `shadow_map`: see cameras.RenderSettings. `instructions`: a RoboTwin checkout whose templates are used
        (None: the project's own), or "task-name" for the task's name in words, as LeRobot tells it.
        `instruction_split`: "seen" or "unseen" templates (None: the setting's own). `film_cameras`: those that look on
        (`viewpoints`), drawn in `info["frames"]` and by `film()` and no part of any observation. Raises a RoboTwinError
        whose line names the argument.
        """
        self.task_name, self.config = task, config
        self.step_limit = self.task_module.STEP_LIMIT
        self.setting = setting_of(config)
        if render_mode is not None:
            choice(render_mode, "render_mode", self.metadata["render_modes"])
        self.render_mode = render_mode
        own = instructions is None or (isinstance(instructions, str) and instructions == TASK_NAME)
        self._instructions = instructions if own else path(instructions, "instructions")
        if instruction_split is not None:
            choice(instruction_split, "instruction_split", SPLITS)
        self._split = instruction_split or self.setting.split
        self.root = open_root(assets)
        self._catalog = Catalog(self.root)
        self._pictures = Pictures(cameras, RenderSettings(shader, shadows, shadow_map), film_cameras)
        self.camera_names = self._pictures.names
        self.action_space, self.observation_space = action_space(), observation_space(self.camera_names)
        self.instruction = ""
        self.scene: Scene | None = None

    # ---- gymnasium

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict]:
        """Build and settle scene `seed` (drawn from `np_random` when None).

        `info["layout_ok"]` is False, with `info["layout_reason"]`, where an actor does not come to rest or the
        task is solved before anything was done; evaluation skips such scenes. `options` have no effect; one that is
        a setting of the environment itself is refused.
        """
        if seed is not None:
            seed = check_seed(seed)
        if options is not None:
            no_settings(options, inspect.signature(RoboTwinEnv).parameters)
        super().reset(seed=seed)
        scene_seed = int(self.np_random.integers(2**31)) if seed is None else seed
        self.close()
        self.seed = scene_seed
        drawn = draw_layout(self.task_name, scene_seed, self.config, self._catalog)
        self.layout = with_clutter(drawn, self.setting, self.root)
        self.instruction = choose(
            self.task_name, scene_seed, self.layout.placeholders, self._split, self._instructions
        )
        self.scene = Scene(self.layout, self.root, self._pictures.graphics(), drawn.surroundings)
        self._pictures.set_up(self.scene, drawn)
        settled = self.scene.settle()
        self._checker = SuccessChecker(self.task_module, self.scene)
        self.actions_taken, self.succeeded = 0, False
        info = self._info(0)
        reason = None
        if not settled.stable:
            reason = f"unstable: {', '.join(settled.unstable)}"
        elif self._solved():
            reason = "already successful after settling"
        info["layout_ok"], info["layout_reason"] = reason is None, reason
        return self._observe(), info

    def step(self, action: ArrayLike) -> Step:
        """One action (14,): a chunk of one."""
        return self.step_chunk([action])  # type: ignore[arg-type]

    def step_chunk(self, actions: ArrayLike, frames: Sequence[int] = ()) -> Step:
        """Execute up to k actions (k, 14), stopping at success or the step limit.

        Only the last observation is drawn, and those after the action indices in `frames`. Returns what `step`
        returns for the last action executed, with `info["states"]` (m, 14) after each of the m executed
        actions and `info["frames"]`, index -> pixels. Raises ActionError on a wrong shape, NaN or infinity.
        """
        checked, wanted = check_actions(actions), indices(frames, "frames")
        scene = self._running()
        states, drawn, physics_steps = [], {}, 0
        for index, action in enumerate(checked):
            self.actions_taken += 1
            steps, self.succeeded = self._play(action)
            physics_steps += steps
            states.append(scene.robot.state())
            if index in wanted and (self.camera_names or self._pictures.film):
                drawn[index] = {**(self._pixels() or {}), **self.film()}
            if self._over():
                break
        info = self._info(physics_steps)
        info["states"], info["frames"] = np.array(states), drawn
        last = len(states) - 1
        pixels = {name: drawn[last][name] for name in self.camera_names} if last in drawn else self._pixels()
        truncated = self.actions_taken >= self.step_limit and not self.succeeded
        return self._observe(pixels), float(self.succeeded), self.succeeded, truncated, info

    def render(self) -> NDArray[np.uint8] | None:
        """The cameras side by side (240, 320 n, 3) uint8 when `render_mode="rgb_array"`."""
        pixels = self._pixels() if self.render_mode == "rgb_array" else None
        return np.concatenate(list(pixels.values()), axis=1) if pixels else None

    def close(self) -> None:
        """Let go of the scene. The environment can be reset again."""
        self._pictures.clear()
        self._checker = self.scene = None  # type: ignore[assignment]

    def observe(self) -> Observation:
        """The observation of the present state, drawn anew (under lights that flicker, in another light)."""
        self._pictures.pass_time(1)
        return self._observe()

    def film(self) -> dict[str, NDArray[np.uint8]]:
        """What the `film_cameras` see now, name -> (480, 640, 3) uint8; nothing where there are none."""
        return self._pictures.take_film()

    @property
    def render_settings(self) -> RenderSettings:
        """How this environment draws; `auto` values are resolved by the first `reset`."""
        return self._pictures.settings

    def watch(self, around: Callable[[str, Callable[..., Any]], Callable[..., Any]]) -> None:
        """Have actions be played by `around("control", play)` and pictures be drawn by `around("render", draw)`.

        For clocks: `around(part, call)` returns what is called instead, and that has to return what `call` returns.
        """
        self._play = around("control", self._play)  # type: ignore[method-assign]
        self._pixels = around("render", self._pixels)  # type: ignore[method-assign]

    # ---- inside

    def _play(self, action: NDArray[np.float64]) -> tuple[int, bool]:
        """Play one action (14,) to its end or to success; returns (physics steps, whether it succeeded)."""
        return self._play_until(action, self._solved)

    def _running(self) -> Scene:
        scene = self._need_scene()
        if self._over():
            raise EpisodeOverError("this episode is over; call reset() before the next step")
        return scene

    def _over(self) -> bool:
        return self.succeeded or self.actions_taken >= self.step_limit

    def _pixels(self) -> dict[str, NDArray[np.uint8]] | None:
        return self._pictures.take()

    def _observe(self, pixels: dict[str, NDArray[np.uint8]] | None = None) -> Observation:
        observation: Observation = {"agent_pos": self._need_scene().robot.state()}
        if self.camera_names:
            observation["pixels"] = pixels or self._pixels()
        return observation

    def _info(self, physics_steps: int) -> dict[str, Any]:
        return {
            "task": self.task_name,
            "seed": self.seed,
            "instruction": self.instruction,
            "is_success": self.succeeded,
            "physics_steps": physics_steps,
            "progress": self._checker.stages.progress(self.succeeded),
            "stages": self._checker.stages.reached,
            "facts": self._checker.facts.values(),
            "unmet": {} if self.succeeded else self._checker.approach.values(),
            "nearest_at": self._checker.approach.at,
        }
