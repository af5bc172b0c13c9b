"""`--write-xpolicylab`: the folder is there whole or not at all, and nothing of a name becomes part of a program."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from refusals import refused

from harness.core.errors import UserError
from harness.serve import xpolicylab_folder
from harness.serve.config import Config
from harness.serve.xpolicylab_folder import FILES, write_folder


@pytest.fixture(autouse=True)
def a_policy(monkeypatch):
    monkeypatch.setattr(xpolicylab_folder, "load_policy", lambda *_, **__: SimpleNamespace(images=()))


@pytest.mark.parametrize("there", [True, False])
def test_a_folder_that_could_not_be_written_does_not_stand_in_the_way(tmp_path, monkeypatch, there):
    folder, filled = tmp_path / "mine", xpolicylab_folder._filled
    if there:
        folder.mkdir()

    def full(source, values):
        if source == FILES["model.py"]:
            raise OSError(28, "No space left on device")
        return filled(source, values)

    monkeypatch.setattr(xpolicylab_folder, "_filled", full)
    with refused(UserError, match="No space left on device"):
        write_folder(folder, Config())
    assert [path.name for path in tmp_path.rglob("*")] == ["mine"] * there
    monkeypatch.setattr(xpolicylab_folder, "_filled", filled)
    write_folder(folder, Config())
    assert sorted(path.name for path in folder.iterdir()) == sorted(FILES)
    assert (folder / "eval.sh").stat().st_mode & 0o111 and len(list(tmp_path.iterdir())) == 1


def test_a_folder_that_is_made_meanwhile_is_left_alone(tmp_path, monkeypatch):
    folder, filled = tmp_path / "mine", xpolicylab_folder._filled

    def meanwhile(source, values):
        folder.mkdir(exist_ok=True)
        (folder / "deploy.py").write_text("precious")
        return filled(source, values)

    monkeypatch.setattr(xpolicylab_folder, "_filled", meanwhile)
    with refused(UserError, match="cannot write to"):
        write_folder(folder, Config())
    assert {path.name: path.read_text() for path in folder.iterdir()} == {"deploy.py": "precious"}


def test_a_folder_that_is_there_is_filled_and_stays_what_it_is(tmp_path):
    """A link to a larger disk, the working folder, one whose mode or owner somebody has chosen."""
    (tmp_path / "disk").mkdir()
    (tmp_path / "disk").chmod(0o775)
    (tmp_path / "mine").symlink_to(tmp_path / "disk")
    before = (tmp_path / "disk").stat()
    write_folder(tmp_path / "mine", Config())
    after = (tmp_path / "disk").stat()
    assert (
        (tmp_path / "mine").is_symlink() and before.st_ino == after.st_ino and before.st_mode == after.st_mode
    )
    assert sorted(path.name for path in (tmp_path / "disk").iterdir()) == sorted(FILES)


def test_a_value_is_no_place_for_another(tmp_path):
    write_folder(tmp_path / "mine", Config(policy="owner/a@HORIZON@b", horizon=3))
    assert "policy: owner/a@HORIZON@b\n" in (tmp_path / "mine" / "deploy.yml").read_text()
