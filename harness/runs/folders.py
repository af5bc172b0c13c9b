"""The folders runs are written to: a new one under runs/, one that is free, one that a failed start left."""

from __future__ import annotations

import contextlib
import os
import re
import time
from pathlib import Path

from harness.core.errors import UserError

LOG = "episodes.jsonl"
FOLDERS = ("predictions", "videos", "plots")
UNFINISHED = ".run.json.tmp"
"""What `write_json` leaves of run.json where its process is killed."""


def is_unused(path: Path) -> bool:
    """Whether a folder holds nothing but, at most, what a start leaves that failed or was killed: no run, no row."""
    return all(_is_leftover(entry) for entry in path.iterdir())


def refuse_links(path: Path) -> None:
    """UserError where a run that is to go on would be written through a link: a stranger's may lead anywhere."""
    link = next((entry for entry in path.iterdir() if entry.is_symlink()), None)
    if link is not None:
        raise UserError(
            f"{link} is a link, and a run does not go on through one; put what it names in its place"
        )


def not_empty(path: Path) -> str:
    """What is said of a folder that a run cannot begin in."""
    return f"{path} is not empty: choose another --out, or add --resume to finish the run in it"


def _is_leftover(entry: Path) -> bool:
    if entry.is_symlink():
        return False
    if entry.name in FOLDERS:
        return entry.is_dir() and not any(entry.iterdir())
    return entry.is_file() and (entry.name == UNFINISHED or (entry.name == LOG and not entry.stat().st_size))


def undo_start(path: Path, made: bool) -> None:
    """Take away what a start that fails has made, as far as it is empty; and the folder itself, if it was `made`."""
    with contextlib.suppress(OSError):
        (path / UNFINISHED).unlink(missing_ok=True)
        for folder in FOLDERS:
            with contextlib.suppress(OSError):
                (path / folder).rmdir()
        if (path / LOG).stat().st_size == 0:
            (path / LOG).unlink()
    if made:
        with contextlib.suppress(OSError):
            path.rmdir()


def sync_folder(path: Path) -> None:
    """Have the names of a folder's files on disk: a synced file without a name is lost."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def now() -> str:
    """The time as run.json writes it, ISO 8601."""
    return time.strftime("%Y-%m-%dT%H:%M:%S%z")


def slug(name: str) -> str:
    """`name` as part of a file name: letters, digits, `.`, `_` and `-` only."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.")[-80:] or "run"


RUNS = Path("runs")


def result_folder(out: Path | None, kind: str, name: str, occupied: str | None = None) -> Path:
    """Where results that are no run go: `out`, made if it is not there, else a new folder under runs/.

    occupied: what to do about an `out` that holds something, in words; None where that does not matter. UserError where
    it cannot be made, or holds something that matters.
    """
    try:
        if out is None:
            return new_folder(RUNS, kind, name)
        out.mkdir(parents=True, exist_ok=True)
        if occupied is not None and any(out.iterdir()):
            raise UserError(f"{out} is not empty: {occupied}")
    except OSError as error:
        raise UserError(
            f"--out {out or RUNS}: {error.strerror}; name a folder that can be written"
        ) from error
    return out


def new_folder(root: Path, mode: str, name: str) -> Path:
    """A folder that did not exist before: two runs started in the same second do not share one."""
    base = f"{time.strftime('%Y%m%d-%H%M%S')}-{mode}-{slug(name)}"
    root.mkdir(parents=True, exist_ok=True)
    for attempt in range(1, 1000):
        path = root / (base if attempt == 1 else f"{base}-{attempt}")
        try:
            path.mkdir()
        except FileExistsError:
            continue
        return path
    raise UserError(f"too many runs named {base} in {root}: give --out")
