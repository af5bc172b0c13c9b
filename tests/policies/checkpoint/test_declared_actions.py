"""What a checkpoint says of its actions is honoured or refused: relative or absolute, which joints, which arm first."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from json_edits import edit_json
from tiny_samples import IMAGES

from harness.core.errors import UserError
from harness.rollout.adapter import adapter_for
from policies import PolicyError, load_policy
from policies.checkpoint.actions import check_actions
from policies.chunking import predict_rows
from policies.noise import frame_noise

pytestmark = pytest.mark.slow
BEFORE, AFTER = "policy_preprocessor.json", "policy_postprocessor.json"
PARTS = ("j1", "j2", "j3", "j4", "j5", "j6", "gripper")
LEFT, RIGHT = ([f"{side}_{part}" for part in PARTS] for side in ("left", "right"))


def set_step(directory: Path, file: str, name: str, **config: Any) -> None:
    def change(saved: dict[str, Any]) -> None:
        (step,) = (step for step in saved["steps"] if step["registry_name"] == name)
        step["config"].update(config)

    edit_json(directory / file, change)


def make_relative(directory: Path, **config: Any) -> None:
    set_step(directory, BEFORE, "relative_actions_processor", enabled=True, **config)
    set_step(directory, AFTER, "absolute_actions_processor", enabled=True)


def added(directory: Path, policy: Any, make_row: Any) -> tuple[Any, np.ndarray]:
    """The policy in a folder, and what of the state it adds to the chunks of `policy`, (14,) of 0 and 1."""
    relative, row = load_policy(directory), make_row(0)
    noise = [frame_noise(0, 0, 0, policy.noise_shape)]
    more = predict_rows(relative, [row], noise, 1) - predict_rows(policy, [row], noise, 1)
    parts = more[0] / row["observation.state"]
    assert np.abs(parts - parts.round()).max() < 1e-3
    return relative, parts.round()[0]


@pytest.mark.parametrize(
    ("names", "excluded", "absolute"),
    [
        ([*LEFT, *RIGHT], ["gripper"], [6, 13]),
        ([*LEFT, *RIGHT], ["right_j", "left_gripper"], [6, 7, 8, 9, 10, 11, 12]),
        ([*LEFT, *RIGHT], [], []),
        (None, ["gripper"], []),  # LeRobot finds no gripper where nothing has a name
    ],
)
def test_the_joints_that_its_step_excludes_stay_absolute(
    policy: Any,
    copied: Path,
    make_row: Any,
    names: list[str] | None,
    excluded: list[str],
    absolute: list[int],
) -> None:
    make_relative(copied, action_names=names, exclude_joints=excluded)
    relative, parts = added(copied, policy, make_row)
    assert np.flatnonzero(parts == 0).tolist() == absolute
    described = relative.describe()
    assert (described["relative_actions"], described["absolute_joints"]) == (True, absolute)


def contradict_after(directory: Path) -> None:
    set_step(directory, BEFORE, "relative_actions_processor", enabled=True)


def contradict_before(directory: Path) -> None:
    set_step(directory, AFTER, "absolute_actions_processor", enabled=True)


def contradict_config(directory: Path) -> None:
    edit_json(directory / "config.json", lambda config: config.update(use_relative_actions=True))


def name_differently(directory: Path) -> None:
    make_relative(directory, action_names=[*LEFT, *RIGHT], exclude_joints=["gripper"])
    edit_json(directory / "config.json", lambda config: config.update(action_feature_names=[*RIGHT, *LEFT]))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (contradict_after, f"relative actions by {BEFORE} and absolute ones by {AFTER}"),
        (contradict_before, f"relative actions by {AFTER} and absolute ones by {BEFORE}"),
        (contradict_config, "says use_relative_actions, but policy_postprocessor.json does not add"),
        (name_differently, "name the actions differently (right_j1, ... and left_j1, ...)"),
    ],
)
def test_parts_that_contradict_each_other_are_refused(
    copied: Path, change: Callable[[Path], None], said: str
) -> None:
    change(copied)
    with pytest.raises(PolicyError) as error:
        load_policy(copied)
    assert said in str(error.value) and "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ([*RIGHT, *LEFT], "puts the right arm first (right_j1, ...)"),
        (
            ["left_gripper", *LEFT[:6], "right_gripper", *RIGHT[:6]],
            "names its grippers at 0 (left_gripper), 7",
        ),
        (
            [f"{side}_ee.{part}" for side in ("left", "right") for part in (*"xyz", "rx", "ry", "rz", "g")],
            "poses",
        ),
        ([f"{name}_velocity" for name in (*LEFT, *RIGHT)], "no joint positions"),
    ],
)
def test_names_of_other_joints_are_refused_before_anything_acts(
    copied: Path, names: list[str], said: str
) -> None:
    edit_json(copied / "config.json", lambda config: config.update(action_feature_names=names))
    with pytest.raises(UserError) as error:
        adapter_for(load_policy(copied))
    assert said in str(error.value) and "\n" not in str(error.value)


def test_ordinary_names_and_none_are_taken(policy: Any, copied: Path) -> None:
    assert policy.action_names is None and adapter_for(policy).images == IMAGES
    edit_json(copied / "config.json", lambda config: config.update(action_feature_names=[*LEFT, *RIGHT]))
    named = load_policy(copied)
    assert named.action_names == (*LEFT, *RIGHT) and adapter_for(named).images == IMAGES


@pytest.mark.parametrize("mode", ["ee6d", "agibot_ee6d", "so101_bimanual", "joint", "auto"])
def test_an_action_space_without_joints_is_refused(policy: Any, mode: str) -> None:
    """X-VLA says the kind of its actions by `action_mode`."""
    config, parts = SimpleNamespace(action_mode=mode), (policy.processors.before, policy.processors.after)
    where = SimpleNamespace(directory=Path("checkpoint"))
    if mode in ("joint", "auto"):
        check_actions(where, config, *parts)
        return
    with pytest.raises(PolicyError, match=f"of the kind '{mode}'"):
        check_actions(where, config, *parts)
