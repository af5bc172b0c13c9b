"""A recording that goes on: its folder `<out>.partial`, with our mark, a lock, and a line for every finished episode.

<out>.partial/recording.jsonl   the mark and the lock; first what the recording is, then a line an episode
<out>.partial/dataset/          the LeRobot dataset, whole after every episode, each in files of its own
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

from harness.core.errors import RunFailed, UserError
from harness.datasets.recording.compaction import compact, describe, own_rows
from harness.datasets.recording.seal import seal
from harness.files.json_files import clean
from harness.files.locking import is_in_place, open_locked, place_of, write_whole
from harness.files.reading import parse_lines
from harness.files.removing import first_link

JOURNAL = "recording.jsonl"
MARK = "robotwin-pi0 recording"
TAKEN = (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR, errno.EISDIR)
"""Errors of a folder that gets a name which something else has."""


class PartialRecording:
    """The folder of a recording, held by this process alone; `about` says how it was made.

    UserError where the folder is not a recording's, holds links, or another process holds it.
    """

    def __init__(self, folder: Path):
        self.folder, self.dataset = folder, folder / "dataset"
        self.about: dict[str, Any] = {}
        self._last_place: Path | None = folder
        self.said: list[str] = []
        self.episodes: list[dict[str, Any]] = []
        if os.path.lexists(folder) and not _is_ours(folder):
            raise UserError(
                f"{folder} is in the way and no recording's; move it away or choose another --out"
            )
        if link := first_link(folder):
            raise UserError(
                f"{link} is a link, and a recording does not go on through one; move {folder} away or choose another "
                "--out"
            )
        folder.mkdir(parents=True, exist_ok=True)
        journal = open_locked(folder / JOURNAL)
        if journal is None:
            raise UserError(f"another process is recording to {folder}; wait for it or choose another --out")
        self._journal: BinaryIO = journal
        self._read()

    def _read(self) -> None:
        self._journal.seek(0)
        path = self.folder / JOURNAL
        for number, entry in parse_lines(self._journal.read(), path):
            what = "about" if "mark" in entry else "episode"
            if not isinstance(entry.get(what), dict):
                self._journal.close()
                raise UserError(f"{path} line {number} is no recording's; move {self.folder} away")
            if what == "about":
                self.about = entry[what]
            else:
                self.episodes.append(entry[what])

    def begin(self, about: Mapping[str, Any]) -> None:
        """Start anew in the folder; what an earlier recording left there goes."""
        shutil.rmtree(self.dataset, ignore_errors=True)
        os.ftruncate(self._journal.fileno(), 0)
        self.about, self.episodes = dict(about), []
        self._write({"mark": MARK, "about": self.about})

    def add(self, episode: Mapping[str, Any]) -> None:
        """An episode, of which `episode` is kept, is whole on disk."""
        self._write({"episode": episode})
        self.episodes.append(dict(episode))

    def _write(self, entry: Mapping[str, Any]) -> None:
        write_whole(self._journal, json.dumps(clean(entry), allow_nan=False).encode() + b"\n")

    @property
    def place(self) -> Path | None:
        """Where the folder is now, or was when it was let go of; None where it was removed or nobody says."""
        if self._journal.closed:
            return self._last_place
        if is_in_place(self._journal, self.folder / JOURNAL):
            return self.folder
        moved = place_of(self._journal)
        return moved.parent if moved and is_in_place(self._journal, moved) else None

    def remove(self) -> None:
        """Take the folder away, while it is ours."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.close()

    def close(self) -> None:
        """Let go of the folder."""
        self._last_place = self.place
        self._journal.close()


def _is_ours(folder: Path) -> bool:
    """Whether a folder holds our mark, or nothing to lose."""
    if folder.is_symlink() or not folder.is_dir():
        return False
    left = [entry.name for entry in folder.iterdir()]
    journal = folder / JOURNAL
    if not left or journal.is_symlink() or not journal.is_file():
        return not left
    with journal.open("rb") as file:
        start = file.read(len(MARK) + 20)
    return MARK.encode() in start or (left == [JOURNAL] and not start)


def claim(out: Path) -> PartialRecording:
    """The folder for a recording to `out`; what a killed one left there becomes a dataset first.

    UserError where `out` cannot be made, exists, or is being recorded to.
    """
    if not out.name or os.path.lexists(out):
        raise UserError(f"{out} already exists; choose another --out or remove it first")
    try:
        partial = PartialRecording(out.with_name(f"{out.name}.partial"))
    except OSError as error:
        raise UserError(f"cannot record to {out}: {error.strerror}; choose another --out") from error
    if partial.episodes:
        number = 1
        while os.path.lexists(kept := out.with_name(f"{out.name}-stopped{f'-{number}' * (number > 1)}")):
            number += 1
        count = len(partial.episodes)
        try:
            finish(partial, kept)
        except BaseException:
            partial.close()
            raise
        print(f"a recording to {out} was stopped before: its {count} episodes are {kept}", file=sys.stderr)
        partial.close()
        return claim(out)
    return partial


def finish(partial: PartialRecording, out: Path) -> Path:
    """Give the episodes of a recording the name `out`, in few files, or where there is no room for that as they are.

    UserError, with everything left as it is, where a video has lost frames; RunFailed where `out` is there by now.
    """
    whole, count = partial.folder / "whole", len(partial.episodes)
    shutil.rmtree(whole, ignore_errors=True)
    try:
        compact(partial.dataset, whole, count)
        _check(whole, partial)
    except OSError:
        shutil.rmtree(whole, ignore_errors=True)
        whole = partial.dataset
        describe(whole, whole, own_rows(whole, count))
        _drop_beyond(whole, count)
        _check(whole, partial)
    try:
        whole.rename(out)
    except OSError as error:
        if error.errno not in TAKEN:
            raise
        raise RunFailed(
            f"{out} was made by somebody else while it was recorded; the {count} finished episodes are safe in "
            f"{partial.folder}: move {out} away and record to the same --out again, and they become a dataset"
        ) from error
    partial.remove()
    return out


def _check(root: Path, partial: PartialRecording) -> None:
    """Write what the dataset is, and see that it is whole."""
    episodes = {str(index): meta for index, meta in enumerate(partial.episodes)}
    partial.said = seal(root, partial.about, episodes, partial.folder.name.removesuffix(".partial"))


def _drop_beyond(root: Path, count: int) -> None:
    """Remove what there is of an episode that was being added when the recording stopped."""
    for path in sorted((root / "meta" / "episodes").rglob("*.parquet"))[count:]:
        path.unlink()
    for folder in root.iterdir():
        if folder.name not in ("meta", "data", "videos"):
            shutil.rmtree(folder, ignore_errors=True)
