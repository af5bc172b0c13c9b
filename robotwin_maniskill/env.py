"""`RoboTwin-<task>-v1`: one of this project's scenes as a ManiSkill environment."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mani_skill.envs.sapien_env import BaseEnv
from mani_skill.envs.scene import ManiSkillScene
from mani_skill.utils.registration import REGISTERED_ENVS, register
from mani_skill.utils.structs.types import DefaultMaterialsConfig, SceneConfig, SimConfig

from robotwin_env import draw_layout, load_task, task_names
from robotwin_env.arguments import check_seed
from robotwin_env.assets.models import Catalog
from robotwin_env.assets.roots import FROM_ENVIRONMENT
from robotwin_env.rendering.cameras import vulkan_device
from robotwin_maniskill import env_id
from robotwin_maniskill.agent import NAME, AlohaAgileX
from robotwin_maniskill.cameras import WHOLE, camera_configs, read_at_once, shader_in_force
from robotwin_maniskill.refusals import check_backend
from robotwin_maniskill.states import joint_state, plain, reached, task_state, to_robotwin, unflattened
from robotwin_maniskill.structs import wrapped_actors, wrapped_jointed
from robotwin_maniskill.world import World

SIM_HZ, CONTROL_HZ = 250, 5  # an action takes 50 physics steps or more: 5 a second is the pace of its films
BLIND = ("state", "state_dict", "none")


class RoboTwinManiSkillEnv(BaseEnv):
    """A RoboTwin task in ManiSkill's API, on a CPU, one scene an environment.

    Action (14,) or (1, 14) as `RoboTwin/<task>-v0` has it. A reset builds scene `seed` anew. Observations are
    ManiSkill's (`obs_mode`), with v0's `agent_pos` (1, 14) and `end_poses` (1, 14) under `extra`, and the cameras
    `head_camera`, `left_camera`, `right_camera`. `info`: `success` (of the last action), `progress`, `stages`, `facts`,
    `physics_steps`, `layout_ok`, batches of one. Rewards are sparse. A wrapper may go on after success: like any
    other action, the next ends as soon as the task is solved, so that the scene stands still while it is.
    `robotwin` is the v0 environment inside.

    Example::

        import robotwin_maniskill
        env = CPUGymWrapper(gymnasium.make("RoboTwin-click_bell-v1", obs_mode="rgb"))
        observation, info = env.reset(seed=100000)
    """

    SUPPORTED_REWARD_MODES = ("sparse", "none")
    robotwin: World

    def __init__(
        self,
        *,
        task: str,
        assets: str | Path | None = FROM_ENVIRONMENT,
        config: str = "demo_clean",
        shader: str = "auto",
        shadows: str = "auto",
        shadow_map: int = 1024,
        instructions: str | Path | None = None,
        num_envs: int = 1,
        obs_mode: str | None = None,
        render_mode: str | None = None,
        sim_backend: str = "auto",
        sim_config: SimConfig | Mapping[str, Any] | None = None,
        render_backend: str = "auto",
        **options: Any,
    ):
        """What `RoboTwin/<task>-v0` takes, and ManiSkill's own options; RoboTwinError for those refused.

        Pictures are drawn where and as v0 draws them, whatever `render_backend` says but "none"; graphics are set up
        only where `obs_mode` or `render_mode` asks for pictures. An `obs_mode` with more than colours is drawn, on a
        CPU, by the shader `default`, unless another is named.
        """
        check_backend(num_envs, sim_backend, sim_config or {})
        visible = render_backend != "none" and ((obs_mode or "state") not in BLIND or render_mode is not None)
        if visible:
            on_cpu = vulkan_device()[0] == "cpu"
            render_backend = "sapien_cpu" if on_cpu else "sapien_cuda"
            if on_cpu and shader == "auto" and obs_mode not in (*BLIND, None, "rgb"):
                shader = WHOLE[0]
        self.robotwin = World(
            task,
            visible=visible,
            assets=assets,
            config=config,
            shader=shader,
            shadows=shadows,
            shadow_map=shadow_map,
            instructions=instructions,
        )
        self._untouched = False
        super().__init__(
            num_envs=1,
            obs_mode=obs_mode,
            render_mode=render_mode,
            robot_uids=AlohaAgileX.uid,
            sim_backend="physx_cpu",
            render_backend=render_backend if visible else "none",
            **options,
        )

    # ---- episodes

    def reset(self, seed: Any = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Build scene `seed` (drawn from the last seed's generator when None), unless it stands there untouched."""
        wanted = None if seed is None else check_seed(np.asarray(seed).reshape(-1)[0])
        same = self._untouched and wanted is not None and wanted == self.robotwin.seed
        seeds = None if wanted is None else [wanted]
        observation, info = super().reset(seeds, {**(options or {}), "reconfigure": not same})
        return observation, info | {"layout_ok": torch.tensor([self.layout_reason is None])}

    def _step_action(self, action: Any) -> torch.Tensor:
        if isinstance(action, dict):
            action = action["action"]
        if action is None:
            action = self.robotwin.built.robot.state()
        played = np.asarray(action).reshape(-1)
        self._untouched = False
        self._last = self.robotwin.act(played)
        return torch.as_tensor(played, dtype=torch.float32)[None]

    def evaluate(self) -> dict[str, Any]:
        """Whether the last action solved the task, and how far the episode got: batches of one."""
        passed, facts = self._last["stages"], self._last["facts"]
        return {
            "success": torch.tensor([bool(self._last["is_success"])]),
            "progress": torch.tensor([float(self._last["progress"])]),
            "stages": {name: torch.tensor([name in passed]) for name in self.robotwin.stage_names},
            "facts": {name: torch.tensor([bool(holds)]) for name, holds in facts.items()},
        }

    def get_info(self) -> dict[str, Any]:
        """`evaluate`, the actions taken and the physics steps of the last one."""
        info: dict[str, Any] = super().get_info()
        return info | {"physics_steps": torch.tensor([self._last["physics_steps"]])}

    def compute_sparse_reward(self, obs: Any, action: torch.Tensor, info: dict[str, Any]) -> torch.Tensor:
        """1 for an action that solved the task, else 0, float32 (1,). (ManiSkill's own is a bool.)"""
        return info["success"].to(torch.float32)

    def get_language_instruction(self, **_: Any) -> list[str]:
        """What a policy is told in this scene, as ManiSkill's language tasks have it."""
        return [self.robotwin.instruction]

    def _get_obs_extra(self, info: dict[str, Any]) -> dict[str, torch.Tensor]:
        robot = self.robotwin.built.robot
        ends = robot.end_poses().reshape(1, -1)
        return {"agent_pos": torch.from_numpy(robot.state())[None], "end_poses": torch.from_numpy(ends)}

    def close(self) -> None:
        """Let go of the scene."""
        super().close()
        self.robotwin.close()

    # ---- the scene, built by this project and then shown to ManiSkill

    @property
    def _default_sim_config(self) -> SimConfig:
        """Upstream's physics (`robotwin_env.physics.scene.configure_physics`), so that ManiSkill's report is true."""
        return SimConfig(
            sim_freq=SIM_HZ,
            control_freq=CONTROL_HZ,
            scene_config=SceneConfig(contact_offset=0.01, solver_position_iterations=10),
            default_materials_config=DefaultMaterialsConfig(0.3, 0.3, 0.1),
        )

    def _setup_scene(self) -> None:
        _, self._last = self.robotwin.reset(seed=int(self._episode_seed[0]))
        self.layout_reason = self._last["layout_reason"]
        self._untouched = True
        self.scene = ManiSkillScene(
            [self.robotwin.built.sapien],
            sim_config=self.sim_config,
            device=self.device,
            backend=self.backend,
        )

    def _load_agent(self, options: dict[str, Any], *_: Any, **__: Any) -> None:
        robot = self.robotwin.built.robot
        self.agent = AlohaAgileX(self.scene, self._control_freq, self._control_mode, robot)

    def _load_lighting(self, options: dict[str, Any]) -> None:
        """The scene has its lights."""

    def _after_reconfigure(self, options: dict[str, Any]) -> None:
        world, scene = self.robotwin.built, self.scene
        actors, jointed = wrapped_actors(world, scene), wrapped_jointed(world, scene)
        scene.actors.update(actors)
        scene.articulations.update({NAME: self.agent.robot} | jointed)
        scene.non_static_actors = [actor for actor in actors.values() if actor.px_body_type != "static"]
        for struct in (*scene.non_static_actors, *scene.articulations.values()):
            scene.add_to_state_dict_registry(struct)
        read_at_once(scene)
        del self.segmentation_id_map  # made before there was anything in the scene
        self._init_raw_state = self.get_state_dict()

    def _clear_sim_state(self) -> None:
        """A settled scene keeps its velocities, however small."""

    # ---- pictures

    @property
    def _default_sensor_configs(self) -> list[Any]:
        robotwin = self.robotwin
        drawn = draw_layout(robotwin.task_name, robotwin.seed, robotwin.config, Catalog(robotwin.root))
        shader = shader_in_force(robotwin.render_settings)
        return camera_configs(self.agent.robot, shader, drawn.surroundings.camera_shift)

    @property
    def _default_human_render_camera_configs(self) -> list[Any]:
        return self._default_sensor_configs

    # ---- states

    def get_state_dict(self) -> dict[str, Any]:
        """ManiSkill's state with `controller` and `task` (see `states`)."""
        robotwin, state = self.robotwin, super().get_state_dict()
        own = robotwin.get_state()
        stages = {name: name in own["stages"] for name in robotwin.stage_names}
        facts = {name: name in own["facts"] for name in robotwin.fact_names}
        return state | {"task": task_state(own["is_success"], stages, facts)}

    def set_state_dict(self, state: dict[str, Any], env_idx: torch.Tensor | None = None) -> None:
        """Restore poses, velocities, drive targets and stages; parts that are not there stay as they are."""
        given, robotwin, scene = plain(state), self.robotwin, self.scene
        wanted = to_robotwin(given, robotwin.get_state(), NAME)
        wanted |= reached(given, robotwin.stage_names, robotwin.fact_names)
        robotwin.set_state(wanted)
        for name, body in given.get("actors", {}).items():
            scene.actors[name].set_linear_velocity(body[7:10])
            scene.actors[name].set_angular_velocity(body[10:13])
        for name, body in given.get("articulations", {}).items():
            positions, velocities = joint_state(body)
            scene.articulations[name].set_qpos(positions)
            scene.articulations[name].set_qvel(velocities)
        self._untouched = False
        self._last = robotwin.facts()

    def set_state(self, state: Any, env_idx: torch.Tensor | None = None) -> None:
        """`set_state_dict` of a flat state (1, n), as `get_state` gives it."""
        self.set_state_dict(unflattened(plain(state), plain(self.get_state_dict())), env_idx)


for _task in task_names():
    if env_id(_task) not in REGISTERED_ENVS:
        limit = load_task(_task).STEP_LIMIT
        register(env_id(_task), RoboTwinManiSkillEnv, limit, default_kwargs={"task": _task})
