"""One demonstration, in whatever form it lies there, is the same demonstration and scores the same."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dataset_samples import edit_info, refuses
from form_samples import as_hdf5, as_v21, legacy_jpeg, marked_jpeg, numbers_of
from openloop_samples import CAMERAS, HORIZON, command, rows_of

from harness.core import cli
from harness.datasets.reader import open_dataset
from harness.datasets.survey import data_remarks, verify

FORMS: dict[str, Callable[[Path, Path], Path]] = {
    "v2.1": as_v21,
    "hdf5 of today": lambda recorded, out: as_hdf5(recorded, out, new=True),
    "hdf5 of today, marked": lambda recorded, out: as_hdf5(recorded, out, new=True, jpeg=marked_jpeg),
    "hdf5 of before": lambda recorded, out: as_hdf5(recorded, out, new=False),
}


@dataclass(frozen=True)
class Seeing:
    """State, plus a little of what it sees in each colour of each camera, plus noise."""

    name: str = "seeing"
    chunk_size: int = 10
    images: tuple[str, ...] = CAMERAS
    noise_shape: tuple[int, int] | None = (10, 14)
    content_hash: str | None = "sha256:0"

    def predict(self, batch: dict[str, Any], noise: np.ndarray | None) -> np.ndarray:
        assert noise is not None
        chunks = batch["observation.state"].numpy()[:, None] + 0.1 * noise
        for at, key in enumerate(self.images):
            for colour in range(3):
                chunks[:, :, 3 * at + colour] += batch[key][:, colour].numpy().mean(axis=(1, 2))[:, None]
        return np.asarray(chunks, dtype=np.float32)

    def describe(self) -> dict[str, Any]:
        return {"name": self.name}


@pytest.fixture(scope="module", params=list(FORMS))
def other(request: pytest.FixtureRequest, recorded: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return FORMS[request.param](recorded, tmp_path_factory.mktemp("form") / "dataset")


def test_states_actions_words_and_scenes_are_the_same(recorded: Path, other: Path) -> None:
    here, there = numbers_of(open_dataset(recorded)), numbers_of(open_dataset(other))
    assert set(here) == set(there) and len(here) == 4
    for what, episode in here.items():
        np.testing.assert_array_equal(there[what].states, episode.states)
        np.testing.assert_array_equal(there[what].actions, episode.actions)
        assert there[what].task == episode.task


def test_pictures_are_the_same_within_the_codec(recorded: Path, other: Path) -> None:
    here, there = open_dataset(recorded), open_dataset(other)
    verify(there, range(4))
    mine = here.episode(0).images([0, 17, 39])
    theirs = numbers_of(there)[here.episode(0).task_name, 10].images([0, 17, 39])
    for role in ("head", "left", "right"):
        off = np.abs(mine[role].astype(int) - theirs[role])
        assert (
            off.mean() < 1.5 and np.abs(mine[role].mean((0, 1, 2)) - theirs[role].mean((0, 1, 2))).max() < 1
        )
        assert (off.max() == 0) == (there.info.version == "v2.1")


def test_it_scores_the_same_in_open_loop(
    recorded: Path, other: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_pictures: None
) -> None:
    monkeypatch.setattr("policies.load_policy", lambda *_, **__: Seeing())
    found = []
    for name, dataset in (("here", recorded), ("there", other)):
        out = tmp_path / name
        args = ("--policy", "seeing", "--dataset", dataset, "--horizon", HORIZON, "--videos", 0, "--out", out)
        assert command(*args) == cli.DONE
        opened = open_dataset(dataset)
        found.append({opened.record(index).get("scene_seed"): row for index, row in rows_of(out).items()})
        assert (
            json.loads((out / "run.json").read_text())["provenance"]["dataset_format"] == opened.info.version
        )
    assert set(found[0]) == set(found[1]) == {10, 11, 12, 13}
    for seed, row in found[0].items():
        assert found[1][seed].mae == pytest.approx(row.mae, abs=2e-3)
        assert found[1][seed].frames == row.frames == 40


def test_a_v21_whose_numbers_went_through_a_table_of_floats(recorded: Path, tmp_path: Path) -> None:
    root = as_v21(recorded, tmp_path / "dataset")
    path = root / "meta" / "episodes.jsonl"
    path.write_text(path.read_text().replace('"length": 40', '"length": 40.0'))
    assert [verify(open_dataset(root), range(4)).frames] == [160]
    path.write_text(path.read_text().replace('"length": 40.0', '"length": 40.5'))
    with refuses("length is 40.5; it must be a whole number"):
        open_dataset(root)


@pytest.mark.parametrize("version", ["v3.0", "v2.1"])
def test_files_of_one_format_and_the_name_of_another(recorded: Path, tmp_path: Path, version: str) -> None:
    root = tmp_path / "dataset"
    if version == "v3.0":
        as_v21(recorded, root)
    else:
        shutil.copytree(recorded, root)
    edit_info(root, codebase_version=version)
    with refuses(
        rf"says codebase_version {version[:2]} and gives the data_path of .*correct codebase_version"
    ):
        open_dataset(root)


def test_which_form_it_is_is_said(other: Path) -> None:
    dataset = open_dataset(other)
    said = data_remarks(dataset, verify(dataset, range(4)))
    assert any("read in place" in remark for remark in said)
    if dataset.info.version != "v2.1":
        assert any("of 2 sentences an episode the first is told" in remark for remark in said)
        assert dataset.provenance()["dataset_sampling"] == "dense"
    assert len(dataset.provenance()["dataset_hash"]) == 64


def test_the_colours_of_an_unmarked_jpeg_are_exchanged_and_those_of_a_marked_one_are_not() -> None:
    """What upstream's decoder (OpenCV, which gives BGR) does with both."""
    from harness.datasets.clips import open_picture
    from harness.datasets.forms.hdf5_pictures import RGB_MARK

    orange = np.full((32, 32, 3), (230, 120, 20), np.uint8)
    legacy, no_mark = open_picture(legacy_jpeg(orange))
    marked, mark = open_picture(marked_jpeg(orange))
    assert (RGB_MARK in mark, RGB_MARK in no_mark) == (True, False)
    assert np.abs(legacy[..., ::-1].astype(int) - orange).max() < 4
    assert np.abs(marked.astype(int) - orange).max() < 4
