"""When to replan, what to execute of overlapping chunks, and how rows become fixed-size batches.

Strategies, all with a horizon k (a chunk is predicted at t = 0, k, 2k, ...):

- `plain`: the first k actions of the newest chunk;
- `ensemble`: for each frame the weighted mean of what every chunk that reaches it says (temporal ensembling,
  Zhao et al. 2023, arXiv 2304.13705), exp(-m i) for the i-th, oldest first. Where k is the whole chunk none
  overlap, and it is plain;
- `rtc`: plain, but the policy is given the actions left over from its last chunk and continues them (real-time
  chunking, Black et al. 2025, arXiv 2506.07339; `policies.rtc`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, cast

import numpy as np

from policies.errors import PolicyError
from policies.interface import EPISODE_KEY, FRAME_KEY, TASK_KEY

if TYPE_CHECKING:
    from policies.interface import Policy

PLAIN, ENSEMBLE, REAL_TIME = STRATEGIES = ("plain", "ensemble", "rtc")
ENSEMBLE_DECAY = 0.01
"""m of the ensemble's weights, ACT's own: above 0 the older prediction counts more."""


def check_horizon(horizon: int, chunk_size: int) -> int:
    """The horizon, if a chunk of `chunk_size` actions can serve it; else a PolicyError."""
    if not 1 <= horizon <= chunk_size:
        raise PolicyError(
            f"horizon {horizon} is out of range: this policy predicts chunks of {chunk_size} actions, "
            f"so choose --horizon between 1 and {chunk_size}"
        )
    return horizon


def replan_frames(length: int, horizon: int) -> np.ndarray:
    """Frames at which a chunk is predicted over `length` frames: 0, k, 2k, … as int64 (R,)."""
    if horizon < 1:
        raise PolicyError(f"horizon {horizon} is out of range: choose --horizon of at least 1")
    return np.arange(0, length, horizon, dtype=np.int64)


def execute(chunk: np.ndarray, horizon: int) -> np.ndarray:
    """The actions (k, …) taken from a chunk (C, …) before the next one is asked for."""
    return chunk[: check_horizon(horizon, len(chunk))]


def ensemble_weights(count: int, decay: float = ENSEMBLE_DECAY) -> np.ndarray:
    """Weights (count,) of overlapping predictions of one frame, oldest first: exp(-decay i), their sum 1."""
    weights = np.exp(-decay * np.arange(count))
    return weights / weights.sum()


def ensemble(
    starts: Sequence[int],
    chunks: Sequence[np.ndarray],
    frames: Sequence[int],
    decay: float = ENSEMBLE_DECAY,
) -> np.ndarray:
    """The actions (len(frames), A) that overlapping chunks agree on; float32.

    starts: the frames at which chunks (C, A) were predicted, oldest first. ValueError for a frame that none
    of them reaches.
    """
    actions = []
    for frame in frames:
        votes = [
            chunk[frame - start]
            for start, chunk in zip(starts, chunks, strict=True)
            if 0 <= frame - start < len(chunk)
        ]
        if not votes:
            raise ValueError(f"no chunk reaches frame {frame}")
        # in float64: chunks that agree stay exactly what they are
        actions.append(ensemble_weights(len(votes), decay) @ np.asarray(votes, dtype=np.float64))
    return np.asarray(actions, dtype=np.float32)


class Chunker(Protocol):
    """What one episode executes of the chunks predicted for it; it may remember earlier ones."""

    @property
    def left_over(self) -> np.ndarray | None:
        """What the policy is asked to continue next (L, 14), L >= 1; None for a fresh chunk."""
        ...

    def actions(self, frame: int, chunk: np.ndarray) -> np.ndarray:
        """The actions (k, 14) to execute from `frame`, at which `chunk` (C, 14) was predicted."""
        ...


@dataclass
class Plain:
    """The first k actions of the newest chunk."""

    horizon: int
    left_over: np.ndarray | None = field(default=None, init=False)

    def actions(self, frame: int, chunk: np.ndarray) -> np.ndarray:
        """See `Chunker`."""
        return execute(chunk, self.horizon)


@dataclass
class Ensemble:
    """The weighted mean of all chunks that reach a frame."""

    horizon: int
    decay: float = ENSEMBLE_DECAY
    left_over: np.ndarray | None = field(default=None, init=False)
    _starts: list[int] = field(default_factory=list, init=False, repr=False)
    _chunks: list[np.ndarray] = field(default_factory=list, init=False, repr=False)

    def actions(self, frame: int, chunk: np.ndarray) -> np.ndarray:
        """See `Chunker`."""
        check_horizon(self.horizon, len(chunk))
        reaching = [
            (start, old)
            for start, old in zip(self._starts, self._chunks, strict=True)
            if start + len(old) > frame
        ]
        self._starts = [*(start for start, _ in reaching), frame]
        self._chunks = [*(old for _, old in reaching), chunk]
        return ensemble(self._starts, self._chunks, range(frame, frame + self.horizon), self.decay)


@dataclass
class RealTime:
    """The first k actions of the newest chunk, which continues what was left over of the one before."""

    horizon: int
    left_over: np.ndarray | None = field(default=None, init=False)

    def actions(self, frame: int, chunk: np.ndarray) -> np.ndarray:
        """See `Chunker`."""
        taken = execute(chunk, self.horizon)
        self.left_over = chunk[self.horizon :] if self.horizon < len(chunk) else None
        return taken


def chunker(strategy: str, horizon: int) -> Chunker:
    """A new chunker of one episode; PolicyError for a strategy that is not one of STRATEGIES."""
    kinds: dict[str, type[Plain | Ensemble | RealTime]] = {
        PLAIN: Plain,
        ENSEMBLE: Ensemble,
        REAL_TIME: RealTime,
    }
    if strategy not in kinds:
        raise PolicyError(f"unknown strategy {strategy!r}: choose --strategy {', '.join(STRATEGIES)}")
    return kinds[strategy](horizon)


def policy_for(policy: Policy, strategy: str) -> Policy:
    """`policy` as `strategy` needs it; PolicyError where it does not offer that.

    A policy that continues chunks in its own way has a method `continuing()`, which returns it ready for that.
    """
    if strategy != REAL_TIME:
        return policy
    own = getattr(policy, "continuing", None)
    if own is not None:
        return cast("Policy", own())
    from policies.rtc import real_time

    return real_time(policy)


def predict_rows(
    policy: Policy, rows: Sequence[dict[str, Any]], noises: Sequence[np.ndarray] | None, batch_size: int
) -> np.ndarray:
    """Predict any number of rows in batches of exactly `batch_size`.

    The shape of a batch decides the rounding of its result, so the last batch is filled up by repeating
    its last row and the padding is dropped: how many rows happen to be left never changes a prediction.

    Args:
        policy: who predicts.
        rows: N rows: the entries of a policy batch (see `policies.interface.Policy`) without the leading
            dimension: tensors or arrays, a `task` string, a `frame_index` int.
        noises: N arrays of `policy.noise_shape`; None if the policy is deterministic.
        batch_size: rows per call of the policy, >= 1.

    Returns:
        float32 (N, C, 14), in the order of `rows`.

    Raises:
        PolicyError: a batch size below 1, noise that does not match the rows, or from the policy.
    """
    if batch_size < 1:
        raise PolicyError(f"batch size {batch_size} is out of range: choose --batch-size of at least 1")
    if noises is not None and len(noises) != len(rows):
        raise PolicyError(f"{len(noises)} noise arrays for {len(rows)} rows: give every row its own")
    chunks = []
    for start in range(0, len(rows), batch_size):
        picked = [min(i, len(rows) - 1) for i in range(start, start + batch_size)]
        noise = None if noises is None else np.stack([noises[i] for i in picked]).astype(np.float32)
        batch = stack_rows(
            [rows[i] for i in picked],
            arrays=getattr(policy, "takes_arrays", False),
            as_bytes=getattr(policy, "takes_bytes", False),
        )
        predicted = policy.predict(batch, noise)
        chunks.append(predicted[: len(rows) - start])
    if not chunks:
        return np.zeros((0, policy.chunk_size, 14), np.float32)
    return np.concatenate(chunks)


def stack_rows(
    rows: Sequence[dict[str, Any]], *, arrays: bool = False, as_bytes: bool = False
) -> dict[str, Any]:
    """One policy batch from rows that all have the same keys.

    arrays: numpy arrays in place of tensors. as_bytes: pictures of bytes stay what they are; else they become float32
    in [0, 1].
    """
    keys = rows[0].keys()
    if any(row.keys() != keys for row in rows):
        raise PolicyError("rows of one batch have different keys: build them with one observation adapter")
    batch: dict[str, Any] = {}
    for key in keys:
        values = [row[key] for row in rows]
        if key in (TASK_KEY, EPISODE_KEY):
            batch[key] = values
        elif key == FRAME_KEY:
            batch[key] = np.asarray(values, dtype=np.int64)
        else:
            stacked = np.stack([np.asarray(value) for value in values])
            if stacked.dtype == np.uint8 and not as_bytes:
                stacked = np.divide(stacked, np.float32(255), dtype=np.float32)
            batch[key] = stacked if arrays else _tensor(stacked)
    return batch


def _tensor(array: np.ndarray) -> Any:
    import torch

    return torch.from_numpy(array)
