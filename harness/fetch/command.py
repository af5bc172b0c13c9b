"""Download RoboTwin's robots and objects from the Hub and unpack them into an asset root.

    python scripts/fetch_assets.py                  # robots and objects -> assets/robotwin
    python scripts/fetch_assets.py --textures       # and the backgrounds of demo_randomized

An interrupted download goes on where it stopped; the asset root appears whole or not at all. Archives are checked
against the Hub's sha256 and for members that would write elsewhere (harness/fetch/archives.py). `HF_ENDPOINT` (a
mirror), `HF_TOKEN` and the proxy variables are respected. Exit 0 everything is there, 2 not, and why.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from harness.core.errors import UserError
from harness.core.terminal.progress import Progress
from harness.fetch import archives
from harness.fetch.config import Config
from harness.fetch.download import MB, Archive, amount, describe, download
from harness.files.json_files import write_json
from harness.files.locking import open_locked
from harness.files.reading import read_json
from harness.files.removing import remove

PARTS = ("embodiments", "objects")
TEXTURES = "background_texture"
NOTE = "fetched.json"  # in the root: where it came from
MODEL = re.compile(r"\d{3}_.+")
UNPACKED = 1.5  # room for a part, of its archive's size, until the archive itself can be asked


def main(config: Config) -> None:
    """Fetch what is missing, then say how to use it."""
    out = config.out.expanduser().resolve()
    parts = [*PARTS, *([TEXTURES] if config.textures else [])]
    try:
        note = read_note(out, parts, config)
        missing = [part for part in parts if not (out / part).is_dir()]
        if missing:
            fetch(out, missing, config.repo_id, note)
            print(f"{out} is complete: {', '.join(parts)}")
        else:
            check_parts(out, parts, fix=f"move {out} away and run this again")
            print(f"{out} has {', '.join(parts)} already: nothing to do")
    except OSError as error:
        raise UserError(f"cannot write {out}: {error}; mend that, or give another --out") from error
    place = shlex.quote(str(out))
    print(f"use it: --assets {place} with any command, or export ROBOTWIN_ASSETS={place}")


def read_note(out: Path, parts: Sequence[str], config: Config) -> dict[str, Any]:
    """What is known of the root `out` (`revision`: which to fetch); UserError if nothing may be added to it."""
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return {"revision": config.revision, "asked": config.revision, "archives": {}}
    if not (out / NOTE).is_file():
        lacking = [part for part in parts if not (out / part).is_dir()]
        if lacking:
            raise UserError(
                f"{out} exists, lacks {lacking[0]}/ and was not made by this script; move it away, or give "
                "another --out"
            )
        return {}
    note = read_json(out / NOTE)
    holds = (note.get("revision"), note.get("asked"))
    if note.get("repo_id") != config.repo_id or config.revision not in (None, *holds):
        raise UserError(f"{out} holds {note.get('repo_id')} at {holds[0]}; give another --out for this one")
    return note


def fetch(out: Path, parts: Sequence[str], repo_id: str, note: Mapping[str, Any]) -> None:
    """Download, check and unpack `parts` beside `out`, then move them there."""
    wanted = describe(repo_id, parts, note["revision"])
    commit = wanted[0].commit
    sizes = ", ".join(f"{archive.file} {amount(archive.size)}" for archive in wanted)
    print(f"{repo_id} at {commit[:12]}: {sizes}", flush=True)
    work = out.parent / f".fetch-{out.name}"
    check_space(work, wanted)
    with alone_in(work):
        files = {archive: download(repo_id, archive, work) for archive in wanted}
        stage = work / "unpacked"
        try:
            unpack(files, stage)
            check_parts(stage, parts, fix="the dataset is not what it was; name another --revision")
            hashes = note["archives"] | {archive.file: archive.sha256 for archive in wanted}
            note = {"repo_id": repo_id, "revision": commit, "asked": note["asked"], "archives": hashes}
            os.sync()  # or a power cut after the move could leave empty files
            if (out / NOTE).is_file():
                for part in parts:
                    (stage / part).rename(out / part)
                write_json(out / NOTE, note)
            else:
                write_json(stage / NOTE, note)
                stage.rename(out)
        finally:
            shutil.rmtree(stage, ignore_errors=True)
        shutil.rmtree(work)


def check_space(work: Path, wanted: Sequence[Archive]) -> None:
    """UserError unless the archives, less what is here of them, and what they unpack to fit on the disk."""
    folder = next(parent for parent in work.parents if parent.is_dir())
    size = sum(archive.size for archive in wanted)
    need = int((1 + UNPACKED) * size) - sum(archive.bytes_here(work) for archive in wanted)
    free = shutil.disk_usage(folder).free
    if need > free:
        raise UserError(
            f"{folder} has {amount(free)} free and this needs {amount(need)} (archives of {amount(size)}, and "
            "what they unpack to); make room, or give --out on a larger disk"
        )


@contextmanager
def alone_in(work: Path) -> Iterator[None]:
    """The work folder beside the root, for one process at a time. Downloads in it are kept for the next run."""
    work.mkdir(parents=True, exist_ok=True)
    lock = open_locked(work / "lock")
    if lock is None:
        raise UserError(f"another process is fetching into {work}; wait for it")
    with lock:
        remove(work / "unpacked")
        yield


def unpack(files: Mapping[Archive, Path], stage: Path) -> None:
    """Check all archives, then unpack them into the new folder `stage`. A bad one is deleted."""
    contents = {}
    for archive, path in files.items():
        with deleted_if_bad(path):
            contents[archive] = archives.members(path, archive.part)
    total = sum(info.file_size for infos in contents.values() for info in infos)
    free = shutil.disk_usage(stage.parent).free
    if total > free:
        raise UserError(
            f"{stage.parent} has {amount(free)} free and the archives unpack to {amount(total)}; make room"
        )
    written = 0
    with Progress("unpack", total // MB, "MB") as progress:

        def report(count: int) -> None:
            nonlocal written
            written += count
            progress.update(written // MB)

        for archive, path in files.items():
            with deleted_if_bad(path):
                archives.unpack(path, contents[archive], stage, report)


@contextmanager
def deleted_if_bad(path: Path) -> Iterator[None]:
    """Delete the archive at `path` if it turns out to be a bad one: the next run downloads it again."""
    try:
        yield
    except archives.ArchiveError:
        path.unlink()
        raise


def check_parts(root: Path, parts: Sequence[str], fix: str) -> None:
    """UserError, ending with `fix`, unless each part of an asset root holds what the simulator looks for."""
    from robotwin_env.assets.roots import open_root
    from robotwin_env.errors import AssetError

    if "embodiments" in parts:
        try:
            open_root(root)
        except AssetError as error:
            raise UserError(f"{error}; {fix}") from error
    models = [folder.name for folder in (root / "objects").glob("*/") if MODEL.fullmatch(folder.name)]
    if "objects" in parts and not models:
        raise UserError(f"{root / 'objects'} holds no models (001_bottle, …); {fix}")
    if TEXTURES in parts and not any((root / TEXTURES).rglob("*.png")):
        raise UserError(f"{root / TEXTURES} holds no pictures; {fix}")
