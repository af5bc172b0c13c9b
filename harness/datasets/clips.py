"""One episode's pictures of one camera, out of a film or out of the table."""

from __future__ import annotations

import io
import math
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from harness.core.errors import UserError
from harness.core.text import one_line, short
from harness.datasets import video_frames

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_PIXELS = 4096 * 4096
FORMATS = ("PNG", "JPEG", "WEBP")
COLOURS = ("RGB", "RGBA", "L", "1")
"""Pillow's modes of pictures whose numbers are colours, or grey."""
ORIENTATION = 274
"""The EXIF tag."""


class Clip(Protocol):
    """Pictures of an episode by frame."""

    def decode(self, frames: Sequence[int] | NDArray[np.integer]) -> NDArray[np.uint8]:
        """Images (n, H, W, 3) uint8 RGB of the episode's `frames` (n,), in the order asked for."""
        ...


@dataclass(frozen=True)
class Film:
    """One episode's part of a video file.

    LeRobot finds the picture of a frame by the row's own `timestamp`, not by its number: idle frames may have been cut
    out, clocks may run unevenly. open: the file, fetched and indexed when first needed. start: seconds in it at which
    the episode begins. seconds (T,): of every frame since then. fps: frames a second.
    end: seconds in it at which the next episode may begin.
    """

    open: Callable[[], video_frames.VideoIndex]
    start: float
    seconds: NDArray[np.float64]
    fps: float
    end: float = math.inf

    @property
    def video(self) -> video_frames.VideoIndex:
        """The file; UserError where it is not there or broken."""
        return self.open()

    def decode(self, frames: Sequence[int] | NDArray[np.integer]) -> NDArray[np.uint8]:
        """See `Clip`."""
        return video_frames.decode(self.video, self.positions(np.asarray(frames, dtype=np.int64)))

    def positions(self, frames: NDArray[np.int64]) -> NDArray[np.int64]:
        """Where in the file the frames (n,) are; UserError where the file has none near enough."""
        asked = self.start + self.seconds[frames]
        if len(asked) and asked.max() > self.end + 0.25 / self.fps:
            raise UserError(
                f"{self.video.path}: an episode has timestamps up to {asked.max():.3f} s of the film, and its part "
                f"ends at {self.end:.3f} s: pictures there are of another episode; correct timestamp in data/ (seconds "
                "from the episode's start), or from_timestamp and to_timestamp in meta/episodes"
            )
        return self.video.locate(asked, self.fps)


@dataclass(frozen=True)
class Stills:
    """Pictures kept in the data file; `encoded` reads them, one for each frame. of: what they are, for errors."""

    encoded: Callable[[], Sequence[bytes]]
    of: str

    def decode(self, frames: Sequence[int] | NDArray[np.integer]) -> NDArray[np.uint8]:
        """See `Clip`."""
        pictures = self.encoded()
        images = [self._open(pictures[int(t)], int(t)) for t in frames]
        if len({image.shape for image in images}) > 1:
            raise UserError(f"{self.of} has pictures of several sizes; convert the dataset again")
        return np.stack(images)

    def _open(self, data: bytes, frame: int) -> NDArray[np.uint8]:
        try:
            return open_picture(data)[0]
        except ValueError as error:
            raise UserError(
                f"{self.of} has a picture at frame {frame} that does not decode ({error}); "
                "leave the episode out, or convert the dataset again"
            ) from error


def open_picture(data: bytes) -> tuple[NDArray[np.uint8], bytes]:
    """An encoded picture as (H, W, 3) uint8 RGB, and the comment in it; ValueError, one short line, for none.

    As LeRobot shows it to a policy: turned as its EXIF says, alpha left away. Of a palette LeRobot shows the
    numbers, of CMYK the inks, of two channels two, and 16 bits are depth: no colours, so none here.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise ValueError(f"{picture.width} x {picture.height} pixels")
            if picture.mode not in COLOURS:
                raise ValueError(f"its pixels are {picture.mode}: write it as RGB, 8 bits a channel")
            comment = picture.info.get("comment", b"")
            turned = ImageOps.exif_transpose(picture) if picture.getexif().get(ORIENTATION) else picture
            pixels = np.asarray(turned.convert("RGB"))
    except UnidentifiedImageError:
        raise ValueError(f"it is none of {', '.join(FORMATS)}: write it as one of them") from None
    except (OSError, ValueError, SyntaxError, struct.error, Image.DecompressionBombError) as error:
        raise ValueError(short(one_line(str(error)), 80)) from error
    return pixels, comment if isinstance(comment, bytes) else b""
