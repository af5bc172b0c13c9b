"""Which code decides what happens in an episode: two parts of one run must have the same."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

from harness.hashing import digest, file_sha256

ROOT = Path(__file__).resolve().parents[1]
HARNESS = (
    "ablation",
    "adapter",
    "closedloop_row",
    "demonstration",
    "mind",
    "plan",
    "rollout",
    "sim_world",
    "smoothness",
    "solvable",
    "state_digest",
    "task_episodes",
    "worker",
)
"""Modules of the harness an episode goes through; the others read, count and draw."""
PACKAGES = ("sapien", "numpy", "toppra", "torch", "lerobot", "transformers")
DIGITS = 12


def code_state() -> dict[str, str]:
    """Digests of this project's packages and the versions of those that compute."""
    files = {
        "robotwin_env": sorted((ROOT / "robotwin_env").rglob("*.py")),
        "policies": sorted((ROOT / "policies").rglob("*.py")),
        "harness": [ROOT / "harness" / f"{name}.py" for name in HARNESS],
    }
    own = {
        package: digest({path.relative_to(ROOT).as_posix(): file_sha256(path) for path in paths})[:DIGITS]
        for package, paths in files.items()
    }
    return own | {name: _version(name) for name in PACKAGES}


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "none"
