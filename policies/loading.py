"""From what the user typed to a policy that can be trusted, or one line about why not."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from policies.baselines import DEFAULT_CHUNK_SIZE, Hold, Mean, RandomReplay
from policies.building import load_checkpoint
from policies.checkpoint import files, hub
from policies.errors import PolicyError
from policies.interface import ACTION_DIM
from policies.remote.loading import connect_policy
from policies.remote.options import RemoteOptions, is_remote

if TYPE_CHECKING:
    from policies.interface import Policy

BUNDLED = ("demo", "demo_half", "demo_early")
"""Checkpoints that come with the repository: the demo policy, and two of its earlier trainings to compare it with."""

NAMES = (*BUNDLED, "hold", "mean", "random_replay", "expert")


def bundled_assets() -> Path:
    """What the project brings: `assets/` of a checkout, `robotwin_pi0_assets` beside the packages of a wheel."""
    root = Path(__file__).resolve().parents[1]
    installed = root / "robotwin_pi0_assets"
    return installed if installed.is_dir() else root / "assets"


ASSETS = bundled_assets()
DEMO = ASSETS / "demo"


def load_policy(
    spec: str | Path,
    *,
    device: str = "cpu",
    dtype: str = "auto",
    mean_action: np.ndarray | None = None,
    demonstrations: Mapping[str, Mapping[int, np.ndarray]] | None = None,
    seed: int = 0,
    chunk_size: int = DEFAULT_CHUNK_SIZE,
    remote: RemoteOptions | None = None,
) -> Policy:
    """A policy by name, directory, Hub id, or address of a server.

    Args:
        spec: `demo`, `demo_half`, `demo_early` (bundled), `hold`, `mean`, `random_replay`, a local checkpoint
            directory, a Hub id `owner/name[@revision]`, or `ws://host:port[/path]` (`policies.remote`).
        device: torch device of a checkpoint's model.
        dtype: see `load_checkpoint`.
        mean_action: (14,) for `mean`: what it always sends.
        demonstrations, seed: for `random_replay`: what it plays back (`policies.baselines.RandomReplay`), and its draw.
        chunk_size: C of the baselines; a checkpoint has its own.
        remote: how a server is spoken to; None guesses it.

    Raises:
        PolicyError: one line that names the fix.
    """
    text = str(spec)
    if is_remote(text):
        return connect_policy(text, remote)
    if text == "hold":
        return Hold(chunk_size=chunk_size)
    if text == "mean":
        if mean_action is None or np.shape(mean_action) != (ACTION_DIM,):
            raise PolicyError(
                f"policy 'mean' needs the mean action ({ACTION_DIM},) of a dataset; name one with --dataset"
            )
        return Mean(np.asarray(mean_action, np.float32), chunk_size=chunk_size)
    if text == "random_replay":
        if not demonstrations:
            raise PolicyError(
                "policy 'random_replay' needs the demonstrations of a dataset; name one with --dataset"
            )
        return RandomReplay(demonstrations, seed=seed, chunk_size=chunk_size)
    if text == "expert":
        raise PolicyError(
            "policy 'expert' needs a scene to solve: it exists in closed loop only (harness.closedloop)"
        )
    if text in BUNDLED and not (ASSETS / text).is_dir():
        raise PolicyError(
            f"the bundled checkpoint {text} is not in {ASSETS}; install it again, or name another"
        )
    return load_checkpoint(found_checkpoint(text), name=text, device=device, dtype=dtype)


def found_checkpoint(spec: str | Path) -> files.Checkpoint:
    """The checkpoint of that name, directory or Hub id, downloaded where need be; PolicyError where there is none."""
    text = str(spec)
    if folder := local_folder(text):
        return files.open_checkpoint(folder)
    if hub.is_hub_id(text):
        return files.fetch_checkpoint(text)
    raise PolicyError(_unknown(text))


def local_folder(spec: str | Path) -> Path | None:
    """The folder of a checkpoint that is on this machine, by name (`demo`, ...) or path; None for all others."""
    text = str(spec)
    if text in NAMES:
        return ASSETS / text if text in BUNDLED else None
    directory = Path(text).expanduser()
    return directory if directory.is_dir() else None


def _unknown(text: str) -> str:
    if Path(text).expanduser().is_file():
        return f"{text} is a file; give the checkpoint's folder, {Path(text).parent}"
    if "/" in text or text.startswith((".", "~")):
        return f"no checkpoint directory {text}; check the path, or give {', '.join(NAMES)} or a Hub id owner/name"
    near = difflib.get_close_matches(text.lower(), NAMES, n=2, cutoff=0.5)
    meant = f"did you mean {' or '.join(near)}? " if near else ""
    return (
        f"unknown policy {text!r}: {meant}Known are {', '.join(NAMES)}, or a directory or Hub id owner/name"
    )
