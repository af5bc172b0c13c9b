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
from harness.publish import eval_entries
from harness.publish.card import CARD, MEGABYTE, build_card
from harness.publish.config import Config, check
from harness.publish.markdown import FOLDER
from harness.publish.upload import check_hub, upload
from harness.runs.directory import RunDir
from harness.runs.folders import result_folder
from harness.runs.resume import explained_stop


def out_folder(config: Config) -> Path:
    """The empty folder to write to; UserError where there is none."""
    return result_folder(config.out, "card", config.repo_id.partition("/")[2], "choose another --out")


@contextlib.contextmanager
def empty_again_if_it_fails(folder: Path) -> Iterator[None]:
    """Take away what was written to a folder that was empty: half a card would stand in the way of the next one.

    UserError, with nothing taken away, where another process has begun a card in it.
    """
    try:
        (folder / FOLDER).mkdir()  # of two, one makes it
    except OSError as error:
        if isinstance(error, FileExistsError):
            raise UserError(f"another process writes a card to {folder}; choose another --out") from None
        raise UserError(f"cannot write to {folder}: {error.strerror}; choose another --out") from error
    try:
        yield
    except BaseException:
        for name in (FOLDER, eval_entries.FOLDER):
            shutil.rmtree(folder / name, ignore_errors=True)
        (folder / CARD).unlink(missing_ok=True)
        raise


def main(config: Config) -> None:
    """Write the card, upload it if asked to, and say where it is."""
    check(config)
    if config.upload:
        check_hub()
    for run in config.runs:
        RunDir.load(run)
    out = out_folder(config)
    with empty_again_if_it_fails(out), explained_stop(out, lambda: "nothing of the card is kept"):
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
