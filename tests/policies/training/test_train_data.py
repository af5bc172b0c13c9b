"""The demo policy's demonstrations and training record: what is learnt from, held out, evaluated and written down."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from tiny_samples import IMAGES

from policies.training.frames import Frames

ROOT = Path(__file__).resolve().parents[3]


def test_no_chunk_leads_over_what_nobody_recorded():
    from harness.train.data import Demo, gather

    numbers = np.arange(10, dtype=np.float32)[:, None] * np.ones(14, np.float32)
    meta = {"discontinuities": [4], "solved_at": 7}
    episode = SimpleNamespace(length=10, states=numbers, actions=numbers + 1, task="press", meta=meta)
    whole = SimpleNamespace(length=3, states=numbers[:3], actions=numbers[:3], task="lift", meta={})
    images = {key: np.zeros((10, 3, 14, 14), np.uint8) for key in IMAGES}
    short = {key: films[:3] for key, films in images.items()}
    frames = gather([Demo(episode, images, "a"), Demo(whole, short, "b")], 4)
    assert len(frames) == 8 + 3 and all(len(films) == 11 for films in frames.images.values())
    assert (
        frames.chunks[2, :, 0].tolist() == [3, 4, 4, 4]
        and frames.unknown[2].tolist() == [False] * 2 + [True] * 2
    )
    assert frames.chunks[7, :, 0].tolist() == [8, 9, 10, 10] and not frames.unknown[4:].any()
    assert frames.valid[7].tolist() == [True] * 3 + [False]
    assert frames.tasks == ["press"] * 8 + ["lift"] * 3


def scene(text, task=None, seed=None, length=5):
    """A demonstration of which only the sentence and the scene matter."""
    from harness.train.data import Demo

    meta = {} if task is None else {"task": task, "scene_seed": seed}
    return Demo(SimpleNamespace(task=text, length=length, meta=meta, index=0), {}, "")


def test_first_frames_are_told_in_sentences_of_the_scene_that_name_no_arm():
    from harness.train.data import draw_first_frames
    from robotwin_env import instruction

    demos = [
        scene(instruction("click_bell", 7), "click_bell", 7),
        scene(instruction("place_object_stand", 7, "demo_randomized"), "place_object_stand", 7),
        scene("put the thing there with your left arm", "place_object_stand", 8),
        scene("anything"),
    ]
    drawn = draw_first_frames(demos, 30, seed=0)
    assert [frame for frame, _ in drawn] == [0] * 29 + [5] * 29 + [10] * 29 + [15] * 29
    bell, stand, other, bare = ({text for _, text in drawn[29 * i : 29 * (i + 1)]} for i in range(4))
    assert len(bell) == 4 and all("bell" in text and " arm" not in text for text in bell)
    assert len(stand) > 1 and all("bell" in text and " arm" not in text for text in stand)
    assert other == {demos[2].episode.task} and bare == {"anything"}  # no wording of ours: its own
    assert draw_first_frames(demos, 30, seed=0) == drawn != draw_first_frames(demos, 30, seed=1)
    assert draw_first_frames(demos, 1, seed=0) == []


def test_scenes_are_held_out_whole():
    from harness.train.data import Demo
    from harness.train.held_out import split

    demos = [
        Demo(SimpleNamespace(index=i, meta={"task": "click_bell", "scene_seed": i}), {}, name)
        for name in ("one", "two")
        for i in range(50)
    ]
    training, held_out = split(demos, 0.1, 0)
    assert len(held_out) == 10 and len(training) == 90
    seeds = [{demo.episode.meta["scene_seed"] for demo in part} for part in (training, held_out)]
    assert not seeds[0] & seeds[1]


@pytest.mark.parametrize(
    ("episodes", "share", "spared"), [(4, 0.25, 1), (9, 0.1, 1), (3, 0.5, 2), (9, 0.05, 0), (1, 0.5, 0)]
)
def test_few_demonstrations_are_held_out_too_where_the_share_asks_for_one(episodes, share, spared):
    from harness.train.data import Demo
    from harness.train.held_out import held_out_line, split

    demos = [Demo(SimpleNamespace(index=i, meta={}), {}, "one") for i in range(episodes)]
    training, held_out = split(demos, share, 0)
    assert (len(training), len(held_out)) == (episodes - spared, spared)
    assert ("no open-loop error" in held_out_line(len(held_out), share)) == (spared == 0)


def test_most_new_demonstrations_are_learnt_from_however_much_was_known_before(tmp_path):
    from harness.train.data import Demo
    from harness.train.held_out import split
    from policies.provenance.training_record import TrainingRecord

    known = [Demo(SimpleNamespace(index=i, meta={}), {}, "one") for i in range(1000)]
    new = [Demo(SimpleNamespace(index=i, meta={}), {}, "two") for i in range(50)]
    before = TrainingRecord(tmp_path, {}, {"one": frozenset(range(1000))})
    training, held_out = split(known + new, 0.1, 0, before)
    assert len(held_out) == 5 and {demo.dataset_hash for demo in held_out} == {"two"}
    assert len(training) == 1045
    assert (
        split(known, 0.1, 0, TrainingRecord(tmp_path, {}, {"one": None}))[1] == []
    )  # which were seen is not said


def test_the_training_record_says_what_was_trained_on_and_what_was_held_out():
    from harness.train.data import Demo
    from harness.train.held_out import what_was_seen

    def demo(index, dataset, seed):
        episode = SimpleNamespace(index=index, meta={"task": "click_bell", "scene_seed": seed})
        return Demo(episode, {}, dataset)

    datasets = [{"dataset": "x", "dataset_hash": "one"}, {"dataset": "y", "dataset_hash": "two"}]
    training = [demo(0, "one", 7), demo(2, "one", 9), demo(1, "two", 5)]
    seen = what_was_seen(datasets, training, [demo(1, "one", 8)])
    assert seen["scene_seeds"] == {"click_bell": [5, 7, 9]}
    assert [about["trained_episodes"] for about in seen["datasets"]] == [[0, 2], [1]]
    assert [about["held_out_episodes"] for about in seen["datasets"]] == [[1], []]
    assert seen["datasets"][1]["dataset"] == "y"


def test_what_a_checkpoint_was_trained_on_stays_trained_on_where_training_starts_from_it(tmp_path):
    from harness.train.data import Demo
    from harness.train.held_out import split, what_was_seen
    from policies.provenance.training_record import TrainingRecord

    before = TrainingRecord(tmp_path, {"click_bell": frozenset(range(30)), "lift_pot": frozenset({4})})
    demos = [
        Demo(SimpleNamespace(index=i, meta={"task": "click_bell", "scene_seed": i}), {}, "one")
        for i in range(40)
    ]
    training, held_out = split(demos, 0.2, 0, before)
    assert len(held_out) == 2 and all(demo.episode.index >= 30 for demo in held_out)
    assert len(training) == 38
    seen = what_was_seen([], training, held_out, before)
    assert seen["scene_seeds"]["lift_pot"] == [4]
    assert not set(seen["scene_seeds"]["click_bell"]) & {demo.episode.index for demo in held_out}


def test_earlier_datasets_stay_in_the_training_record(tmp_path):
    from harness.train.data import Demo
    from harness.train.held_out import what_was_seen
    from policies.provenance.training_record import TrainingRecord, read_training_record

    before = TrainingRecord(tmp_path, {}, {"one": frozenset({1, 2}), "two": frozenset({5}), "three": None})
    demo = Demo(SimpleNamespace(index=9, meta={"dagger_actions": 3}), {}, "one")
    log = what_was_seen([{"dataset": "x", "dataset_hash": "one"}], [demo], [], before)
    assert log["datasets"][0]["trained_episodes"] == [1, 2, 9] and log["datasets"][0]["dagger_episodes"] == 1
    (tmp_path / "training_log.json").write_text(json.dumps(log))
    assert read_training_record(tmp_path).episodes == {
        "one": frozenset({1, 2, 9}),
        "two": frozenset({5}),
        "three": None,
    }


def test_the_training_record_names_no_folder_of_this_machine(tmp_path, monkeypatch):
    from harness.train.log import portable

    monkeypatch.chdir(tmp_path)
    given = {"out": tmp_path / "data" / "x", "dataset": ("/somewhere/else/bell", "data/a"), "steps": 3}
    assert portable(given) == {"out": "data/x", "dataset": ["bell", "data/a"], "steps": 3}


def test_a_recording_that_was_stopped_is_not_taken_for_a_whole_one(tmp_path):
    from harness.train.data import Recording, record

    (tmp_path / "meta").mkdir()
    (tmp_path / "meta" / "robotwin.json").write_text('{"episodes": {"0": {"task": "click_bell"}}}')
    with pytest.raises(ValueError, match="holds 1 of 3 demonstrations"):
        record("click_bell", tmp_path, Recording(3, "action", 0.0, 0.0, 0.0))
    record("click_bell", tmp_path, Recording(1, "action", 0.0, 0.0, 0.0))


@pytest.mark.slow
def test_the_held_out_error_is_that_of_the_saved_checkpoint(checkpoint, frames):
    from harness.train.evaluation import open_loop

    still = Frames(
        frames.images,
        frames.states,
        np.zeros((20, 6, 14), np.float32),
        np.ones((20, 6), bool),
        np.zeros((20, 6), bool),
        frames.tasks,
    )
    errors = open_loop(checkpoint, still, 0, "cpu")
    assert errors["hold_mae"] == pytest.approx(np.abs(frames.states).mean(), abs=1e-5)
    assert errors["frames"] == 20 and errors["mae"] > 0


def test_a_checkpoint_is_chosen_by_the_mean_over_tasks():
    from harness.train.evaluation import success_rate

    assert success_rate({"a": {"successes": 9, "n": 10}, "b": {"successes": 0, "n": 2}}) == pytest.approx(
        0.45
    )


def test_a_card_says_what_was_trained_before(tmp_path):
    from harness.train.log import earlier
    from harness.train.model_card import starting_point

    log = {"steps": 500, "seconds": 90.0, "earlier": [{"steps": 1000, "seconds": 30.0}]}
    (tmp_path / "training_log.json").write_text(json.dumps(log))
    before = earlier(tmp_path)
    assert before == [{"steps": 1000, "seconds": 30.0}, {"steps": 500, "seconds": 90.0}]
    said = starting_point({"config": {"init": str(tmp_path)}, "earlier": before})
    assert said == ", after 1500 steps in 2 minutes of 2 earlier training(s)"
    assert earlier(None) == [] and starting_point({"config": {}}) == ""
    assert starting_point({"config": {"init": "a/b"}}) == ", starting from b"
