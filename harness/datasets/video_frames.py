"""Exact frames out of an mp4 file, and an honest answer when the file has lost some.

LeRobot stores many episodes in one video file per camera. A frame is asked for by its time in that file;
what comes back is the frame at that time or an error, never a neighbour. PyAV brings its own ffmpeg, so
nothing has to be installed on the machine (torchcodec needs the system's).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.core.errors import UserError
from harness.files.films import open_film

if TYPE_CHECKING:
    from numpy.typing import NDArray

SEEK_PAYS = 8
"""Frames that must lie between the last wanted frame and the next keyframe for a seek to beat decoding on."""


PLAIN_MATRICES = (0, 2, 3, 5, 6)
"""AVColorSpace of films that swscale's own matrix serves: RGB, untagged, reserved, BT.470 BG, SMPTE 170M."""


@dataclass(frozen=True)
class VideoIndex:
    """Where the frames of one video file are, read from its packets without decoding them.

    times: (N,) seconds, ascending, of every frame that is really in the file.
    keyframes: (K,) positions in `times` from which decoding can start.
    """

    path: Path
    times: NDArray[np.float64]
    keyframes: NDArray[np.int64]

    def locate(self, seconds: Sequence[float] | NDArray[np.float64], fps: float) -> NDArray[np.int64]:
        """Positions (n,) of the frames shown at `seconds` (n,).

        Raises UserError where the file has no frame within a quarter of a frame's duration: near enough
        for rounded timestamps, never so far that the neighbour could be taken.
        """
        asked = np.asarray(seconds, dtype=np.float64)
        after = np.minimum(np.searchsorted(self.times, asked), len(self.times) - 1)
        before = np.maximum(after - 1, 0)
        earlier = np.abs(self.times[before] - asked) <= np.abs(self.times[after] - asked)
        nearest = np.where(earlier, before, after)
        off = np.abs(self.times[nearest] - asked)
        lost = ~(off <= 0.25 / fps)  # NaN is lost too
        if lost.any():
            first = asked[lost].min()
            if self.times[0] - first > 0.25 / fps and asked.min() == first:
                late = self.times[0] - first
                raise UserError(
                    f"{self.path} begins at {self.times[0]:.3f} s and the data at {first:.3f} s; shift the film by "
                    f"`ffmpeg -itsoffset -{late:.3f} -i FILM -c copy NEW`, or it is not this dataset's: fetch it again"
                )
            inside = self.times[0] - 1 / fps < first < self.times[-1] + 1 / fps
            fix = (
                f"its frames and the data's timestamps ({fps:g} frames a second) do not go together: was the film "
                "made anew at another rate? Or the file is damaged: fetch it again"
                if inside
                else "the file is truncated or not this dataset's: fetch it again; or timestamp in data/ is not "
                "seconds from the episode's start"
            )
            raise UserError(
                f"{self.path} has lost frames: nothing at {first:.3f} s, {len(self.times)} frames end at "
                f"{self.times[-1]:.3f} s; {fix}"
            )
        return nearest


def index_video(path: Path) -> VideoIndex:
    """Read the frame times of a video file from its packets (no decoding; about the speed of the disk).

    Raises UserError when the file cannot be opened, holds no video or breaks off in the middle.
    """
    import av

    times: list[float] = []
    key: list[bool] = []
    try:
        with open_film(path) as container:
            stream = container.streams.video[0]
            for packet in container.demux(stream):
                if packet.pts is None:
                    continue
                if packet.is_corrupt:
                    break
                times.append(float(packet.pts * packet.time_base))
                key.append(bool(packet.is_keyframe))
    except (av.FFmpegError, OSError, IndexError) as error:
        raise UserError(
            f"{path} is not a readable video ({error}); it may be truncated, fetch it again"
        ) from error
    if not times or not any(key):
        raise UserError(f"{path} holds no video frames; fetch it again")
    order = np.argsort(times, kind="stable")
    return VideoIndex(path, np.asarray(times)[order], np.flatnonzero(np.asarray(key)[order]))


def decode(index: VideoIndex, positions: Sequence[int] | NDArray[np.int64]) -> NDArray[np.uint8]:
    """Frames (n, H, W, 3) uint8 RGB at `positions` (n,) of the file, in the order asked for.

    One pass over the file that skips what nobody asked for where that is worth a seek, and converts to RGB
    only what was asked for. Raises UserError when the packets are there but do not decode.
    """
    import av

    wanted = np.unique(np.asarray(positions, dtype=np.int64))
    start = index.keyframes[np.searchsorted(index.keyframes, wanted, side="right") - 1]
    jump = start[1:] - wanted[:-1] > SEEK_PAYS
    frames: dict[int, NDArray[np.uint8]] = {}
    try:
        with open_film(index.path) as container:
            stream = container.streams.video[0]
            stream.thread_type = "AUTO"
            for run in np.split(np.arange(len(wanted)), np.flatnonzero(jump) + 1):
                container.seek(
                    round(index.times[start[run[0]]] / stream.time_base), stream=stream, backward=True
                )
                _decode_until(container, stream, index, wanted[run], frames)
    except (av.FFmpegError, OSError) as error:
        raise UserError(f"{index.path} does not decode ({error}); fetch the file again") from error
    lost = [int(p) for p in wanted if int(p) not in frames]
    if lost:
        raise UserError(
            f"{index.path} does not decode: frame {lost[0]} of {len(index.times)} is lost "
            f"({len(lost)} in all); fetch the file again"
        )
    return np.stack([frames[int(p)] for p in positions])


def _decode_until(
    container: Any,
    stream: Any,
    index: VideoIndex,
    wanted: NDArray[np.int64],
    frames: dict[int, NDArray[np.uint8]],
) -> None:
    """Decode from where the container stands to the last of `wanted`, keeping the wanted frames."""
    keep = {int(position) for position in wanted}
    for frame in container.decode(stream):
        if frame.pts is None:
            continue
        position = int(np.abs(index.times - float(frame.pts * stream.time_base)).argmin())
        if position in keep:
            frames[position] = to_rgb(frame)
            keep.remove(position)
        if not keep:
            return


def to_rgb(frame: Any) -> NDArray[np.uint8]:
    """A decoded frame as (H, W, 3) uint8 RGB, upright where its film says by how many quarters it is turned.

    torchcodec, which policies are trained with, turns such films too (telephones and action cameras write them).
    """
    quarters = round(frame.rotation / 90) % 4
    pixels = _colours(frame)
    return np.ascontiguousarray(np.rot90(pixels, quarters)) if quarters else pixels


def _colours(frame: Any) -> NDArray[np.uint8]:
    """A decoded frame as (H, W, 3) uint8 RGB, with the matrix and range that its film is tagged with.

    swscale takes BT.601's matrix unless it is told otherwise, and PyAV tells it only where source and target differ:
    without that, films tagged BT.709 are up to 23 levels of 255 off. torchcodec, which policies are trained with,
    follows the tags. Films without tags, or tagged BT.601, are converted as ever.
    """
    from av.video.reformatter import ColorRange, Colorspace

    full = frame.color_range == ColorRange.JPEG
    ordinary = frame.colorspace in PLAIN_MATRICES and (not full or frame.format.name.startswith("yuvj"))
    if ordinary or not frame.format.name.startswith("yuv"):
        return frame.to_ndarray(format="rgb24")
    converted = frame.reformat(
        format="rgb24",
        src_colorspace=frame.colorspace,
        dst_colorspace=Colorspace.ITU601,
        src_color_range=ColorRange.JPEG if full else ColorRange.MPEG,
        dst_color_range=ColorRange.JPEG,
    )
    return converted.to_ndarray()
