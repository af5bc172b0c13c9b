"""Arguments of the wrong type, anywhere in the public face: one line that names the argument, and nothing done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gymnasium
import numpy as np
import pytest

from robotwin_env import draw_layout, instruction, load_task
from robotwin_env.arguments import choices, indices, numbers, path, same, shown, truth, whole
from robotwin_env.errors import ArgumentError, RoboTwinError
from robotwin_env.expert.per_action_recording import Disturbance
from robotwin_env.rendering.cameras import RenderSettings

TASK = "stack_blocks_two"
AWAY = np.zeros(14)


@pytest.fixture(scope="module")
def env() -> Any:
    """A scene that every refused call leaves as it is."""
    made = gymnasium.make(f"RoboTwin/{TASK}-v0", cameras=(), assets=None, disable_env_checker=True)
    made.reset(seed=0)
    yield made.unwrapped
    made.close()


def made(**options: Any) -> Callable[[Any], Any]:
    return lambda _: gymnasium.make(f"RoboTwin/{TASK}-v0", disable_env_checker=True, **options)


WRONG: list[tuple[str, Callable[[Any], Any]]] = [
    ("task", lambda _: load_task(None)),
    ("task", lambda _: load_task([])),
    ("task", lambda _: draw_layout(7, 0)),
    ("task", lambda _: instruction(None, 0)),
    ("task", made(task=5)),
    ("task", lambda _: draw_layout("a\nb", 0)),
    ("seed", lambda _: draw_layout(TASK, True)),
    ("seed", lambda _: draw_layout(TASK, np.bool_(True))),
    ("seed", lambda _: draw_layout(TASK, None)),
    ("seed", lambda env: env.reset(seed=True)),
    ("seed", lambda env: env.reset(seed=1.0)),
    ("options", lambda env: env.reset(options=3)),
    ("config", lambda env: env.reset(options={"config": "demo_randomized"})),
    ("config", lambda _: draw_layout(TASK, 0, None)),
    ("config", lambda _: draw_layout(TASK, 0, ["demo_clean"])),
    ("source", lambda _: instruction(TASK, 0, source=5)),
    ("assets", made(assets=5)),
    ("assets", made(assets="")),
    ("assets", made(assets="a\0b")),
    ("assets", made(assets="a\nb")),
    ("assets", made(assets="\ud800")),
    ("cameras", made(cameras=None)),
    ("cameras", made(cameras=5)),
    ("cameras", made(cameras="head_camera")),
    ("camera", made(cameras=(5,))),
    ("head_camera", made(cameras=("head_camera", "head_camera"))),
    ("config", made(config=None)),
    ("shader", made(shader=["rt"])),
    ("shadows", made(shadows=np.zeros(2))),
    ("shadow_map", made(shadow_map=0)),
    ("shadow_map", made(shadow_map="big")),
    ("shadow_map", lambda _: RenderSettings(shadow_map=10**9)),
    ("instructions", made(instructions=5)),
    ("actions", lambda env: env.step(None)),
    ("actions", lambda env: env.step(AWAY + 1j)),
    ("actions", lambda env: env.step(AWAY.astype(bool))),
    ("actions", lambda env: env.step(["0.1"] * 14)),
    ("actions", lambda env: env.step_chunk({})),
    ("actions", lambda env: env.step_chunk([[0.0], [0.0, 1.0]])),
    ("frames", lambda env: env.step_chunk([AWAY], frames=None)),
    ("frames", lambda env: env.step_chunk([AWAY], frames=0)),
    ("frames", lambda env: env.step_chunk([AWAY], frames=np.array(1))),
    ("frames", lambda env: env.step_chunk([AWAY], frames=np.zeros(3, bool))),
    ("frames", lambda env: env.step_chunk([AWAY], frames=range(10**15))),
    ("frames", lambda env: env.step_chunk([AWAY], frames=["0"])),
    ("frames", lambda env: env.step_chunk([AWAY], frames=[-1])),
    ("frames", lambda env: env.step_chunk([AWAY], frames=[0.5])),
    ("on_frame", lambda env: env.demonstrate(5)),
    ("on_frame", lambda env: env.demonstrate_actions(None)),
    ("disturbance", lambda env: env.demonstrate_actions(print, 0.1)),
    ("seed", lambda env: env.demonstrate_actions(print, seed=-1)),
    ("detours", lambda _: Disturbance(detours=2)),
    ("noise", lambda _: Disturbance(noise=float("nan"))),
    ("misses", lambda _: Disturbance(misses="often")),
]


@pytest.mark.parametrize(("named", "call"), WRONG)
def test_a_wrong_argument_is_one_line_that_names_it_and_nothing_is_done(env, named, call):
    before = env.get_state()
    with pytest.raises(RoboTwinError) as caught:
        call(env)
    said = str(caught.value)
    assert named in said and "\n" not in said and len(said) < 1000, said
    assert caught.value.is_user_error
    after = env.get_state()
    assert (after["actions_taken"], after["seed"]) == (before["actions_taken"], 0)
    np.testing.assert_array_equal(after["qpos"], before["qpos"])


def test_an_unknown_render_mode_lists_the_known():
    with (
        pytest.warns(UserWarning, match="render_mode"),
        pytest.raises(ArgumentError, match="rgb_array"),
    ):
        made(render_mode="braille")(None)


def test_what_numpy_makes_of_plain_values_is_welcome():
    assert whole(np.int64(3), "it") == 3 and type(whole(np.uint8(3), "it")) is int
    assert truth(np.bool_(True), "it") is True
    assert indices(np.arange(3), "frames") == {0, 1, 2} == indices(range(3), "frames")
    assert choices(["a", "b"], "letters", "letter", ("a", "b", "c")) == ("a", "b")
    assert numbers([1, 2], "it", (2,)).dtype == np.float64
    assert str(path("~/x", "it")).endswith("/x") and not str(path("~/x", "it")).startswith("~")


@pytest.mark.parametrize(
    ("value", "own", "equal"),
    (
        ("a", "a", True),
        (np.str_("a"), "a", True),
        (np.array(["a"]), "a", False),
        (np.int64(1), 1, True),
        (True, 1, False),
        (1.0, 1, False),
        (np.array([1, 2]), 1, False),
        (None, 1, False),
    ),
)
def test_equal_is_of_the_same_kind(value, own, equal):
    assert same(value, own) is equal


def test_what_is_shown_of_a_value_is_one_short_line():
    assert "\n" not in shown(np.zeros((30, 30))) and len(shown("x" * 10_000)) < 100
