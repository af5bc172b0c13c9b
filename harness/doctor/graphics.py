"""Vulkan, CUDA, video."""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import replace
from pathlib import Path

from harness.doctor import probes
from harness.doctor.check import FAIL, OK, SETUP, WARN, Check

NEEDED_MESA = (24, 3)  # SAPIEN 3.0.3 finds no device in an older lavapipe
FRAME_LIMIT_S, CUDA_LIMIT_S, VIDEO_LIMIT_S, HUB_LIMIT_S = 90.0, 60.0, 30.0, 3.0


def vulkan(frame_path: str = "", limit_s: float = FRAME_LIMIT_S) -> list[Check]:
    """The Vulkan device and driver, and a frame rendered with it."""
    device, frame = _device(), _frame(frame_path, limit_s)
    if device.state == FAIL and frame.state == OK:
        # SAPIEN brings a loader of its own, which may find what the system's does not. The frame decides.
        device = replace(device, state=WARN, fix="none needed: SAPIEN renders")
    return [device, frame]


def _frame(save_to: str, limit_s: float) -> Check:
    try:
        seen = probes.attempt("frame", *([save_to] if save_to else []), limit_s=limit_s)
    except probes.ProbeError as error:
        patience = "a first frame takes 10 s on two idle cores: try again on a quieter machine; else "
        late = str(error).startswith("no answer")
        return Check("test frame", FAIL, str(error), (patience if late else "") + vulkan_fix())
    kept = f"; {save_to}" if save_to else ""
    picture = f"mean {seen['mean']:.0f}, spread {seen['spread']:.0f} of 255"
    return Check("test frame", OK, f"{picture} on {seen['device']} in {seen['seconds']:.1f} s{kept}")


def _device() -> Check:
    try:
        devices = probes.attempt("devices", limit_s=20)["devices"]
    except probes.ProbeError as error:
        return Check("Vulkan device", FAIL, str(error), vulkan_fix())
    if not devices:
        return Check("Vulkan device", FAIL, "the loader offers none", vulkan_fix())
    detail = "; ".join(f"{device['name']} ({device['kind']}, {device['driver']})" for device in devices)
    usable = [d for d in devices if d["kind"] != "CPU" or mesa_version(d["driver"]) >= NEEDED_MESA]
    if not usable:
        return Check("Vulkan device", FAIL, f"{detail}: SAPIEN needs Mesa >= 24.3", SETUP)
    return Check("Vulkan device", OK, detail)


def mesa_version(driver: str) -> tuple[int, ...]:
    """(major, minor) in a driver's own words; (0, 0) where it does not say."""
    match = re.search(r"Mesa (\d+)\.(\d+)", driver)
    return (int(match[1]), int(match[2])) if match else (0, 0)


def vulkan_fix() -> str:
    """What to do about a device that is not there: a variable that hides it, or a driver that is missing."""
    for name in ("VK_DRIVER_FILES", "VK_ICD_FILENAMES"):
        files = os.environ.get(name, "")
        if files and not all(Path(file).is_file() for file in files.split(os.pathsep)):
            return f"{name}={files} names a file that does not exist: unset it"
        if files:
            return f"{name}={files} picks the driver: unset it to let Vulkan choose, or {SETUP}"
    return f"{SETUP}: it installs Mesa's CPU driver where none serves"


def cuda(limit_s: float = CUDA_LIMIT_S) -> list[Check]:
    """Does torch see a GPU? Nothing needs one."""
    try:
        seen = probes.attempt("cuda", limit_s=limit_s)
    except probes.ProbeError as error:
        return [Check("CUDA", FAIL, f"torch: {error}", SETUP)]
    if seen["gpus"]:
        return [Check("CUDA", OK, f"{', '.join(seen['gpus'])}; torch {seen['torch']}")]
    if shutil.which("nvidia-smi"):
        fix = f"update the NVIDIA driver to one that serves CUDA {seen['cuda']}, or use --device cpu"
        return [Check("CUDA", WARN, f"nvidia-smi is here, but torch {seen['torch']} sees no GPU", fix)]
    return [Check("CUDA", WARN, f"no GPU for torch {seen['torch']}", "none needed: CPU is fine for the demo")]


def video(limit_s: float = VIDEO_LIMIT_S) -> list[Check]:
    """h264 there and back, which everything needs; AV1, which the public RoboTwin datasets need."""
    try:
        seen = probes.attempt("video", limit_s=limit_s)
    except probes.ProbeError as error:
        return [Check("video (h264)", FAIL, str(error), SETUP)]
    rows = [_codec("h264", seen["h264"], FAIL), _codec("AV1", seen["av1"], WARN)]
    return [Check(row.what, row.state, f"{row.detail} with PyAV {seen['pyav']}", row.fix) for row in rows]


def _codec(name: str, outcome: float | str, otherwise: str) -> Check:
    if isinstance(outcome, str):
        needs = "datasets encoded with AV1 cannot be read; " if otherwise == WARN else ""
        return Check(f"video ({name})", otherwise, outcome, f"{needs}{SETUP}")
    return Check(f"video ({name})", OK, f"encoded and decoded, mean error {outcome:.1f} of 255")
