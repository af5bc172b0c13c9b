"""`RoboTwin-<task>-v1` is `RoboTwin/<task>-v0`: states, step counts, success and pictures, to the bit."""

from __future__ import annotations

import gymnasium
import numpy as np
import pytest

from robotwin_env import draw_layout

SEED = 100000


def differences(one, other, path="") -> list[str]:
    """Where two nested states differ."""
    if isinstance(one, dict):
        assert one.keys() == other.keys()
        return [found for key in one for found in differences(one[key], other[key], f"{path}/{key}")]
    return [] if np.array_equal(one, other) else [path]


def pictures_differ(observation, shown) -> list[str]:
    """Cameras whose pictures are not the same."""
    return [
        name
        for name, picture in observation["pixels"].items()
        if not np.array_equal(picture, shown["sensor_data"][name]["rgb"][0].numpy())
    ]


@pytest.mark.parametrize(
    ("task", "config", "played"),
    [
        ("stack_blocks_two", "demo_clean", None),  # boxes
        ("click_bell", "demo_randomized", None),  # contacts, clutter
        ("open_laptop", "demo_clean", None),  # an articulated object
        ("stack_blocks_two", "demo_randomized", 15),
        ("click_bell", "demo_clean", None),
        ("open_laptop", "demo_randomized", 10),
    ],
)
def test_every_action_leads_to_the_same_state(maniskill, expert, task, config, played):
    actions = expert(task, SEED, "demo_clean" if played else config)[:played]
    ours = gymnasium.make(
        f"RoboTwin/{task}-v0", config=config, cameras=(), disable_env_checker=True
    ).unwrapped
    theirs = maniskill(task, config=config)
    ours.reset(seed=SEED)
    theirs.reset(seed=SEED)
    inside = theirs.unwrapped.robotwin
    assert differences(ours.get_state(), inside.get_state()) == []
    for number, action in enumerate(actions, 1):
        _, reward, terminated, truncated, info = ours.step(action)
        _, paid, ended, cut, facts = theirs.step(action)
        assert differences(ours.get_state(), inside.get_state() | {"actions_taken": number}) == []
        assert info["physics_steps"] == int(facts["physics_steps"])
        assert (terminated, truncated, reward) == (bool(ended), bool(cut), float(paid))
        assert (info["is_success"], np.float32(info["progress"])) == (
            bool(facts["success"]),
            float(facts["progress"]),
        )
        assert info["stages"] == [name for name, reached in facts["stages"].items() if bool(reached)]
        assert info["facts"] == {name: bool(holds) for name, holds in facts["facts"].items()}
        if terminated:
            break
    assert terminated or played
    assert theirs.unwrapped.get_language_instruction() == [ours.instruction]
    ours.close()


def crazy_seed(task: str) -> int:
    """A hard scene whose lights flicker with every physics step."""
    return next(
        s for s in range(SEED, SEED + 500) if draw_layout(task, s, "demo_randomized").surroundings.crazy
    )


@pytest.mark.parametrize("config", ["demo_clean", "demo_randomized"])
def test_the_pictures_are_the_same(maniskill, config):
    task = "click_bell"
    seed = SEED if config == "demo_clean" else crazy_seed(task)
    ours = gymnasium.make(f"RoboTwin/{task}-v0", config=config, disable_env_checker=True).unwrapped
    theirs = maniskill(task, config=config, obs_mode="rgb")
    observation, _ = ours.reset(seed=seed)
    shown, _ = theirs.reset(seed=seed)
    assert pictures_differ(observation, shown) == []
    action = ours.scene.robot.state()
    action[[0, 7]] += 0.1
    for _ in range(2):
        shown = theirs.step(action)[0]
        observation = ours.step(action)[0]
        assert pictures_differ(observation, shown) == []
        action = action - np.float32(0.05)
    ours.close()


def test_our_pictures_are_no_negatives_after_maniskills_own_shader(maniskill):
    from mani_skill.render.shaders import PREBUILT_SHADER_CONFIGS, set_shader_pack

    task = "click_bell"
    env = gymnasium.make(f"RoboTwin/{task}-v0", cameras=("head_camera",), disable_env_checker=True).unwrapped
    before = env.reset(seed=SEED)[0]["pixels"]["head_camera"]
    set_shader_pack(PREBUILT_SHADER_CONFIGS["minimal"])
    with pytest.warns(UserWarning, match="another package"):
        after = env.reset(seed=SEED)[0]["pixels"]["head_camera"]
    assert np.array_equal(before, after)
    env.close()


def test_a_picture_is_kept_when_the_next_is_drawn(maniskill):
    env = maniskill("click_bell", obs_mode="rgb")
    first, _ = env.reset(seed=3)
    before = {name: found["rgb"].clone() for name, found in first["sensor_data"].items()}
    turned = np.array(([0.0] * 6 + [0.0]) * 2, np.float32)
    turned[[0, 7]] = 0.3
    then, *_ = env.step(turned)
    for name, picture in before.items():
        assert (first["sensor_data"][name]["rgb"] == picture).all()
        assert (then["sensor_data"][name]["rgb"] != picture).any()
