"""Disks that know no locks and systems without /proc: the work goes on, and what is not known is not guessed."""

from __future__ import annotations

import errno
import fcntl
import os
import time
from pathlib import Path

import pytest
from run_samples import closed_row

from harness.datasets.recording.partial import PartialRecording
from harness.files import locking
from harness.files.json_files import write_json
from harness.files.locking import open_alone, open_locked
from harness.runs.directory import RunDir
from harness.runs.episode_log import LogLost


@pytest.fixture(params=[errno.ENOLCK, errno.EOPNOTSUPP])
def lockless(request, monkeypatch):
    def flock(*_):
        raise OSError(request.param, os.strerror(request.param))

    locking._say_lockless.cache_clear()
    monkeypatch.setattr(fcntl, "flock", flock)


@pytest.mark.usefixtures("lockless")
def test_a_run_on_a_disk_without_locks_goes_on_and_says_so_once(tmp_path, capsys):
    for resume in (False, True):
        with RunDir.create(
            "closedloop", "demo", config={}, provenance={}, out=tmp_path, resume=resume
        ) as run:
            run.add(closed_row(1, True))
    assert RunDir.load(tmp_path).record.status == "done"
    assert capsys.readouterr().err.count("a disk that knows no locks") == 1


@pytest.mark.usefixtures("lockless")
def test_without_locks_what_another_process_writes_is_waited_for_and_old_leftovers_go(tmp_path, monkeypatch):
    path, temporary = tmp_path / "a.json", tmp_path / ".a.json.tmp"
    monkeypatch.setattr(locking, "PATIENCE_S", 0.2)
    os.close(open_alone(temporary))
    with pytest.raises(OSError, match="another process"):
        while not path.exists():  # it is written to by its owner all the time
            os.utime(temporary, (time.time() + 5, time.time() + 5))
            write_json(path, {})
    os.utime(temporary, (0, 0))
    write_json(path, {"x": 1})
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.json"]


def test_a_temporary_file_that_was_taken_away_is_no_traceback_and_nobody_elses_is_renamed(tmp_path):
    path, temporary = tmp_path / "a.json", tmp_path / ".a.json.tmp"

    def write(handle):
        handle.write(b"mine")
        temporary.unlink()
        temporary.write_text("half of another's")

    from harness.files.json_files import write_atomic

    with pytest.raises(OSError, match="another process writes it"):
        write_atomic(path, write)
    assert not path.exists() and temporary.read_text() == "half of another's"


def test_a_fault_of_the_disk_is_none_of_its_locks(tmp_path, monkeypatch):
    def flock(*_):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(fcntl, "flock", flock)
    closed, close = [], os.close
    monkeypatch.setattr(os, "close", lambda handle: closed.append(handle) or close(handle))
    with pytest.raises(OSError, match="Input/output error"):
        open_locked(tmp_path / "lock")
    with pytest.raises(OSError, match="Input/output error"):
        open_alone(tmp_path / "new")
    assert len(closed) == 1


def test_what_another_user_is_writing_is_not_taken_for_a_leftover(tmp_path, monkeypatch):
    path, temporary = tmp_path / "a.json", tmp_path / ".a.json.tmp"
    monkeypatch.setattr(locking, "PATIENCE_S", 0.2)
    theirs, opened = open_alone(temporary), os.open

    def without_writing(name, flags, *mode):
        if flags & os.O_RDWR:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(name))
        return opened(name, flags, *mode)

    monkeypatch.setattr(os, "open", without_writing)
    with pytest.raises(OSError, match="another process"):
        write_json(path, {})
    assert temporary.exists()
    os.close(theirs)
    write_json(path, {"x": 1})
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.json"]


@pytest.fixture
def without_proc(monkeypatch):
    real = Path.readlink

    def readlink(self):
        if str(self).startswith("/proc"):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(self))
        return real(self)

    monkeypatch.setattr(Path, "readlink", readlink)


@pytest.mark.usefixtures("without_proc")
def test_a_recording_that_was_moved_ends_in_words_where_there_is_no_proc(tmp_path):
    recording = PartialRecording(tmp_path / "a.partial")
    recording.begin({})
    assert recording.place == recording.folder
    recording.folder.rename(tmp_path / "moved")
    assert recording.place is None
    recording.close()


@pytest.mark.usefixtures("without_proc")
def test_the_lines_of_a_run_that_was_moved_are_written_again_where_there_is_no_proc(tmp_path):
    run = RunDir.create("closedloop", "demo", config={}, provenance={}, out=tmp_path / "run")
    run.add(closed_row(1, True))
    (tmp_path / "run").rename(tmp_path / "moved")
    with pytest.raises(LogLost, match=r"its 2 lines are in .*run-rescued\.jsonl"):
        run.add(closed_row(2, True))
    assert len((tmp_path / "run-rescued.jsonl").read_text().splitlines()) == 2
