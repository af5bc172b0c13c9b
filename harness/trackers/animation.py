"""A film as an animated GIF of bounded size."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

from harness.files.films import open_film

WIDTH = 480
"""Pixels across at most."""
FRAMES = 60
"""Pictures at most: evenly spread over the film, its last among them."""
PICTURE_MS = 100


@dataclass(frozen=True)
class Animation:
    """The GIF's bytes and its size in pixels."""

    gif: bytes
    height: int
    width: int


def animation(path: Path) -> Animation:
    """The film of `path`; ValueError where it has no picture."""
    from PIL import Image

    with open_film(path) as container:
        total = sum(1 for _ in container.decode(video=0))
    wanted = set(spread(total))
    with open_film(path) as container:
        images = []
        for number, picture in enumerate(container.decode(video=0)):
            if number in wanted:
                width = min(WIDTH, picture.width)
                size = (width, max(1, round(picture.height * width / picture.width)))
                image = Image.fromarray(picture.to_ndarray(format="rgb24"))
                images.append(image.resize(size).quantize(64))
    if not images:
        raise ValueError(f"{path} has no picture")
    file = io.BytesIO()
    images[0].save(file, format="GIF", save_all=True, append_images=images[1:], duration=PICTURE_MS, loop=0)
    return Animation(file.getvalue(), images[0].height, images[0].width)


def spread(total: int, most: int = FRAMES) -> list[int]:
    """At most `most` places in 0 … total - 1, evenly spread, the first and the last among them."""
    if total <= most:
        return list(range(total))
    return [round(i * (total - 1) / (most - 1)) for i in range(most)]
