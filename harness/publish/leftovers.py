"""What a process leaves of a card that is killed while it makes one: what is ours to take away, and what is not."""

from __future__ import annotations

import re
from pathlib import Path

from harness.files.removing import first_link, remove
from harness.publish import eval_entries
from harness.publish.card import CARD
from harness.publish.markdown import FOLDER, START

MAKING = ".card-in-the-making"
"""The file that says whose folder it is while a card is made."""
OURS = re.compile(
    rf"{re.escape(MAKING)}|{CARD}|\.{CARD}\.tmp|{re.escape(eval_entries.FOLDER)}(/{eval_entries.FILE})?|"
    rf"{FOLDER}(/(plots|videos|results\.csv|\.?results\.json(\.tmp)?|plots/\d+-\d+\.png|videos/[\w.-]+\.mp4))?"
)
"""What a card is made of, by its place in its folder."""


def foreign(folder: Path) -> Path | None:
    """What is in a folder, links included, that no card has; None where all of it may be taken away."""
    if link := first_link(folder):
        return link
    for path in sorted(folder.rglob("*")):
        if not OURS.fullmatch(path.relative_to(folder).as_posix()):
            return path
    readme = folder / CARD
    if readme.exists() and not (readme.is_file() and START.encode() in readme.read_bytes()):
        return readme
    return None


def clear(folder: Path) -> None:
    """Take away what there is of a card."""
    for name in (FOLDER, eval_entries.FOLDER, CARD, f".{CARD}.tmp"):
        remove(folder / name)
