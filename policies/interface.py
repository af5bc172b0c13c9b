"""What the harness asks of a policy, learnt or not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import numpy as np

STATE_KEY = "observation.state"
UNKNOWN_KEY = "action_is_unknown"
"""In a batch to train on: bool (B, C), True where an action of the chunk was not recorded and is not to be learnt."""
TASK_KEY = "task"
FRAME_KEY = "frame_index"
EPISODE_KEY = "episode"
"""(task name, dataset index or scene seed) of each row, for policies that have `names_episode = True` only."""
ACTION_DIM = 14
"""Left j1..j6 (rad), left gripper (0 closed, 1 open), right j1..j6 (rad), right gripper."""

LEFT_OVER_KEY = "left_over"
"""A row's entry for `rtc`: the actions (C - k, 14), raw units, of its last chunk that were not executed."""
REAL_TIME_KEY = "real_time_chunking"
"""In what a policy says of itself: how it continues chunks."""


class Policy(Protocol):
    """A function from B observations to B action chunks.

    A batch is a dict of B rows; where a policy has `takes_arrays = True`, its tensors are numpy arrays, and torch is
    not loaded for it; where it has `takes_bytes = True`, its pictures are uint8 in [0, 255]:

    - ``observation.state``: float32 torch tensor (B, 14), joint angles in rad, grippers in 0..1;
    - ``observation.images.<camera>``: float32 torch tensor (B, 3, H, W) in [0, 1], one for every key in
      `images`;
    - ``task``: list of B strings;
    - ``frame_index``: int64 numpy array (B,), the frame of its episode each row is.
    """

    @property
    def name(self) -> str:
        """What the user typed."""

    @property
    def chunk_size(self) -> int:
        """C, the number of actions in a chunk."""

    @property
    def images(self) -> tuple[str, ...]:
        """The image keys it reads; () for a policy that looks at nothing."""

    @property
    def noise_shape(self) -> tuple[int, int] | None:
        """Shape of the noise of one row, (C, max_action_dim) for flow matching; None if deterministic."""

    @property
    def content_hash(self) -> str | None:
        """sha256 of the checkpoint's files; None for a policy without a checkpoint."""

    def predict(self, batch: dict[str, Any], noise: np.ndarray | None) -> np.ndarray:
        """Predict the chunks of a batch.

        Args:
            batch: B rows, as above.
            noise: float32 (B, *noise_shape), or None for a deterministic policy.

        Returns:
            float32 (B, C, 14): absolute joint targets in raw units for frames t .. t+C-1 of each row.

        Raises:
            PolicyError: the batch is not what the policy reads, or a prediction is not finite.
        """

    def describe(self) -> dict[str, Any]:
        """What identifies this policy in a run's provenance; JSON-serialisable."""
