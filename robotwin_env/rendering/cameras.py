"""The cameras a policy sees through, the lights, and how they are drawn.

Three Intel D435 of 320 x 240: `head_camera` fixed above the robot, `left_camera` and `right_camera` on the
wrists. Source: RoboTwin `envs/camera/camera.py`, `setup_scene`; robotwin_facts.md §6.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.random import RandomState
from numpy.typing import ArrayLike, NDArray

from robotwin_env.arguments import choice, whole
from robotwin_env.errors import RenderError
from robotwin_env.later import import_sapien
from robotwin_env.rendering import process_wide
from robotwin_env.rendering.culling import Culling
from robotwin_env.rendering.shaders import FORWARD, use
from robotwin_env.rendering.viewpoints import VIEWPOINTS, Viewpoint

if TYPE_CHECKING:
    import sapien

    from robotwin_env.physics.scene import Scene

CAMERAS = ("head_camera", "left_camera", "right_camera")
WIDTH, HEIGHT = 320, 240
FOVY, FAR = np.deg2rad(37.0), 100.0
HALF_VIEW = (
    float(np.tan(FOVY / 2)) * WIDTH / HEIGHT,
    float(np.tan(FOVY / 2)),
)  # tangents, horizontal and vertical
NEAR = (
    0.01  # m; upstream says 0.1, which its ray tracing ignores and rasterised shaders would clip fingers at
)
HEAD = Viewpoint((-0.032, -0.45, 1.35), (0.0, 0.6, -0.8), (-1.0, 0.0, 0.0), float(FOVY), WIDTH, HEIGHT)
AMBIENT = (0.5, 0.5, 0.5)
SUN_DIRECTION, SUN_COLOR = (0.0, 0.5, -1.0), (0.5, 0.5, 0.5)
LAMPS_P, LAMP_COLOR = ((1.0, 0.0, 1.8), (-1.0, 0.0, 1.8)), (1.0, 1.0, 1.0)
MAX_SHADOW_MAP = 16384  # pixels, the side of the largest picture that common Vulkan drivers draw
SHADERS, SHADOWS = ("auto", FORWARD, "default", "minimal", "rt"), ("auto", "full", "sun", "off")


@dataclass(frozen=True)
class RenderSettings:
    """How observations are drawn.

    `shader`: `rt` is upstream's ray tracing (32 samples, path depth 8, denoised; GPU only), `default` and
    `minimal` are rasterised, and so is `forward`, which draws what `default` draws without shadows (`shaders`).
    `shadows`: of all three lights, of the sun alone, or none (rasterised shaders redraw a shadow map for every light
    and camera). `shadow_map`: its side in pixels (upstream 2048). `auto` chooses ray tracing on a GPU; on a CPU
    `CPU_SHADOWS`, and `forward` or, where shadows were asked for, `default`.
    """

    shader: str = "auto"
    shadows: str = "auto"
    shadow_map: int = 1024
    device: str = "auto"

    def __post_init__(self) -> None:
        choice(self.shader, "shader", SHADERS, RenderError)
        choice(self.shadows, "shadows", SHADOWS, RenderError)
        whole(self.shadow_map, "shadow_map", 1, MAX_SHADOW_MAP)
        if self.shader == FORWARD and self.shadows in ("full", "sun"):
            raise RenderError(
                f"shader '{FORWARD}' draws no shadows; choose shader 'default', or shadows 'off'"
            )


CPU_SHADOWS = "off"


@lru_cache(maxsize=1)
def vulkan_device() -> tuple[str, str]:
    """(SAPIEN device string, its name) of the device that draws: a GPU where there is one, else the CPU.

    $ROBOTWIN_RENDER_DEVICE (`cuda:1`) says which of several: CUDA_VISIBLE_DEVICES is not Vulkan's.
    Raises RenderError where Vulkan has no usable driver.
    """
    sapien = import_sapien()
    sapien.render.set_log_level("critical")  # a machine without a GPU is no error
    chosen = os.environ.get("ROBOTWIN_RENDER_DEVICE")
    for device in (chosen,) if chosen else ("cuda", "cpu"):
        try:
            system = sapien.render.RenderSystem(device)
        except (RuntimeError, ValueError):
            continue
        return device, str(system.device.name)
    raise RenderError(
        "no Vulkan device can draw; run scripts/setup.sh (it installs Mesa's CPU driver), "
        "then `python -m harness.doctor`"
    )


def resolve(settings: RenderSettings) -> RenderSettings:
    """The settings with every `auto` replaced by this machine's choice."""
    device = vulkan_device()[0] if settings.device == "auto" else settings.device
    on_gpu = device != "cpu"
    shader, shadows = settings.shader, settings.shadows
    if shadows == "auto":
        shadows = "full" if on_gpu and shader != FORWARD else CPU_SHADOWS
    if shader == "auto":
        shader = "rt" if on_gpu else (FORWARD if shadows == "off" else "default")
    return RenderSettings(shader, shadows, settings.shadow_map, device)


def render_system(settings: RenderSettings) -> Any:
    """A SAPIEN render system for resolved settings; sets SAPIEN's process-wide render settings."""
    import sapien

    process_wide.configure_pictures()
    sapien.render.set_global_config(max_num_materials=50000, max_num_textures=50000)
    if settings.shader != "rt":
        use(settings.shader)
    else:
        sapien.render.set_camera_shader_dir("rt")
        sapien.render.set_ray_tracing_samples_per_pixel(32)
        sapien.render.set_ray_tracing_path_depth(8)
        sapien.render.set_ray_tracing_denoiser("none" if settings.device == "cpu" else "oidn")
    process_wide.remember()
    try:
        return sapien.render.RenderSystem(settings.device)
    except (RuntimeError, ValueError) as error:
        raise RenderError(
            f"cannot draw on '{settings.device}' ({error}); run `python -m harness.doctor`"
        ) from None


class Lights:
    """Upstream's ambient light, sun and two lamps, casting shadows as the settings say.

    `colors` (3, 3) rgb of sun and lamps, None for the usual ones. With a generator `flicker` they change with every
    physics step, as upstream's "crazy" lights do (RoboTwin `envs/_base_task.py` _update_render).
    """

    def __init__(
        self,
        scene: sapien.Scene,
        settings: RenderSettings,
        colors: NDArray[np.float64] | None = None,
        flicker: RandomState | None = None,
    ):
        self._scene, self._flicker, self._ambient = scene, flicker, np.array(AMBIENT)
        sun, *lamps = [SUN_COLOR, LAMP_COLOR, LAMP_COLOR] if colors is None else colors.tolist()
        scene.set_ambient_light(AMBIENT)
        size, shadows = settings.shadow_map, settings.shadows
        self._sun = scene.add_directional_light(
            SUN_DIRECTION, sun, shadow=shadows in ("full", "sun"), shadow_map_size=size
        )
        self._lamps = [
            scene.add_point_light(position, color, shadow=shadows == "full", shadow_map_size=size)
            for position, color in zip(LAMPS_P, lamps, strict=True)
        ]

    def pass_time(self, physics_steps: int) -> None:
        """Let the lights flicker through this many physics steps."""
        if self._flicker is None or physics_steps < 1:
            return
        draws = self._flicker.rand(physics_steps, 4, 3)
        for change in draws[:, 3] * 0.2 - 0.1:
            self._ambient = np.clip(self._ambient + change, 0.0, 1.0)
        for light, color in zip((*self._lamps, self._sun), draws[-1, :3], strict=True):
            light.set_color(color)
        self._scene.set_ambient_light(self._ambient)


class Cameras:
    """The cameras of one scene; `take()` draws."""

    def __init__(
        self,
        scene: Scene,
        names: Sequence[str],
        shift: ArrayLike = (0.0, 0.0, 0.0),
        *,
        in_bytes: bool = False,
        culling: Culling | None = None,
    ):
        """`shift` (3,) m displaces the head camera; `in_bytes`: the shader draws uint8, not floats."""
        import sapien

        self._read, self._culling = rgb_bytes if in_bytes else to_uint8, culling

        left, right = scene.robot.arms
        self._links = {"left_camera": left.camera_link, "right_camera": right.camera_link}
        self._scene = scene.sapien
        self._cameras = {}
        for name in names:
            view = VIEWPOINTS.get(name, HEAD)
            camera = self._scene.add_camera(name, view.width, view.height, view.fovy, NEAR, FAR)
            if name == "head_camera":
                camera.entity.set_pose(sapien.Pose(head_matrix(shift)))
            elif name in VIEWPOINTS:
                camera.entity.set_pose(sapien.Pose(view.matrix()))
            self._cameras[name] = camera

    def take(self, names: Sequence[str] | None = None) -> dict[str, NDArray[np.uint8]]:
        """One picture (h, w, 3) uint8 RGB per camera, or of those named, of the scene as it is now."""
        chosen = {name: self._cameras[name] for name in (self._cameras if names is None else names)}
        for name, camera in chosen.items():
            if name in self._links:
                camera.entity.set_pose(self._links[name].entity_pose)
        self._scene.update_render()
        if self._culling is None:
            for camera in chosen.values():
                camera.take_picture()
            return {name: self._read(camera.get_picture("Color")) for name, camera in chosen.items()}
        pictures = {}
        for name, camera in chosen.items():
            self._culling.hide_unseen(camera, VIEWPOINTS.get(name, HEAD).half_view, NEAR)
            camera.take_picture()
            pictures[name] = self._read(camera.get_picture("Color"))  # done before anything changes again
        self._culling.show_all()
        return pictures


def head_matrix(shift: ArrayLike = (0.0, 0.0, 0.0)) -> NDArray[np.float64]:
    """World transform (4, 4) of the head camera, displaced by `shift` (3,) m: columns forward, left, up, position."""
    return HEAD.matrix(shift)


def to_uint8(color: NDArray[np.floating]) -> NDArray[np.uint8]:
    """SAPIEN's float picture (h, w, ≥3) in [0, 1] to uint8 RGB (h, w, 3), as upstream: scaled, clipped, cut.

    RenderError for a picture of bytes, which scaling would turn into its negative.
    """
    if color.dtype.kind != "f":
        raise RenderError(
            f"SAPIEN drew a picture of {color.dtype} instead of floats: another package changed its picture format "
            "while this scene was built; reset the environment"
        )
    return np.clip(color[..., :3] * 255, 0, 255).astype(np.uint8)


def rgb_bytes(color: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A picture of bytes (h, w, 4) as RGB (h, w, 3); RenderError for one of floats."""
    if color.dtype != np.uint8:
        raise RenderError(
            f"SAPIEN drew a picture of {color.dtype} instead of bytes: another package changed its picture format "
            "while this scene was built; reset the environment"
        )
    return np.ascontiguousarray(color[..., :3])
