"""A run ends at once, and loses no row, where its log or its folder is taken away; a failed start leaves nothing."""

from __future__ import annotations

import os
import shutil

import pytest
from run_samples import closed_row

from harness.core.errors import RunFailed, UserError
from harness.runs import resume
from harness.runs.directory import RunDir
from harness.runs.episode_log import LogLost

COMMAND = "the command"


def create(path, **changes):
    return RunDir.create("closedloop", "demo", config={}, provenance={}, out=path, **changes)


def seeds(path):
    return [row.seed for row in RunDir.load(path).rows()]


def replaced_by_a_copy(log):
    copy = log.with_name("copy")
    shutil.copy(log, copy)
    copy.replace(log)


def replaced_by_something_else(log):
    log.unlink()
    log.write_text("notes\n")


def rescued(folder):
    return sorted(folder.rglob("*-rescued*.jsonl"))


@pytest.mark.parametrize("happens", [replaced_by_a_copy, os.unlink])
def test_a_log_that_lost_its_name_is_written_again_and_ends_the_run(tmp_path, happens):
    with (
        pytest.raises(LogLost, match=r"while the run wrote to it: its 3 lines are written there again"),
        create(tmp_path / "run") as run,
    ):
        run.add(closed_row(1, True))
        run.add(closed_row(2, True))
        happens(tmp_path / "run" / "episodes.jsonl")
        run.add(closed_row(3, True))
    assert seeds(tmp_path / "run") == [1, 2, 3]
    with create(tmp_path / "run", resume=True) as run:
        run.add(closed_row(4, True))
    assert seeds(tmp_path / "run") == [1, 2, 3, 4] and rescued(tmp_path) == []


def test_what_stands_in_the_place_of_the_log_is_not_overwritten(tmp_path):
    log = tmp_path / "run" / "episodes.jsonl"
    with pytest.raises(LogLost, match="put that file in its place"), create(tmp_path / "run") as run:
        run.add(closed_row(1, True))
        replaced_by_something_else(log)
        run.add(closed_row(2, True))
    assert log.read_text() == "notes\n"
    (found,) = rescued(tmp_path)
    found.replace(log)
    assert seeds(tmp_path / "run") == [1, 2]


def test_a_folder_that_moves_away_says_where_it_is_now(tmp_path):
    with (
        pytest.raises(LogLost, match=r"2 lines are in .*/elsewhere/episodes\.jsonl now"),
        create(tmp_path / "run") as run,
    ):
        run.add(closed_row(1, True))
        run.path.rename(tmp_path / "elsewhere")
        run.add(closed_row(2, True))
    assert seeds(tmp_path / "elsewhere") == [1, 2] and not (tmp_path / "run").exists()


def test_a_folder_that_is_removed_leaves_its_rows_beside_it(tmp_path):
    with pytest.raises(LogLost), create(tmp_path / "run") as run:
        run.add(closed_row(1, True))
        shutil.rmtree(run.path)
        run.check_in_place()
    (found,) = rescued(tmp_path)
    assert found.read_text().count("\n") == 1 and not (tmp_path / "run").exists()


def test_a_run_is_done_only_where_all_its_rows_can_be_read_back(tmp_path):
    with pytest.raises(LogLost, match="cut short"), create(tmp_path / "run") as run:
        run.add(closed_row(1, True))
        run.add(closed_row(2, True))
        os.truncate(run.path / "episodes.jsonl", 5)
    assert RunDir.load(tmp_path / "run").run["status"] == "failed"


def test_what_stopped_a_run_stands_in_one_line_with_what_is_saved(tmp_path, capsys):
    run = create(tmp_path / "run")
    run.add(closed_row(1, True))
    for error, said in (
        (OSError(28, "No space left on device", "x"), "cannot write to x: No space left on device; 1 of 5"),
        (FileNotFoundError(2, "No such file", str(run.path / "videos")), "No such file; 1 of 5"),
        (RunFailed("workers do not start"), "workers do not start; 1 of 5"),
    ):
        with pytest.raises(RunFailed, match=said) as raised, resume.resumable(run, 5, COMMAND):
            raise error
        assert str(raised.value).count(COMMAND) == 1 and "\n" not in str(raised.value)
    with pytest.raises(KeyboardInterrupt), resume.resumable(run, 5, COMMAND):
        raise KeyboardInterrupt
    assert capsys.readouterr().err == f"1 of 5 episodes are done and safe; resume with: {COMMAND}\n"
    with pytest.raises(FileNotFoundError), resume.resumable(run, 5, COMMAND):
        raise FileNotFoundError(2, "a bug of ours", "/nowhere/else")
    run.path.rename(tmp_path / "moved")
    with (
        pytest.raises(LogLost, match=r"/moved/episodes\.jsonl now.*then resume with: the command"),
        resume.resumable(run, 5, COMMAND),
    ):
        raise FileNotFoundError(2, "No such file", str(run.path / "videos"))


# --- starting


def test_a_start_that_fails_leaves_nothing(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("harness.runs.directory.write_json", full)
        for path in (tmp_path / "run", tmp_path):
            with pytest.raises(UserError, match="No space left"):
                create(path)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_a_killed_start_left_is_taken_up_again(tmp_path):
    for name, resumed in (("a", False), ("b", True)):
        path = tmp_path / name
        (path / "videos").mkdir(parents=True)
        (path / "episodes.jsonl").touch()
        (path / ".run.json.tmp").write_text("{")
        with create(path, resume=resumed) as run:
            run.add(closed_row(1, True))
        assert seeds(path) == [1]
    (tmp_path / "a" / "run.json").unlink()
    with pytest.raises(UserError, match="not empty"):
        create(tmp_path / "a")


def test_resume_without_a_run_says_so(tmp_path, capsys):
    with pytest.raises(UserError, match="--resume continues the run in --out"):
        create(None, resume=True)
    create(tmp_path / "new", resume=True).finish()
    assert "holds no run to resume: a new one begins" in capsys.readouterr().err


def test_a_start_that_loses_the_race_takes_nothing_away(tmp_path):
    first = create(tmp_path / "run")
    (tmp_path / "run" / "run.json").unlink()  # as if the first had not come that far
    with pytest.raises(UserError, match="another process is writing"):
        create(tmp_path / "run")
    assert (tmp_path / "run" / "videos").is_dir()
    first.add(closed_row(1, True))
    first.finish()
    assert seeds(tmp_path / "run") == [1]
