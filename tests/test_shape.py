"""The shape of the house: short files, folders one can take in at a glance, names that do not repeat their folder's."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PLACES = (
    "harness",
    "policies",
    "robotwin_env",
    "robotwin_maniskill",
    "packages",
    "tools",
    "tests",
    "examples",
    "scripts",
)
FILES = [path for place in PLACES for path in sorted((ROOT / place).rglob("*.py"))]
LINES, A_FOLDER = 250, 14
CROWDED = {"robotwin_env/tasks"}
"""A task is a file."""


def test_no_file_is_longer_than_one_can_hold_in_the_head():
    lengths = {path.relative_to(ROOT).as_posix(): len(path.read_text().splitlines()) for path in FILES}
    assert {name: length for name, length in lengths.items() if length > LINES} == {}


def test_a_folder_holds_about_a_dozen_files():
    folders = Counter(
        path.parent.relative_to(ROOT).as_posix() for path in FILES if path.name != "__init__.py"
    )
    assert {name: count for name, count in folders.items() if count > A_FOLDER and name not in CROWDED} == {}


@pytest.mark.parametrize("place", ("harness", "policies", "robotwin_env", "tools"))
def test_a_file_does_not_repeat_the_name_of_its_folder(place):
    wrong = [
        path for path in (ROOT / place).rglob("*.py") if path.parent.name.rstrip("s") in path.stem.split("_")
    ]
    assert [path.relative_to(ROOT).as_posix() for path in wrong] == []


@pytest.mark.parametrize("place", ("harness", "policies", "robotwin_env", "tools"))
def test_every_folder_says_what_it_is_for(place):
    for file in (ROOT / place).rglob("__init__.py"):
        assert file.read_text().startswith('"""'), file


def test_names_of_test_files_are_unique():
    """Pytest imports them by their bare names."""
    names = Counter(path.name for path in (ROOT / "tests").rglob("test_*.py"))
    assert [name for name, count in names.items() if count > 1] == []
