"""What happened in a closed-loop episode, as arrays on disk (`predictions/<task>-<seed>.npz`).

110 kB an episode of 400 actions with a chunk of 12 predicted before every fourth (measured). What grows is the chunks:
R · C · 56 bytes before compression, 3.4 MB for 50 predicted before every one of 1200 actions.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np

from harness.core.errors import UserError
from harness.core.robot import JOINTS
from harness.core.text import reason
from harness.files.json_files import write_atomic
from harness.files.reading import read_arrays

FOLDER = "predictions"
POSE = 7


@dataclasses.dataclass(frozen=True)
class Trajectory:
    """One closed-loop episode, T actions, R chunks of C, K looks at the scene.

    actions `(T, 14)` sent, states `(T + 1, 14)` before the first and after each of them; replans `(R,)` the frames at
    which a chunk was predicted, chunks `(R, C, 14)` those chunks whole. looks `(K,)` the frames after which the scene
    was read: names `(n,)` of its actors and their poses `(K, n, 7)`, p (m) + q wxyz, hands `(K, 2, 7)` likewise, stages
    `(K, S)` reached, of those called stage_names `(S,)`.
    """

    actions: np.ndarray
    states: np.ndarray
    replans: np.ndarray
    chunks: np.ndarray
    looks: np.ndarray
    names: np.ndarray
    poses: np.ndarray
    hands: np.ndarray
    stages: np.ndarray
    stage_names: np.ndarray

    def __post_init__(self) -> None:
        frames, looks = len(self.actions), len(self.looks)
        shapes = {
            "actions": (frames, JOINTS),
            "states": (frames + 1, JOINTS),
            "replans": (len(self.replans),),
            "chunks": (len(self.replans), *self.chunks.shape[1:2], JOINTS),
            "looks": (looks,),
            "names": (len(self.names),),
            "poses": (looks, len(self.names), POSE),
            "hands": (looks, 2, POSE),
            "stages": (looks, len(self.stage_names)),
            "stage_names": (len(self.stage_names),),
        }
        kinds = {"replans": "iu", "looks": "iu", "names": "U", "stage_names": "U", "stages": "b"}
        for name, shape in shapes.items():
            array = getattr(self, name)
            if array.shape != shape or array.dtype.kind not in kinds.get(name, "f"):
                raise ValueError(f"{name} must be {shape}, not {array.dtype} {array.shape}")
            if array.dtype.kind == "f" and not np.isfinite(array).all():
                raise ValueError(f"{name} contains NaN or infinity")
        for name in ("replans", "looks"):
            order = getattr(self, name)
            if order.size and (np.any(np.diff(order) <= 0) or order[0] < 0 or order[-1] > frames):
                raise ValueError(f"{name} must ascend within 0..{frames}")

    def save(self, path: Path) -> None:
        """Write the arrays to an npz file, atomically."""
        arrays = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        write_atomic(path, lambda handle: np.savez_compressed(handle, **arrays))

    @classmethod
    def load(cls, path: Path) -> Trajectory:
        """Read an npz file without unpickling anything; UserError if it is not what `save` writes."""
        names = [field.name for field in dataclasses.fields(cls)]
        try:
            return cls(**read_arrays(path, names, "a trajectory"))
        except (ValueError, TypeError, IndexError) as error:
            if isinstance(error, UserError):
                raise
            raise UserError(f"{path} is not a trajectory: {reason(error)}") from error


def file_name(task: str, seed: int) -> str:
    """Where an episode's trajectory lies in its run."""
    return f"{FOLDER}/{task}-{seed}.npz"
