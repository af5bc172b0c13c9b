"""Batches in which every row has its place, whoever else is waiting."""

from types import SimpleNamespace

import numpy as np
import pytest

from harness.engine.inference_queue import InferenceQueue, place_of
from harness.engine.messages import Ask
from harness.engine.task_schedule import Attempt
from harness.rollout.adapter import Observation, ObservationAdapter
from policies.errors import PolicyError
from policies.interface import LEFT_OVER_KEY

CHUNK = 3


class Placed:
    """Says at which place each row was: chunk[j] = (place, seed, frame, ...). `bad`: seeds that spoil a batch."""

    name, chunk_size, images, noise_shape = "placed", CHUNK, (), (CHUNK, 2)

    def __init__(self, bad=()):
        self.bad, self.batches = bad, []

    def predict(self, batch, noise):
        state = batch["observation.state"].numpy()
        self.batches.append((state[:, 0].tolist(), LEFT_OVER_KEY in batch))
        if set(self.bad) & set(state[:, 0].tolist()):
            raise PolicyError("no such thing")
        assert noise.shape == (len(state), CHUNK, 2)
        chunks = np.zeros((len(state), CHUNK, 14), np.float32)
        chunks[:, :, 0] = np.arange(len(state))[:, None]
        chunks[:, :, 1] = state[:, :1]
        return chunks


def ask(seed, left_over=None):
    state = np.zeros(14, np.float32)
    state[0] = seed
    return Attempt("t", seed, screened=True), Ask(Observation({}, state, "go", 0), left_over)


@pytest.fixture
def queue():
    return lambda policy, batch_size=4: InferenceQueue(policy, ObservationAdapter(()), 0, batch_size)


def test_every_episode_has_one_place_in_all_batches(queue):
    policy = Placed()
    for seeds in ((4, 5, 6, 7), (6, 4), (7,)):
        served, chunks, _ = queue(policy).answer([ask(seed) for seed in seeds])
        assert served == list(range(len(seeds)))
        for seed, chunk in zip(seeds, chunks, strict=True):
            assert chunk[0, :2].tolist() == [place_of("t", seed, 4), seed]
    assert {len(states) for states, _ in policy.batches} == {4}


def test_who_finds_its_place_taken_waits_for_the_next_batch(queue):
    served, chunks, _ = queue(Placed()).answer([ask(4), ask(8), ask(5)])
    assert served == [0, 2]
    assert [chunk[0, 1] for chunk in chunks] == [4, 5]


def test_chunks_that_continue_share_no_batch_with_those_that_do_not(queue):
    policy, rest = Placed(), np.ones((2, 14), np.float32)
    served, _, _ = queue(policy).answer([ask(4, rest), ask(5), ask(6, rest)])
    assert served == [0, 2]
    ((states, continues),) = policy.batches
    assert continues and set(states) == {4, 6}


def test_a_row_that_fails_fails_alone(queue):
    served, chunks, _ = queue(Placed(bad=(5,))).answer([ask(4), ask(5), ask(6)])
    assert served == [0, 1, 2]
    assert isinstance(chunks[1], PolicyError)
    assert [chunks[i][0, 1] for i in (0, 2)] == [4, 6]


def test_seconds_are_shared_among_those_that_are_served(queue, monkeypatch):
    monkeypatch.setattr(
        "harness.engine.inference_queue.time", SimpleNamespace(perf_counter=iter((0.0, 6.0)).__next__)
    )
    assert queue(Placed()).answer([ask(4), ask(8), ask(5)])[2] == 3.0
