"""Controls take one input away and nothing else, whatever the workers; their runs are named and kept apart."""

from __future__ import annotations

import dataclasses
import zlib
from typing import ClassVar

import numpy as np
import pytest
from fake_scenes import FakeOptions, FakeQueue, prepared

from harness.closedloop import simulation
from harness.core.errors import UserError
from harness.rollout.ablation import (
    AblatedAdapter,
    FrozenState,
    OtherImages,
    OtherInstruction,
    other_tasks,
)
from harness.rollout.adapter import Observation, ObservationAdapter, Origin
from harness.runs.directory import RunDir
from harness.runs.rows import latest

KEYS = tuple(f"observation.images.{name}" for name in ("cam_high", "cam_left_wrist", "cam_right_wrist"))


TASKS = ("click_bell", "grab_roller", "lift_pot")


ENTRIES = {"images": set(KEYS), "instruction": {"task"}, "state": {"observation.state"}}


TIMES = ("seconds", "inference_seconds")


class StubBank:
    """A moment's pictures by what it was drawn with; the shade of all cameras is the draw's."""

    def draw(self, task, episode, words):
        shade = zlib.crc32(f"{task} {episode} {words}".encode()) % 256
        return {role: np.full((4, 6, 3), shade, np.uint8) for role in ("head", "left", "right")}


CONTROLS = {
    "images": OtherImages(StubBank(), 0),
    "instruction": OtherInstruction((TASKS,), "demo_clean", None),
    "state": FrozenState(),
}


def observation(frame=7, task="click_bell", episode=100_001):
    images = {role: np.full((4, 6, 3), 9, np.uint8) for role in ("head", "left", "right")}
    start = np.zeros(14, np.float32)
    return Observation(images, start + frame, "press the bell", frame, Origin(task, episode, start))


@pytest.mark.parametrize("ablate", CONTROLS)
def test_a_control_changes_what_it_says_and_nothing_else(ablate):
    plain = ObservationAdapter(KEYS)
    adapter = AblatedAdapter(plain, CONTROLS[ablate])
    own, other = plain.row(observation()), adapter.row(observation())
    assert list(own) == list(other)
    assert {key for key in own if np.any(own[key] != other[key])} == ENTRIES[ablate]
    again = adapter.row(observation())
    assert all(np.array_equal(other[key], again[key]) for key in other)


def test_pictures_are_drawn_anew_for_every_look_scene_and_run():
    adapter = AblatedAdapter(ObservationAdapter(KEYS), CONTROLS["images"])
    rows = [adapter.row(observation(frame, episode=s)) for frame in (0, 10) for s in (100_001, 100_002)]
    rows.append(AblatedAdapter(adapter, OtherImages(StubBank(), 1)).row(observation(0)))
    assert len({float(row[KEYS[0]].max()) for row in rows}) == 5
    assert all(row[KEYS[0]].max() == row[KEYS[2]].max() for row in rows)


def test_the_frozen_state_is_that_of_the_first_look():
    row = AblatedAdapter(ObservationAdapter(()), CONTROLS["state"]).row(observation(frame=7))
    assert not row["observation.state"].any()


def test_the_other_instruction_is_of_every_other_task_in_turn():
    from robotwin_env import instruction

    adapter = AblatedAdapter(ObservationAdapter(()), CONTROLS["instruction"])
    note = adapter.note("click_bell", 100_001)
    assert note == {"prompt": instruction(note["prompt_task"], 100_001), "prompt_task": note["prompt_task"]}
    assert adapter.row(observation())["task"] == note["prompt"]
    seen = [adapter.note("click_bell", seed)["prompt_task"] for seed in range(100_000, 100_010)]
    assert set(seen) == {"grab_roller", "lift_pot"} and seen.count("lift_pot") == 5
    assert other_tasks("lift_pot", [TASKS]) == ["click_bell", "grab_roller"]
    assert other_tasks("click_bell", [("click_bell",), TASKS]) == ["grab_roller", "lift_pot"], (
        "none in the first"
    )
    assert other_tasks("open_laptop", [TASKS]) == list(TASKS)


def test_pictures_of_a_recording_are_of_one_moment_of_the_task(recorded, synthetic):
    from harness.datasets.frame_bank import FrameBank
    from harness.datasets.reader import open_dataset

    bank = FrameBank(open_dataset(recorded), ["handover_block"], synthetic.roles, seed=3, by_scene=True)
    moments = bank.moments("handover_block")
    assert set(moments) == {1, 3} and sum(map(len, moments.values())) == 2 * synthetic.frames
    seen = set()
    for frame in range(40):
        shown = bank.draw("handover_block", 100_000, (0, frame))
        numbers = {synthetic.frame_number(image) for image in shown.values()}
        assert len(numbers) == 1, "all cameras show the same moment"
        seen |= numbers
        for role, image in shown.items():
            shade = 60 + 60 * synthetic.roles.index(role)
            assert abs(float(image[10:90, :, 1].mean()) - shade) < 12
            assert any(abs(float(image[10:90, :, 0].mean()) - 60 - 40 * e) < 12 for e in (1, 3))
    assert len(seen) > 15
    with pytest.raises(UserError, match="has no episode of click_bell; name one that has with --dataset"):
        FrameBank(open_dataset(recorded), ["click_bell"], synthetic.roles, seed=3, by_scene=True)


def test_pictures_are_never_of_the_episode_they_are_shown_in(recorded, synthetic):
    from harness.datasets.frame_bank import FrameBank
    from harness.datasets.reader import open_dataset

    bank = FrameBank(open_dataset(recorded), ["handover_block"], synthetic.roles, seed=3, by_scene=False)
    for own, other in ((1, 3), (3, 1)):
        for frame in range(12):
            image = bank.draw("handover_block", own, (0, frame))[synthetic.roles[0]]
            assert abs(float(image[10:90, :, 0].mean()) - 60 - 40 * other) < 12


# --- in a run


class AllAtOnce:
    """Every control together, so that one run tries them all."""

    def replaced(self, obs, origin):
        for control in CONTROLS.values():
            obs = control.replaced(obs, origin)
        return obs

    def note(self, task, episode):
        return CONTROLS["instruction"].note(task, episode)


class ReadingQueue(FakeQueue):
    """A FakeQueue that reads what the adapter gives it, and remembers it."""

    read: ClassVar[dict] = {}

    def __init__(self, policy, adapter, run_seed, batch_size):
        super().__init__(policy, adapter, run_seed, batch_size)
        self.adapter = adapter

    def answer(self, asked):
        for work, ask in asked[: self.batch_size]:
            seen = self.adapter.row(ask.observation)
            self.read[work.task, work.seed, seen["frame_index"]] = seen
        return super().answer(asked)

    def _chunk(self, seed, ask):
        row = self.adapter.row(ask.observation)
        state, told = row["observation.state"], zlib.crc32(row["task"].encode()) % 100
        shown = sum(float(row[key].mean()) for key in self.adapter.images)
        seen = dataclasses.replace(ask.observation, state=state)
        return (
            super()._chunk(seed, dataclasses.replace(ask, observation=seen)) + np.float32(told + shown) / 1000
        )


@pytest.fixture
def run(tmp_path, monkeypatch):
    """`run(name, adapter, workers)`: the rows of an engine run in a folder of that name, without their times."""
    monkeypatch.setattr("harness.closedloop.crew.InferenceQueue", ReadingQueue)
    monkeypatch.setattr(ReadingQueue, "read", {})
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def start(name, adapter, workers):
        ready = prepared(FakeOptions(), TASKS[:2], episodes=3, workers=workers, batch_size=2)
        ready = dataclasses.replace(ready, adapter=adapter)
        path = tmp_path / name
        with RunDir.create("closedloop", "fake", config={}, provenance={}, out=path, resume=True) as opened:
            simulation.simulate_missing([simulation.Player(ready, opened)])
        rows = latest(RunDir.load(path).rows())
        return [row.model_copy(update=dict.fromkeys(TIMES)) for row in rows]

    return start


def test_workers_and_resuming_change_no_control_and_the_world_stays_as_it_is(run, tmp_path):
    plain = run("plain", ObservationAdapter(()), 1)
    adapter = AblatedAdapter(ObservationAdapter(KEYS), AllAtOnce())
    ReadingQueue.read.clear()
    rows = run("all", adapter, 1)
    assert len(rows) == 6 and any(row.replans > 1 for row in rows)
    read = dict(ReadingQueue.read)
    for row, usual in zip(rows, plain, strict=True):
        assert (row.key, row.instruction) == (usual.key, usual.instruction)
        assert row.digest != usual.digest and usual.prompt is None
        seen = {frame: s for (*scene, frame), s in read.items() if scene == [row.task, row.seed]}
        assert len(seen) == row.replans
        assert {entry["task"] for entry in seen.values()} == {row.prompt} != {row.instruction}
        assert all(
            np.array_equal(entry["observation.state"], seen[0]["observation.state"])
            for entry in seen.values()
        )
        for frame, entry in seen.items():
            drawn = StubBank().draw(row.task, row.seed, (0, frame))["left"][0, 0, 0]
            assert entry[KEYS[1]].max() == drawn
    log = tmp_path / "all" / "episodes.jsonl"
    log.write_text("".join(log.read_text().splitlines(keepends=True)[:2]))
    ReadingQueue.read.clear()
    assert run("all", adapter, 2) == rows
    assert len({key[:2] for key in ReadingQueue.read}) == 4, "what is written is not run again"
