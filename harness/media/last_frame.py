"""What a film ends with, as a small picture: it shows how an episode came out."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from harness.files.films import open_film

WIDTH, QUALITY = 480, 68
TOGETHER = 4
"""films read at once: decoding lets other threads run"""
LONGEST, LARGEST = 20_000, 4096 * 4096
"""frames and pixels beyond which a file is no film of a rollout"""


def last_frames(paths: Sequence[Path | None]) -> list[str | None]:
    """The last frame of each film as a JPEG `data:` URI; None for None and for what cannot be read as a film."""
    with ThreadPoolExecutor(TOGETHER) as pool:
        return list(pool.map(lambda path: None if path is None else last_frame(path), paths))


def last_frame(path: Path) -> str | None:
    """The last frame of the film at `path` as a JPEG `data:` URI, WIDTH px wide; None where there is none."""
    import av

    try:
        with open_film(path) as container:
            stream = container.streams.video[0]
            if stream.width * stream.height > LARGEST or stream.frames > LONGEST:
                return None
            if stream.duration:
                container.seek(stream.duration, stream=stream)
            frame = None
            for number, frame in enumerate(container.decode(stream)):
                if number > LONGEST or frame.width * frame.height > LARGEST:
                    return None
            if frame is None:
                return None
            height = max(2, round(WIDTH * frame.height / frame.width))
            picture = frame.reformat(WIDTH, height, "rgb24").to_image()
    except (av.FFmpegError, OSError, IndexError, ValueError, EOFError):
        return None
    target = io.BytesIO()
    picture.save(target, "JPEG", quality=QUALITY, optimize=True)
    return "data:image/jpeg;base64," + base64.b64encode(target.getvalue()).decode()
