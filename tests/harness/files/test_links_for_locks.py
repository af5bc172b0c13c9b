"""Links, pipes and files of the user's where a lock, a mark or a folder of ours belongs: they stay as they are."""

from __future__ import annotations

import json
import os

import pytest
from run_samples import closed_run

from harness.core.errors import UserError
from harness.datasets.recording.partial import JOURNAL, MARK, PartialRecording, claim
from harness.fetch.command import alone_in
from harness.files.locking import open_locked
from harness.files.removing import remove
from harness.publish import command as publish
from harness.publish.config import Config as PublishConfig
from harness.publish.leftovers import MAKING
from harness.publish.markdown import FOLDER
from harness.train.command import LOCK, open_work_dir
from harness.train.config import Config
from harness.train.fitting import STATES, resumed


@pytest.fixture
def mine(tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "thesis.txt").write_text("precious")
    yield folder
    assert {path.name: path.read_text() for path in folder.iterdir()} == {"thesis.txt": "precious"}


@pytest.mark.parametrize("target", ["thesis.txt", "new.txt"])
def test_a_lock_that_is_a_link_is_not_followed(tmp_path, mine, target):
    path = tmp_path / "lock"
    path.symlink_to(mine / target)
    with pytest.raises(OSError, match="it is a link"):
        open_locked(path)


def test_a_lock_that_is_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "lock")
    with pytest.raises(OSError, match="no plain file"):
        open_locked(tmp_path / "lock")


def test_a_training_does_not_lock_through_a_link(tmp_path, mine):
    work = tmp_path / "work"
    open_work_dir(work, Config(dataset=("data/a",))).close()
    (work / LOCK).unlink()
    (work / LOCK).symlink_to(mine / "new.txt")
    with pytest.raises(UserError, match=r"cannot train in .*it is a link"):
        open_work_dir(work, Config(dataset=("data/a",)))


@pytest.mark.parametrize("name", STATES)
def test_a_training_does_not_go_on_through_a_link(tmp_path, mine, name):
    (tmp_path / name).symlink_to(mine)
    with pytest.raises(UserError, match=f"{name} is a link"):
        resumed(None, tmp_path, {"datasets": []})


def test_a_download_does_not_empty_what_its_lock_links_to(tmp_path, mine):
    work = tmp_path / "work"
    work.mkdir()
    (work / "lock").symlink_to(mine / "thesis.txt")
    with pytest.raises(OSError, match="it is a link"), alone_in(work):
        pass
    (work / "lock").unlink()
    (work / "unpacked").symlink_to(mine)
    with alone_in(work):
        assert not (work / "unpacked").is_symlink()


@pytest.mark.parametrize("name", ["dataset", "whole", "dataset/data"])
def test_a_recording_does_not_go_on_through_a_link(tmp_path, mine, name):
    folder = tmp_path / "a.partial"
    (folder / name).parent.mkdir(parents=True)
    (folder / name).symlink_to(mine)
    (folder / JOURNAL).write_text(json.dumps({"mark": MARK, "about": {}}) + "\n")
    with pytest.raises(UserError, match=rf"{name} is a link"):
        PartialRecording(folder)
    with pytest.raises(UserError, match=rf"{name} is a link"):
        claim(tmp_path / "a")


def test_what_is_removed_is_the_link(tmp_path, mine):
    (tmp_path / "link").symlink_to(mine)
    (tmp_path / "folder" / "inner").mkdir(parents=True)
    (tmp_path / "folder" / "inner" / "link").symlink_to(mine)
    for name in ("link", "folder", "nothing"):
        remove(tmp_path / name)
    assert [entry.name for entry in tmp_path.iterdir()] == ["mine"]


@pytest.fixture
def left(tmp_path):
    """A folder where a card was being made when its process was killed."""
    folder = tmp_path / "card"
    (folder / FOLDER / "plots").mkdir(parents=True)
    (folder / FOLDER / "results.csv").write_text("half")
    (folder / MAKING).write_bytes(publish.MARK)
    return folder


@pytest.mark.parametrize(
    "name", ["README.md", "notes.txt", f"{FOLDER}/notes.txt", f"{FOLDER}/plots/mine.png"]
)
def test_a_card_takes_the_place_of_nothing_that_is_not_its_own(tmp_path, left, name):
    run = closed_run(tmp_path / "run").path
    (left / name).write_text("precious")
    with pytest.raises(UserError, match=r"is no part of a card .*move it away"):
        publish.main(PublishConfig((run,), "me/my-pi0", out=left))
    assert (left / name).read_text() == "precious" and (left / FOLDER / "results.csv").read_text() == "half"


@pytest.mark.parametrize("name", [f"{FOLDER}/plots", FOLDER])
def test_a_card_is_not_written_through_a_link(tmp_path, left, mine, name):
    run = closed_run(tmp_path / "run").path
    remove(left / name)
    (left / name).symlink_to(mine)
    with pytest.raises(UserError, match=r"is no part of a card"):
        publish.main(PublishConfig((run,), "me/my-pi0", out=left))


def test_a_card_is_written_to_an_empty_folder_on_another_disk(tmp_path):
    run = closed_run(tmp_path / "run").path
    (tmp_path / "disk").mkdir()
    (tmp_path / "card").symlink_to(tmp_path / "disk")
    publish.main(PublishConfig((run,), "me/my-pi0", out=tmp_path / "card", videos=0))
    assert (tmp_path / "disk" / "README.md").is_file() and not (tmp_path / "disk" / MAKING).exists()


def test_a_mark_of_the_users_is_neither_written_to_nor_removed(tmp_path):
    (tmp_path / MAKING).write_text("mine")
    with pytest.raises(UserError, match="is not empty"), publish.whole_or_empty(tmp_path):
        pass
    assert (tmp_path / MAKING).read_text() == "mine"


def test_a_whole_card_of_a_killed_process_is_made_again(tmp_path, left):
    run, other = closed_run(tmp_path / "run").path, tmp_path / "other"
    publish.main(PublishConfig((run,), "me/my-pi0", out=other, videos=0))
    (other / MAKING).write_bytes(publish.MARK)
    (other / ".README.md.tmp").write_text("half")
    with pytest.raises(KeyError), publish.whole_or_empty(other):
        raise KeyError
    assert list(other.iterdir()) == []
    publish.main(PublishConfig((run,), "me/my-pi0", out=other, videos=0))
    assert (other / "README.md").is_file() and not (other / MAKING).exists()
