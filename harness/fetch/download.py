"""A dataset's archives from the Hub: what it says of them, and a download that goes on where it stopped.

Not by hf_hub_download: since huggingface_hub 1.x it forgets the partial file of an interrupted run (its issue 4196).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from harness.core.errors import UserError
from harness.core.terminal.progress import Progress
from harness.files.hashing import file_sha256

SHA256 = re.compile(r"[0-9a-f]{64}")
MB, GB = 10**6, 10**9


@dataclass(frozen=True)
class Archive:
    """One archive as the Hub describes it. part: the folder inside it; size: bytes; commit: the dataset's."""

    part: str
    size: int
    sha256: str
    commit: str

    @property
    def file(self) -> str:
        """Its name on the Hub."""
        return f"{self.part}.zip"

    def path(self, work: Path) -> Path:
        """Where it is kept once it is whole and its sha256 is right."""
        return work / f"{self.part}-{self.sha256[:16]}.zip"

    def partial(self, work: Path) -> Path:
        """Where it is kept until then."""
        return self.path(work).with_suffix(".zip.part")

    def bytes_here(self, work: Path) -> int:
        """How much of it earlier runs have left."""
        return sum(p.stat().st_size for p in (self.path(work), self.partial(work)) if p.is_file())


def describe(repo_id: str, parts: Sequence[str], revision: str | None) -> list[Archive]:
    """Size, sha256 and commit of each part's archive, from the Hub; UserError if it lacks one."""
    # Read when huggingface_hub is imported: progress and errors are said here.
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("HF_HUB_VERBOSITY", "error")
    from huggingface_hub import get_hf_file_metadata, hf_hub_url
    from huggingface_hub.utils import build_hf_headers

    from policies.checkpoint.hub import why_unreachable

    if why := why_unreachable():
        raise UserError(
            f"the Hub cannot be reached ({why}); check the network, or set HF_ENDPOINT to a mirror"
        )
    archives: list[Archive] = []
    for part in parts:
        with hub_errors(repo_id, revision, f"{part}.zip"):
            commit = archives[0].commit if archives else revision
            url = hf_hub_url(repo_id, f"{part}.zip", repo_type="dataset", revision=commit)
            metadata = get_hf_file_metadata(url, headers=build_hf_headers())
        if not (metadata.commit_hash and metadata.size and SHA256.fullmatch(metadata.etag or "")):
            raise UserError(
                f"{url} comes without a commit, a size or a sha256, so nothing could be checked; "
                "unset HF_ENDPOINT or name another mirror"
            )
        archives.append(Archive(part, metadata.size, metadata.etag, metadata.commit_hash))
    return archives


@contextmanager
def hub_errors(repo_id: str, revision: str | None, file: str, kept: str = "") -> Iterator[None]:
    """Turn what huggingface_hub raises into one line; `kept` tells what a second run starts from."""
    import httpx
    from huggingface_hub import errors

    from policies.checkpoint.hub import refusal
    from policies.errors import one_line

    try:
        yield
    except errors.RemoteEntryNotFoundError as error:
        raise UserError(
            f"{repo_id} has no {file} at {revision or 'main'}; check --repo-id and --revision"
        ) from error
    except (errors.HfHubHTTPError, errors.HFValidationError, httpx.HTTPError, OSError) as error:
        stopped = f"{file}: the download stopped ({one_line(error)}); run the same command again{kept}"
        raise UserError(refusal(error, "dataset", repo_id, revision) or stopped) from error


class Metered:
    """A file that never grows beyond `limit` bytes and tells a progress bar (in MB) how far it is."""

    def __init__(self, file: BinaryIO, limit: int, progress: Any):
        self._file, self._limit, self._progress = file, limit, progress

    def write(self, data: bytes) -> int:
        """Append `data`; OSError beyond the limit."""
        if self._file.tell() + len(data) > self._limit:
            raise OSError(f"the server sends more than the {self._limit} bytes it announced")
        written = self._file.write(data)
        self._progress.update(self._file.tell() // MB)
        return written

    def __getattr__(self, name: str) -> Any:
        if name == "_file":  # of a copy that has nothing yet
            raise AttributeError(name)
        return getattr(self._file, name)


def download(repo_id: str, archive: Archive, work: Path) -> Path:
    """The archive's path in `work`, downloaded from where an earlier run stopped, its sha256 checked."""
    from huggingface_hub import hf_hub_url
    from huggingface_hub.file_download import http_get
    from huggingface_hub.utils import build_hf_headers

    done, partial = archive.path(work), archive.partial(work)
    if done.is_file():
        return done
    if archive.bytes_here(work) > archive.size:
        partial.unlink()
    url = hf_hub_url(repo_id, archive.file, repo_type="dataset", revision=archive.commit)
    headers = build_hf_headers(headers={"Accept-Encoding": "identity"})
    with (
        hub_errors(repo_id, archive.commit, archive.file, "; what has arrived is kept"),
        Progress(archive.file, archive.size // MB, "MB") as progress,
        partial.open("ab") as file,
    ):
        start = file.tell()
        if start:
            print(f"{archive.file}: going on at {amount(start)} of {amount(archive.size)}", flush=True)
        target = Metered(file, archive.size, progress)
        http_get(url, target, resume_size=start, headers=headers, expected_size=archive.size)
    digest = file_sha256(partial)
    if digest != archive.sha256:
        partial.unlink()
        raise UserError(
            f"{archive.file} arrived with sha256 {digest[:12]}…, the Hub says {archive.sha256[:12]}…; it is "
            "deleted, run the same command again"
        )
    return partial.rename(done)


def amount(size: int) -> str:
    """A number of bytes, to read."""
    return f"{size / GB:.1f} GB" if size >= GB / 10 else f"{size / MB:.1f} MB"
