"""LeRobot's own dataset tools on a recording: its frames still say of which scene they are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from harness.datasets.reader import open_dataset
from harness.datasets.recording.seal import reseal
from harness.datasets.recording.writer import DatasetWriter
from harness.datasets.survey import verify
from tools.edited import Edit, Scored, compared, edits, table, warned_of

ROLES = ("head", "left", "right")
SEEDS = (31, 7, 19)


def walk(seed: int) -> np.ndarray:
    return (np.linspace(0, 1, 9)[:, None] * np.arange(1, 15) + seed / 100).astype(np.float32)


@pytest.fixture(scope="module")
def edited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Edit]]:
    """A small recording after each edit, by the edit's name."""
    home = tmp_path_factory.mktemp("edited")
    with DatasetWriter(
        home / "recorded", image_size=(48, 64), config={"assets_kind": "stand-in"}, sampling="per_action"
    ) as writer:
        for seed in SEEDS:
            images = {role: np.full((8, 48, 64, 3), 5 * seed, np.uint8) for role in ROLES}
            meta = {"task": "click_bell", "scene_seed": seed, "success": True}
            writer.add_episode(images, walk(seed)[:-1], walk(seed)[1:], task=f"Press {seed % 2}.", meta=meta)
    yield {edit.name: edit for edit in edits(home / "recorded", home / "work")}


EXPECTED: dict[str, list[int]] = {
    "split, first part": [31],
    "split, second part": [7, 19],
    "delete": [7, 19],
    "merge, the other way round": [7, 19, 31],
    "modify_tasks, of episode 0": [31, 7, 19],
    "recompute_stats": [31, 7, 19],
    "reencode": [31, 7, 19],
}


@pytest.mark.parametrize("name", EXPECTED)
def test_scene_task_numbers_and_pictures_are_found_again(edited: dict[str, Any], name: str) -> None:
    edit = edited[name]
    if edit.in_place:
        assert "accepted as they are now" in reseal(edit.root)[0]
    dataset = open_dataset(edit.root)
    verify(dataset, range(dataset.total_episodes))
    episodes = [dataset.episode(index) for index in range(dataset.total_episodes)]
    assert [episode.meta["scene_seed"] for episode in episodes] == EXPECTED[name]
    for seed, episode in zip(EXPECTED[name], episodes, strict=True):
        assert (episode.task_name, episode.noise_key) == ("click_bell", seed)
        np.testing.assert_array_equal(episode.states, walk(seed)[:-1])
        assert abs(float(episode.images([3])["left"].mean()) - 5 * seed) < 3
    facts = dataset.provenance()
    assert (facts["dataset_sampling"], facts["assets_kind"]) == ("per_action", "stand-in")


def test_what_an_edit_lost_is_said_and_what_it_kept_is_not(edited: dict[str, Any]) -> None:
    for name, edit in edited.items():
        lost = "\n".join(open_dataset(edit.root).memory.lost)
        assert ("is gone (LeRobot's edit tools drop it)" in lost) == (not edit.in_place), name


WARNING = "demo was trained on the scenes of these episodes (3 of 3, training_log.json): its error there says nothing"


def test_an_edit_is_right_only_with_the_same_numbers_and_every_warning():
    before = Scored({31: 0.1, 7: 0.2, 19: 0.3}, 3, [])
    whole = Edit("recompute_stats", None)
    assert compared(whole, before, Scored({31: 0.1, 7: 0.2, 19: 0.3}, 3, []))["right"]
    assert not compared(whole, before, Scored({31: 0.1, 7: 0.2, 19: 0.3001}, 3, []))["right"]
    assert not compared(whole, before, Scored({31: 0.1, 7: 0.2, 19: 0.3}, 2, []))["right"]
    assert not compared(whole, before, Scored({31: 0.1, None: 0.2}, 2, []))["right"]
    assert not compared(whole, before, Scored({}, 0, []))["right"]
    films = Edit("reencode", None, films=True)
    assert compared(films, before, Scored({31: 0.1001}, 1, []))["right"]
    told = compared(Edit("tasks", None, words=True), before, Scored({31: 0.9, 7: 0.2, 19: 0.3}, 3, []))
    assert told["right"] and told["largest"] == pytest.approx(0.8)
    assert "3 of 3 | 8.0e-01 | 3 | as it should be" in table([told])


def test_the_warning_says_of_how_many():
    assert warned_of(WARNING) == 3
    assert warned_of(None) == 0
