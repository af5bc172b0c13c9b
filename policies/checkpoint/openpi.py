"""openpi's PyTorch checkpoints: what is in one, and what its statistics say of how it was trained.

`model.safetensors` (names of `PI0Pytorch`) and `assets/<id>/norm_stats.json`; config.json is there if the checkpoint
was converted from JAX. Source: openpi @15a9616a `scripts/train_pytorch.py`, `examples/convert_jax_model_to_pytorch.py`,
`src/openpi/shared/normalize.py`, `src/openpi/training/config.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from policies.checkpoint.tensors.specs import TensorSpec, read_specs
from policies.errors import PolicyError
from policies.interface import ACTION_DIM

WEIGHTS, CONFIG, STATS = "model.safetensors", "config.json", "norm_stats.json"
FLIPPED = (1, 2, 8, 9)
"""Joints whose sign `adapt_to_pi` flips: second and third of each arm. RoboTwin's ALOHA never takes them below 0."""

ARM_JOINTS = [*range(6), *range(7, 13)]
CLEARLY = 3.0
"""How many times nearer a mean has to be to one reading of the actions than to the other for it to be believed."""

EXPERTS = {1024: "gemma_300m", 2048: "gemma_2b"}
"""Width of the action expert -> openpi's name of its size."""


@dataclass(frozen=True)
class Statistics:
    """Of the state or the actions, (14,) float64 each; the quantiles where they were computed."""

    mean: np.ndarray
    std: np.ndarray
    q01: np.ndarray | None
    q99: np.ndarray | None


@dataclass(frozen=True)
class OpenPICheckpoint:
    """type: pi0 or pi05. chunk_size: C, None where nothing says it. dim: padded size of states and actions."""

    directory: Path
    type: str
    expert: str
    dim: int
    chunk_size: int | None
    asset: str
    state: Statistics
    actions: Statistics


def is_openpi(directory: Path) -> bool:
    """Whether a folder is laid out as openpi's checkpoints are, PyTorch's or JAX's."""
    return (directory / "params").is_dir() or any(directory.glob(f"assets/**/{STATS}"))


def open_openpi(directory: Path, asset: str | None = None) -> OpenPICheckpoint:
    """Read and check what a checkpoint says of itself; PolicyError naming the fix where something is missing.

    asset: which of several folders under `assets/` has the statistics.
    """
    if not directory.is_dir():
        raise PolicyError(f"no checkpoint directory {directory}; check the path")
    weights = directory / WEIGHTS
    if not weights.is_file():
        if (directory / "params").is_dir():
            raise PolicyError(
                f"{directory} is openpi's JAX form; convert it with openpi's "
                "examples/convert_jax_model_to_pytorch.py "
                "first"
            )
        raise PolicyError(f"{directory} has no {WEIGHTS}; it is no PyTorch checkpoint of openpi")
    specs = {name.removeprefix("model."): spec for name, spec in read_specs(weights).items()}
    kind, expert, dim = kind_of(specs, weights)
    path = stats_file(directory, asset)
    state, actions = read_stats(path)
    if kind == "pi05" and (state.q01 is None or actions.q01 is None):
        raise PolicyError(
            f"{path} has no quantiles q01 and q99, by which openpi normalises π0.5; compute the statistics "
            "again with "
            "openpi's scripts/compute_norm_stats.py"
        )
    asset_name = path.parent.relative_to(directory / "assets").as_posix()
    return OpenPICheckpoint(directory, kind, expert, dim, chunk_of(directory), asset_name, state, actions)


def kind_of(specs: Mapping[str, TensorSpec], weights: Path) -> tuple[str, str, int]:
    """(type, expert, padded action size) from the tensors; PolicyError where they are not π0's or π0.5's."""
    entry = specs.get("action_in_proj.weight")
    if entry is None or len(entry.shape) != 2:
        raise PolicyError(f"{weights} has no action_in_proj.weight; it holds no π0 or π0.5 of openpi")
    width, dim = entry.shape
    kind = "pi0" if "state_proj.weight" in specs else "pi05"
    if kind == "pi05" and "time_mlp_in.weight" not in specs:
        raise PolicyError(f"{weights} is neither π0 (state_proj) nor π0.5 (time_mlp_in); it may be π0-FAST")
    return kind, EXPERTS.get(width, "gemma_300m"), dim


def stats_file(directory: Path, asset: str | None) -> Path:
    """The norm_stats.json of a checkpoint; PolicyError where there is none, or several and none was named."""
    files = sorted((directory / "assets").glob(f"**/{STATS}"))
    if asset is not None:
        files = [path for path in files if path.parent.relative_to(directory / "assets").as_posix() == asset]
    if not files:
        where = f"assets/{asset}/{STATS}" if asset else f"assets/*/{STATS}"
        raise PolicyError(
            f"{directory} has no {where}, so its numbers have no unit; copy the assets folder of the checkpoint too"
        )
    if len(files) > 1:
        names = ", ".join(path.parent.relative_to(directory / "assets").as_posix() for path in files)
        raise PolicyError(f"{directory} has statistics of several datasets ({names}); name one with --asset")
    return files[0]


def read_stats(path: Path) -> tuple[Statistics, Statistics]:
    """Statistics of state and actions, the first 14 of each as openpi uses them; PolicyError where they are wrong."""
    from policies.json_files import read_json

    stats = read_json(path).get("norm_stats")
    if not isinstance(stats, Mapping) or not {"state", "actions"} <= set(stats):
        raise PolicyError(f"{path} has no norm_stats of state and actions; copy it again")
    return _statistics(path, "state", stats["state"]), _statistics(path, "actions", stats["actions"])


def _statistics(path: Path, key: str, entry: Any) -> Statistics:
    arrays: dict[str, np.ndarray | None] = {}
    for name in ("mean", "std", "q01", "q99"):
        value = entry.get(name) if isinstance(entry, Mapping) else None
        if value is None and name in ("q01", "q99"):
            arrays[name] = None
            continue
        try:
            array = np.asarray(value, dtype=np.float64)
        except (TypeError, ValueError):
            array = np.empty(0)
        if array.ndim != 1 or len(array) < ACTION_DIM or not np.isfinite(array[:ACTION_DIM]).all():
            raise PolicyError(
                f"{path} has {name} of {key} that is not {ACTION_DIM} finite numbers; it is of another "
                "robot, or broken"
            )
        arrays[name] = array[:ACTION_DIM]
    mean, std = arrays["mean"], arrays["std"]
    assert mean is not None and std is not None
    if (std < 0).any():
        raise PolicyError(f"{path} has a negative std of {key}; compute the statistics again")
    return Statistics(mean, std, arrays["q01"], arrays["q99"])


def chunk_of(directory: Path) -> int | None:
    """The action horizon of config.json; None where there is none."""
    from policies.json_files import read_json

    path = directory / CONFIG
    value = read_json(path).get("action_horizon") if path.is_file() else None
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 1 else None


def looks_adapted(state: Statistics) -> bool:
    """Whether a state was given to the model with the signs of openpi's `adapt_to_pi`, which RoboTwin's are not."""
    return bool((state.mean[list(FLIPPED)] < 0).all())


def looks_relative(state: Statistics, actions: Statistics) -> bool | None:
    """Whether the actions are offsets from the state (openpi's `use_delta_joint_actions`); None where it is not clear.

    Absolute targets have the state's mean, offsets have means near 0.
    """
    absolute = _distance(actions.mean - state.mean)
    relative = _distance(actions.mean)
    if relative > CLEARLY * absolute:
        return False
    return True if absolute > CLEARLY * relative else None


def _distance(difference: np.ndarray) -> float:
    return float(np.abs(difference[ARM_JOINTS]).mean())
