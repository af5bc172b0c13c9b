import warnings

import numpy as np
import pytest

from policies import PolicyError
from policies.batch_limit import BatchLimit


class Gpu:
    """Room for so many rows at once; remembers what it was asked."""

    def __init__(self, room):
        self.room, self.asked = room, []

    def predict(self, part):
        import torch

        size = part.stop - part.start
        self.asked.append(size)
        if size > self.room:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return np.arange(part.start, part.stop)


def test_a_batch_that_fits_stays_whole():
    gpu, limit = Gpu(8), BatchLimit()
    assert np.concatenate(limit.in_parts(8, gpu.predict, "x")).tolist() == list(range(8))
    assert gpu.asked == [8]


def test_a_batch_too_large_is_halved_until_it_fits_and_said():
    gpu, limit = Gpu(3), BatchLimit()
    with pytest.warns(RuntimeWarning, match="out of memory with 8 .* continues with 4"):
        parts = limit.in_parts(8, gpu.predict, "x")
    assert np.concatenate(parts).tolist() == list(range(8))
    assert gpu.asked == [8, 4, 2, 2, 2, 2]


def test_the_size_that_fits_is_remembered_and_not_said_again():
    gpu, limit = Gpu(4), BatchLimit()
    with pytest.warns(RuntimeWarning):
        limit.in_parts(7, gpu.predict, "x")
    gpu.asked.clear()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.concatenate(limit.in_parts(7, gpu.predict, "x")).tolist() == list(range(7))
    assert gpu.asked == [4, 3]


def test_no_room_for_one_row_is_one_line():
    with pytest.raises(PolicyError, match="no memory left for one observation") as error, pytest.warns():
        BatchLimit().in_parts(2, Gpu(0).predict, "x")
    assert "\n" not in str(error.value)


@pytest.mark.slow
def test_a_policy_short_of_memory_predicts_the_same_rows(policy, make_row, monkeypatch):
    import torch

    from policies.chunking import predict_rows
    from policies.noise import frame_noise
    from policies.pi0.fast_sampler import Sampler

    rows = [make_row(i) for i in range(4)]
    noises = [frame_noise(0, 0, i, policy.noise_shape) for i in range(4)]
    expected = predict_rows(policy, rows, noises, 4)
    enough = Sampler.sample

    def short(self, rows):
        if len(rows.noise) > 2:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return enough(self, rows)

    monkeypatch.setattr(Sampler, "sample", short)
    monkeypatch.setattr(policy.limit, "rows", None)
    with pytest.warns(RuntimeWarning, match="continues with 2"):
        chunks = predict_rows(policy, rows, noises, 4)
    assert np.abs(chunks - expected).max() < 1e-5
