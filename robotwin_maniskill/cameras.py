"""RoboTwin's three cameras as ManiSkill sensors that draw the same pictures, and depth and segmentation besides."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import sapien
import torch
from mani_skill.render.shaders import PREBUILT_SHADER_CONFIGS, ShaderConfig
from mani_skill.sensors.camera import CameraConfig
from numpy.typing import ArrayLike

from robotwin_env.assets.roots import CAMERA_LINKS
from robotwin_env.rendering.cameras import (
    CAMERAS,
    FAR,
    FOVY,
    HEIGHT,
    NEAR,
    WIDTH,
    RenderSettings,
    head_matrix,
)

LINKS = dict(zip(CAMERAS[1:], CAMERA_LINKS, strict=True))
WHOLE = ("default", "rt")
"""Shaders that also draw positions, segmentation, normals and albedo."""


def to_rgb(color: torch.Tensor) -> dict[str, torch.Tensor]:
    """SAPIEN's picture (1, h, w, ≥3) as rgb uint8 (1, h, w, 3): floats as
    `robotwin_env.rendering.cameras.to_uint8` does it, bytes as they are.
    """
    rgb = color[..., :3]
    return {"rgb": rgb if rgb.dtype == torch.uint8 else (rgb * 255).clamp(0, 255).to(torch.uint8)}


def shader_in_force(settings: RenderSettings) -> ShaderConfig:
    """What SAPIEN draws with since `robotwin_env` set it up for these settings, as ManiSkill's cameras want to know it.

    Depth, segmentation and the like only where the shader is SAPIEN's whole one (WHOLE).
    """
    pack = sapien.render.get_camera_shader_dir()
    if settings.shader not in WHOLE:
        return ShaderConfig(pack, {"Color": ["rgb"]}, {}, {"Color": to_rgb})
    base = PREBUILT_SHADER_CONFIGS["default"]
    return ShaderConfig(pack, base.texture_names, {}, {**base.texture_transforms, "Color": to_rgb})


def camera_configs(robot: Any, shader: ShaderConfig, shift: ArrayLike) -> list[CameraConfig]:
    """The cameras of a scene with this robot (ManiSkill's); `shift` (3,) m displaces the head camera."""
    links = {name: robot.links_map[link] for name, link in LINKS.items()}
    head = sapien.Pose(head_matrix(shift))
    return [
        CameraConfig(
            uid=name,
            pose=sapien.Pose() if name in links else head,
            mount=links.get(name),
            width=WIDTH,
            height=HEIGHT,
            fov=float(FOVY),
            near=NEAR,
            far=FAR,
            shader_config=shader,
        )
        for name in CAMERAS
    ]


def read_at_once(scene: Any) -> None:
    """Let the cameras of a ManiSkill scene, drawn on a CPU, hand SAPIEN's pictures on as they are.

    ManiSkill 3.0.1 copies each by `torch.tensor`, on all of torch's threads: 1.8 ms of processor time on two cores,
    against 1.5 us. SAPIEN gives a new array each time, so nothing is shared between two pictures.
    """
    if scene.backend.render_backend != "sapien_cuda":
        for sensor in (*scene.sensors.values(), *scene.human_render_cameras.values()):
            sensor.camera.get_picture = partial(_pictures, sensor.camera)


def _pictures(camera: Any, names: str | Sequence[str]) -> list[torch.Tensor]:
    """In place of `RenderCamera.get_picture`: (1, h, w, n) each."""
    wanted = [names] if isinstance(names, str) else names
    return [_tensor(camera._render_cameras[0].get_picture(name))[None] for name in wanted]


def _tensor(picture: Any) -> torch.Tensor:
    """As ManiSkill's own `to_tensor`: unsigned numbers of more than a byte become signed ones, doubles floats."""
    array = np.asarray(picture)
    widened = {"uint16": np.int32, "uint32": np.int64, "float64": np.float32}.get(array.dtype.name)
    return torch.from_numpy(array if widened is None else array.astype(widened))
