"""A film is one file: what names other files is none, nor is a pipe."""

from __future__ import annotations

import os
from pathlib import Path

import av
import pytest

from harness.files.bundled import ASSETS
from harness.files.films import open_film

FILM = next((ASSETS / "demo_episodes" / "videos").rglob("*.mp4"))


def test_a_film_is_opened() -> None:
    with open_film(FILM) as film:
        assert film.streams.video[0].width == 320


def test_a_list_of_films_is_no_film(tmp_path: Path) -> None:
    (tmp_path / "other.mp4").write_bytes(FILM.read_bytes())
    script = tmp_path / "film.mp4"
    script.write_text("ffconcat version 1.0\nfile other.mp4\n")
    with pytest.raises(av.FFmpegError):
        open_film(script)


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "film.mp4")
    with pytest.raises(OSError, match="no plain file"):
        open_film(tmp_path / "film.mp4")
