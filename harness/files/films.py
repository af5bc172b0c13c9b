"""Films that may come from a stranger: opened as films in one file, never as a list of other files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

CONTAINERS = "mov,mp4,matroska,webm,avi,mpegts,ogg,gif"
"""FFmpeg's names. What it also knows, lists and manifests among them, names other files that it would open."""
OPTIONS = {"format_whitelist": CONTAINERS, "protocol_whitelist": "file"}


def open_film(path: Path) -> Any:
    """PyAV's container of the film at `path`, to be closed; av.FFmpegError or OSError where it is none."""
    import av

    if not path.is_file():
        raise OSError(f"{path} is no plain file")
    return av.open(str(path), options=dict(OPTIONS))
