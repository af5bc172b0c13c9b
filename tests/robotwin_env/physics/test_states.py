"""A state is checked as a whole before anything moves: what no state of a scene can hold is one line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gymnasium
import numpy as np
import pytest

from robotwin_env.errors import ArgumentError

SEED = 100000
DOOR = "044_microwave"
State = dict[str, Any]


@pytest.fixture(scope="module")
def env() -> Any:
    """A scene with a hinge, whose refused states change nothing."""
    made = gymnasium.make("RoboTwin/open_microwave-v0", cameras=(), assets=None, disable_env_checker=True)
    made.reset(seed=SEED)
    yield made.unwrapped
    made.close()


def put(key: str, index: int, value: float) -> Callable[[State], State]:
    """A state one of whose numbers is another."""

    def change(state: State) -> State:
        array = np.array(state[key], float)
        array[index] = value
        return {**state, key: array}

    return change


def pose(*changes: tuple[int, float]) -> Callable[[State], State]:
    def change(state: State) -> State:
        array = np.array(state["actors"][DOOR], float)
        for index, value in changes:
            array[index] = value
        return {**state, "actors": {DOOR: array}}

    return change


def given(**parts: Any) -> Callable[[State], State]:
    return lambda state: {**state, **parts}


REFUSED: list[tuple[str, Callable[[State], Any]]] = [
    ("state", lambda _: None),
    ("state", lambda _: 5),
    ("state", lambda state: {**state, 3: 4}),
    ("actors", given(actors=None)),
    ("actors", given(actors=[1, 2])),
    ("drive_targets", lambda state: {k: v for k, v in state.items() if k != "drive_targets"}),
    ("qpos: fl_joint1 .* limits", put("qpos", 0, 1e30)),
    ("qpos: fl_joint7 .* limits", put("qpos", 6, 0.06)),
    ("qpos .* real", given(qpos=np.zeros(16) + 1j)),
    ("drive_targets: fl_joint1", put("drive_targets", 0, 10.1)),
    ("drive_targets: fr_joint8", put("drive_targets", 15, 0.2)),
    ("grippers: left", given(grippers=(99, -99))),
    ("grippers", given(grippers=None)),
    (f"joints of {DOOR}: .* limits", lambda s: {**s, "joints": {DOOR: s["joints"][DOOR] + [3.0]}}),
    ("end_poses must have shape", given(end_poses=[0.0])),
    ("end_poses must be numbers", given(end_poses="there")),
    ("pose of the left hand has a quaternion", given(end_poses=np.zeros((2, 7)))),
    ("joints of 'door'", given(joints={"door": [0.0]})),
    ("joints", given(joints=5)),
    (f"pose of {DOOR} .* quaternion of length 0", pose((3, 0), (4, 0), (5, 0), (6, 0))),
    (f"pose of {DOOR} .* quaternion of length", pose((3, 0.7), (4, 0.7), (5, 0.7), (6, 0.7))),
    (f"pose of {DOOR} holds NaN", pose((3, np.nan))),
    (f"pose of {DOOR} is over 100 m away", pose((0, 1e30))),
    ("actions_taken", given(actions_taken="7")),
    ("actions_taken", given(actions_taken=None)),
    ("actions_taken", given(actions_taken=float("nan"))),
    ("actions_taken", given(actions_taken=7.0)),
    ("actions_taken", given(actions_taken=True)),
    ("actions_taken", given(actions_taken=-100)),
    ("actions_taken", given(actions_taken=10**6)),
    ("is_success", given(is_success="no")),
    ("is_success", given(is_success=1)),
    ("stages", given(stages=5)),
    ("stages", given(stages="door")),
    ("stage", given(stages=["door eaten"])),
    ("fact", given(facts=["door touched"])),
    ("of seed 100001", given(seed=SEED + 1)),
    ("of seed True", given(seed=True)),
    ("of task 'click_bell'", given(task="click_bell")),
    ("of config 'demo_randomized'", given(config="demo_randomized")),
]


@pytest.mark.parametrize(("said", "change"), REFUSED)
def test_what_is_no_state_of_the_scene_is_one_line_and_changes_nothing(env, said, change):
    before = env.get_state()
    moved = {**before, "qpos": before["qpos"] - 0.01 * (np.arange(16) == 0), "actions_taken": 9}
    with pytest.raises(ArgumentError, match=said) as caught:
        env.set_state(change(moved))
    assert "\n" not in str(caught.value) and caught.value.is_user_error
    after = env.get_state()
    for key in ("qpos", "drive_targets", "grippers"):
        np.testing.assert_array_equal(after[key], before[key])
    np.testing.assert_array_equal(after["actors"][DOOR], before["actors"][DOOR])
    assert [after[k] for k in ("actions_taken", "is_success", "stages")] == [0, False, []]


def test_what_the_environment_says_it_takes_back_also_as_plain_lists(env):
    before = env.get_state()
    plain = {
        key: {name: array.tolist() for name, array in value.items()}
        if isinstance(value, dict)
        else value.tolist()
        if isinstance(value, np.ndarray)
        else value
        for key, value in before.items()
    }
    env.set_state({**plain, "frame": 3, "actions_taken": np.int64(2), "seed": np.int64(SEED)})
    assert env.actions_taken == 2
    np.testing.assert_array_equal(env.get_state()["qpos"], before["qpos"])
    env.set_state(before)


def test_a_rounded_quaternion_is_taken_as_it_is(env):
    state = env.get_state()
    rounded = np.array([0.707, 0.0, 0.0, 0.707])
    env.set_state(
        {**state, "actors": {DOOR: np.concatenate([state["actors"][DOOR][:3].astype(float), rounded])}}
    )
    np.testing.assert_allclose(env.get_state()["actors"][DOOR][3:], rounded, atol=2e-4)
    env.set_state(state)
