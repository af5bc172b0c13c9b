"""Films that say by how many quarters they are turned (the display matrix of their track)."""

from __future__ import annotations

import struct
from pathlib import Path

import av
import numpy as np
import pytest

from harness.datasets import video_frames

ONE = 1 << 16


def film(path: Path, matrix: tuple[int, int, int, int]) -> Path:
    """Four pictures (48, 64) with a red corner at the top left, the matrix written into the header of the track."""
    picture = np.full((48, 64, 3), 40, np.uint8)
    picture[:24, :32] = 220, 40, 40
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=15)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for _ in range(4):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
        out.mux(stream.encode())
    data = bytearray(path.read_bytes())
    head = data.find(b"tkhd")
    at = head + 8 + (32 if data[head + 4] else 20) + 16
    a, b, c, d = matrix
    data[at : at + 20] = struct.pack(">5i", a, b, 0, c, d)
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    ("matrix", "corner"),
    [
        ((ONE, 0, 0, ONE), "top left"),
        ((0, ONE, -ONE, 0), "top right"),
        ((-ONE, 0, 0, -ONE), "bottom right"),
        ((0, -ONE, ONE, 0), "bottom left"),
    ],
)
def test_it_stands_upright_as_torchcodec_shows_it(
    tmp_path: Path, matrix: tuple[int, int, int, int], corner: str
) -> None:
    """The corners are torchcodec 0.11.1's of the same files: its pictures and these were equal to the level."""
    index = video_frames.index_video(film(tmp_path / "film.mp4", matrix))
    image = video_frames.decode(index, [2])[0]
    assert image.shape == ((64, 48, 3) if "top right" in corner or corner == "bottom left" else (48, 64, 3))
    red = image[..., 0] > 150
    rows, columns = (np.flatnonzero(red.any(axis=axis)).mean() for axis in (1, 0))
    height, width = image.shape[:2]
    found = f"{'top' if rows < height / 2 else 'bottom'} {'left' if columns < width / 2 else 'right'}"
    assert found == corner
