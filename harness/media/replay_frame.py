"""The frames of an open-loop video: the recorded cameras over the action trace up to that frame.

matplotlib draws the trace once an episode, never per frame.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from harness.core.robot import GRIPPERS, JOINT_NAMES, JOINT_UNITS
from harness.media.camera_strip import INK, PAPER, WIDTH, cameras_row
from harness.media.figure_style import POLICY, REPLAN_LINE, TRUTH, new_figure
from harness.media.fonts import fit, font
from harness.metrics.action_error import replan_starts

TRACE_HEIGHT = 320


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
        caption = f"frame {t} / {self.length - 1}   MAE here {here:.3f}   so far {so_far:.3f}"
        room = int(WIDTH - 48 - font(15).getlength(caption))
        draw.text((16, 17), fit(self.title, room, 15, bold=True), INK, font(15, bold=True), anchor="lm")
        draw.text((WIDTH - 16, 17), caption, INK, font(15), anchor="rm")
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
