"""How near a scene came: the parts of a condition add up to the condition itself, and say what was measured."""

from __future__ import annotations

import zlib

import numpy as np
import pytest

from robotwin_env import draw_layout, load_task, task_names
from robotwin_env.conditions.approach import Approach, parts_of
from robotwin_env.conditions.measuring_view import MeasuringView
from robotwin_env.conditions.parts import Condition, Part, distance, opposite
from robotwin_env.conditions.view import View, also
from robotwin_env.env import RoboTwinEnv

BATCH = 40


class ChanceView(View):
    """A batch of scenes (40,) about a layout, each as far from it as chance has it: from 1 mm to half a metre."""

    def __init__(self, task: str, only: int | None = None):
        self.layout, self._task, self._only = draw_layout(task, 100001).layout, task, only
        self._size = np.geomspace(1e-3, 0.5, BATCH)

    def _rng(self, *what: object) -> np.random.Generator:
        return np.random.default_rng(zlib.crc32(repr((self._task, *what)).encode()))

    def _of(self, values: np.ndarray) -> np.ndarray:
        return values if self._only is None else values[self._only]

    def p(self, key):
        shift = self._rng("p", key).normal(size=(BATCH, 3)) * self._size[:, None]
        return self._of(self.layout.actor(key).p + shift)

    def q(self, key):
        q = self.layout.actor(key).q + self._rng("q", key).normal(size=(BATCH, 4)) * self._size[:, None]
        return self._of(q / np.linalg.norm(q, axis=-1, keepdims=True))

    def frame(self, key, kind, index):
        shift = self._rng(key, kind, index).normal(size=(BATCH, 3)) * self._size[:, None]
        turn = np.linalg.qr(self._rng("turn", key, kind, index).normal(size=(BATCH, 3, 3)))[0]
        return self._of(self.layout.actor(key).p + shift), self._of(turn)

    def gripper(self, side):
        return self._of(self._rng("gripper", side).choice([0.1, 0.3, 0.9], BATCH))

    def tool(self, side):
        return self._of(self._rng("tool", side).normal(size=(BATCH, 3)))

    def joint(self, key):
        return self._of(self._rng("joint", key).normal(size=BATCH))

    def joint_limits(self, key):
        return np.array([-0.5, 0.5])

    def touching(self, key, other):
        return self._of(self._rng("touch", key, other).random(BATCH) < 0.5)

    def in_touch(self, key, other):
        return self.touching(key, other)

    def fingers_on(self, key):
        return self._of(self._rng("on", key).random((BATCH, 2, 2)) < 0.5)

    def finger_contacts(self, key):
        near = self.p(key)[..., None, :] + 0.005
        return np.where(self._of(self._rng("fingers", key).random((BATCH, 1, 1)) < 0.5), near, np.nan)


@pytest.mark.parametrize("task", task_names())
def test_the_parts_of_a_condition_hold_exactly_where_it_does(task):
    success = load_task(task).success
    plain = np.asarray(success(ChanceView(task)), bool)
    measured = Condition.of(success(MeasuringView(ChanceView(task))))
    np.testing.assert_array_equal(measured.holds, plain)
    for index in range(0, BATCH, 7):
        parts = parts_of(success, ChanceView(task, only=index))
        assert all(part.met for part in parts) == plain[index]
        assert len({part.name for part in parts}) == len(parts), "each part has a name of its own"
        for part in parts:
            assert "rest of the condition" not in part.name and "a number" not in part.name
            if part.wanted is not None and part.value != part.wanted:
                above = " above" in part.name
                assert part.met == (part.value > part.wanted if above else part.value < part.wanted)


def test_of_two_ways_the_nearer_one_is_kept():
    near, far = (Condition.of(False) for _ in range(2))
    near.parts[()] = (Part("a below", 0.3, 0.2, "m", False), Part("b above", 1.0, 0.5, "m", True))
    far.parts[()] = (Part("c below", 0.9, 0.2, "m", False),)
    assert (far | near).parts[()] == near.parts[()] == (near | far).parts[()]
    assert (near & far).parts[()] == near.parts[()] + far.parts[()]
    assert bool(~near) and not bool(near) and (~near).parts[()][0].name == "a above"
    assert distance(near.parts[()]) == (1, pytest.approx(0.5))


def test_what_is_not_so_has_its_opposite():
    touch = Part("can touching table", None, None, "m", True)
    assert opposite(touch).name == "can not touching table" and not opposite(touch).met
    assert opposite(opposite(touch)) == touch
    finger = Part("finger on the bell", 0.1, None, "m", False)
    assert opposite(finger).name == "no finger on the bell" and opposite(opposite(finger)) == finger


def test_both_conditions_are_looked_at_only_where_they_are_measured():
    asked = []
    assert not also(False, lambda: asked.append(1) or True) and not asked
    measured = also(Condition.of(False), lambda: asked.append(1) or True)
    assert not measured and asked == [1]


def test_the_nearest_look_is_the_one_with_fewest_parts_missing():
    looks = iter([(0.9, 0.9), (0.1, 0.9), (0.1, 0.3), (0.1, 0.5), (0.9, 0.1)])

    class Hands(ChanceView):
        def gripper(self, side):
            return self.now[side]

    view, approach = Hands("grab_roller"), Approach(lambda view: view.both_closed())
    assert approach.values() == {} and approach.at is None
    for at, view.now in enumerate(looks, start=1):
        approach.look(view, at)
    assert approach.at == 3
    assert approach.values() == {"right gripper below": (0.3, 0.2, "")}
    approach.forget()
    assert approach.at is None and approach.missing == ()


def test_a_scene_says_what_is_missing_until_it_is_solved():
    env = RoboTwinEnv("grab_roller", assets=None, cameras=())
    _, info = env.reset(seed=0)
    assert info["unmet"] == {} and info["nearest_at"] is None
    still = env.scene.robot.state()
    *_, info = env.step_chunk([still, still])
    assert set(info["unmet"]) == {"left gripper below", "right gripper below", "roller's height above"}
    value, wanted, unit = info["unmet"]["roller's height above"]
    assert (
        value == pytest.approx(0.74, abs=0.01)
        and (wanted, unit) == (0.8, "m")
        and info["nearest_at"] in (1, 2)
    )
    state = env.get_state()
    assert "unmet" not in state
    env.reset(seed=0)
    assert env.demonstrate()[0] and env._checker.approach.missing == ()
    env.close()
