"""Which places of a batch the policy computes alike, found out by trying."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from policies.chunking import predict_rows
from policies.interface import FRAME_KEY, STATE_KEY, TASK_KEY

if TYPE_CHECKING:
    from policies.interface import Policy

HEIGHT, WIDTH = 240, 320


def equal_places(policy: Policy, batch_size: int) -> tuple[int, ...]:
    """All places, where a row gets the same chunk to the bit at each; else the first alone.

    A batch of made-up rows is predicted twice, the second time each row a place further. Small batches differ on
    some machines: BLAS has kernels of their own for two or three rows.
    """
    random = np.random.default_rng(0)
    rows, noises = [], []
    for index in range(batch_size):
        images = {key: random.random((3, HEIGHT, WIDTH), dtype=np.float32) for key in policy.images}
        state = random.random(14, dtype=np.float32)
        rows.append({STATE_KEY: state, **images, TASK_KEY: f"press block {index}", FRAME_KEY: index})
        noises.append(random.standard_normal(policy.noise_shape or (1, 1), dtype=np.float32))

    def chunks(first: int) -> np.ndarray:
        order = [(first + place) % batch_size for place in range(batch_size)]
        noise = [noises[i] for i in order] if policy.noise_shape else None
        return predict_rows(policy, [rows[i] for i in order], noise, batch_size)

    same = np.array_equal(chunks(0), np.roll(chunks(1), 1, axis=0))
    return tuple(range(batch_size)) if same else (0,)
