"""Where nothing may be written to: the parts of a dataset or a run, which are read as what was recorded there."""

from __future__ import annotations

from pathlib import Path

from harness.core.errors import UserError

OUTPUTS = ("out", "work", "write_xpolicylab")
"""Fields of command lines that name what is written."""
PARTS = {
    "dataset": ("meta/info.json", ("meta", "data", "videos", "images")),
    "run": ("run.json", ("predictions", "videos", "plots")),
}
"""What is made of folders -> the file that shows it, and its folders."""


def check_output(flag: str, path: Path) -> None:
    """UserError where `path` lies in a folder of a dataset or run."""
    try:
        whole = path.expanduser().resolve()
    except OSError:  # the folder this was started in is gone: who writes there will say so
        return
    for folder in (whole, *whole.parents):
        for what, (mark, parts) in PARTS.items():
            if folder.name in parts and (folder.parent / mark).is_file():
                raise UserError(
                    f"{flag} {path} lies in {folder}, a part of the {what} in {folder.parent}; choose a place "
                    "outside it"
                )
