"""A model card of runs for the Hub: tables, plots, videos and evaluation metadata.

    python -m harness.publish runs/a-openloop-pi0 runs/b-closedloop-pi0 --repo-id owner/my-pi0
    python -m harness.publish runs/a-openloop-pi0 runs/b-closedloop-pi0 --repo-id owner/my-pi0 --upload

Nothing leaves this machine without `--upload`: the folder that would be uploaded is written, to be looked at.
A card that the repository already has keeps its words and results; ours stand between two markers and are
replaced the next time. Host names, command lines and paths of this machine are not published.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from harness.core.errors import UserError
from harness.files.locking import open_locked, write_whole
from harness.publish import eval_entries
from harness.publish.card import CARD, MEGABYTE, build_card
from harness.publish.config import Config, check
from harness.publish.markdown import FOLDER
from harness.publish.upload import check_hub, upload
from harness.runs.directory import RunDir
from harness.runs.folders import result_folder
from harness.runs.resume import explained_stop

MAKING, MARK = ".card-in-the-making", b"robotwin-pi0 card\n"
"""The file that says whose folder it is while a card is made, and what is in it."""


def out_folder(config: Config) -> Path:
    """The empty folder to write to, or one where a card was being made as its process was killed; UserError else."""
    left = config.out is not None and _is_left(config.out)
    occupied = None if left else "choose another --out"
    return result_folder(config.out, "card", config.repo_id.partition("/")[2], occupied)


def _is_left(folder: Path) -> bool:
    mark = folder / MAKING
    return not folder.is_symlink() and not mark.is_symlink() and mark.is_file() and mark.read_bytes() == MARK


@contextlib.contextmanager
def whole_or_empty(folder: Path) -> Iterator[None]:
    """The folder for this process alone; empty again where the card is not finished: half of one would be in the way.

    UserError, with nothing taken away, where another process makes a card in it, or has made one by now.
    """
    try:
        mark = open_locked(folder / MAKING)
    except OSError as error:
        raise UserError(f"cannot write to {folder}: {error.strerror}; choose another --out") from error
    if mark is None:
        raise UserError(f"another process writes a card to {folder}; choose another --out")
    with mark:
        try:
            mark.seek(0)
            if mark.read() != MARK:
                if any(entry.name != MAKING for entry in folder.iterdir()):
                    raise UserError(f"{folder} is not empty: choose another --out")
                write_whole(mark, MARK)
            _clear(folder)
            try:
                yield
            except BaseException:
                _clear(folder)
                raise
        finally:
            (folder / MAKING).unlink(missing_ok=True)


def _clear(folder: Path) -> None:
    """Take away what there is of a card."""
    for name in (FOLDER, eval_entries.FOLDER):
        shutil.rmtree(folder / name, ignore_errors=True)
    (folder / CARD).unlink(missing_ok=True)


def main(config: Config) -> None:
    """Write the card, upload it if asked to, and say where it is."""
    check(config)
    if config.upload:
        check_hub()
    for run in config.runs:
        RunDir.load(run)
    out = out_folder(config)
    with explained_stop(out, lambda: "nothing of the card is kept"), whole_or_empty(out):
        card = build_card(config, out)
        card.write(None)
    size = sum(path.stat().st_size for path in card.folder.rglob("*") if path.is_file())
    print(
        f"{card.folder / CARD} ({len(card.results)} results in its metadata, {size / MEGABYTE:.1f} MB in all)"
    )
    if config.upload:
        print(upload(card, config.private))
    else:
        print(f"nothing was uploaded; the same command with --upload puts it into {config.repo_id}")
