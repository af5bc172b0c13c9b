"""Where a training writes: two at once, folders that are none of its own, disks that cannot be written to."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from harness.core.errors import UserError
from harness.train.command import LOCK, open_work_dir
from harness.train.config import Config
from harness.train.log import require_replaceable

CONFIG = Config(dataset=("data/a",))


def test_only_one_process_trains_in_a_folder(tmp_path):
    with (
        open_work_dir(tmp_path / "work", CONFIG),
        pytest.raises(UserError, match="another process is training in"),
    ):
        open_work_dir(tmp_path / "work", CONFIG)
    open_work_dir(tmp_path / "work", CONFIG).close()


def test_a_training_that_was_killed_as_it_began_is_begun_again(tmp_path):
    work = tmp_path / "work"
    work.mkdir()
    for name in (LOCK, ".config.json.tmp"):
        (work / name).touch()
    open_work_dir(work, CONFIG).close()
    with pytest.raises(UserError, match="another --dataset"):
        open_work_dir(work, dataclasses.replace(CONFIG, dataset=("data/b",)))


def test_a_folder_of_somebody_elses_is_no_work_folder(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(UserError, match="holds something that is no training"):
        open_work_dir(tmp_path, CONFIG)
    assert [entry.name for entry in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_work_folder_that_cannot_be_made_is_one_line(tmp_path):
    (tmp_path / "file").write_text("mine")
    for work in (tmp_path / "file" / "work", Path("/proc/no-such-folder/work")):
        with pytest.raises(UserError, match="cannot train in"):
            open_work_dir(work, CONFIG)


@pytest.mark.parametrize("more", ["thesis.txt", ".git", "checkpoints", "optimizer.pt"])
def test_a_folder_that_holds_more_than_a_checkpoint_is_not_replaced(tmp_path, more):
    for name in ("config.json", "training_log.json", "model.safetensors", "README.md"):
        (tmp_path / name).write_text("{}")
    require_replaceable(tmp_path)
    (tmp_path / more).mkdir()
    with pytest.raises(UserError, match=f"holds '{more}', which no training writes"):
        require_replaceable(tmp_path)


def test_a_folder_with_some_config_is_no_checkpoint(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(UserError, match="no checkpoint of a training"):
        require_replaceable(tmp_path)
