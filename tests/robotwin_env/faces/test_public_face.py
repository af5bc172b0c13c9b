"""What gymnasium's tools, LeRobot and reinforcement-learning libraries find on an environment."""

from __future__ import annotations

import json
import warnings
from functools import partial
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium import spaces
from gymnasium.utils.env_checker import check_env
from gymnasium.vector import AsyncVectorEnv
from gymnasium.wrappers import RescaleAction, TimeLimit
from refusals import refused

from robotwin_env import load_task, task_names
from robotwin_env.assets.roots import STANDIN_ROOT, VARIABLE
from robotwin_env.errors import ArgumentError, AssetError
from robotwin_env.numbers.action_checks import HIGH, LOW
from robotwin_env.wrappers import FlatObservation, OfficialStepLimit, ReachableActions

ID = "RoboTwin/click_bell-v0"
REST = np.tile([0.0] * 6 + [1.0], 2).astype(np.float32)
blind = partial(gymnasium.make, ID, cameras=(), disable_env_checker=True)


@pytest.fixture
def env() -> Any:
    made = blind()
    yield made
    made.close()


# ---- names and limits


def test_the_task_is_a_name_and_its_description_the_instruction_of_the_scene(env):
    plain = env.unwrapped
    assert (plain.task, plain.task_description) == ("click_bell", "")
    _, info = env.reset(seed=0)
    assert env.get_wrapper_attr("task") == "click_bell"
    assert plain.task_description == info["instruction"] != ""


def test_the_registry_knows_every_official_limit_and_so_does_the_environment(env):
    limits = {task: gymnasium.spec(f"RoboTwin/{task}-v0").max_episode_steps for task in task_names()}
    assert limits == {task: load_task(task).STEP_LIMIT for task in task_names()}
    assert env.spec.max_episode_steps == limits["click_bell"] == env.unwrapped._max_episode_steps
    assert env.get_wrapper_attr("_max_episode_steps") == 400


def test_worker_processes_answer_for_their_environments():
    workers = AsyncVectorEnv([blind] * 2)
    workers.reset(seed=[0, 1])
    assert workers.call("task") == ("click_bell",) * 2
    assert workers.call("_max_episode_steps") == (400, 400)
    assert all(isinstance(said, str) and said for said in workers.call("task_description"))
    *_, info = workers.step(np.tile(REST, (2, 1)))
    assert info["facts"]["bell touched"].tolist() == [False, False]
    workers.close()


def test_the_limit_stays_the_environments_own(env):
    assert not isinstance(env, TimeLimit) and isinstance(env, OfficialStepLimit)
    env.reset(seed=0)
    plain = env.unwrapped
    for _ in range(2):  # a TimeLimit of 400 would have counted one step
        plain.set_state({**plain.get_state(), "actions_taken": 399})
        *_, terminated, truncated, info = env.step(REST)
        assert (terminated, truncated) == (False, True)
        assert "TimeLimit.truncated" not in info
    plain.actions_taken = 399
    plain._checker.solved = lambda: True
    *_, terminated, truncated, _ = env.step(REST)
    assert (terminated, truncated) == (True, False), "solved by its last action"


def test_a_limit_that_a_user_asks_for_is_a_time_limit_as_ever():
    made = blind(max_episode_steps=2)
    made.reset(seed=0)
    assert [made.step(REST)[3] for _ in range(2)] == [False, True]
    assert made.spec.max_episode_steps == 2
    made.close()


def test_an_environment_can_be_made_again_from_what_it_says_of_itself(env):
    again = gymnasium.make(type(env.spec).from_json(env.spec.to_json()))
    assert str(again) == str(env)
    assert again.spec.max_episode_steps == 400
    assert json.loads(env.spec.to_json())["kwargs"] == {"task": "click_bell", "cameras": []}


# ---- asset roots


def test_the_variable_names_the_assets_unless_the_call_does(monkeypatch, tmp_path):
    monkeypatch.delenv(VARIABLE, raising=False)
    assert blind().unwrapped.root.path == STANDIN_ROOT
    other = tmp_path / "root"
    other.symlink_to(STANDIN_ROOT)
    (tmp_path / "copy").mkdir()
    (tmp_path / "copy" / "embodiments").symlink_to(STANDIN_ROOT / "embodiments")
    monkeypatch.setenv(VARIABLE, str(tmp_path / "copy"))
    assert blind().unwrapped.root.path == tmp_path / "copy"
    assert blind(assets=None).unwrapped.root.path == STANDIN_ROOT
    assert blind(assets=str(other)).unwrapped.root.path == STANDIN_ROOT
    monkeypatch.setenv(VARIABLE, "")
    assert blind().unwrapped.root.path == STANDIN_ROOT


@pytest.mark.parametrize("named", ("/nonexistent", "loop", "x" * 5000, "~nobody-here/x"))
def test_a_wrong_folder_in_the_variable_is_one_line_that_names_it(monkeypatch, tmp_path, named):
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    monkeypatch.setenv(VARIABLE, str(loop) if named == "loop" else named)
    with refused(AssetError, match=VARIABLE):
        blind()


# ---- wrappers


def test_the_reachable_range_holds_what_the_expert_sends_and_is_part_of_the_true_one(env):
    space = env.unwrapped.reachable_action_space
    assert np.isfinite(space.low).all() and (space.low >= LOW).all() and (space.high <= HIGH).all()
    assert (space.high - space.low).max() < 10, "the true range of a joint is 20 rad"
    assert space.contains(REST)
    env.reset(seed=0)
    sent: list[np.ndarray] = []
    solved, _ = env.unwrapped.demonstrate_actions(lambda now: sent.append(now.action))
    assert solved and all(space.contains(action) for action in sent)


def test_a_reachable_action_is_the_same_action_and_one_beyond_is_brought_to_the_bound(env):
    wrapped = ReachableActions(env)
    wrapped.reset(seed=0)
    inside, beyond = REST.copy(), REST.copy()
    inside[1], beyond[1] = 0.2, -5.0
    np.testing.assert_array_equal(wrapped.step(inside)[0]["agent_pos"], inside)
    assert wrapped.step(beyond)[0]["agent_pos"][1] == wrapped.action_space.low[1] == 0.0
    with pytest.raises(ValueError, match="NaN"):
        wrapped.step(np.full(14, np.nan, np.float32))


def test_a_flat_observation_has_its_cameras_beside_the_joints():
    env = FlatObservation(gymnasium.make(ID, cameras=("head_camera",), disable_env_checker=True))
    observation, _ = env.reset(seed=0)
    assert list(env.observation_space.spaces) == ["agent_pos", "head_camera"]
    assert env.observation_space.contains(observation)
    assert observation["head_camera"].shape == (240, 320, 3)
    assert not any(isinstance(space, spaces.Dict) for space in env.observation_space.values())
    env.close()


def test_gymnasiums_checker_is_content_with_all_wrappers_together():
    env = RescaleAction(FlatObservation(ReachableActions(blind())), np.float32(-1.0), np.float32(1.0))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", message=".*different from the unwrapped version.*")
        check_env(env, skip_render_check=True)
    env.close()


def test_what_is_no_robotwin_environment_is_not_flattened():
    with pytest.raises(ArgumentError, match="RoboTwin"):
        FlatObservation(gymnasium.make("CartPole-v1"))
