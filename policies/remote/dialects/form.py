"""What an observation looks like to a server: under which keys, in which layout and size."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from policies.errors import PolicyError
from policies.remote.options import RemoteOptions
from policies.remote.rows import Row

IMAGE_KEYS = {
    "head": "observation.images.cam_high",
    "left": "observation.images.cam_left_wrist",
    "right": "observation.images.cam_right_wrist",
}
"""The pictures of a policy batch that are sent, by camera; the names of `lerobot/robotwin_unified`."""


@dataclass(frozen=True)
class Form:
    """cameras: camera (head, left, right) -> the server's key, where `images/cam_high` is a key within a map.

    state, prompt: their keys. layout: chw or hwc. size: (height, width) pictures are brought to, None for as they are.
    """

    cameras: Mapping[str, str]
    state: str = "state"
    prompt: str = "prompt"
    layout: str = "chw"
    size: tuple[int, int] | None = None

    @property
    def images(self) -> tuple[str, ...]:
        """The keys of the policy batch that are read."""
        return tuple(IMAGE_KEYS[camera] for camera in self.cameras)

    def with_options(self, options: RemoteOptions) -> Form:
        """This form as the user wants it; PolicyError where nothing would be left."""
        asked = options.keys
        cameras = {camera: asked.get(camera, key) for camera, key in self.cameras.items()}
        form = dataclasses.replace(
            self,
            cameras={camera: key for camera, key in cameras.items() if key},
            state=asked.get("state") or self.state,
            prompt=asked.get("prompt") or self.prompt,
            layout=self.layout if options.layout == "auto" else options.layout,
            size=options.size or self.size,
        )
        keys = [*form.cameras.values(), form.state, form.prompt]
        if len(set(keys)) < len(keys):
            raise PolicyError(f"--remote gives one key to two things ({', '.join(keys)}); give each its own")
        return form

    def describe(self) -> list[str]:
        """What is sent as what, a line each."""
        size = f"{self.size[0]}x{self.size[1]}, black bars added" if self.size else "as they are"
        lines = [f"{camera} camera -> {key} ({self.layout}, {size})" for camera, key in self.cameras.items()]
        return [*lines, f"state -> {self.state}", f"instruction -> {self.prompt}"]

    def observation(self, row: Row) -> dict[str, Any]:
        """The observation of one row: pictures uint8, state float32 (14,), the instruction."""
        built: dict[str, Any] = {}
        for camera, key in self.cameras.items():
            _put(built, key, picture(row.images[IMAGE_KEYS[camera]], self.layout, self.size))
        _put(built, self.state, row.state)
        _put(built, self.prompt, row.prompt)
        return built


OPENPI = Form({"head": "images/cam_high", "left": "images/cam_left_wrist", "right": "images/cam_right_wrist"})
"""openpi's ALOHA policies (`src/openpi/policies/aloha_policy.py`)."""

VLLM = Form(
    {
        "head": "observation.images.base_0_rgb",
        "left": "observation.images.left_wrist_0_rgb",
        "right": "observation.images.right_wrist_0_rgb",
    },
    layout="hwc",
)
"""vLLM-Omni's π0 behind `/v1/realtime/robot/openpi`."""

SGLANG = Form(dict(IMAGE_KEYS), state="observation.state", prompt="task", layout="hwc")
"""SGLang's `/openpi/policy`, which takes the robot's own keys."""


def picture(image: np.ndarray, layout: str, size: tuple[int, int] | None) -> np.ndarray:
    """(3, H, W) of a row as contiguous uint8 in a layout and size."""
    if image.dtype != np.uint8:
        image = np.rint(image * np.float32(255)).astype(np.uint8)
    if size is not None and image.shape[1:] != size:
        image = resized(image, size)
    return np.ascontiguousarray(image if layout == "chw" else image.transpose(1, 2, 0))


def resized(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """(3, H, W) uint8 scaled into (3, *size) with black bars, averaging as Pillow's bilinear filter does.

    What openpi's own client does (`openpi_client.image_tools.resize_with_pad`).
    """
    from PIL import Image

    height, width = image.shape[1:]
    scale = max(width / size[1], height / size[0])
    inner = max(1, int(height / scale)), max(1, int(width / scale))
    small = Image.fromarray(np.ascontiguousarray(image.transpose(1, 2, 0))).resize(
        (inner[1], inner[0]), Image.Resampling.BILINEAR
    )
    padded = np.zeros((3, *size), np.uint8)
    top, left = max(0, (size[0] - inner[0]) // 2), max(0, (size[1] - inner[1]) // 2)
    padded[:, top : top + inner[0], left : left + inner[1]] = np.asarray(small).transpose(2, 0, 1)
    return padded


def _put(observation: dict[str, Any], key: str, value: Any) -> None:
    """Set `value` at `key`, whose slash goes one map deeper where the key begins with `images/`."""
    if key.startswith("images/"):
        observation.setdefault("images", {})[key.removeprefix("images/")] = value
    else:
        observation[key] = value
