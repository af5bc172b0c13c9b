"""Where a dataset's files are: a local directory, or the Hub, downloaded file by file as they are needed."""

from __future__ import annotations

import contextlib
import heapq
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.core.errors import UserError
from harness.core.text import one_line
from harness.files.hashing import digest, file_sha256

HASH_EVERY_BYTE_UP_TO = 2 * 2**30
LEROBOT_FORMAT = "v3.0"
DEEPEST = 6
MOST_FILES = 1_000_000
"""Folders below `data/` or `videos/` that may hold files: a camera's name may have slashes in it."""


@dataclass(frozen=True)
class Source:
    """A dataset's root directory and, for one from the Hub, which repository and commit it is."""

    root: Path
    repo_id: str | None = None
    revision: str | None = None

    def __str__(self) -> str:
        return f"{self.repo_id}@{self.revision}" if self.repo_id else str(self.root)

    def fetch(self, files: Iterable[str]) -> None:
        """Make sure `files` (relative paths) are under `root`.

        Raises UserError naming the first one that a local directory lacks or the Hub does not give.
        """
        missing = [file for file in dict.fromkeys(files) if not self.path(file).is_file()]
        if missing and self.repo_id:
            _snapshot(self.repo_id, self.revision, missing)
            missing = [file for file in missing if not (self.root / file).is_file()]
        if missing:
            more = f" (and {len(missing) - 1} more)" if len(missing) > 1 else ""
            raise UserError(
                f"dataset {self} lacks {missing[0]}{more}, which its metadata refers to; "
                "copy or download the dataset again"
            )

    def path(self, file: str) -> Path:
        """Where a file of the dataset is, by its relative path; UserError for one that leaves the dataset."""
        if Path(file).is_absolute() or ".." in Path(file).parts:
            raise UserError(
                f"dataset {self} names the file {file[:80]!r}, which is not inside it; nothing else is read"
            )
        return self.root / file


def locate(spec: str | Path) -> Source:
    """Find a dataset by directory, by `owner/name` recorded with LeRobot on this machine, or on the Hub.

    A Hub id may name a revision: `owner/name@revision`. Raises UserError where nothing is found.
    """
    directory = Path(spec).expanduser()
    if directory.is_dir():
        return Source(directory)
    if directory.is_file():
        raise UserError(f"{one_line(str(spec))} is a file; give the folder of the dataset that it is in")
    name, _, revision = str(spec).partition("@")
    looks_like_hub_id = (
        name.count("/") == 1 and not name.startswith((".", "/", "~")) and not name.endswith("/")
    )
    if not looks_like_hub_id:
        raise UserError(
            f"no dataset directory {spec}; give an existing directory or a Hub id like owner/name"
        )
    recorded = _lerobot_home() / name
    if not revision and (recorded / "meta" / "info.json").is_file():
        return Source(recorded)
    root = _snapshot(name, revision or None, ["meta/*"])
    return Source(root, repo_id=name, revision=root.name)


def _lerobot_home() -> Path:
    from huggingface_hub.constants import HF_HOME

    return Path(os.environ.get("HF_LEROBOT_HOME", Path(HF_HOME) / "lerobot")).expanduser()


def _snapshot(repo_id: str, revision: str | None, patterns: list[str]) -> Path:
    """Download `patterns` of a Hub dataset into LeRobot's own cache; returns the snapshot's directory."""
    from huggingface_hub import errors, snapshot_download

    from policies.checkpoint.hub import why_unreachable

    unreachable = why_unreachable()

    def download(at: str | None) -> Path:
        path = snapshot_download(
            repo_id,
            repo_type="dataset",
            revision=at,
            cache_dir=_lerobot_home() / "hub",
            allow_patterns=patterns,
            local_files_only=unreachable is not None,
        )
        return Path(path)

    try:
        if revision:
            return download(revision)
        try:
            return download(LEROBOT_FORMAT)
        except errors.RevisionNotFoundError:  # the Hub says that there is no such tag
            return download(None)
        except errors.LocalEntryNotFoundError:  # not in the cache; with a Hub that is busy, that says nothing
            if unreachable is None:
                raise
            return download(None)
    except (errors.HFValidationError, errors.HfHubHTTPError, OSError) as error:
        raise UserError(_refusal(error, repo_id, revision, unreachable)) from error


def _refusal(error: Exception, repo_id: str, revision: str | None, unreachable: str | None) -> str:
    """Why the Hub did not give a dataset, and what to do about it; unreachable: `policies.checkpoint.hub`'s reason."""
    from policies.checkpoint.hub import refusal

    refused = refusal(error, "dataset", repo_id, revision)
    return f"no directory {repo_id!r} here, and " + (
        refused
        or f"the Hub cannot be reached for it ({unreachable or one_line(str(error))}); check the network, or give the "
        "path of a local copy"
    )


LEROBOT_PLACES = ("meta", "data", "videos")


def file_hashes(root: Path, places: Sequence[str] = LEROBOT_PLACES) -> dict[str, str]:
    """sha256 of every file under `places`, by relative path."""
    return {file: file_sha256(root / file) for file in files_under(root, places)}


def content_hash(
    source: Source, hashes: Mapping[str, str] | None, places: Sequence[str] = LEROBOT_PLACES
) -> dict[str, str]:
    """What identifies a dataset's content: `{"sha256", "covers"}`, the second in words.

    hashes: those of `file_hashes`, None where the dataset is too large to read whole.
    """
    if source.repo_id:
        meta = {file: file_sha256(source.root / file) for file in files_under(source.root, ["meta"])}
        return {"sha256": digest(meta), "covers": "meta/ (the Hub revision names the rest)"}
    if hashes is not None:
        named = [f"{place}/" for place in places]
        words = " and ".join([", ".join(named[:-1]), named[-1]]) if len(named) > 1 else named[0]
        return {"sha256": digest(hashes), "covers": f"every byte of {words}"}
    sizes = {file: str((source.root / file).stat().st_size) for file in files_under(source.root, places)}
    return {
        "sha256": digest(sizes),
        "covers": "file names and sizes only (the dataset is larger than 2 GiB)",
    }


def stamp(path: Path) -> tuple[int, ...]:
    """What shows that a file was changed or replaced; () where there is none."""
    try:
        there = path.stat()
    except OSError:
        return ()
    return there.st_dev, there.st_ino, there.st_size, there.st_mtime_ns


def total_bytes(root: Path, places: Sequence[str] = LEROBOT_PLACES) -> int:
    """Size of everything under `places`."""
    return sum((root / file).stat().st_size for file in files_under(root, places))


def files_under(root: Path, places: Sequence[str]) -> list[str]:
    """Every file under `places`, relative to `root`, as deep as a dataset's lie; folders may be links elsewhere.

    A folder is looked into once, whatever links lead to it, and goes by its own name where it has one here. UserError
    for more files than a dataset has.
    """
    paths: list[Path] = []
    seen: set[tuple[int, int]] = set()
    waiting = sorted((_rank(root / place, 0), root / place) for place in places)
    while waiting:
        (linked, depth), folder = heapq.heappop(waiting)
        try:
            there, entries = folder.stat(), list(os.scandir(folder))
        except OSError:  # not there, or not to be read: whoever needs it says so
            continue
        if (there.st_dev, there.st_ino) in seen:
            continue
        seen.add((there.st_dev, there.st_ino))
        for path in (folder / entry.name for entry in entries):
            with contextlib.suppress(OSError):  # a link into what may not be read
                if path.is_dir() and depth < DEEPEST:
                    heapq.heappush(waiting, (max(_rank(path, depth + 1), (linked, depth + 1)), path))
                elif path.is_file():
                    paths.append(path)
        if len(paths) > MOST_FILES:
            raise UserError(
                f"{one_line(str(root))} leads to more than {MOST_FILES:,} files; a link in it goes elsewhere: give the "
                "dataset's own directory"
            )
    return sorted({path.relative_to(root).as_posix() for path in paths})


def _rank(folder: Path, depth: int) -> tuple[bool, int]:
    """When a folder is looked into: those that are no links come first, then the less deep."""
    return folder.is_symlink(), depth
