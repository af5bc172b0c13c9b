"""What `python -m harness.view` does."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from harness.core.errors import UserError
from harness.core.text import one_line
from harness.view import recording
from harness.view.config import Config
from harness.view.sources import load


def main(config: Config) -> int | None:
    """Write the recording and say where; with `--open` show it."""
    if config.out is not None and config.out.suffix != ".rrd":
        raise UserError(f"--out {config.out} must end in .rrd")
    shown = load(config.source, config.episode)
    out = config.out or Path(default_name(config.source, shown.title))
    recording.write(shown, out)
    print(f"{one_line(shown.title)}: {out} ({out.stat().st_size / 1e6:.1f} MB); open it with `rerun {out}`")
    if config.open:
        return subprocess.run([sys.executable, "-m", "rerun", "--bind", "127.0.0.1", str(out)]).returncode
    return None


def default_name(source: str, title: str) -> str:
    """A file's name out of what is shown: letters, digits, dots and dashes."""
    return re.sub(r"[^\w.-]+", "-", f"{Path(source).name[-40:]}-{title[:80]}").strip("-") + ".rrd"
