"""Taking away what is in the way of what is written: links themselves, never what they lead to."""

from __future__ import annotations

import os
import shutil
from pathlib import Path


def remove(path: Path) -> None:
    """Take away a file, a folder with all that is in it, or a link; nothing where there is none, or it does not go."""
    try:
        path.unlink()
    except OSError:  # a folder, or nothing
        shutil.rmtree(path, ignore_errors=True)


def first_link(folder: Path) -> Path | None:
    """A link anywhere in a folder, or the folder where it is one; None where what is written there stays there."""
    if folder.is_symlink():
        return folder
    for place, folders, files in os.walk(folder):
        for name in (*folders, *files):
            if (path := Path(place, name)).is_symlink():
                return path
    return None
