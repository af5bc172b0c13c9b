"""The training loss over several draws is the mean of LeRobot's own over each."""

from __future__ import annotations

import pytest
import torch

from policies.interface import UNKNOWN_KEY
from policies.tiny_pi0.losses import losses_at
from policies.tiny_pi0.model import make_tiny_pi0

BATCH, DRAWS, CHUNK = 3, 4, 5


@pytest.fixture(scope="module")
def model():
    return make_tiny_pi0(chunk_size=CHUNK, width=32, depth=2, vision_width=24, vision_depth=1).policy.model


@pytest.fixture
def observation():
    generator = torch.Generator().manual_seed(1)
    images = [torch.rand(BATCH, 3, 56, 56, generator=generator) * 2 - 1 for _ in range(3)]
    masks = [torch.ones(BATCH, dtype=torch.bool)] * 3
    tokens = torch.randint(1, 300, (BATCH, 9), generator=generator)
    length = torch.tensor([9, 4, 6])
    return images, masks, tokens, torch.arange(9)[None] < length[:, None]


def test_each_draw_has_the_loss_lerobot_gives_it(model, observation):
    generator = torch.Generator().manual_seed(2)
    state, actions = (torch.randn(BATCH, *shape, generator=generator) for shape in ((14,), (CHUNK, 14)))
    noise = torch.randn(BATCH * DRAWS, CHUNK, 14, generator=generator)
    time = torch.rand(BATCH * DRAWS, generator=generator)
    with torch.no_grad():
        ours = losses_at(model, observation, state, actions, noise, time)
        for draw in range(DRAWS):
            own = model.forward(*observation, state, actions, noise[draw::DRAWS], time[draw::DRAWS])
            torch.testing.assert_close(ours[:, draw], own, rtol=1e-4, atol=1e-5)


def small_batch(made, observation):
    images, _, tokens, mask = observation
    batch = dict(zip(made.policy.config.image_features, images, strict=True))
    batch |= {"observation.language.tokens": tokens, "observation.language.attention_mask": mask}
    return batch | {"observation.state": torch.zeros(BATCH, 14), "action": torch.zeros(BATCH, CHUNK, 14)}


@pytest.mark.parametrize("draws", (1, 3))
def test_nothing_is_learnt_where_actions_are_unknown(observation, draws):
    made = make_tiny_pi0(
        chunk_size=CHUNK, width=32, depth=2, vision_width=24, vision_depth=1, noise_draws=draws
    )
    errors = torch.zeros(BATCH, draws, CHUNK, 32)
    errors[:, :, 0], errors[:, :, 1:] = 2.0, 100.0
    unknown = torch.zeros(BATCH, CHUNK, dtype=torch.bool)
    unknown[:, 1:] = True
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("policies.tiny_pi0.model.losses", lambda *args: errors)
        batch = small_batch(made, observation) | {UNKNOWN_KEY: unknown}
        each, _ = made.policy.forward(batch, reduction="none")
        mean, said = made.policy.forward(batch)
    assert each.tolist() == [2.0] * BATCH and float(mean) == said["loss"] == 2.0


def test_the_policy_learns_from_as_many_draws_as_its_configuration_says(model, observation):
    made = make_tiny_pi0(chunk_size=CHUNK, width=32, depth=2, vision_width=24, vision_depth=1, noise_draws=3)
    batch = small_batch(made, observation)
    drawn = []
    sample_time = made.policy.model.sample_time
    made.policy.model.sample_time = lambda size, device: drawn.append(size) or sample_time(size, device)
    each, _ = made.policy.forward(batch, reduction="none")
    mean, said = made.policy.forward(batch)
    mean.backward()
    assert each.shape == (BATCH,)
    assert drawn == [3 * BATCH] * 2
    assert said["loss"] == pytest.approx(float(mean.detach()))
    assert made.policy.model.action_in_proj.weight.grad.abs().sum() > 0
