"""A row at its place: the tiny π0 gives it the same chunk to the bit, whoever shares its batch."""

import numpy as np
import pytest

from harness.rollout.inference import Row, predict_places
from policies.noise import frame_noise

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("batch_size", [1, 2, 3, 4])
def test_neighbours_and_padding_change_not_a_bit(policy, make_row, batch_size):
    rows = [Row(make_row(i), frame_noise(0, 5, i, policy.noise_shape)) for i in range(6)]
    for place in range(batch_size):
        alone = predict_places(policy, {place: rows[0]}, batch_size)[place]
        others = [other for other in range(batch_size) if other != place]
        for first in (1, 3):
            among = {other: rows[first + i] for i, other in enumerate(others)}
            found = predict_places(policy, {**among, place: rows[0]}, batch_size)[place]
            assert np.array_equal(found, alone)
