"""The copy of SAPIEN's shaders in the user's cache: whole or not there, and one line where there is no place for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from robotwin_env.errors import RenderError
from robotwin_env.rendering import shaders


def test_the_copy_is_made_once_and_declares_no_table(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    folder = Path(shaders.without_brdf_table("minimal"))
    assert folder.is_dir() and folder.parent.parent == shaders.user_cache()
    assert not any(
        "uniform sampler2D samplerBRDFLUT" in file.read_text() for file in folder.parent.rglob("*.frag")
    )
    (folder / "mark").touch()
    shaders.without_brdf_table("default")
    assert (folder / "mark").exists() and [entry.name for entry in folder.parent.parent.iterdir()] == [
        folder.parent.name
    ]


@pytest.mark.parametrize("place", ["/dev/null", "/proc/none"])
def test_a_cache_that_cannot_be_is_one_line(monkeypatch, place):
    monkeypatch.setenv("XDG_CACHE_HOME", place)
    with pytest.raises(RenderError, match="set XDG_CACHE_HOME"):
        shaders.without_brdf_table("minimal")


def test_a_full_disk_leaves_no_half_copy(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(RenderError, match="No space left on device"):
        shaders.without_brdf_table("minimal")
    assert not list(shaders.user_cache().iterdir())


def test_a_user_without_a_home_is_told_what_to_set(monkeypatch):
    def none():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", none)
    with pytest.raises(RenderError, match="no home folder; set XDG_CACHE_HOME"):
        shaders.user_cache()
