"""A tracker is told of rows as they are written, and can neither be forgotten nor end a run."""

from __future__ import annotations

import contextlib

import pytest
from refusals import refused
from run_samples import closed_row

from harness.closedloop.config import Config
from harness.core.errors import UserError
from harness.core.flags import TrackFlags
from harness.metrics.closedloop_summary import summarize_closedloop
from harness.runs.compatibility import FREE_TO_CHANGE
from harness.runs.directory import RunDir
from harness.trackers import opening
from harness.trackers.following import FILMS, follow

TASK = "stack_blocks_two"


class Notes:
    """A tracker that remembers, or raises at the `fails`-th number."""

    where = "in memory"

    def __init__(self, place, fails=10**9):
        self.place, self.fails, self.told, self.closed = place, fails, [], None

    def configuration(self, values):
        self.told.append(("configuration", values))

    def numbers(self, values, step):
        if len([kind for kind, *_ in self.told if kind == "numbers"]) >= self.fails:
            raise OSError("the disk is\nfull")
        self.told.append(("numbers", step, values))

    def table(self, table, step):
        self.told.append(("table", step, table))

    def film(self, name, path, caption, step):
        self.told.append(("film", step, name, path))

    def close(self, failed):
        self.closed = failed


@pytest.fixture
def notes(monkeypatch):
    """The trackers that were opened, instead of TensorBoard's."""
    made = []

    def make(place, **options):
        made.append(Notes(place, **options))
        return made[-1]

    monkeypatch.setitem(opening.SHELLS, "tensorboard", make)
    return made


def run_dir(path, resume=False, **config):
    return RunDir.create("closedloop", "fake", config=config, provenance={}, out=path, resume=resume)


def adding(run, tracked):
    """Write a row down and tell."""

    def add(row):
        tracked.row(run.add(row))

    return add


def test_rows_films_and_the_table_are_told(tmp_path, notes):
    flags = TrackFlags(track="tensorboard", track_group="tonight")
    with run_dir(tmp_path / "r", horizon=4) as run, follow(flags, run) as tracked:
        add = adding(run, tracked)
        for seed in range(FILMS + 1):
            add(closed_row(seed, True, video=f"videos/{seed}.mp4"))
        add(closed_row(9, None, status="error", error="lost"))
        tracked.summary(summarize_closedloop(run.rows()))
        assert len(run.rows()) == FILMS + 2
    (told,) = notes
    assert (told.place.name, told.place.group, told.place.online) == ("r", "tonight", False)
    assert told.told[0][1]["horizon"] == 4
    assert [entry[1] for entry in told.told if entry[0] == "numbers"] == [1, 2, 3, 4, 5]
    films = [entry for entry in told.told if entry[0] == "film"]
    assert [film[3] for film in films] == [run.path / f"videos/{seed}.mp4" for seed in range(FILMS)]
    assert told.told[-1][0] == "table"
    assert told.closed is False


def test_a_resumed_run_goes_on_counting(tmp_path, notes):
    with run_dir(tmp_path / "r") as run:
        run.add(closed_row(0, True))
    with run_dir(tmp_path / "r", resume=True) as run, follow(TrackFlags(track="tensorboard"), run) as tracked:
        adding(run, tracked)(closed_row(1, False))
    (entry,) = [entry for entry in notes[0].told if entry[0] == "numbers"]
    assert (entry[1], entry[2]["success/rate"]) == (2, 0.5)


def test_a_tracker_that_fails_is_said_once_and_the_run_goes_on(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(opening.SHELLS, "tensorboard", lambda place: Notes(place, fails=1))
    with run_dir(tmp_path / "r") as run, follow(TrackFlags(track="tensorboard"), run) as tracked:
        for seed in range(4):
            adding(run, tracked)(closed_row(seed, True))
        assert len(run.rows()) == 4
    said = capsys.readouterr().err
    assert said.count("tracking stops, the run goes on: the disk is full") == 1


def test_one_that_does_not_open_is_said_and_the_run_goes_on(tmp_path, monkeypatch, capsys):
    def refuse(place):
        raise OSError("no room")

    monkeypatch.setitem(opening.SHELLS, "tensorboard", refuse)
    with run_dir(tmp_path / "r") as run, follow(TrackFlags(track="tensorboard"), run) as tracked:
        adding(run, tracked)(closed_row(0, True))
    assert "not tracked: no room" in capsys.readouterr().err
    assert run.run["status"] == "done"


def test_what_ends_a_run_ends_its_tracker_as_failed(tmp_path, notes):
    with contextlib.suppress(KeyboardInterrupt), run_dir(tmp_path / "r") as run:  # noqa: SIM117
        with follow(TrackFlags(track="tensorboard"), run):
            raise KeyboardInterrupt
    assert notes[0].closed is True


def test_nobody_is_told_without_the_flag(tmp_path, notes):
    with run_dir(tmp_path / "r") as run, follow(TrackFlags(), run) as tracked:
        adding(run, tracked)(closed_row(0, True))
    assert notes == []


def test_a_missing_extra_is_one_line_that_names_the_install(monkeypatch):
    monkeypatch.setattr(opening, "find_spec", lambda name: None)
    for name in opening.SHELLS:
        with refused(UserError, match=f"uv pip install {name}=="):
            opening.check_tracker(TrackFlags(track=name))


def test_flags_that_cannot_work_are_refused(monkeypatch):
    monkeypatch.setattr(opening, "find_spec", lambda name: object())
    monkeypatch.delenv("TRACKIO_SPACE_ID", raising=False)
    monkeypatch.delenv("TRACKIO_SERVER_URL", raising=False)
    for flags, words in (
        (TrackFlags(track_online=True), "need --track"),
        (TrackFlags(track="tensorboard", track_online=True), "only writes files"),
        (TrackFlags(track="trackio", track_online=True), "TRACKIO_SPACE_ID"),
    ):
        with pytest.raises(UserError, match=words):
            opening.check_tracker(flags)


def test_who_else_is_told_changes_no_run():
    assert {"track", "track_online", "track_group"} <= set(vars(Config())) & set(FREE_TO_CHANGE)
