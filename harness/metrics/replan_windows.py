"""Why is there a spike? Each replan window of an episode: its share of the error, and what would remove it.

A window is the frames executed from one chunk. Its error is held against the demonstration moved in time by
-10 .. 10 frames: a contact predicted a few frames early or late disappears under the right shift, a wrong
plan does not. Pure functions; shapes as in `harness.metrics.action_error`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from harness.core.numbers import percent
from harness.core.robot import GRIPPERS, PARTS
from harness.metrics.action_error import (
    absolute_error,
    action_array,
    boundary_jumps,
    critical_mask,
    replan_starts,
)

SPIKE_SHARE, SPIKE_MIN_WINDOWS = 0.25, 4
"""A replan window with a larger part of its episode's error is a spike, in episodes of four or more."""
MAX_SHIFT = 10
"""Frames. Beyond it a shift of a window says more about the demonstration's repetitions than about timing."""
SHIFT_EXPLAINS = 0.7
"""A shift explains a window if it removes at least this part of its error.

Repeating the first state of a straight motion loses half of its error to a shift: half proves nothing. On
104 recorded episodes with another episode's plan in a window, at most 1 % of the windows get past this.
"""
STANDS_STILL = 0.5
"""A prediction with less than this part of the shifted demonstration's range of motion is no copy of it."""
SHIFT_HELPLESS = 0.3
"""No shift helps if the best of the 21 removes at most this part: the best of many always removes something."""
PLAN_ERROR = 0.1
"""rad, or of 0..1: another plan takes at least one joint this far off in at least half of the frames."""
MIN_FRAMES = 5
"""Fewer frames than this can resemble another moment of the demonstration by chance; nothing is said."""


@dataclass(frozen=True)
class Shift:
    """The best time shift of a window: `pred[t]` is closest to `gt[t + frames]`, so above 0 it is early.

    removed: the part (0..1) of the error that the shift takes away. clear: whether it takes SHIFT_EXPLAINS,
    is the only stretch of shifts that does, away from the limits, and the prediction moves (STANDS_STILL): a
    motion missing altogether fits every shift that takes it out of the window.
    """

    frames: int
    removed: float
    clear: bool


@dataclass(frozen=True)
class Window:
    """Frames start .. stop-1, executed from the `index`-th chunk.

    mae over its frames and joints; share (0..1) of the episode's error; jump: excess jump at its first frame
    (None for the first window); shifts by part (`harness.core.robot.PARTS`); gripper_share (0..1) of its own
    error; worst_joint (0..13): the most off in its median frame, by worst_error; contact: whether a frame is
    near a gripper transition.
    """

    index: int
    start: int
    stop: int
    mae: float
    share: float
    jump: float | None
    shifts: Mapping[str, Shift]
    gripper_share: float
    worst_joint: int
    worst_error: float
    contact: bool


@dataclass(frozen=True)
class Finding:
    """What the numbers of a window support: kind "early" | "late" | "other plan", frames of the shift."""

    kind: str
    frames: int
    sentence: str


def window_shares(steps: np.ndarray, replan: np.ndarray) -> np.ndarray:
    """The part `(R,)` of an episode's error (per-step MAEs `(T,)`) that each replan window has."""
    sums = np.add.reduceat(np.asarray(steps, dtype=np.float64), replan_starts(replan))
    total = sums.sum()
    return sums / total if total > 0 else np.zeros(len(sums))


def shift_errors(pred: np.ndarray, gt: np.ndarray, replan: np.ndarray) -> np.ndarray:
    """Per-joint MAE `(21, R, 14)` of every window against the demonstration shifted by -10 .. 10 frames.

    Before its first frame and after its last the demonstration stands still: every shift has all frames.
    """
    pred, gt, starts = action_array(pred, "pred"), action_array(gt, "gt"), replan_starts(replan)
    frames = np.arange(len(gt))
    lengths = np.diff([*starts, len(gt)])[:, None]
    moved = (gt[np.clip(frames + k, 0, len(gt) - 1)] for k in range(-MAX_SHIFT, MAX_SHIFT + 1))
    return np.stack([np.add.reduceat(np.abs(pred - m), starts, axis=0) / lengths for m in moved])


def best_shift(errors: np.ndarray) -> Shift:
    """The Shift of errors `(21,)` at -10 .. 10 frames; of equal ones the smallest shift, then the earlier."""
    unshifted = errors[MAX_SHIFT]
    if unshifted <= 0:
        return Shift(0, 0.0, False)
    shifts = np.arange(-MAX_SHIFT, MAX_SHIFT + 1)
    candidates = shifts[errors <= errors.min() + 1e-9 * unshifted]
    frames = int(min(candidates, key=lambda k: (abs(k), -k)))
    fits = errors <= (1 - SHIFT_EXPLAINS) * unshifted
    stretches = int(np.count_nonzero(np.diff(fits.astype(int)) == 1))
    clear = stretches == 1 and not fits[0] and not fits[-1]
    return Shift(frames, float(1 - errors[frames + MAX_SHIFT] / unshifted), bool(clear))


def analyse(pred: np.ndarray, gt: np.ndarray, replan: np.ndarray) -> list[Window]:
    """Every replan window of an episode, in order of time."""
    error, starts = absolute_error(pred, gt), replan_starts(replan)
    shares = window_shares(error.mean(axis=1), replan)
    jumps = [None, *boundary_jumps(pred, gt, replan).tolist()]
    shifted = shift_errors(pred, gt, replan)
    pred, gt = action_array(pred, "pred"), action_array(gt, "gt")
    near_contact = critical_mask(gt)
    windows = []
    for i, (start, stop) in enumerate(zip(starts, [*starts[1:], len(gt)], strict=True)):
        joints, typical = error[start:stop].mean(axis=0), np.median(error[start:stop], axis=0)
        shifts = {}
        for name, part in PARTS.items():
            shift = best_shift(shifted[:, i, part].mean(axis=1))
            moment = np.clip(np.arange(start, stop) + shift.frames, 0, len(gt) - 1)
            moves = _range(pred[start:stop, part]) >= STANDS_STILL * _range(gt[moment][:, part])
            shifts[name] = replace(shift, clear=shift.clear and moves)
        windows.append(
            Window(
                index=i,
                start=int(start),
                stop=int(stop),
                mae=float(joints.mean()),
                share=float(shares[i]),
                jump=jumps[i],
                shifts=shifts,
                gripper_share=float(joints[GRIPPERS].sum() / joints.sum()) if joints.any() else 0.0,
                worst_joint=int(typical.argmax()),
                worst_error=float(typical.max()),
                contact=bool(near_contact[start:stop].any()),
            )
        )
    return windows


def _range(actions: np.ndarray) -> float:
    """How far the joints travel between their extremes, added up."""
    return float(np.ptp(actions, axis=0).sum())


def spikes(windows: Sequence[Window]) -> list[Window]:
    """The windows of an episode that stand out (see SPIKE_SHARE), largest share first."""
    if len(windows) < SPIKE_MIN_WINDOWS:
        return []
    return sorted((w for w in windows if round(w.share, 6) > SPIKE_SHARE), key=lambda w: (-w.share, w.start))


def finding(window: Window) -> Finding | None:
    """What a window's numbers support, None where they do not support anything."""
    if window.stop - window.start < MIN_FRAMES:
        return None
    part = "grippers" if window.gripper_share >= 0.5 else "arms"
    whole, own = window.shifts["all"], window.shifts[part]
    if whole.clear:
        what, error = "contact" if window.contact else "motion", "of the window's error"
        return _timing(what, whole, error)
    if own.clear:
        share = window.gripper_share if part == "grippers" else 1 - window.gripper_share
        what = "gripper move" if part == "grippers" else "arm motion"
        error = f"of the error of the {part}, which is {percent(share)} of the window's"
        return _timing(what, own, error)
    if max(whole.removed, own.removed) <= SHIFT_HELPLESS and window.worst_error >= PLAN_ERROR:
        most = math.ceil(100 * whole.removed - 1e-6)
        helps = f"removes more than {most} % of the window's error" if most > 0 else "removes any error"
        return Finding("other plan", 0, f"another plan: no shift of up to {MAX_SHIFT} frames {helps}")
    return None


def _timing(what: str, shift: Shift, error: str) -> Finding:
    kind, count = "early" if shift.frames > 0 else "late", abs(shift.frames)
    frames = "1 frame" if count == 1 else f"{count} frames"
    sentence = f"{what} predicted {frames} {kind}: that shift removes {percent(shift.removed)} {error}"
    return Finding(kind, shift.frames, sentence)


def columns(windows: Sequence[Window]) -> dict[str, list[Any]]:
    """The windows of an episode as columns, for its line of episodes.jsonl (see `harness.runs.rows`)."""

    def rounded(value: float | None) -> float | None:
        return None if value is None else round(value, 6)

    return {
        "start": [w.start for w in windows],
        "mae": [rounded(w.mae) for w in windows],
        "share": [rounded(w.share) for w in windows],
        "jump": [rounded(w.jump) for w in windows],
        "shift": [w.shifts["all"].frames for w in windows],
        "removed": [rounded(w.shifts["all"].removed) for w in windows],
    }
