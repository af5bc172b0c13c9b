"""What a policy predicted in an open-loop episode, as arrays on disk (`predictions/episode_NNNNNN.npz`)."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from harness.core.errors import UserError
from harness.core.robot import JOINTS
from harness.core.text import reason
from harness.files.json_files import write_atomic
from harness.files.reading import read_arrays


@dataclasses.dataclass(frozen=True)
class Prediction:
    """What a policy predicted in one open-loop episode, raw units.

    pred `(T, 14)` the executed actions, gt `(T, 14)` the recorded ones, replan bool `(T,)` True where a chunk
    was predicted, chunks `(R, C, 14)` those chunks whole, state `(T, 14)` the recorded state (optional: with
    it the report can draw the hold baseline).
    """

    pred: np.ndarray
    gt: np.ndarray
    replan: np.ndarray
    chunks: np.ndarray
    state: np.ndarray | None = None

    def __post_init__(self) -> None:
        frames = len(self.gt)
        for name in ("pred", "gt", "state"):
            array = getattr(self, name)
            if array is not None and (array.shape != (frames, JOINTS) or array.dtype.kind != "f"):
                raise ValueError(
                    f"{name} must be float ({frames}, {JOINTS}), not {array.dtype} {array.shape}"
                )
            if array is not None and not np.isfinite(array).all():
                raise ValueError(f"{name} contains NaN or infinity")
        if frames == 0 or self.replan.shape != (frames,) or self.replan.dtype != bool or not self.replan[0]:
            raise ValueError(f"replan must be a bool mask ({frames},) that starts with True")
        replans = int(self.replan.sum())
        if self.chunks.ndim != 3 or self.chunks.shape[0] != replans or self.chunks.shape[2] != JOINTS:
            raise ValueError(f"chunks must be ({replans}, C, {JOINTS}), not {self.chunks.shape}")
        if self.chunks.dtype.kind != "f" or not np.isfinite(self.chunks).all():
            raise ValueError("chunks must be finite floats")

    def save(self, path: Path) -> None:
        """Write the arrays to an npz file, atomically."""
        arrays = {
            f.name: getattr(self, f.name)
            for f in dataclasses.fields(self)
            if getattr(self, f.name) is not None
        }
        write_atomic(path, lambda handle: np.savez_compressed(handle, **arrays))

    @classmethod
    def load(cls, path: Path) -> Prediction:
        """Read an npz file without unpickling anything; UserError if it is not what `save` writes."""
        names = [field.name for field in dataclasses.fields(cls)]
        try:
            return cls(**read_arrays(path, names, "a predictions file"))
        except (ValueError, TypeError) as error:
            if isinstance(error, UserError):
                raise
            raise UserError(f"{path} is not a predictions file: {reason(error)}") from error


class Predictions(Mapping[int, Prediction]):
    """The predictions of a run by dataset episode index, read from disk when asked for."""

    def __init__(self, folder: Path):
        self.folder = folder

    def path(self, episode: int) -> Path:
        """The npz file of an episode, whether it exists or not."""
        return self.folder / f"episode_{episode:06d}.npz"

    def __getitem__(self, episode: int) -> Prediction:
        path = self.path(episode)
        if not path.is_file():
            raise KeyError(episode)
        return Prediction.load(path)

    def __contains__(self, episode: object) -> bool:
        return isinstance(episode, int) and self.path(episode).is_file()

    def __iter__(self) -> Iterator[int]:
        matches = (
            re.fullmatch(r"episode_(\d{6,})\.npz", path.name) for path in self.folder.glob("episode_*.npz")
        )
        return iter(sorted(int(match[1]) for match in matches if match))

    def __len__(self) -> int:
        return sum(1 for _ in self)
