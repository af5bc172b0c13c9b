"""Where a number comes from: enough to run it again, and to see why it differs."""

from __future__ import annotations

import os
import platform
import subprocess
from importlib import metadata
from pathlib import Path
from typing import Any

from harness.files.bundled import ROOT
from harness.runs.description import Provenance

PACKAGES = (
    "robotwin-pi0",
    "lerobot",
    "torch",
    "transformers",
    "sapien",
    "gymnasium",
    "numpy",
    "scipy",
    "toppra",
    "av",
    "pillow",
    "matplotlib",
    "mani_skill",
)

CALLER_FIELDS = (
    "checkpoint_hash",  # of the checkpoint files; None for baselines
    "dataset",  # repo id or directory
    "dataset_revision",
    "dataset_hash",
    "assets_root",
    "assets_kind",  # "real" | "mixed" | "stand-in"
    "assets_hash",  # of the robot and the object models: harness.scenes.provenance.assets_hash
    "controller",  # what one action does: the ramp and its rates
    "shader",
    "shadows",
    "render_device",
    "render_driver",
    "seeds",
    "scenes",  # "official", "protocol" or the name of a file that lists them (scenes/scene_sets.py)
    "scenes_source",
    "scenes_hash",  # of the list; None for the protocol, whose scenes follow from the seed
    "clutter_kind",  # "real" | "stand-in", in the hard setting only
    "textures_kind",
    "instructions",  # "own", a RoboTwin checkout with its commit, or "dataset"
    "instruction_split",  # "seen" | "unseen"
    "contract",  # what policy and world expect of each other, in a line (harness/contract)
    "contract_cautions",  # what a reader must know of that, in lines
    "ablation",  # which input was taken away and what took its place (rollout/ablation.py); None for an ordinary run
    "training_overlap",  # open loop: that the policy was trained on the episodes (scenes/training_overlap.py)
    "remarks",  # open loop: what may not be as it is taken (datasets/survey.py, rollout/input_remarks.py)
    "off_task",  # closed loop: that the checkpoint is meant for other tasks (scenes/training_overlap.py)
)


def provenance(**fields: Any) -> dict[str, Any]:
    """Machine, packages and code of this process, with the caller's `fields` beside them.

    Every name of CALLER_FIELDS is present (None where it does not apply); other names are kept as given.
    Nothing heavy is imported: versions are read from package metadata.
    """
    commit, dirty = git_state(ROOT)
    here = {
        "packages": {name: _version(name) for name in PACKAGES},
        "git_commit": commit,
        "git_dirty": dirty,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "host": platform.node(),
        "cpus": os.cpu_count(),
    }
    return here | dict.fromkeys(CALLER_FIELDS) | fields


def git_state(root: Path) -> tuple[str | None, bool | None]:
    """(commit, any uncommitted change) of the checkout with top folder `root`; (None, None) without one."""
    top = _git(root, "rev-parse", "--show-toplevel")
    if top is None or Path(top).resolve() != root.resolve():
        return None, None
    changes = _git(root, "status", "--porcelain")
    return _git(root, "rev-parse", "HEAD"), None if changes is None else bool(changes)


def _git(root: Path, *arguments: str) -> str | None:
    command = ["git", "-C", str(root), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def remarks_of(provenance: Provenance) -> list[str]:
    """The remarks of a run's provenance; none of one that was made before there were any."""
    remarks = provenance.named("remarks")
    return [words for words in remarks if isinstance(words, str)] if isinstance(remarks, list) else []
