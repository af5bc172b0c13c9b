"""Small trials of what this machine can do, each run in a process of its own.

A broken driver segfaults, aborts or hangs, and must not take the asker with it: `attempt(name)` starts
`python -m harness.doctor.probes <name>` with a time limit and returns what it printed, or why it printed nothing.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from harness.doctor.vulkan_devices import vulkan_devices

WIDTH, HEIGHT = 160, 120
BLANK_SPREAD = 5.0  # of 255; the test scene has about 20


class ProbeError(RuntimeError):
    """A probe that crashed, hung or failed; the message says which, in one line."""


def attempt(name: str, *arguments: str, limit_s: float = 60.0) -> dict[str, Any]:
    """What the probe `name` found out. Raises ProbeError when it did not finish well."""
    command = [sys.executable, "-m", "harness.doctor.probes", name, *arguments]
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=limit_s,
            errors="replace",
        )
    except subprocess.TimeoutExpired:
        raise ProbeError(f"no answer within {limit_s:.0f} s") from None
    if done.returncode < 0:
        raise ProbeError(f"crashed with {signal.Signals(-done.returncode).name}")
    if done.returncode:
        raise ProbeError((done.stderr.strip().splitlines() or [f"exit {done.returncode}"])[-1])
    # SAPIEN and FFmpeg may write to stdout themselves; the answer comes last.
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))


def devices() -> dict[str, Any]:
    """`{"devices": [{name, kind, driver}, …]}`: what Vulkan offers."""
    return {"devices": [asdict(device) for device in vulkan_devices()]}


def frame(save_to: str = "") -> dict[str, Any]:
    """Render a lit box with SAPIEN: mean and spread of the (120, 160, 3) picture in 0..255, and the device used.

    Raises ProbeError for a picture with nothing in it. `save_to` keeps the picture as a PNG file.
    """
    import numpy as np
    import sapien
    import sapien.render

    from robotwin_env.rendering.shaders import without_brdf_table

    started = time.perf_counter()
    sapien.render.set_camera_shader_dir(without_brdf_table("default"))
    system = sapien.render.RenderSystem()
    scene = sapien.Scene([sapien.physx.PhysxCpuSystem(), system])
    scene.set_ambient_light([0.5, 0.5, 0.5])
    scene.add_directional_light([0.3, 0.4, -1], [0.5, 0.5, 0.5])
    scene.add_ground(0)
    builder = scene.create_actor_builder()
    builder.add_box_visual(half_size=[0.1, 0.1, 0.1], material=[0.8, 0.2, 0.1])
    builder.set_initial_pose(sapien.Pose([1, 0, 0.1]))
    builder.build_kinematic()
    camera = scene.add_camera("probe", WIDTH, HEIGHT, 1.0, 0.01, 10)
    camera.set_entity_pose(sapien.Pose([0, 0, 0.3]))
    scene.update_render()
    camera.take_picture()
    picture = (np.clip(camera.get_picture("Color")[..., :3], 0, 1) * 255).astype(np.uint8)
    seconds = time.perf_counter() - started
    if save_to:
        from PIL import Image

        Image.fromarray(picture).save(save_to)
    mean, spread = float(picture.mean()), float(picture.std())
    if spread < BLANK_SPREAD:
        raise ProbeError(
            f"{system.device.name} renders a blank picture (mean {mean:.0f}, spread {spread:.1f})"
        )
    used = next((device for device in vulkan_devices() if device.name == system.device.name), None)
    return {
        "device": used.name if used else system.device.name,
        "driver": used.driver if used else "unknown",
        "mean": mean,
        "spread": spread,
        "seconds": seconds,
    }


def frame_line() -> str:
    """One line about a frame rendered here, for scripts/vulkan.sh."""
    seen = frame()
    return f"{seen['device']}, {seen['driver']}: renders (first frame {seen['seconds']:.0f} s)"


def cuda() -> dict[str, Any]:
    """What torch says about CUDA: devices with their memory (GiB), or an empty list."""
    import torch

    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    cards = [torch.cuda.get_device_properties(i) for i in range(count)]
    gpus = [f"{gpu.name} ({gpu.total_memory / 2**30:.0f} GiB)" for gpu in cards]
    return {"gpus": gpus, "torch": torch.__version__, "cuda": torch.version.cuda}


def video() -> dict[str, Any]:
    """h264 and AV1 (the codec of the public RoboTwin datasets) through PyAV, there and back.

    Per codec the mean absolute error of the last frame (0..255), or in words why there is none.
    """
    import av

    outcome: dict[str, Any] = {"pyav": av.__version__}
    for codec, encoder in (("h264", "libx264"), ("av1", "libsvtav1")):
        try:
            outcome[codec] = _there_and_back(encoder)
        except (OSError, ValueError) as error:  # what FFmpeg's errors derive from
            outcome[codec] = f"{type(error).__name__}: {error}"
    return outcome


def _there_and_back(encoder: str) -> float:
    import io

    import av
    import numpy as np

    shade = np.linspace(16, 240, WIDTH, dtype=np.uint8)
    source = np.broadcast_to(shade[None, :, None], (HEIGHT, WIDTH, 3)).copy()
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as out:
        stream = out.add_stream(encoder, rate=30, width=WIDTH, height=HEIGHT, pix_fmt="yuv420p")
        for _ in range(3):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(source, format="rgb24")))
        out.mux(stream.encode(None))
    file.seek(0)
    with av.open(file) as clip:
        decoded = [picture.to_ndarray(format="rgb24") for picture in clip.decode(video=0)]
    return float(np.abs(decoded[-1].astype(int) - source).mean())


PROBES: dict[str, Callable[..., dict[str, Any]]] = {
    "devices": devices,
    "frame": frame,
    "cuda": cuda,
    "video": video,
}


if __name__ == "__main__":
    print(json.dumps(PROBES[sys.argv[1]](*sys.argv[2:])), flush=True)
