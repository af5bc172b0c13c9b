"""What ManiSkill's users do with its environments works on these: wrappers, recorders, replay, states, vectors."""

from __future__ import annotations

import gymnasium
import numpy as np
import pytest
import torch
from refusals import refused

from robotwin_env.errors import RoboTwinError

SEED = 100000


def test_the_cpu_wrapper_makes_an_ordinary_environment(maniskill, expert):
    from mani_skill.utils.wrappers import CPUGymWrapper

    env = CPUGymWrapper(maniskill("click_bell", obs_mode="state"), record_metrics=True)
    observation, info = env.reset(seed=SEED)
    assert env.observation_space.contains(observation)
    assert info["layout_ok"]
    for action in expert("click_bell", SEED):
        observation, reward, terminated, truncated, info = env.step(action)
        assert isinstance(float(reward), float)
        if terminated:
            break
    assert (terminated, truncated, float(reward)) == (True, False, 1.0)
    assert info["episode"]["success_once"]


def test_the_limit_truncates(maniskill):
    env = maniskill("click_bell", max_episode_steps=2)
    env.reset(seed=SEED)
    hold = env.unwrapped.robotwin.scene.robot.state()
    assert [bool(env.step(hold)[3]) for _ in range(2)] == [False, True]


def test_after_success_the_scene_stands_still_until_it_is_left(maniskill, expert):
    env = maniskill("click_bell")
    env.reset(seed=SEED)
    for action in expert("click_bell", SEED):
        if bool(env.step(action)[2]):
            break
    _, reward, ended, _, info = env.step(action)
    assert (bool(ended), float(reward), int(info["physics_steps"])) == (True, 1.0, 1)


def test_recorded_trajectories_are_replayed_to_the_same_state(maniskill, expert, tmp_path):
    import h5py
    from mani_skill.trajectory import replay_trajectory
    from mani_skill.utils.wrappers import RecordEpisode

    actions = expert("click_bell", SEED)
    env = RecordEpisode(
        maniskill("click_bell", obs_mode="state"), str(tmp_path), trajectory_name="played", save_video=False
    )
    env.reset(seed=SEED)
    for action in actions:
        if bool(env.step(action)[2]):
            break
    env.close()
    file = tmp_path / "played.h5"
    args = replay_trajectory.Args(str(file), save_traj=True)
    replay_trajectory.main(args)
    with h5py.File(file) as played, h5py.File(tmp_path / "played.state.robotwin.physx_cpu.h5") as again:
        first, second = played["traj_0"], again["traj_0"]
        assert np.array_equal(first["actions"], actions[: len(first["actions"])])
        assert first["success"][-1]
        for name in (
            "env_states/articulations/aloha",
            "env_states/controller/drive_targets",
            "obs",
            "actions",
        ):
            assert np.array_equal(first[name], second[name]), name


def test_films_show_the_three_cameras(maniskill, tmp_path):
    from mani_skill.utils.wrappers import RecordEpisode

    env = RecordEpisode(
        maniskill("click_bell", render_mode="rgb_array"), str(tmp_path), save_trajectory=False, video_fps=5
    )
    env.reset(seed=SEED)
    env.step(env.unwrapped.robotwin.scene.robot.state())
    assert env.render().shape == (1, 240, 960, 3)
    env.close()
    assert [film.name for film in tmp_path.glob("*.mp4")] == ["0.mp4"]


def test_depth_and_segmentation_are_there_too(maniskill):
    env = maniskill("click_bell", obs_mode="rgb+depth+segmentation")
    head = env.reset(seed=SEED)[0]["sensor_data"]["head_camera"]
    assert {name: tuple(picture.shape) for name, picture in head.items()} == {
        "rgb": (1, 240, 320, 3),
        "depth": (1, 240, 320, 1),
        "segmentation": (1, 240, 320, 1),
    }
    seen = {env.unwrapped.segmentation_id_map.get(int(number)) for number in head["segmentation"].unique()}
    assert env.unwrapped.scene.actors["050_bell"] in seen
    middle = head["depth"][0, 60:180, 80:240].float().mean()
    assert 300 < middle < 1500  # mm from the camera to the table


def test_a_state_is_restored_with_drive_targets_and_stages(maniskill, expert):
    env = maniskill("stack_blocks_two").unwrapped
    actions = expert("stack_blocks_two", SEED)
    env.reset(seed=SEED)
    for action in actions[:25]:
        info = env.step(action)[4]
    before, flat = env.get_state_dict(), env.get_state()
    assert info["progress"] > 0
    for restore in (lambda: env.set_state_dict(before), lambda: env.set_state(flat)):
        env.reset(seed=SEED)
        restore()
        after = env.get_state_dict()
        assert torch.equal(after["controller"]["drive_targets"], before["controller"]["drive_targets"])
        for part in ("actors", "articulations"):
            for name, body in before[part].items():
                assert torch.allclose(after[part][name], body, atol=1e-6), name
        assert env.get_info()["progress"] == info["progress"]
        env.step(None)  # hold: arms that are not told where to be would leave
        moved = env.get_state_dict()["articulations"]["aloha"] - before["articulations"]["aloha"]
        assert moved[0, 13:29].abs().max() < 0.02


def test_a_scene_is_not_built_twice(maniskill):
    env = maniskill("click_bell")
    env.reset(seed=7)
    scene = env.unwrapped.robotwin.scene
    assert not env.reset(seed=7)[1]["reconfigure"]
    assert env.unwrapped.robotwin.scene is scene
    env.step(scene.robot.state())
    assert env.reset(seed=7)[1]["reconfigure"]
    drawn = [int(env.reset()[0] is not None) and env.unwrapped.robotwin.seed for _ in range(2)]
    env.reset(seed=7)
    assert drawn == [int(env.reset()[0] is not None) and env.unwrapped.robotwin.seed for _ in range(2)]


def test_two_scenes_in_gymnasiums_vector(maniskill):
    from mani_skill.utils.wrappers import CPUGymWrapper

    def make():
        return CPUGymWrapper(gymnasium.make("robotwin_maniskill:RoboTwin-click_bell-v1"))

    assert maniskill
    vector = gymnasium.vector.AsyncVectorEnv([make, make])
    first, _ = vector.reset(seed=[SEED, SEED + 1])
    assert first.shape[0] == 2
    stepped = vector.step(np.tile(np.float32(([0.0] * 6 + [1.0]) * 2), (2, 1)))
    assert stepped[4]["physics_steps"].tolist() == [stepped[4]["physics_steps"][0]] * 2
    vector.close()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"num_envs": 2}, "AsyncVectorEnv"),
        ({"sim_backend": "physx_cuda"}, "downloads"),
        ({"num_envs": 16, "sim_backend": "gpu"}, "downloads"),
        ({"sim_config": {"sim_freq": 100}}, "leave it out"),
        ({"config": "demo_hard"}, "demo_randomized"),
    ],
)
def test_what_is_refused_is_said_in_one_line(maniskill, options, words):
    with refused(RoboTwinError, match=words):
        maniskill("click_bell", **options)


def test_the_settings_maniskill_reports_are_those_in_force(maniskill):
    import sapien

    env = maniskill("stack_blocks_two").unwrapped
    env.reset(seed=SEED)
    config = env.sim_config.scene_config
    block = env.scene.actors["box"]._objs[0].find_component_by_type(sapien.physx.PhysxRigidDynamicComponent)
    assert block.collision_shapes[0].contact_offset == pytest.approx(config.contact_offset)
    assert block.solver_position_iterations == config.solver_position_iterations == 10
    assert env.scene.timestep == pytest.approx(1 / env.sim_freq)
    assert set(env.segmentation_id_map.values()) >= {env.scene.actors["box"]}
