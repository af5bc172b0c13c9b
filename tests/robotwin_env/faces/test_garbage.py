"""Whatever is given for whatever argument: it is taken, or it is a RoboTwinError of one line."""

from __future__ import annotations

import copy
import decimal
from collections.abc import Callable
from typing import Any

import gymnasium
import numpy as np
import pytest

from robotwin_env import draw_layout, instruction
from robotwin_env.env import RoboTwinEnv
from robotwin_env.errors import RoboTwinError


class Unreadable:
    """An array that cannot be read, with a name of two lines."""

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise RuntimeError("no")

    def __repr__(self) -> str:
        return "one line\nand another"


PLAIN: list[Any] = [
    None,
    True,
    False,
    -1,
    3,
    2**70,
    1.5,
    float("nan"),
    float("inf"),
    1j,
    10**400,
    decimal.Decimal(1),
]
TEXTS: list[Any] = ["", "x", "a\nb", "\ud800", b"x", memoryview(b"abc")]
LISTS: list[Any] = [
    [],
    [1],
    [[1], [1, 2]],
    ["a"] * 16,
    [10**400] * 16,
    (),
    {"a": 1},
    {1: 2},
    {1, 2},
    range(3),
    range(10**15),
    range(10**20),
]
OTHERS: list[Any] = [object(), int, print, Unreadable(), iter([1]), np.datetime64("2020")]
ARRAYS: list[Any] = [
    np.array(1),
    np.zeros(0),
    np.zeros((16, 1)),
    np.full(16, np.nan),
    np.full(16, 1e39),
    np.zeros(16, complex),
    np.zeros(16, bool),
    np.array(["a"] * 16),
    np.array([None] * 16),
    np.zeros(16, dtype=[("a", "f4")]),
]  # fmt: skip
GARBAGE = [*PLAIN, *TEXTS, *LISTS, *OTHERS, *ARRAYS]
TASK = "open_microwave"


@pytest.fixture(scope="module")
def env() -> Any:
    made = gymnasium.make(f"RoboTwin/{TASK}-v0", cameras=(), assets=None, disable_env_checker=True)
    made.reset(seed=0)
    yield made.unwrapped
    made.close()


def refused(call: Callable[[], Any]) -> bool:
    """Whether a call was refused as it should be; any other exception is the test's failure."""
    try:
        call()
    except RoboTwinError as error:
        assert "\n" not in str(error) and str(error).isprintable()
        return True
    return False


def test_no_key_of_a_state_can_hold_garbage(env):
    base = env.get_state()
    for key in base:
        taken = [
            value for value in GARBAGE if not refused(lambda k=key, v=value: env.set_state({**base, k: v}))
        ]
        assert len(taken) < 8, (key, taken)
    for part in ("actors", "joints"):
        for value in GARBAGE:
            state = copy.deepcopy(base)
            state[part][next(iter(state[part]))] = value
            taken = not refused(lambda s=state: env.set_state(s))
            assert not taken or (
                part == "joints" and np.shape(value) == np.shape(base[part]["044_microwave"])
            )
    assert all(refused(lambda v=value: env.set_state(v)) for value in GARBAGE)
    env.set_state(base)


OPTIONS = ("task", "assets", "config", "cameras", "shader", "shadows", "shadow_map", "instructions")


@pytest.mark.parametrize("option", OPTIONS)
def test_no_option_can_be_garbage(option):
    taken = [
        value for value in GARBAGE if not refused(lambda v=value: RoboTwinEnv(**{"task": TASK, option: v}))
    ]
    assert len(taken) <= 4, taken


@pytest.mark.parametrize(
    "call",
    (
        lambda _, value: draw_layout(TASK, value),
        lambda _, value: draw_layout(value, 0),
        lambda _, value: draw_layout(TASK, 0, value),
        lambda _, value: instruction(TASK, 0, source=value),
        lambda env, value: env.step(value),
        lambda env, value: env.step_chunk(value),
    ),
    ids=("seed", "task", "config", "source", "action", "actions"),
)
def test_no_argument_can_be_garbage(env, call):
    taken = [value for value in GARBAGE if not refused(lambda v=value: call(env, v))]
    assert len(taken) <= 3, taken
