"""Closed loop against its parts and against lerobot-eval: the arithmetic, the clocks, and what LeRobot is shown."""

import dataclasses
import pickle
import time

import gymnasium
import numpy as np
import pytest

from harness.rollout.environments import SceneOptions
from harness.rollout.sim_world import SimWorld
from harness.runs.rows import ClosedLoopRow
from robotwin_env.env import RoboTwinEnv
from tools.benchmarks import clocks
from tools.benchmarks import lerobot_eval as against
from tools.benchmarks import timed_run as speed

CAMERAS = ("head_camera", "left_camera", "right_camera")


def test_what_is_part_of_a_part_counts_once(tmp_path):
    clock = clocks.Clock()
    nap = clock.timed("physics", lambda: time.sleep(0.02))
    clock.timed("control", lambda: (nap(), nap(), time.sleep(0.01)))()
    with pytest.raises(ZeroDivisionError):
        clock.timed("control", lambda: 1 / 0)()
    assert dict(clock.calls) == {"physics": 2, "control": 2}
    assert clock.seconds["physics"] >= 0.04
    assert 0.01 <= clock.seconds["control"] < clock.seconds["physics"]
    clock.save(tmp_path / "times.json")
    before = clocks.Clock.load(tmp_path / "times.json")
    assert dict(before.calls) == dict(clock.calls) and dict(before.seconds) == dict(clock.seconds)
    nap()
    later = clock.since(before)
    assert dict(later.calls) == {"physics": 1, "control": 0} and 0.02 <= later.seconds["physics"] < 1
    before.add(later)
    assert dict(before.calls) == dict(clock.calls)


class Scene:
    def __init__(self):
        self.steps = 0

    def step(self):
        self.steps += 1


class FakeEnv(gymnasium.Env):
    """What `timed` and `LeRobotScene` use of an environment."""

    step_limit, task_name, instruction = 800, "stack_blocks_two", "stack them"
    watch = RoboTwinEnv.watch

    def reset(self, *, seed, options=None):
        self.seed, self.scene = seed, Scene()
        return {}, {}

    def demonstrate(self):
        return True, None

    def _play(self, action):
        self.scene.step()

    def _pixels(self):
        return {}

    def step(self, action):
        self._play(action)
        self._pixels()
        return {}, 0.0, False, False, {"states": np.asarray(action)[None] + 1}

    def get_state(self):
        return {"actors": {}, "joints": {}, "qpos": np.zeros(16), "drive_targets": np.zeros(16)}

    def close(self):
        pass


def test_clocks_change_nothing_but_the_limit(tmp_path):
    clock = clocks.Clock()
    env = clocks.timed(FakeEnv(), clock, tmp_path / "times.json", limit=150)
    env.reset(seed=100_000)
    assert env.step_limit == 150
    env.step(np.zeros(14))
    assert env.scene.steps == 1
    assert dict(clock.calls) == {"scene": 1, "physics": 1, "control": 1, "render": 1}
    env.close()
    assert env.step_limit == 800, "films take their pace from the task's own limit"
    assert clocks.Clock.load(tmp_path / "times.json").calls["render"] == 1
    env.reset(seed=clocks.WARM_UP)
    assert env.step_limit == 1
    screened = clocks.timed(FakeEnv(), clock, tmp_path / "times.json", screening=True)
    screened.reset(seed=100_000)
    screened.demonstrate()
    assert clock.calls["check"] == 2 and clock.calls["scene"] == 2


def test_films_are_timed_and_may_show_every_action_and_nothing_else_is_changed(tmp_path):
    plain, options = SceneOptions(), clocks.TimedOptions(folder=str(tmp_path))
    whole = pickle.loads(pickle.dumps(dataclasses.replace(options, film_all=True)))  # as a worker gets it
    assert [each.film_every(900) for each in (plain, options, whole)] == [10, 10, 1]
    assert plain.around("film", len) is len and whole.around("film", len)("abc") == 3
    assert dict(whole.clock.calls) == {"film": 1} and SimWorld.save_film.__name__ == "save_film"


def test_the_parts_of_a_run():
    seconds = {"scene": 1.0, "physics": 6.0, "control": 2.0, "render": 1.2, "chunk": 0.4, "write": 0.1}
    rows = [
        ClosedLoopRow(task="alpha", seed=seed, status="ok", success=True, steps=steps, replans=replans)
        for seed, steps, replans in ((1, 60, 2), (2, 40, 1))
    ]
    run = speed.Measured(11.0, 12.0, seconds, {"render": 5}, rows)
    assert (run.actions, run.replans) == (100, 3)
    assert run.step_s == pytest.approx(0.08) and run.render_s == pytest.approx(0.24)
    assert run.least == pytest.approx(1 + 6 + 2 + 0.4 + 3 * 0.24), "the two last pictures are not needed"
    assert run.per_hour == pytest.approx(2 * 3600 / 11)
    parts = speed.shares(run)
    assert sum(part for _, part, _ in parts) == pytest.approx(11.0)
    assert sum(share for _, _, share in parts) == pytest.approx(1.0)
    assert parts[-1][0].startswith("the rest") and parts[-1][1] == pytest.approx(0.3)


def side(wall, processor=8.0, step_s=0.01, render_s=0.09):
    return against.Side(wall, processor, 100, False, "digest", 2.0, step_s, render_s)


def raced(ours, theirs, horizon):
    """A race of one round."""
    return against.compared([ours], [theirs], horizon)


def test_a_race_in_figures():
    found = raced(side(10.0), side(20.0, 18.0), 9)
    assert found.ratio == pytest.approx(2.0)
    assert found.acting_ratio == pytest.approx(18 / 8)
    assert found.processor_ratio == pytest.approx(18 / 8)


def test_the_ceiling_is_what_not_drawing_saves():
    here = side(10.0)
    assert raced(here, here, 9).ceiling == pytest.approx(5.0)
    assert raced(here, here, 1).ceiling == pytest.approx(1.0)


def test_a_busier_machine_in_one_round_moves_ratio_and_ceiling_alike():
    quiet = raced(side(10.0), side(20.0), 9)
    slowed = side(40.0, step_s=0.02, render_s=0.18)
    busy = raced(side(10.0), slowed, 9)
    assert busy.ratio == pytest.approx(2 * quiet.ratio)
    of_rounds = busy.ratio / busy.ceiling_of_rounds
    assert of_rounds == pytest.approx(quiet.ratio / quiet.ceiling_of_rounds)
    assert busy.ceiling == quiet.ceiling == quiet.ceiling_of_rounds, "the ceiling itself knows no busy rounds"


def test_the_ceiling_is_made_of_the_least_of_all_rounds():
    ours = [side(10.0, step_s=0.02), side(12.0, step_s=0.01)]
    found = against.compared(ours, [side(20.0), side(19.0, render_s=0.04)], 4)
    assert (found.harness.wall, found.lerobot.wall) == (10.0, 19.0)
    assert found.ceiling == pytest.approx((0.04 + 0.01) / (0.01 + 0.04 / 4))


def test_lerobot_is_shown_the_cameras_the_policy_reads():
    rename = against.renamed(("observation.images.cam_high", "observation.images.left_wrist_0_rgb"))
    seen = {f"observation.images.{name}": name for name in CAMERAS}
    assert rename(seen | {"observation.state": "s", "task": "t"}) == {
        "observation.images.cam_high": "head_camera",
        "observation.images.left_wrist_0_rgb": "left_camera",
        "observation.state": "s",
        "task": "t",
    }


def test_the_digest_of_lerobots_episode_is_the_harness_s():
    from harness.rollout.episode_digest import StateDigest

    actions = np.random.default_rng(0).random((7, 14)).astype(np.float32)
    scene = against.LeRobotScene(FakeEnv(), horizon=3)
    assert (scene.task, scene.task_description, scene._max_episode_steps) == (
        "stack_blocks_two",
        "stack them",
        800,
    )
    scene.reset(seed=100_000)
    for action in actions:
        scene.step(action)
    total = StateDigest()
    for start in (0, 3, 6):
        chunk = actions[start : start + 3]
        total.add(chunk, chunk + 1)
    assert scene.digest() == total.text(FakeEnv().get_state())


def test_scenes_are_the_protocol_s():
    assert speed.seeds_of(3) == [100_000, 100_001, 100_002]
