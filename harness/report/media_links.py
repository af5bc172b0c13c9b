"""The videos and pictures of a report: which files of a run may be shown, and where the page finds them."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from urllib.parse import quote

from harness.core.errors import UserError
from harness.runs.folders import slug

_ALLOWED = re.compile(r"(videos/[^/\\\0]+\.mp4|plots/[^/\\\0]+\.png)")
_SIGNATURES = {".mp4": (4, b"ftyp"), ".png": (0, b"\x89PNG\r\n\x1a\n")}


class Media:
    """Hands out links that work from `out/report.html`, copying files there when they live elsewhere."""

    def __init__(self, out: Path):
        self.out = out

    def link(self, run: Path, index: int, name: str | None) -> str | None:
        """A relative URL of the file a row names (`videos/x.mp4`, `plots/x.png`); None if it may not be
        shown.

        Only an mp4 or png that is a plain file in that very folder of the run: no way up, no symbolic link,
        no other kind of content under such a name.
        """
        source = shown_file(run, name)
        if source is None:
            return None
        if run.resolve() == self.out.resolve():
            return quote(f"{source.parent.name}/{source.name}")
        folder = f"{index:02d}-{slug(run.resolve().name)}"
        target = self.out / "files" / folder / source.parent.name / source.name
        self._make(target.parent)
        target.unlink(missing_ok=True)  # it may be a link, in a folder of a stranger's
        shutil.copyfile(source, target)
        return quote(target.relative_to(self.out).as_posix())

    def _make(self, folder: Path) -> None:
        """Make a folder below `out`; UserError where a link would lead elsewhere."""
        for part in (folder.parent.parent, folder.parent, folder):
            if part.is_symlink():
                raise UserError(f"{part} is a link, and a report writes nothing behind one; remove it")
        folder.mkdir(parents=True, exist_ok=True)


def shown_file(run: Path, name: str | None) -> Path | None:
    """The file in `run` that a row names, if it is one the report may show."""
    if not name or not _ALLOWED.fullmatch(name):
        return None
    path = run / name
    start, signature = _SIGNATURES[path.suffix]
    try:
        if path.is_symlink() or path.parent.is_symlink() or not path.is_file():
            return None
        with path.open("rb") as handle:
            return path if handle.read(start + len(signature))[start:] == signature else None
    except OSError:  # a name longer than any file's, a file that may not be read
        return None
