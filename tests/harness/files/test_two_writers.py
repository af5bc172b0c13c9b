"""A file that two processes write at once, and one that a killed process has left."""

from __future__ import annotations

import json
import multiprocessing
import os

import pytest

from harness.files import locking
from harness.files.json_files import write_json

TIMES = 40


def write(path, who):
    for _ in range(TIMES):
        write_json(path, {"who": who, "numbers": list(range(2000))})


def test_processes_that_write_one_file_neither_fail_nor_tear_it(tmp_path):
    path = tmp_path / "a.json"
    write(path, 0)
    processes = [multiprocessing.get_context("fork").Process(target=write, args=(path, i)) for i in (1, 2, 3)]
    for process in processes:
        process.start()
    while any(process.is_alive() for process in processes):
        assert len(json.loads(path.read_text())["numbers"]) == 2000
    assert [process.exitcode for process in processes] == [0, 0, 0]
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.json"]


def test_what_a_killed_process_left_is_no_obstacle_and_what_is_written_is_waited_for(tmp_path, monkeypatch):
    path, temporary = tmp_path / "a.json", tmp_path / ".a.json.tmp"
    temporary.write_text("half")
    write_json(path, {})
    monkeypatch.setattr(locking, "PATIENCE_S", 0.05)
    handle = locking.open_alone(temporary)
    with pytest.raises(OSError, match="another process"):
        write_json(path, {"x": 1})
    assert path.read_text() == "{}\n"
    os.close(handle)  # the other one was killed
    write_json(path, {"x": 1})
    assert json.loads(path.read_text()) == {"x": 1} and not temporary.exists()
