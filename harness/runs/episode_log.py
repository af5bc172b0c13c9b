"""`episodes.jsonl` while it is written: one writer, every line on disk before it counts, and where its name says.

An open file stays writable when its name is taken away: an editor that saves, a sync tool or a tidy colleague then
leaves a run that writes into nothing and ends well. So the file is held against its name after every line.
"""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import BinaryIO

from harness.core.errors import RunFailed, UserError
from harness.files.json_files import write_atomic
from harness.files.locking import is_in_place, open_locked, place_of, write_whole


class LogLost(RunFailed):
    """The log is not where it should be any more; the message says what is saved, and where."""


class EpisodeLog:
    """The lines of a run, appended one by one.

    `lines` counts those in the file when it was opened and those added since. UserError where another process writes
    to it; what a crash left of its last line is repaired.
    """

    def __init__(self, path: Path):
        self.path = path
        file = open_locked(path)
        if file is None:
            raise UserError(f"another process is writing to {path.parent}: wait for it or stop it first")
        self._file = file
        try:
            self.lines = _repair(self._file)
            self._size = os.fstat(self._file.fileno()).st_size
        except BaseException:
            self._file.close()
            raise

    def append(self, line: bytes) -> None:
        """Add a line (without its end) and force it to disk; OSError leaves the file as it was, LogLost see `check`."""
        write_whole(self._file, line + b"\n")
        self.lines += 1
        self._size += len(line) + 1
        self.check()

    @property
    def in_place(self) -> bool:
        """Whether the file that is written to is the one of that name."""
        return is_in_place(self._file, self.path)

    def check(self) -> None:
        """LogLost unless the file is where its name says and holds what was written to it.

        Lines that have lost their file's name are written down again first.
        """
        if not self.in_place:
            happened = "was replaced by another file" if self.path.exists() else "is gone"
            raise LogLost(f"{self.path} {happened} while the run wrote to it: {self._rescue()}")
        if os.fstat(self._file.fileno()).st_size < self._size:
            raise LogLost(f"{self.path} was cut short while the run wrote to it, and episodes in it are lost")

    def _rescue(self) -> str:
        """Where the lines are, in words; a file that has lost its name is written again."""
        lines = f"its {self.lines} lines"
        moved = place_of(self._file)
        if moved and os.fstat(self._file.fileno()).st_nlink and moved.exists():
            return f"{lines} are in {moved} now; move that folder back"
        self._file.seek(0)
        content = self._file.read()
        there = _content(self.path)
        back = there is not None and content.startswith(there)
        target = self.path if back else _beside(self.path)
        try:
            write_atomic(target, lambda file: file.write(content))
        except OSError as error:
            return f"{lines} cannot be written to {target} ({error.strerror}) and are lost"
        return f"{lines} are {'written there again' if back else f'in {target}; put that file in its place'}"

    def close(self) -> None:
        """Let go of the file and its lock."""
        self._file.close()


def _repair(file: BinaryIO) -> int:
    """Take a torn last line away, or end it where it is whole; how many lines there are."""
    file.seek(0)
    data = file.read()
    tail = data.rpartition(b"\n")[2]
    if tail and _is_object(tail):
        file.write(b"\n")
    elif tail:
        os.ftruncate(file.fileno(), len(data) - len(tail))
        data = data[: len(data) - len(tail)]
    return sum(bool(line.strip()) for line in data.split(b"\n"))


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _content(path: Path) -> bytes | None:
    """What is in a file of that name, nothing where its folder has none, None where there is no such folder."""
    try:
        return path.read_bytes()
    except OSError:
        return b"" if path.parent.is_dir() and not path.exists() else None


def _beside(path: Path) -> Path:
    """A new name for the lines, as near to where they belong as can be."""
    folders = [path.parent, *path.parent.absolute().parents, Path(tempfile.gettempdir())]
    folder = next(folder for folder in folders if os.access(folder, os.W_OK | os.X_OK))
    number = 1
    while True:
        again = f"-{number}" if number > 1 else ""
        free = folder / f"{path.parent.name}-rescued{again}.jsonl"
        if not free.exists():
            return free
        number += 1
