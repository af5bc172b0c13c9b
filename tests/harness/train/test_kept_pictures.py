"""The pictures a training keeps: those of the dataset it read, also where only names and sizes tell datasets apart."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from dataset_samples import refuses, without_checksums

from harness.datasets import reader
from harness.train import data
from harness.train.data import read_demos

SIZE = (14, 14)


@pytest.fixture
def large(recorded, tmp_path, monkeypatch):
    """A dataset of which, as of any above 2 GiB, only names and sizes are hashed."""
    monkeypatch.setattr(reader, "HASH_EVERY_BYTE_UP_TO", 0)
    return without_checksums(Path(shutil.copytree(recorded, tmp_path / "own")))


def replace(file: Path) -> None:
    """A sync tool brings the same file anew."""
    new = file.with_name("new")
    shutil.copy(file, new)
    new.replace(file)


@pytest.mark.parametrize("place", ["data", "videos"])
def test_pictures_of_a_dataset_that_was_changed_while_it_was_read_are_not_kept(
    large, tmp_path, monkeypatch, place
):
    file = next(path for path in sorted((large / place).rglob("*")) if path.is_file())
    shown = data.pictures

    def pictures(*given):
        found = shown(*given)
        replace(file)
        return found

    monkeypatch.setattr(data, "pictures", pictures)
    with refuses("was changed while it was read"):
        read_demos([str(large)], SIZE, tmp_path / "kept")
    assert not (tmp_path / "kept").exists()


def test_pictures_kept_of_files_that_were_replaced_since_are_made_again(large, tmp_path, monkeypatch):
    times = []
    monkeypatch.setattr(
        data, "pictures", lambda *given, shown=data.pictures: times.append(1) or shown(*given)
    )
    demos, _ = read_demos([str(large)], SIZE, tmp_path / "kept")
    again, _ = read_demos([str(large)], SIZE, tmp_path / "kept")
    assert len(times) == 1
    for demo, other in zip(demos, again, strict=True):
        for key, films in demo.images.items():
            np.testing.assert_array_equal(films, other.images[key])
    replace(next((large / "videos").rglob("*.mp4")))
    read_demos([str(large)], SIZE, tmp_path / "kept")
    assert len(times) == 2


def test_pictures_are_not_kept_through_a_link(large, tmp_path):
    mine = tmp_path / "mine.txt"
    mine.write_text("precious")
    read_demos([str(large)], SIZE, tmp_path / "kept")
    (kept,) = (tmp_path / "kept").iterdir()
    kept.unlink()
    for name in (kept.with_suffix(".partial.npz").name, f".{kept.name}.tmp"):
        (tmp_path / "kept" / name).symlink_to(mine)
    read_demos([str(large)], SIZE, tmp_path / "kept")
    assert kept.is_file() and mine.read_text() == "precious"


def test_a_film_that_is_replaced_after_it_was_hashed_is_found(recorded, tmp_path):
    own = without_checksums(Path(shutil.copytree(recorded, tmp_path / "own")))
    dataset = reader.open_dataset(own)
    dataset.fetch([0])  # hashes everything
    file = next((own / "videos").rglob("*.mp4"))
    replace(file)
    dataset.check_unchanged(0)  # nobody has read it
    for camera in dataset.cameras:
        dataset.fetch_films(camera, [0])
    with refuses("was changed while it was read"):
        dataset.check_unchanged(0)
