"""What makes an evaluation's result independent of its workers: a row is its own, wherever it stands."""

import numpy as np
import pytest

from policies.chunking import predict_rows
from policies.noise import frame_noise

pytestmark = pytest.mark.slow

SHAPE = 8


@pytest.fixture(scope="module")
def chunks_of(policy, make_row):
    """Chunks of these rows, in batches of this shape."""

    def predict(numbers, batch_size=SHAPE):
        noises = [frame_noise(0, 5, i, policy.noise_shape) for i in numbers]
        return predict_rows(policy, [make_row(i) for i in numbers], noises, batch_size)

    return predict


@pytest.fixture(scope="module")
def together(chunks_of):
    return chunks_of(range(SHAPE))


@pytest.mark.parametrize("place", range(SHAPE))
def test_in_a_batch_of_one_shape_a_rows_place_changes_not_a_bit(chunks_of, together, place):
    others = [20 + i for i in range(SHAPE - 1)]
    moved = chunks_of([*others[:place], 3, *others[place:]])
    assert np.array_equal(moved[place], together[3])


def test_nor_do_its_neighbours_or_how_many_are_padding(chunks_of, together):
    assert np.array_equal(chunks_of([3])[0], together[3])
    assert np.array_equal(chunks_of([7, 3, 3, 3, 3, 3, 3, 3])[1:], together[[3] * 7])


def test_batch_shapes_one_and_eight_agree(chunks_of, together):
    alone = chunks_of(range(SHAPE), 1)
    assert np.abs(alone - together).max() < 1e-5
