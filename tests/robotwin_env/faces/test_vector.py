"""`make_vec`: several scenes, a process each, in gymnasium's vector API."""

from __future__ import annotations

from functools import partial

import gymnasium
import numpy as np
import pytest
from gymnasium.wrappers import TimeLimit
from refusals import refused

import robotwin_env
from robotwin_env.errors import RoboTwinError

SEEDS = (100000, 100001, 100002)
HOME = np.float32(([0.0] * 6 + [1.0]) * 2)
short = partial(TimeLimit, max_episode_steps=1)


@pytest.fixture
def vector():
    """A function that makes a vector environment, blind unless told; what it made is closed afterwards."""
    made = []

    def make(*arguments, cameras=(), **options):
        made.append(robotwin_env.make_vec(*arguments, cameras=cameras, **options))
        return made[-1]

    yield make
    for env in made:
        env.close()


def test_every_worker_plays_its_share_of_the_seeds_in_turn(vector):
    env = vector("click_bell", SEEDS, 2, wrappers=(short,))
    actions = np.stack([HOME, HOME])
    _, infos = env.reset()
    assert infos["seed"].tolist() == [SEEDS[0], SEEDS[1]]
    told = [robotwin_env.instruction("click_bell", seed) for seed in SEEDS]
    assert infos["instruction"].tolist() == list(env.call("task_description")) == told[:2]

    _, rewards, terminations, truncations, infos = env.step(actions)
    assert (terminations.tolist(), truncations.tolist()) == ([False, False], [True, True])
    assert "final_info" not in infos
    assert infos["seed"].tolist() == [SEEDS[0], SEEDS[1]]
    _, rewards, _, truncations, infos = env.step(actions)  # next-step autoreset: this step is the reset
    assert (rewards.tolist(), truncations.tolist()) == ([0.0, 0.0], [False, False])
    assert infos["seed"].tolist() == [SEEDS[2], SEEDS[1]]
    assert infos["instruction"].tolist() == [told[2], told[1]]

    _, infos = env.reset(seed=[7, 8])
    assert infos["seed"].tolist() == [7, 8]


def test_with_same_step_autoreset_the_last_step_shows_both_scenes(vector):
    env = vector("click_bell", SEEDS[:2], 1, autoreset="SameStep", wrappers=(short,))
    first, _ = env.reset()
    shown, _, _, truncations, infos = env.step(HOME[None] * np.float32(0.9))
    assert truncations.tolist() == [True]
    assert infos["final_info"]["seed"].tolist() == [SEEDS[0]]
    assert infos["final_info"]["instruction"].tolist() == [robotwin_env.instruction("click_bell", SEEDS[0])]
    assert infos["seed"].tolist() == [SEEDS[1]]
    assert infos["final_obs"][0]["agent_pos"] == pytest.approx(HOME * 0.9)
    assert np.array_equal(shown["agent_pos"], first["agent_pos"])  # the next scene begins at home


def test_a_worker_is_a_single_environment_and_its_pictures_are_the_same(vector):
    cameras = ("head_camera",)
    env = vector("click_bell", SEEDS[:1], 1, cameras=cameras)
    alone = gymnasium.make("RoboTwin/click_bell-v0", cameras=cameras, disable_env_checker=True)
    both = [(env.reset()[0], alone.reset(seed=SEEDS[0])[0])]
    action = HOME - np.float32(0.1)
    step, expected = env.step(action[None]), alone.step(action)
    both.append((step[0], expected[0]))
    for batched, single in both:
        assert np.array_equal(batched["agent_pos"][0], single["agent_pos"])
        assert np.array_equal(batched["pixels"]["head_camera"][0], single["pixels"]["head_camera"])
    assert step[4]["physics_steps"].tolist() == [expected[4]["physics_steps"]]
    assert env.observation_space.contains(step[0])
    alone.close()


def test_without_seeds_every_worker_draws_its_own(vector):
    env = vector("click_bell", workers=2)
    _, infos = env.reset()
    assert infos["seed"][0] != infos["seed"][1]


@pytest.mark.parametrize(
    ("arguments", "options", "words"),
    [
        (("click_bel",), {}, "click_bell"),
        (("click_bell", SEEDS[:1], 2), {}, "workers=2"),
        (("click_bell", [-1]), {"workers": 1}, "scene seed"),
        (("click_bell", "100000"), {}, "list of scene seeds"),
        (("click_bell", None, 0), {}, "workers"),
        (("click_bell",), {"autoreset": "sometimes"}, "NextStep"),
        (("click_bell",), {"config": "demo_hard"}, "demo_randomized"),
    ],
)
def test_mistakes_are_said_before_a_process_starts(arguments, options, words):
    with refused(RoboTwinError, match=words):
        robotwin_env.make_vec(*arguments, **options)
