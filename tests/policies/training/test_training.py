"""Training a tiny π0: what it sees, that a killed one goes on as the same, and what it starts from."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from policies.training.frames import Frames, Recipe, rows_from
from policies.training.trainer import Trainer


def test_a_joint_that_never_moves_is_not_blown_up(frames):
    stats = frames.statistics()["action"]
    assert stats["mean"][3] == pytest.approx(0.5) and stats["std"][3] == pytest.approx(0.01)
    assert stats["std"][0] == pytest.approx(frames.chunks[:, 0, 0].std() + 0.01)


def test_every_frame_is_used_once_before_any_is_used_again():
    rows = [row for batch in rows_from(0, 5, 20, Recipe(steps=5, batch_size=8)) for row in batch.tolist()]
    assert sorted(rows[:20]) == list(range(20)) == sorted(rows[20:])
    assert rows[:20] != rows[20:]


def test_a_training_taken_up_again_sees_what_it_would_have_seen():
    recipe = Recipe(steps=9, batch_size=7, seed=3)
    whole = [batch.tolist() for batch in rows_from(0, 9, 20, recipe)]
    assert [batch.tolist() for batch in rows_from(4, 9, 20, recipe)] == whole[4:]


def small_trainer(frames, steps: int, **recipe) -> Trainer:
    from policies.tiny_pi0.model import make_tiny_pi0

    new = make_tiny_pi0(stats=frames.statistics(), chunk_size=4, depth=1, vision_depth=1)
    return Trainer(new, frames, Recipe(steps=steps, batch_size=8, **recipe))


@pytest.mark.slow
def test_more_draws_of_a_frame_come_with_their_own_instruction(frames):
    more = [(0, "now the left one"), (0, "press it"), (10, "press it")]
    trainer = small_trainer(dataclasses.replace(frames, more=more), 3)
    import torch

    shown = trainer._batch(torch.arange(20, 23))
    for key, images in frames.images.items():
        assert torch.equal(shown[key], images[[0, 0, 10]].float() / 255)
    tokens, plain = shown["observation.language.tokens"], trainer._batch(torch.tensor([0]))
    assert torch.equal(tokens[1], tokens[2]) and not torch.equal(tokens[0], tokens[1])
    assert not torch.equal(tokens[1], plain["observation.language.tokens"][0])
    assert torch.equal(shown["action"][0], plain["action"][0])
    drawn = torch.cat(list(rows_from(0, 3, 23, trainer.recipe)))
    assert len(trainer._rows) == 23 and sorted(drawn[:23].tolist()) == list(range(23))


@pytest.mark.slow
def test_a_training_killed_and_taken_up_again_is_the_same_training(frames, tmp_path):
    import torch

    said: list = []
    whole = small_trainer(frames, 4)
    whole.run(4, lambda *line: said.append(line))
    half = small_trainer(frames, 4)
    half.run(2)
    half.save(tmp_path / "state")
    log = half.log()
    torch.manual_seed(123)
    again = small_trainer(frames, 4)
    again.load(tmp_path / "state", log)
    assert again.step == 2
    again.run(4)
    with whole.averaged() as one, again.averaged() as other:
        same = zip(one.policy.parameters(), other.policy.parameters(), strict=True)
        assert all(torch.equal(a, b) for a, b in same)
    assert again.log()["final_loss"] == whole.log()["final_loss"] and np.isfinite(log["final_loss"])
    assert [step for step, _ in said] == [1, 2, 3, 4] and "loss" in said[0][1]


@pytest.mark.slow
def test_the_average_is_lent_and_given_back(frames):
    import torch

    trainer = small_trainer(frames, 4)
    trainer.run(3)
    own = [weight.clone() for weight in trainer.new.policy.parameters()]
    with trainer.averaged() as lent:
        moved = [torch.equal(a, b) for a, b in zip(own, lent.policy.parameters(), strict=True)]
    assert not all(moved)
    assert all(torch.equal(a, b) for a, b in zip(own, trainer.new.policy.parameters(), strict=True))


@pytest.mark.slow
def test_a_training_that_starts_from_a_checkpoint_has_its_weights_and_leaves_it_alone(checkpoint, frames):
    import torch

    from policies import PolicyError
    from policies.training.trainer import pretrained

    new = pretrained(checkpoint, "cpu", optimizer_lr=3e-4)
    before = {name: weight.clone() for name, weight in new.policy.state_dict().items()}
    again = pretrained(checkpoint, "cpu").policy.state_dict()
    assert all(torch.equal(weight, again[name]) for name, weight in before.items())
    chunk = new.policy.config.chunk_size
    chunks = np.repeat(frames.chunks[:, :1], chunk, axis=1)
    valid = np.ones(chunks.shape[:2], bool)
    seen = Frames(frames.images, frames.states, chunks, valid, ~valid, frames.tasks)
    trainer = Trainer(new, seen, Recipe(steps=2, batch_size=4))
    assert trainer.optimizer.defaults["lr"] == 3e-4
    trainer.run(2)
    assert any(
        not torch.equal(weight, before[name]) for name, weight in trainer.new.policy.state_dict().items()
    )
    with pytest.raises(PolicyError, match="no tiny π0"):
        pretrained("hold", "cpu")
