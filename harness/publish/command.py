"""A model card of runs for the Hub: tables, plots, videos and evaluation metadata.

    python -m harness.publish runs/a-openloop-pi0 runs/b-closedloop-pi0 --repo-id owner/my-pi0
    python -m harness.publish runs/a-openloop-pi0 runs/b-closedloop-pi0 --repo-id owner/my-pi0 --upload

Nothing leaves this machine without `--upload`: the folder that would be uploaded is written, to be looked at.
A card that the repository already has keeps its words and results; ours stand between two markers and are
replaced the next time. Host names, command lines and paths of this machine are not published.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from harness.core.errors import UserError
from harness.files.locking import open_locked, write_whole
from harness.publish.card import CARD, MEGABYTE, build_card
from harness.publish.config import Config, check
from harness.publish.leftovers import MAKING, clear, foreign
from harness.publish.upload import check_hub, upload
from harness.runs.directory import RunDir
from harness.runs.folders import result_folder
from harness.runs.resume import explained_stop

MARK = b"robotwin-pi0 card\n"
"""What is in the file that says whose folder it is while a card is made."""


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

    UserError, with nothing taken away, where another process makes a card in it, or has made one by now, or it holds
    what no card has.
    """
    try:
        mark = open_locked(folder / MAKING)
    except OSError as error:
        raise UserError(f"cannot write to {folder}: {error.strerror}; choose another --out") from error
    if mark is None:
        raise UserError(f"another process writes a card to {folder}; choose another --out")
    with mark:
        _take(folder, mark)
        try:
            yield
        except BaseException:
            clear(folder)
            raise
        finally:
            (folder / MAKING).unlink(missing_ok=True)


def _take(folder: Path, mark: BinaryIO) -> None:
    """Leave nothing in the folder but our mark; UserError, with all of it left, where something else is in it."""
    mark.seek(0)
    marked = mark.read(len(MARK) + 1)
    others = any(entry.name != MAKING for entry in folder.iterdir())
    if others and not marked:
        (folder / MAKING).unlink()  # we have made it
    if marked != MARK and (others or marked):
        raise UserError(f"{folder} is not empty: choose another --out")
    if marked and (stranger := foreign(folder)):
        raise UserError(
            f"{stranger} is no part of a card that was being made: move it away or choose another --out"
        )
    if not marked:
        write_whole(mark, MARK)
    clear(folder)


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
