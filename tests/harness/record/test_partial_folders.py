"""The folder of a recording: a name that somebody else took meanwhile, a journal that is none."""

from __future__ import annotations

import shutil

import pytest

from harness.core.errors import RunFailed, UserError
from harness.datasets.recording import partial as recordings
from harness.datasets.recording.partial import JOURNAL, MARK, PartialRecording, finish


@pytest.fixture
def recording(tmp_path, monkeypatch):
    made = PartialRecording(tmp_path / "a.partial")
    made.begin({"sampling": "dense"})
    made.add({"scene_seed": 1})
    monkeypatch.setattr(recordings, "compact", lambda _, whole, __: whole.mkdir())
    monkeypatch.setattr(recordings, "_check", lambda *_: None)
    yield made
    made.close()


@pytest.mark.parametrize("taken", ["folder", "file"])
def test_a_name_that_is_taken_meanwhile_costs_no_episode(tmp_path, recording, taken):
    out = tmp_path / "a"
    mine = out / "mine.txt" if taken == "folder" else out
    mine.parent.mkdir(exist_ok=True)
    mine.write_text("precious")
    with pytest.raises(RunFailed, match=r"the 1 finished episodes are safe in .*a\.partial: move .*a away"):
        finish(recording, out)
    assert mine.read_text() == "precious" and (recording.folder / JOURNAL).is_file()
    mine.rename(tmp_path / "moved")
    if taken == "folder":
        out.rmdir()
    assert finish(recording, out).is_dir() and not recording.folder.exists()


@pytest.mark.parametrize(
    "line", ['{"mark": "x"}', '{"mark": "x", "about": 3}', '{"other": 1}', '{"episode": [1]}']
)
def test_a_journal_that_is_none_is_one_line(tmp_path, line):
    folder = tmp_path / "a.partial"
    folder.mkdir()
    (folder / JOURNAL).write_text(f'{{"mark": "{MARK}", "about": {{}}}}\n{line}\n')
    with pytest.raises(UserError, match="line 2 is no recording's"):
        PartialRecording(folder)


def test_a_folder_that_was_moved_is_named_where_it_is(tmp_path, recording):
    assert recording.place == recording.folder
    recording.folder.rename(tmp_path / "moved")
    assert recording.place == tmp_path / "moved"
    recording.close()
    assert recording.place == tmp_path / "moved"


def test_a_folder_that_was_removed_is_nowhere(recording):
    shutil.rmtree(recording.folder)
    assert recording.place is None
