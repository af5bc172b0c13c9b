"""What an environment takes and shows, as gymnasium's spaces."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from robotwin_env.cameras import HEIGHT, WIDTH
from robotwin_env.checking import HIGH, LOW


def action_space() -> spaces.Space[NDArray[np.float32]]:
    """Actions (14,): absolute joint targets within the robot's limits, grippers 0..1."""
    return spaces.Box(LOW, HIGH, dtype=np.float32)


def observation_space(cameras: Sequence[str]) -> spaces.Dict:
    """`agent_pos` (14,) and, with any of the cameras, `pixels`, a picture (240, 320, 3) uint8 of each."""
    parts: dict[str, spaces.Space[Any]] = {"agent_pos": spaces.Box(LOW, HIGH, dtype=np.float32)}
    if cameras:
        image = spaces.Box(0, 255, (HEIGHT, WIDTH, 3), np.uint8)
        parts["pixels"] = spaces.Dict(dict.fromkeys(cameras, image))
    return spaces.Dict(parts)
