"""LeRobot's diffusion policy through the same door; it wants LeRobot's extra `diffusion`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tiny_samples import IMAGES, features, statistics

from policies import PolicyError, load_policy
from policies.chunking import predict_rows, stack_rows
from policies.noise import frame_noise

pytest.importorskip("diffusers", reason="LeRobot's extra `diffusion` is not installed")
pytestmark = pytest.mark.slow


def ranges() -> dict[str, dict[str, np.ndarray]]:
    """Diffusion normalises by the least and the most."""
    known = statistics()
    for values in known.values():
        values["min"], values["max"] = values["mean"] - 1, values["mean"] + 2
    return known


def saved(directory: Path, **options: Any) -> Any:
    """A small diffusion policy, written to `directory`."""
    import torch
    from lerobot.policies.diffusion.configuration_diffusion import DiffusionConfig
    from lerobot.policies.diffusion.modeling_diffusion import DiffusionPolicy
    from lerobot.policies.factory import make_pre_post_processors

    config = DiffusionConfig(
        **features(IMAGES[0]),
        horizon=8,
        n_action_steps=6,
        drop_n_last_frames=1,
        down_dims=(16, 32),
        n_groups=4,
        diffusion_step_embed_dim=16,
        spatial_softmax_num_keypoints=4,
        num_train_timesteps=10,
        num_inference_steps=2,
        pretrained_backbone_weights=None,
        device="cpu",
        **{"n_obs_steps": 1, **options},
    )
    torch.manual_seed(0)
    policy = DiffusionPolicy(config).eval()
    policy.save_pretrained(directory)
    for pipeline in make_pre_post_processors(config, dataset_stats=ranges()):
        pipeline.save_pretrained(directory)
    return policy


def test_its_chunks_are_lerobots_from_the_same_noise(make_row: Any, tmp_path: Path) -> None:
    import torch

    original = saved(tmp_path)
    policy = load_policy(tmp_path)
    assert (policy.chunk_size, policy.noise_shape, policy.images) == (6, (1, 1), (IMAGES[0],))
    noise = frame_noise(0, 0, 0, policy.noise_shape)
    batch = stack_rows([make_row(0)])
    found = policy.predict(batch, noise[None])

    observed = {key: value for key, value in batch.items() if key not in ("frame_index", *IMAGES[1:])}
    ready = policy.processors.before(observed)
    original.reset()
    torch.manual_seed(int(torch.from_numpy(noise).view(torch.int32).item()) & 0xFFFFFFFF)
    expected = []
    with torch.inference_mode():
        for _ in range(6):  # LeRobot's own way: queues, one action at a time
            expected.append(policy.processors.after(original.select_action(dict(ready))))
    assert np.allclose(found[0], torch.cat(expected).numpy(), atol=1e-6)
    assert np.ptp(found) > 0


def test_a_row_is_the_same_whatever_its_batch(make_row: Any, tmp_path: Path) -> None:
    saved(tmp_path)
    policy = load_policy(tmp_path)
    rows = [make_row(i) for i in range(3)]
    noises = [frame_noise(0, 0, i, policy.noise_shape) for i in range(3)]
    together = predict_rows(policy, rows, noises, 3)
    alone = predict_rows(policy, rows, noises, 1)
    assert np.array_equal(together, alone)
    assert not np.allclose(together[0], together[1])
    again = predict_rows(replace(policy), rows, noises, 3)
    assert np.array_equal(together, again)


def test_one_that_remembers_is_refused(tmp_path: Path) -> None:
    saved(tmp_path, n_obs_steps=2)
    with pytest.raises(PolicyError, match="n_obs_steps=1"):
        load_policy(tmp_path)
