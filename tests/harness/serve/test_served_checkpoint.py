"""The demo policy behind a server, its copies and all: to the bit what it is in process, continuing chunks too."""

import numpy as np
import pytest
import torch
from serve_samples import serving

from harness.rollout.adapter import adapter_for
from harness.serve.command import copies_of, load
from harness.serve.computing.batching import Batcher
from harness.serve.computing.predictors import Forked
from harness.serve.config import Config
from harness.serve.engine import Engine
from policies import load_policy
from policies.chunking import policy_for
from policies.noise import frame_noise

pytestmark = pytest.mark.slow


def batch_and_noise(policy, rows):
    random = np.random.default_rng(0)
    pictures = {
        key: torch.from_numpy(
            random.integers(0, 256, (rows, 3, 240, 320), np.uint8).astype(np.float32) / np.float32(255)
        )
        for key in policy.images
    }
    state = torch.from_numpy(random.random((rows, 14), np.float32))
    batch = {
        "observation.state": state,
        **pictures,
        "task": ["Press the bell."] * rows,
        "frame_index": np.arange(rows),
    }
    return batch, np.stack([frame_noise(0, 0, i, policy.noise_shape) for i in range(rows)])


def test_plain_and_continued_chunks_are_those_of_in_process():
    here = load_policy("demo")
    config = Config(device="cpu", copies=2)
    served = load(config)
    copies = copies_of(served, config)
    assert all(isinstance(copy, Forked) for copy in copies)
    engine = Engine(served, adapter_for(served), Batcher(copies, 1, [0]), 0, 8)
    batch, noise = batch_and_noise(here, 2)
    with serving(engine) as url:
        remote = load_policy(url)
        plain = here.predict(batch, noise)
        assert np.array_equal(remote.predict(batch, noise), plain)
        rest = {"left_over": torch.from_numpy(plain[:, 4:].copy())}
        told = policy_for(here, "rtc").predict(batch | rest, noise)
        assert np.array_equal(policy_for(remote, "rtc").predict(batch | rest, noise), told)
        assert not np.array_equal(told, plain)
        remote.close()
