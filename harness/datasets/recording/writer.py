"""Recording: episodes become a LeRobotDataset v3 that is whole, whatever ends it.

Everything is written to `<out>.partial` (`harness.datasets.recording.partial`) and takes its name only when it has
been checked. An episode that was added is kept: where an error or Ctrl-C ends the recording, those before it are the
dataset; where the process was killed, the next recording of that name makes them `<out>-stopped`.

    with DatasetWriter("data/stack", fps=15, config={"control": "dense"}, sampling="dense") as writer:
        writer.add_episode(images, states, actions, task="Stack the blocks.", meta={"scene_seed": 3})
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.core.errors import UserError
from harness.core.robot import IMAGE_PREFIX, JOINT_NAMES, STATE_DIM
from harness.datasets.frame_columns import FEATURES, frame_columns
from harness.datasets.info import ACTION, STATE
from harness.datasets.recorded import SCHEMA
from harness.datasets.recording.compaction import OWN_FILES_MB
from harness.datasets.recording.partial import claim, finish

if TYPE_CHECKING:
    from numpy.typing import NDArray

CAMERA_KEYS: Mapping[str, str] = {
    "head": f"{IMAGE_PREFIX}cam_high",
    "left": f"{IMAGE_PREFIX}cam_left_wrist",
    "right": f"{IMAGE_PREFIX}cam_right_wrist",
}
"""Role -> feature, the names of `lerobot/robotwin_unified`."""


class DatasetWriter:
    """Writes one dataset; a context manager that finalizes, with what there is where an error ends it.

    Args:
        out: the directory to make; it must not exist.
        fps: nominal frames a second. image_size: (H, W) of all three cameras.
        config, sampling: what the recording was made with; kept in meta/robotwin.json.

    Raises UserError where `out` exists or cannot be made, or another process records to it.
    """

    def __init__(
        self,
        out: str | Path,
        *,
        fps: int = 15,
        image_size: tuple[int, int] = (240, 320),
        config: Mapping[str, Any] | None = None,
        sampling: str = "dense",
    ):
        self.out = Path(out)
        self.image_shape = (*image_size, 3)
        self._sampling, self._assets = sampling, (config or {}).get("assets_kind")
        self._finished = False
        self._partial = claim(self.out)
        try:
            self._partial.begin({"schema": SCHEMA, "sampling": sampling, "config": dict(config or {})})
            self._dataset = _create(self._partial.dataset, self.out.name, fps, self.image_shape)
        except OSError as error:
            self._partial.remove()
            raise UserError(f"cannot record to {self.out}: {error.strerror}; choose another --out") from error
        except BaseException:
            self._partial.remove()
            raise

    def __enter__(self) -> DatasetWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        if kind is None or self.episodes:
            self.finalize()
        else:
            self.discard()

    @property
    def episodes(self) -> int:
        """How many episodes have been added."""
        return len(self._partial.episodes)

    @property
    def said(self) -> list[str]:
        """What is to be said of the finished dataset."""
        return self._partial.said

    @property
    def folder(self) -> Path:
        """Where everything is written until the recording ends."""
        return self._partial.folder

    @property
    def kept(self) -> str:
        """Where the finished episodes are, in words."""
        if not self.episodes:
            return "nothing is kept"
        episodes = f"its finished episodes ({self.episodes}) are"
        if self._finished:
            return f"{episodes} the dataset {self.out}"
        place = self._partial.place
        if place is None:
            return f"{episodes} gone with {self.folder}, which was removed or moved while it was recorded"
        if place != self.folder:
            return f"{episodes} in {place}: move it back to {self.folder}, and record to the same --out again"
        return f"{episodes} safe in {self.folder}: record to the same --out again, and they become a dataset"

    def add_episode(
        self,
        images: Mapping[str, NDArray[np.uint8]],
        states: NDArray[np.float32],
        actions: NDArray[np.float32],
        *,
        task: str,
        meta: Mapping[str, Any] | None = None,
    ) -> None:
        """Append one episode, on disk and whole when this returns.

        Args:
            images: role (`head`, `left`, `right`) -> (T, H, W, 3) uint8 RGB.
            states, actions: (T, 14) float32. task: the instruction.
            meta: what else to keep of it: `task` (RoboTwin's name), `scene_seed`, `success`, ...

        Raises ValueError for arrays of another shape or dtype, or that are not finite.
        """
        length = _check_episode(images, states, actions, self.image_shape)
        columns = frame_columns(meta or {}, self._sampling, self._assets) | {"task": task}
        for t in range(length):
            frame = {key: images[role][t] for role, key in CAMERA_KEYS.items()}
            self._dataset.add_frame(frame | {STATE: states[t], ACTION: actions[t]} | columns)
        self._dataset.save_episode()
        self._dataset.writer.close_writer()  # its footers: a parquet file without one cannot be read
        self._dataset.meta._close_writer()
        self._partial.add(dict(meta or {}))

    def finalize(self) -> Path:
        """Finish all files, check that every video holds every frame, and give the dataset its name.

        Returns `out`. Raises UserError for a recording without episodes or whose videos lost frames.
        """
        self._stop_encoding()
        if not self.episodes:
            self._partial.remove()
            raise UserError(f"nothing was recorded for {self.out}; record at least one episode")
        try:
            finish(self._partial, self.out)
            self._finished = True
            return self.out
        finally:
            self._partial.close()

    def discard(self) -> None:
        """Give the recording up and remove what was written of it."""
        self._stop_encoding()
        self._partial.remove()

    def _stop_encoding(self) -> None:
        with contextlib.suppress(Exception):  # what was added is on disk; the rest is an episode at work
            self._dataset.writer.cancel_pending_videos()
            self._dataset.finalize()


def _create(root: Path, name: str, fps: int, image_shape: tuple[int, int, int]) -> Any:
    """A LeRobotDataset open for writing that streams its frames into h264, every episode into files of its own.

    The encoder queue is unbounded: a bounded one drops frames on a busy machine, with a log line only, and
    every later frame then belongs to the wrong action. PyAV is named because looking for torchcodec prints a
    page of warnings where no system ffmpeg is installed.
    """
    import av
    import datasets
    from lerobot.configs import RGBEncoderConfig
    from lerobot.datasets import LeRobotDataset

    av.logging.set_libav_level(av.logging.ERROR)  # joining video files is narrated on stderr otherwise
    datasets.disable_progress_bars()  # one bar an episode, across our own

    vector = {"dtype": "float32", "shape": (STATE_DIM,), "names": list(JOINT_NAMES)}
    image = {"dtype": "video", "shape": image_shape, "names": ["height", "width", "channels"]}
    dataset = LeRobotDataset.create(
        repo_id=f"local/{name}",
        root=root,
        fps=fps,
        robot_type="aloha-agilex",
        features={
            STATE: vector,
            ACTION: dict(vector),
            **{key: dict(image) for key in CAMERA_KEYS.values()},
            **{name: dict(feature) for name, feature in FEATURES.items()},
        },
        rgb_encoder=RGBEncoderConfig(vcodec="h264", preset="veryfast", crf=23, g=25, extra_options={"bf": 0}),
        streaming_encoding=True,
        encoder_queue_maxsize=0,
        video_backend="pyav",
        metadata_buffer_size=1,
    )
    dataset.meta.update_chunk_settings(
        data_files_size_in_mb=OWN_FILES_MB, video_files_size_in_mb=OWN_FILES_MB
    )
    return dataset


def _check_episode(
    images: Mapping[str, NDArray[np.uint8]],
    states: NDArray[np.float32],
    actions: NDArray[np.float32],
    image_shape: tuple[int, int, int],
) -> int:
    length = len(states)
    for name, array in (("states", states), ("actions", actions)):
        if length == 0 or array.shape != (length, STATE_DIM) or array.dtype != np.float32:
            raise ValueError(f"{name} must be (T, {STATE_DIM}) float32, not {array.shape} {array.dtype}")
        if not np.isfinite(array).all():
            raise ValueError(f"{name} must be finite")
    if set(images) != set(CAMERA_KEYS):
        raise ValueError(f"images must have the roles {sorted(CAMERA_KEYS)}, not {sorted(images)}")
    for role, film in images.items():
        if film.shape != (length, *image_shape) or film.dtype != np.uint8:
            raise ValueError(
                f"{role} images must be {(length, *image_shape)} uint8, not {film.shape} {film.dtype}"
            )
    return length
