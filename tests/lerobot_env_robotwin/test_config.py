"""What LeRobot is told of `--env.type=robotwin_pip`."""

from __future__ import annotations

import pytest
from refusals import refused

from robotwin_env import task_names


@pytest.fixture(scope="module")
def config():
    """The class LeRobot finds under the type's name, once the plugin is imported."""
    from lerobot.envs.configs import EnvConfig

    import lerobot_env_robotwin

    assert EnvConfig.get_choice_class("robotwin_pip") is lerobot_env_robotwin.RoboTwinPip
    return lerobot_env_robotwin.RoboTwinPip


def test_the_demo_policys_type_is_known_without_a_flag(config):
    from lerobot.configs import PreTrainedConfig

    assert config
    assert "tiny_pi0" in PreTrainedConfig.get_known_choices()


def test_a_dataset_of_it_has_a_datasets_names(config):
    from lerobot.envs.utils import env_to_policy_features

    wanted = {"action", "observation.state"}
    wanted |= {f"observation.images.{name}" for name in ("cam_high", "cam_left_wrist", "cam_right_wrist")}
    made = config()
    assert set(made.features) == wanted
    assert env_to_policy_features(made)["observation.images.cam_high"].shape == (3, 240, 320)


def test_every_task_has_a_vector_of_its_own_made_later(config):
    made = config(task="click_bell, stack_blocks_two", setting="demo_randomized").create_envs(
        3, use_async_envs=True
    )
    assert list(made) == ["click_bell", "stack_blocks_two"]
    assert made["click_bell"][0].num_envs == 3
    assert made["click_bell"][0]._built is None
    assert config(task="all").tasks == task_names()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"task": "click_bel"}, "click_bell"),
        ({"task": ""}, "--env.task"),
        ({"setting": "hard"}, "demo_randomized"),
        ({"scenes": "nowhere.json"}, "cannot be read"),
        ({"assets": "nowhere"}, "nowhere"),
    ],
)
def test_a_mistake_ends_the_program_in_one_line(config, options, words):
    with refused(SystemExit, match=words):
        config(**options).create_envs(1)
