"""Datasets of which a part lies elsewhere, and folders beside the one that is meant."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from dataset_samples import edit_table, refuses, verified, without_checksums

from harness.datasets.reader import open_dataset
from harness.datasets.source import LEROBOT_PLACES, files_under

PARTS = ("meta", "meta/episodes", "meta/episodes/chunk-000", "data/chunk-000", "videos")


def moved(root: Path, part: str) -> Path:
    """A folder of a dataset on another disk, a link in its place; returns where it lies now."""
    other = root.with_name(f"{root.name}-elsewhere")
    shutil.move(root / part, other)
    (root / part).symlink_to(other)
    return other


@pytest.mark.parametrize("part", PARTS)
def test_a_part_that_is_a_link_is_read_and_counts_in_the_hash(damaged: Callable[[], Path], part: str) -> None:
    root = damaged()
    whole = open_dataset(root)
    moved(root, part)
    dataset = verified(root)
    assert dataset.provenance()["dataset_hash"] == whole.provenance()["dataset_hash"]
    np.testing.assert_array_equal(dataset.episode(3).states, whole.episode(3).states)


def test_what_is_changed_behind_a_link_is_found(damaged: Callable[[], Path]) -> None:
    root = damaged()
    file = moved(root, "data/chunk-000") / "file-000.parquet"
    edit_table(file, "task_index", lambda found: [1 - task for task in found])
    with refuses("is not what was recorded"):
        verified(root)


def test_a_link_to_the_dataset_itself_ends(damaged: Callable[[], Path]) -> None:
    root = damaged()
    (root / "videos" / "again").symlink_to(root / "videos")
    assert open_dataset(root).provenance()["dataset_hash"]


def test_many_links_to_one_folder_are_one_folder(damaged: Callable[[], Path]) -> None:
    root = damaged()
    whole = open_dataset(root).provenance()["dataset_hash"]
    for number in range(8):
        (root / "data" / f"again-{number}").symlink_to(root / "data")
    assert open_dataset(root).provenance()["dataset_hash"] == whole


def test_hidden_files_of_other_systems_are_no_tables(damaged: Callable[[], Path]) -> None:
    root = without_checksums(damaged())
    (root / "meta" / "episodes" / "chunk-000" / "._file-000.parquet").write_bytes(b"\0\5")
    verified(root)


@pytest.mark.parametrize("given", ["meta", "data/chunk-000", "above", "far above"])
def test_the_dataset_that_is_meant_is_named(damaged: Callable[[], Path], tmp_path: Path, given: str) -> None:
    root = damaged()
    if given.endswith("above"):
        folder = tmp_path / "home"
        inner = folder / "one" / "set" if given == "far above" else folder / "set"
        shutil.copytree(root, inner)
    else:
        folder, inner = root / given, root
    with refuses(f"did you mean {inner}\\?"):
        open_dataset(folder)


def test_of_two_datasets_in_a_folder_none_is_guessed(damaged: Callable[[], Path], tmp_path: Path) -> None:
    root = damaged()
    for name in ("one", "two"):
        shutil.copytree(root, tmp_path / "home" / name)
    with refuses("give the dataset's own directory"):
        open_dataset(tmp_path / "home")


@pytest.mark.parametrize("name", ["a-link", "zz-link"])
@pytest.mark.parametrize("place", ["data", "meta"])
def test_files_go_by_the_folder_that_is_here_and_not_by_a_link_beside_it(
    damaged: Callable[[], Path], place: str, name: str
) -> None:
    root = damaged()
    whole, files = open_dataset(root).provenance()["dataset_hash"], files_under(root, LEROBOT_PLACES)
    (root / place / name).symlink_to(root / "data" / "chunk-000")
    (root / place / f"{name}-2").symlink_to(root / "videos")
    assert files_under(root, LEROBOT_PLACES) == files
    assert open_dataset(root).provenance()["dataset_hash"] == whole


def test_links_to_folders_elsewhere_go_by_the_same_names_whatever_order_a_disk_lists_them_in(
    damaged: Callable[[], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = damaged()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "file.bin").write_bytes(b"x")
    for name in ("b", "a", "c"):
        (root / "data" / name).symlink_to(tmp_path / "elsewhere")
    scandir = os.scandir
    for turned in (False, True):
        monkeypatch.setattr(
            "os.scandir", lambda path, turned=turned: sorted(scandir(path), key=str, reverse=turned)
        )
        extra = [file for file in files_under(root, ["data"]) if file.endswith(".bin")]
        assert extra == ["data/a/file.bin"]


def test_folders_that_may_not_be_read_are_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("home/closed", "home/open", "home/behind"):
        (tmp_path / name).mkdir(parents=True)
    seen, listed = Path.is_dir, Path.iterdir

    def is_dir(self: Path) -> bool:
        if self.name == "behind":
            raise PermissionError(13, "Permission denied", str(self))
        return seen(self)

    def iterdir(self: Path) -> Iterator[Path]:
        if self.name == "closed":
            raise PermissionError(13, "Permission denied", str(self))
        return listed(self)

    monkeypatch.setattr(Path, "is_dir", is_dir)
    monkeypatch.setattr(Path, "iterdir", iterdir)
    with refuses("give the dataset's own directory"):
        open_dataset(tmp_path / "home")


def test_a_whole_disk_is_not_searched_for_episodes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.datasets.forms.hdf5_folder.MOST_FOLDERS", 5)
    for number in range(6):
        (tmp_path / "home" / str(number)).mkdir(parents=True)
    with refuses("holds more than 5 folders; give the dataset's own directory"):
        open_dataset(tmp_path / "home")
