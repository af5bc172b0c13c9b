"""Videos a browser plays: h264 mp4 files, and the frames that go into them.

A rollout frame shows the three cameras side by side with what was asked, where it stands and how it ended;
an open-loop frame shows the recorded cameras over the action trace up to that frame. The text is on top,
where a player's controls do not cover it. Text is drawn with Pillow in the font matplotlib brings along;
matplotlib itself draws the trace once an episode, never per frame.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.metrics import GRIPPERS, JOINT_NAMES, JOINT_UNITS, replan_starts

if TYPE_CHECKING:
    from PIL import Image, ImageFont

VIEWS = (("left", "left wrist"), ("head", "head"), ("right", "right wrist"))
VIEW_HEIGHT, VIEW_WIDTH = 240, 320
WIDTH = 3 * VIEW_WIDTH
STRIP, TRACE_HEIGHT = 72, 320
PAPER, INK, FAINT, RULE = (24, 26, 30), (240, 240, 240), (165, 170, 178), (70, 74, 82)
OUTCOMES = {
    "running": ("RUNNING", (86, 92, 102)),
    "success": ("✔ SUCCESS", (0, 140, 102)),
    "failure": ("✘ FAILURE", (192, 84, 0)),
    "error": ("! ERROR", (150, 60, 120)),
}
"""What `outcome` of a rollout frame may be: a word, a sign and a colour, so that none is needed alone."""


class VideoWriter:
    """An mp4 file in the making, as a context manager; the file appears under its name only when it is whole.

        with VideoWriter(path, fps=10) as video:
            video.add(frame)  # (H, W, 3) uint8, the same even size every time

    h264, yuv420p, index at the front (playback starts before the download ends). An exception inside, or no
    frame at all, leaves no file. ValueError for a frame of another size or an odd one.
    """

    def __init__(self, path: Path | str, fps: float = 10, crf: int = 23, preset: str = "veryfast"):
        self.path = Path(path)
        self.frames = 0
        self._temporary = self.path.with_name(f".{self.path.name}.tmp")
        self._rate = Fraction(fps).limit_denominator(1000)
        self._options = {"crf": str(crf), "preset": preset}
        self._container: Any = None
        self._stream: Any = None

    def __enter__(self) -> VideoWriter:
        return self

    def add(self, frame: np.ndarray) -> None:
        """Append one frame, uint8 RGB `(H, W, 3)`."""
        import av

        if frame.dtype != np.uint8 or frame.ndim != 3 or frame.shape[2] != 3:
            raise ValueError(f"a video frame must be uint8 (H, W, 3), not {frame.dtype} {frame.shape}")
        height, width = frame.shape[:2]
        if height % 2 or width % 2:
            raise ValueError(f"a video frame must have even sides, not {width}x{height}")
        if self._container is None:
            self._open(width, height)
        if (self._stream.width, self._stream.height) != (width, height):
            size = f"{self._stream.width}x{self._stream.height}"
            raise ValueError(f"all frames of a video must be {size}, not {width}x{height}")
        image = av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), format="rgb24")
        self._container.mux(self._stream.encode(image))
        self.frames += 1

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if self._container is not None:
                if kind is None:
                    self._container.mux(self._stream.encode(None))
                self._container.close()
            if kind is None and self.frames:
                self._temporary.replace(self.path)
        finally:
            self._temporary.unlink(missing_ok=True)

    def _open(self, width: int, height: int) -> None:
        import av

        self._container = av.open(str(self._temporary), "w", format="mp4", options={"movflags": "+faststart"})
        self._stream = self._container.add_stream("libx264", rate=self._rate, options=self._options)
        self._stream.width, self._stream.height = width, height
        self._stream.pix_fmt = "yuv420p"


def write_video(path: Path | str, frames: Sequence[np.ndarray], fps: float = 10) -> Path:
    """Write `frames` (each uint8 `(H, W, 3)`) to `path` and return it."""
    with VideoWriter(path, fps) as video:
        for frame in frames:
            video.add(frame)
    return Path(path)


@lru_cache(maxsize=16)
def font(size: int, bold: bool = False) -> ImageFont.FreeTypeFont:
    """DejaVu Sans at `size` pixels, from matplotlib's data (found without importing matplotlib)."""
    from PIL import ImageFont

    spec = importlib.util.find_spec("matplotlib")
    assert spec is not None and spec.origin is not None
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return ImageFont.truetype(str(Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf" / name), size)


def fit(text: str, width: int, size: int, bold: bool = False) -> str:
    """`text` on one line, cut with an ellipsis where it is wider than `width` pixels."""
    text = " ".join(text.split())[:400]
    if font(size, bold).getlength(text) <= width:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        fits = font(size, bold).getlength(text[:middle].rstrip() + "…") <= width
        low, high = (middle, high) if fits else (low, middle - 1)
    return text[:low].rstrip() + "…"


def cameras_row(images: Mapping[str, np.ndarray]) -> np.ndarray:
    """The cameras by role, left wrist, head, right wrist, as one labelled picture `(240, 960, 3)` uint8.

    images uint8 `(H, W, 3)` of any size, letterboxed to 4:3; a role that is missing is a grey field that says
    so.
    """
    from PIL import Image, ImageDraw

    row = Image.new("RGB", (WIDTH, VIEW_HEIGHT), PAPER)
    draw = ImageDraw.Draw(row)
    for column, (role, label) in enumerate(VIEWS):
        left = column * VIEW_WIDTH
        if role in images:
            view = _letterbox(images[role])
            row.paste(view, (left + (VIEW_WIDTH - view.width) // 2, (VIEW_HEIGHT - view.height) // 2))
        else:
            draw.rectangle((left, 0, left + VIEW_WIDTH - 1, VIEW_HEIGHT - 1), fill=RULE)
            draw.text((left + VIEW_WIDTH / 2, VIEW_HEIGHT / 2), "not recorded", INK, font(14), anchor="mm")
        width = font(12).getlength(label)
        draw.rectangle((left + 4, 4, left + 12 + width, 22), fill=PAPER)
        draw.text((left + 8, 6), label, INK, font(12))
        if column:
            draw.line((left, 0, left, VIEW_HEIGHT), fill=PAPER, width=2)
    return np.asarray(row)


def _letterbox(image: np.ndarray) -> Image.Image:
    from PIL import Image

    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
        raise ValueError(f"a camera image must be uint8 (H, W, 3), not {image.dtype} {image.shape}")
    view = Image.fromarray(image)
    scale = min(VIEW_WIDTH / view.width, VIEW_HEIGHT / view.height)
    size = (max(1, round(view.width * scale)), max(1, round(view.height * scale)))
    return view if size == view.size else view.resize(size, Image.Resampling.BILINEAR)


def compose_rollout_frame(
    images: Mapping[str, np.ndarray],
    *,
    step: int,
    limit: int,
    task: str,
    instruction: str,
    outcome: str = "running",
    note: str = "",
) -> np.ndarray:
    """One frame of a closed-loop video `(312, 960, 3)` uint8: a strip of text over three cameras.

    images by role ("head", "left", "right") uint8 `(H, W, 3)`; step actions taken of limit; outcome one of
    OUTCOMES; note is a few words beside the task (the policy and scene seed, say).
    """
    from PIL import Image, ImageDraw

    strip = Image.fromarray(_caption(task, note, instruction, outcome))
    draw = ImageDraw.Draw(strip)
    draw.text((WIDTH - 16, 50), f"step {step} / {limit}", INK, font(15), anchor="rm")
    draw.rectangle((0, STRIP - 5, WIDTH, STRIP), fill=RULE)
    done = round(WIDTH * min(1.0, step / limit)) if limit > 0 else 0
    if done:
        draw.rectangle(
            (0, STRIP - 5, done - 1, STRIP), fill=OUTCOMES[outcome][1] if outcome != "running" else FAINT
        )
    return np.concatenate([np.asarray(strip), cameras_row(images)])


@lru_cache(maxsize=8)
def _caption(task: str, note: str, instruction: str, outcome: str) -> np.ndarray:
    """The part of the strip that stays the same from frame to frame `(72, 960, 3)`."""
    from PIL import Image, ImageDraw

    if outcome not in OUTCOMES:
        raise ValueError(f"outcome must be one of {tuple(OUTCOMES)}, not {outcome!r}")
    strip = Image.new("RGB", (WIDTH, STRIP), PAPER)
    draw = ImageDraw.Draw(strip)
    word, colour = OUTCOMES[outcome]
    badge = font(15, bold=True).getlength(word) + 24
    draw.rounded_rectangle((WIDTH - 16 - badge, 8, WIDTH - 16, 34), 6, fill=colour)
    draw.text((WIDTH - 16 - badge / 2, 21), word, (255, 255, 255), font(15, bold=True), anchor="mm")
    room = int(WIDTH - 48 - badge)
    name = fit(task, room, 16, bold=True)
    draw.text((16, 21), name, INK, font(16, bold=True), anchor="lm")
    used = font(16, bold=True).getlength(name) + 14
    if note and room - used > 40:
        draw.text((16 + used, 21), fit(note, int(room - used), 14), FAINT, font(14), anchor="lm")
    draw.text((16, 50), fit(instruction, WIDTH - 220, 15), INK, font(15), anchor="lm")
    return np.asarray(strip)


class OpenLoopVideo:
    """The frames of one episode's open-loop video: recorded cameras over the predicted and recorded actions.

        trace = OpenLoopVideo(gt, pred, replan, title="episode 3 · stack_blocks_two")
        frame = trace.frame(images, t)  # (594, 960, 3) uint8

    gt, pred `(T, 14)` raw units, replan bool `(T,)`. Shown are both grippers and the two arm joints that move
    most, or the `joints` given (at most four). Drawn once; a frame reveals it up to t.
    """

    def __init__(
        self,
        gt: np.ndarray,
        pred: np.ndarray,
        replan: np.ndarray,
        *,
        title: str,
        joints: Sequence[int] | None = None,
    ):
        self.title = title
        self.length = len(gt)
        self._steps = np.abs(pred - gt).mean(axis=1)
        self._starts = replan_starts(replan)
        self._trace, self._panels = _draw_trace(gt, pred, self._starts, joints or liveliest_joints(gt))
        self._ahead = _faded(self._trace, self._panels)

    def frame(self, images: Mapping[str, np.ndarray], t: int) -> np.ndarray:
        """The frame at dataset frame t: images by role uint8 `(H, W, 3)`, the trace revealed up to t."""
        from PIL import Image, ImageDraw

        strip = Image.new("RGB", (WIDTH, 34), PAPER)
        draw = ImageDraw.Draw(strip)
        here, so_far = self._steps[t], self._steps[: t + 1].mean()
        said = f"frame {t} / {self.length - 1}   MAE here {here:.3f}   so far {so_far:.3f}"
        room = int(WIDTH - 48 - font(15).getlength(said))
        draw.text((16, 17), fit(self.title, room, 15, bold=True), INK, font(15, bold=True), anchor="lm")
        draw.text((WIDTH - 16, 17), said, INK, font(15), anchor="rm")
        return np.concatenate([np.asarray(strip), cameras_row(images), self._revealed(t)])

    def _revealed(self, t: int) -> np.ndarray:
        picture = self._ahead.copy()
        for top, bottom, left, right in self._panels:
            width = right - left
            cursor = left + round(width * (t + 0.5) / self.length)
            picture[top:bottom, left:cursor] = self._trace[top:bottom, left:cursor]
            colour = (213, 94, 0) if t in self._starts else (90, 90, 90)
            picture[top:bottom, min(cursor, right - 2) : cursor + 2] = colour
        return picture


def liveliest_joints(gt: np.ndarray, count: int = 4) -> tuple[int, ...]:
    """Both grippers and the arm joints with the widest range of motion, in state order."""
    span = np.ptp(gt, axis=0)
    span[GRIPPERS] = np.inf
    return tuple(sorted(np.argsort(-span, kind="stable")[:count].tolist()))


def _draw_trace(
    gt: np.ndarray, pred: np.ndarray, starts: np.ndarray, joints: Sequence[int]
) -> tuple[np.ndarray, list[tuple[int, int, int, int]]]:
    """The whole trace `(320, 960, 3)` and where its panels lie: top, bottom, left, right in pixels."""
    from harness.canvas import POLICY, REPLAN_LINE, TRUTH, new_figure

    figure = new_figure(WIDTH / 100, TRACE_HEIGHT / 100, layout="none")
    figure.subplots_adjust(left=0.05, right=0.985, bottom=0.135, top=0.93, hspace=0.42, wspace=0.13)
    rows = (len(joints) + 1) // 2
    panels = figure.subplots(rows, 2, sharex=True, squeeze=False).ravel()
    for axes, joint in zip(panels, joints, strict=False):
        axes.vlines(starts, 0, 1, transform=axes.get_xaxis_transform(), **REPLAN_LINE, label="replan")
        axes.plot(gt[:, joint], color=TRUTH, linewidth=1.8, label="recorded")
        axes.plot(pred[:, joint], color=POLICY, linewidth=1.4, linestyle=(0, (4, 1)), label="predicted")
        axes.set_title(
            f"{JOINT_NAMES[joint].replace('_', ' ')} ({JOINT_UNITS[joint]})", fontsize=8, loc="left", pad=3
        )
        axes.set_xlim(-0.5, max(len(gt) - 0.5, 0.5))
        axes.tick_params(labelsize=7)
        axes.locator_params(axis="y", nbins=4)
        axes.spines[["top", "right"]].set_visible(False)
    for axes in panels[len(joints) :]:
        axes.set_visible(False)
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="lower center", ncols=3, frameon=False, fontsize=8, borderaxespad=0.1)
    figure.canvas.draw()
    picture = np.asarray(figure.canvas.buffer_rgba())[..., :3].copy()  # type: ignore[attr-defined]
    boxes = []
    for axes in panels[: len(joints)]:
        box = axes.get_window_extent()
        boxes.append(
            (round(TRACE_HEIGHT - box.y1), round(TRACE_HEIGHT - box.y0), round(box.x0), round(box.x1))
        )
    return picture, boxes


def _faded(picture: np.ndarray, panels: Sequence[tuple[int, int, int, int]]) -> np.ndarray:
    """`picture` with the inside of its panels paled: what is still to come."""
    pale = picture.copy()
    for top, bottom, left, right in panels:
        inside = pale[top:bottom, left + 1 : right].astype(np.float32)
        pale[top:bottom, left + 1 : right] = (255 - (255 - inside) * 0.16).astype(np.uint8)
    return pale


def compose_openloop_frame(images: Mapping[str, np.ndarray], trace: OpenLoopVideo, t: int) -> np.ndarray:
    """One frame of an open-loop video `(594, 960, 3)` uint8; make `trace` once an episode."""
    return trace.frame(images, t)
