"""What a training of the demo policy is told."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from harness.core.bounds import (
    BATCH,
    EVALUATION_SEEDS,
    NOISE_SEEDS,
    RECORDED_EPISODES,
    SCENES,
    SHARE,
    Bounds,
    check_device,
)
from harness.core.errors import UserError
from harness.core.flags import TrackFlags

RENAMED = {"--pace action": "--sampling per_action", "--pace": "--sampling"}
"""Flags as they were called until 0.1, and are still understood in 0.2."""
PATCH = 14
"""Pixels a side of what the vision tower reads as one."""
HEADS = 6
"""Attention heads of the vision tower."""


@dataclass(frozen=True)
class OwnFlags:
    """What only this command asks."""

    task: str | None = None
    """Tasks to record demonstrations of, comma-separated."""
    dataset: tuple[str, ...] = ()
    """Directories of recorded episodes (LeRobotDataset v3), trained on together, with or instead of --task."""
    out: Path = Path("data/demo_policy")
    """Where the best checkpoint goes; an older checkpoint there is replaced."""
    work: Path | None = None
    """Recordings, decoded pictures, checkpoints and evaluations. Default: <out>.work."""
    init: str | None = None
    """A tiny π0 to start from instead of random weights: its sizes, statistics and words stay."""
    steps: int | None = None
    """Training steps. Default: 20000, or what --minutes gives."""
    minutes: float | None = None
    """About so many minutes of training instead (the speed of the first steps decides the number of steps)."""
    demonstrations: int = 300
    """Episodes recorded per task."""
    sampling: Literal["per_action", "dense"] = "per_action"
    """Frames of recordings made here: one an action, or upstream's every 15 physics steps."""
    detours: float = 0.5
    """Share of motions through free space that begin beside their way, in recordings made here."""
    noise: float = 0.02
    """rad, disturbance of each executed waypoint, in recordings made here."""
    misses: float = 0.3
    """Share of grasps first missed, in recordings made here."""
    checkpoints: int = 5
    """Checkpoints evaluated and kept, evenly spread, the last at the end."""
    evaluate: int | None = None
    """Scenes per task of each checkpoint's closed-loop evaluation; 0: none, the last checkpoint is kept. Default: 10
    with --task, 0 with one's own recordings alone."""
    evaluation_seed: int = 3
    """Evaluation seed of those scenes; report results on another one."""
    also: tuple[float, ...] = ()
    """Shares of the training whose checkpoints are written beside the best, as <out>_<percent>."""
    seed: int = 0
    """Of the weights, the order of the data and the noise."""
    chunk_size: int = 12
    """Actions in a chunk."""
    horizon: int = 4
    """Actions executed of a chunk before the policy looks again, where nobody says --horizon."""
    image_size: int = 56
    """Pixels a side of what the policy sees; a multiple of 14."""
    width: int = 96
    """Of vision tower, language model and action expert; a multiple of 6."""
    depth: int = 3
    """Layers of each, and of the vision tower."""
    batch_size: int = 32
    """Frames per step."""
    openings: int = 8
    """How often an episode's first frame is drawn for once of any other, the further times with sentences of the task
    that name no arm: which arm acts is chosen there, and is to be learnt from the picture."""
    noise_draws: int = 4
    """Draws of noise and time for each frame: more for little time, since the pictures are read once."""
    learning_rate: float = 2.5e-3
    """After a warm-up of 100 steps; falls to 2 % of it along a cosine."""
    ema: float = 0.998
    """Decay of the moving average of the weights."""
    held_out: float = 0.05
    """Share of the scenes not trained on; the open-loop error is measured on them. Where it comes to less than half a
    scene, none is held out and no error measured."""
    threads: int = 1
    """CPU threads; more than one is slower for so small a model on a busy machine."""
    device: str = "cpu"
    """cpu or cuda."""

    @property
    def scenes(self) -> int:
        """Scenes per task on which a checkpoint is evaluated."""
        return self.evaluate if self.evaluate is not None else 10 if self.task else 0


@dataclass(frozen=True)
class Config(TrackFlags, OwnFlags):
    """Train a tiny π0 on demonstrations."""


SMALL = "the tiny π0 is for one CPU thread or a small GPU"
BOUNDS = {
    "steps": Bounds(1, 10**8, "months of training"),
    "minutes": Bounds(0.01, 10**6, "almost two years"),
    "demonstrations": RECORDED_EPISODES,
    "checkpoints": Bounds(1, 10_000, "each is evaluated"),
    "detours": SHARE,
    "misses": SHARE,
    "noise": Bounds(0, 0.2, "rad, as far as waypoints may be disturbed"),
    "evaluate": Bounds(0, SCENES.most, SCENES.why),
    "evaluation_seed": EVALUATION_SEEDS,
    "seed": NOISE_SEEDS,
    "chunk_size": Bounds(1, 1_000, SMALL),
    "horizon": Bounds(1, 1_000, SMALL),
    "image_size": Bounds(PATCH, 1_022, SMALL),
    "width": Bounds(2, 4_096, SMALL),
    "depth": Bounds(1, 64, SMALL),
    "batch_size": BATCH,
    "openings": Bounds(1, 10_000, "more would be nothing but first frames"),
    "noise_draws": Bounds(1, 1_000, "each is a pass through the action expert"),
    "learning_rate": Bounds(1e-9, 10, "nothing learns so fast"),
    "threads": Bounds(1, 1_024, "no machine has so many"),
}
"""What each number may be, and why no more."""
MOST_HELD_OUT = 0.5


def check(config: Config) -> None:
    """UserError for what is wrong with a setting, and what to give instead, as far as that shows without any data."""
    if not config.task and not config.dataset:
        raise UserError("nothing to learn from; give --task names or --dataset directories")
    for name, bounds in BOUNDS.items():
        bounds.check(f"--{name.replace('_', '-')}", getattr(config, name))
    check_device(config.device)
    if not 0 <= config.held_out <= MOST_HELD_OUT:
        raise UserError(
            f"--held-out {config.held_out} leaves too little to learn from; give 0..{MOST_HELD_OUT}"
        )
    if not 0 <= config.ema < 1:
        raise UserError(f"--ema {config.ema} is no decay; give 0 to less than 1")
    if not all(0 < share <= 1 for share in config.also):
        shares = " ".join(map(str, config.also))
        raise UserError(f"--also {shares}: shares of the training are more than 0, at most 1")
    if config.image_size % PATCH:
        raise UserError(f"--image-size {config.image_size} is not a multiple of {PATCH}")
    if config.width % HEADS:
        raise UserError(
            f"--width {config.width} is no multiple of {HEADS}, the vision tower's heads; give 96"
        )
