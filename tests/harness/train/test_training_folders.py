"""Where a training writes: two at once, folders that are none of its own, disks that cannot be written to."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from harness.core.errors import UserError
from harness.datasets.recording.writer import CAMERA_KEYS
from harness.train.command import LOCK, open_work_dir
from harness.train.config import Config
from harness.train.data import kept_pictures
from harness.train.fitting import EVALUATED, STATES, planned_steps, resumed
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


class Torn:
    """A trainer whose saved state does not load."""

    def load(self, *_):
        raise RuntimeError("Error while deserializing header:\nincomplete metadata")


@pytest.mark.parametrize(
    "content", ['{"judged": [{"datasets": []}]}', "{}", '{"judged": 3}', '{"judged": []}', "torn"]
)
def test_a_training_torn_by_a_power_cut_is_one_line(tmp_path, content):
    (tmp_path / STATES[0]).mkdir()
    (tmp_path / STATES[0] / EVALUATED).write_text(content)
    with pytest.raises(UserError, match=r"cannot be taken up|is not valid JSON") as caught:
        resumed(Torn(), tmp_path, {"datasets": []})
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "steps", ['{"steps": "many"}', "{}", '{"steps": 1e9}', '{"steps": -1}', '{"steps": true}']
)
def test_steps_that_are_none_are_one_line(tmp_path, steps):
    (tmp_path / "steps.json").write_text(steps)
    with pytest.raises(UserError, match="holds no number of steps"):
        planned_steps(CONFIG, None, [], tmp_path)


def test_pictures_kept_of_other_frames_or_torn_are_made_again(tmp_path):
    kept = tmp_path / "kept.npz"
    films = {key: np.zeros((4, 3, 14, 14), np.uint8) for key in CAMERA_KEYS.values()}
    np.savez(kept, **films)
    assert kept_pictures(kept, 4, (14, 14)).keys() == films.keys()
    assert kept_pictures(kept, 5, (14, 14)) is None and kept_pictures(kept, 4, (28, 28)) is None
    kept.write_bytes(kept.read_bytes()[:-100])
    assert kept_pictures(kept, 4, (14, 14)) is None and kept_pictures(tmp_path / "none", 4, (14, 14)) is None
