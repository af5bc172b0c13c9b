"""The sizes, names and statistics that the tiny test checkpoint is made with."""

import numpy as np

CHUNK = 6
CAMERAS = ("cam_high", "cam_left_wrist", "cam_right_wrist")
IMAGES = tuple(f"observation.images.{camera}" for camera in CAMERAS)


def statistics() -> dict[str, dict[str, np.ndarray]]:
    """Statistics no two joints share, so that a mix-up of joints shows."""
    joints = np.arange(14, dtype=np.float32)
    return {
        "observation.state": {"mean": joints / 10, "std": 0.5 + joints / 20},
        "action": {"mean": joints / 5 - 1, "std": 0.2 + joints / 30},
    }


def quantiles() -> dict[str, dict[str, np.ndarray]]:
    """The same with the quantiles that LeRobot's datasets have since 0.4."""
    known = statistics()
    for values in known.values():
        for name, distance in (("q01", -2.0), ("q10", -1.25), ("q50", 0.0), ("q90", 1.5), ("q99", 2.5)):
            values[name] = values["mean"] + np.float32(distance) * values["std"]
    return known
