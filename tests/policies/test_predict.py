from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from refusals import refused
from tiny_samples import IMAGES

from policies import PolicyError
from policies.checkpoint.processors import Processors
from policies.chunking import predict_rows, stack_rows
from policies.lerobot_policy import LeRobotPolicy
from policies.noise import frame_noise

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def rows(make_row):
    return [make_row(i) for i in range(9)]


@pytest.fixture(scope="module")
def noises(policy):
    return [frame_noise(0, 5, i, policy.noise_shape) for i in range(9)]


@pytest.fixture(scope="module")
def alone(policy, rows, noises):
    return predict_rows(policy, rows, noises, 1)


@pytest.mark.parametrize("batch_size", [4, 16])
@pytest.mark.parametrize("order", [range(9), range(8, -1, -1), [4, 0, 8, 2, 6, 1, 7, 3, 5]])
def test_neither_batch_size_nor_order_nor_neighbours_change_a_prediction(
    policy, rows, noises, alone, batch_size, order
):
    chunks = predict_rows(policy, [rows[i] for i in order], [noises[i] for i in order], batch_size)
    assert np.abs(chunks - alone[list(order)]).max() < 1e-5


def test_the_same_batch_twice_is_the_same_to_the_bit(policy, rows, noises, alone):
    assert np.array_equal(predict_rows(policy, rows, noises, 1), alone)


def test_noise_image_text_and_state_all_matter(policy, make_row, noises, alone):
    row, other = make_row(0), make_row(1)
    for key in ("observation.state", *IMAGES, "task"):
        changed = predict_rows(policy, [row | {key: other[key]}], noises[:1], 1)
        assert np.abs(changed - alone[:1]).max() > 1e-4, key
    assert np.abs(predict_rows(policy, [row], noises[1:2], 1) - alone[:1]).max() > 1e-4


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({IMAGES[1]: None}, f"reads {IMAGES[1]}, which the batch lacks"),
        ({"observation.state": None}, "reads observation.state"),
        ({"task": None}, "reads task"),
        ({IMAGES[0]: np.full((3, 60, 80), 255, np.float32)}, r"scale it to \[0, 1\]"),
        ({IMAGES[0]: np.full((3, 60, 80), np.nan, np.float32)}, r"scale it to \[0, 1\]"),
        ({IMAGES[0]: np.zeros((60, 80, 3), np.float32)}, r"reads float32 \(1, 3, H, W\)"),
        ({"observation.state": np.zeros(16, np.float32)}, r"reads float32 \(B, 14\)"),
        ({"observation.state": np.zeros(14, np.float64)}, "finite float32"),
        ({"observation.state": np.full(14, np.nan, np.float32)}, "finite float32"),
        ({"task": ""}, "list of 1 instructions"),
    ],
)
def test_a_batch_the_policy_does_not_read_is_refused(policy, make_row, noises, change, said):
    row = {key: value for key, value in (make_row(0) | change).items() if value is not None}
    with refused(PolicyError, match=said):
        predict_rows(policy, [row], noises[:1], 1)


def test_bytes_are_divided_by_255_when_rows_become_a_batch_and_not_later(policy, make_row, noises):
    pixels = np.random.default_rng(3).integers(0, 256, (3, 60, 80), np.uint8)
    as_bytes, as_floats = (
        make_row(0) | {IMAGES[0]: image} for image in (pixels, pixels.astype(np.float32) / np.float32(255))
    )
    chunks = [predict_rows(policy, [row], noises[:1], 1) for row in (as_bytes, as_floats)]
    assert np.array_equal(*chunks)
    with refused(PolicyError, match="uint8: divide by 255"):
        policy.predict(stack_rows([as_bytes], as_bytes=True), np.stack(noises[:1]))


def test_a_camera_the_policy_does_not_read_is_ignored(policy, make_row, noises, alone):
    row = make_row(0) | {"observation.images.front": np.zeros((3, 60, 80), np.float32)}
    assert np.array_equal(predict_rows(policy, [row], noises[:1], 1), alone[:1])


@pytest.mark.parametrize("noise", [None, np.zeros((1, 6, 32), np.float32), np.zeros((2, 6, 14), np.float32)])
def test_noise_of_another_shape_is_refused(policy, make_row, noise):
    with pytest.raises(PolicyError, match=r"needs \(1, 6, 14\)"):
        policy.predict(stack_rows([make_row(0)]), noise)


def test_nan_actions_name_their_row(policy, rows, noises):
    noises = [noise.copy() for noise in noises[:3]]
    noises[2][0, 0] = np.nan
    with pytest.raises(PolicyError, match="row 2 of a batch of 3"):
        predict_rows(policy, rows[:3], noises, 3)


def test_a_tokenizer_of_another_model_is_refused(policy, make_row, noises):
    def another(batch):
        ready = policy.processors.before(batch)
        ready["observation.language.tokens"] += 500
        return ready

    wrong = replace(policy, processors=replace(policy.processors, before=another))
    with pytest.raises(PolicyError, match="it is another model's"):
        predict_rows(wrong, [make_row(0)], noises[:1], 1)


class DrawsItsOwnNoise:
    """A policy type this package knows nothing of: it asks torch for its noise."""

    config = SimpleNamespace(type="mystery", chunk_size=3, device="cpu", image_features={})

    def reset(self):
        pass

    def predict_action_chunk(self, batch):
        import torch

        return batch["observation.state"][:, None] + torch.randn(len(batch["task"]), 3, 14)


def test_a_policy_that_draws_its_own_noise_is_bound_to_the_frame_too(rows):
    import torch

    unchanged = Processors(before=dict, after=lambda chunk: chunk, tokenizer=None)
    mystery = LeRobotPolicy("mystery", DrawsItsOwnNoise(), unchanged, "", {})
    noises = [frame_noise(0, 5, i, mystery.noise_shape) for i in range(5)]
    alone = predict_rows(mystery, rows[:5], noises, 1)
    torch.manual_seed(1)
    before = torch.random.get_rng_state()
    assert np.array_equal(predict_rows(mystery, rows[4::-1], noises[::-1], 4)[::-1], alone)
    assert torch.equal(before, torch.random.get_rng_state())
    deviations = alone - np.stack([row["observation.state"] for row in rows[:5]])[:, None]
    assert len({deviation.tobytes() for deviation in deviations}) == 5
