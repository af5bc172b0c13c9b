"""Hub, assets, disk, memory."""

from __future__ import annotations

import os
import shutil
import socket
import threading
import urllib.request
from pathlib import Path

from harness.doctor.check import FAIL, GIB, OK, WARN, Check

FRAME_LIMIT_S, CUDA_LIMIT_S, VIDEO_LIMIT_S, HUB_LIMIT_S = 90.0, 60.0, 30.0, 3.0

DISK_GIB = (1.0, 5.0)  # below: fail, warn. A run with videos takes tens of MiB, a full dataset tens of GiB
MEMORY_GIB = (2.0, 4.0)  # one process with the demo policy stays under 2 GiB


def hub(endpoint: str | None = None, limit_s: float = HUB_LIMIT_S) -> list[Check]:
    """Does the Hugging Face Hub answer? Only checkpoints and datasets from there need it."""
    local = "bundled and local checkpoints and datasets need no network"
    if os.environ.get("HF_HUB_OFFLINE", "").upper() in ("1", "ON", "YES", "TRUE"):
        return [Check("Hub", WARN, "HF_HUB_OFFLINE is set", f"unset it to download; {local}")]
    url = endpoint or hub_endpoint()
    outcome: list[str] = []
    # A thread, because looking up a name has no time limit of its own.
    thread = threading.Thread(target=lambda: outcome.append(_answer(url, limit_s)), daemon=True)
    thread.start()
    thread.join(limit_s)
    problem = outcome[0] if outcome else f"no answer within {limit_s:.0f} s"
    if not problem:
        return [Check("Hub", OK, f"{url} answers")]
    return [Check("Hub", WARN, f"{url}: {problem}", local)]


def hub_endpoint() -> str:
    """The Hub's address as huggingface_hub sees it ($HF_ENDPOINT, or its own)."""
    from huggingface_hub.constants import ENDPOINT

    return str(ENDPOINT)


def _answer(url: str, limit_s: float) -> str:
    """ "" when anything at all answers at `url`, else why not."""
    try:
        urllib.request.urlopen(urllib.request.Request(url, method="HEAD"), timeout=limit_s).close()
    except urllib.error.HTTPError as error:
        # A gateway that refuses answers too, but nothing can be downloaded through it.
        return f"HTTP {error.code}" if error.code in (403, 407, 502, 503, 504) else ""
    except (OSError, ValueError, socket.gaierror) as error:
        return str(getattr(error, "reason", error))
    return ""


def assets(root: str | None) -> list[Check]:
    """The asset root that commands would use: `root`, or the bundled stand-ins."""
    from robotwin_env.assets.roots import open_root

    try:
        opened = open_root(root)
    except ValueError as error:
        fix = (
            "git checkout assets, or install again"
            if root is None
            else "leave out --assets, unset ROBOTWIN_ASSETS"
        )
        return [Check("assets", FAIL, str(error), fix)]
    if root is None:
        return [Check("assets", OK, f"bundled stand-ins, {opened.path}")]
    models = sum(folder.is_dir() for folder in (opened.path / "objects").glob("*"))
    if models == 0:
        return [
            Check(
                "assets",
                WARN,
                f"{opened.path}: robot, but no objects/",
                "add objects/ for tasks with objects",
            )
        ]
    return [Check("assets", OK, f"{opened.path}: robot and {models} object models")]


def disk(folder: Path) -> list[Check]:
    """Free space where runs are written."""
    free = shutil.disk_usage(folder).free / GIB
    return [
        _amount("free disk", free, DISK_GIB, str(folder), "free some, or write runs elsewhere with --out")
    ]


def memory(available: int) -> list[Check]:
    """Memory that processes can still get, bytes."""
    free = available / GIB
    note = "a full π0 takes about 8 GiB in bf16" if free < 10 else f"{os.cpu_count()} CPU cores"
    return [_amount("free memory", free, MEMORY_GIB, note, "close something; the demo takes up to 2 GiB")]


def _amount(what: str, free: float, limits: tuple[float, float], note: str, fix: str) -> Check:
    state = FAIL if free < limits[0] else WARN if free < limits[1] else OK
    return Check(what, state, f"{free:.1f} GiB ({note})", "" if state == OK else fix)
