"""Published checkpoints and policies of other types come in through the same door."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from test_loading import chunks_of, edit_json
from tiny_samples import IMAGES, statistics, tiny_act

from policies import PolicyError, load_policy
from policies.chunking import predict_rows
from policies.noise import frame_noise

pytestmark = pytest.mark.slow


def test_a_published_pi0_loads_with_every_weight_in_place(published, make_row):
    import torch

    from policies.chunking import stack_rows

    directory, original, small_parts = published
    with small_parts():
        policy = load_policy(directory)
    assert policy.type == "pi0" and policy.noise_shape == (6, 32)
    assert policy.images == tuple(k for k in original.config.image_features if "empty" not in k)
    assert policy.describe()["cast_weights"] == ["BF16->F32"]
    batch = stack_rows([make_row(0)])
    noise = frame_noise(0, 0, 0, policy.noise_shape)[None]
    observed = {k: v for k, v in batch.items() if k != "frame_index"}
    with torch.inference_mode():
        ready = policy.processors.before(observed)
        chunk = original.predict_action_chunk(ready, noise=torch.from_numpy(noise))[..., :14]
        expected = policy.processors.after(chunk).numpy()
    assert np.array_equal(replace(policy, sampler=None).predict(batch, noise), expected)


def test_bfloat16_inference_is_lerobots_own(published, make_row, tmp_path):
    import torch
    from lerobot.policies.pi0 import PI0Policy

    directory, original, small_parts = published
    directory = Path(shutil.copytree(directory, tmp_path / "bf16"))
    edit_json(directory / "config.json", lambda config: config.update(dtype="bfloat16"))
    with small_parts():
        policy = load_policy(directory)
        config = policy.model.config
        theirs = PI0Policy(config).eval()
    theirs.load_state_dict(original.state_dict())
    for (name, mine), (_, other) in zip(
        sorted(policy.model.named_buffers()), sorted(theirs.named_buffers()), strict=True
    ):
        assert mine.dtype == other.dtype and torch.equal(mine, other), name
    state = theirs.state_dict()
    assert all(value.dtype == state[name].dtype for name, value in policy.model.state_dict().items())
    assert np.isfinite(chunks_of(policy, make_row)).all()


def test_an_act_policy_loads_through_the_same_door(checkpoint, make_row, tmp_path):
    from lerobot.policies.act.modeling_act import ACTPolicy
    from lerobot.policies.factory import make_pre_post_processors

    config = tiny_act(IMAGES[0])
    ACTPolicy(config).save_pretrained(tmp_path)
    for pipeline in make_pre_post_processors(config, dataset_stats=statistics()):
        pipeline.save_pretrained(tmp_path)
    policy = load_policy(tmp_path)
    assert policy.noise_shape is None and policy.images == (IMAGES[0],)
    chunks = predict_rows(policy, [make_row(i) for i in range(3)], None, 2)
    assert chunks.shape == (3, 5, 14)
    with pytest.raises(PolicyError, match="computes in float32 only"):
        load_policy(tmp_path, dtype="bfloat16")
    with pytest.raises(PolicyError, match="does not resize"):
        predict_rows(policy, [make_row(0) | {IMAGES[0]: np.zeros((3, 56, 56), np.float32)}], None, 1)
