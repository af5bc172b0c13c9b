"""Weights into a skeleton: of another dtype, in little memory, owning what they hold."""

import numpy as np
import pytest

from policies import PolicyError, load_policy
from policies.checkpoint.tensors import weights

pytestmark = pytest.mark.slow


def test_bfloat16_keeps_the_buffers_and_the_parts_that_need_float32(checkpoint, policy):
    import torch

    half = load_policy(checkpoint, dtype="bfloat16")
    exact = dict(policy.model.named_buffers())
    for name, buffer in half.model.named_buffers():
        assert torch.equal(buffer, exact[name]), name  # LeRobot would round the rotary frequencies
    kept = {name for name, value in half.model.named_parameters() if value.dtype == torch.float32}
    exempt = ("norm", "vision_tower", "multi_modal_projector", "action_", "state_proj")
    assert kept and all(any(part in name for part in exempt) for name in kept)


def test_on_a_gpu_the_vision_tower_is_bfloat16_too(tiny):
    import copy

    import torch

    from policies.checkpoint.tensors.empty_model import set_dtype

    model = copy.deepcopy(tiny.policy)
    set_dtype(model, "bfloat16", half_vision=True)
    tower = model.model.paligemma_with_expert.paligemma.model.vision_tower
    assert {value.dtype for value in tower.parameters()} == {torch.bfloat16}
    assert model.config.dtype == "bfloat16"


def test_float32_of_a_bfloat16_checkpoint_is_the_same_function(checkpoint, published):
    import json
    import shutil

    import torch

    directory, _, small_parts = published
    half = directory.parent / "saved-in-bf16"
    shutil.copytree(directory, half)
    config = json.loads((half / "config.json").read_text()) | {"dtype": "bfloat16"}
    (half / "config.json").write_text(json.dumps(config))
    with small_parts():
        wide, own = load_policy(half, dtype="float32"), load_policy(half)
    assert {value.dtype for value in wide.model.parameters()} == {torch.float32}
    frequencies = [
        one.model.model.paligemma_with_expert.paligemma.model.language_model.rotary_emb.inv_freq
        for one in (wide, own)
    ]
    assert torch.equal(frequencies[0], frequencies[1].float())  # as it was trained


def test_an_unknown_dtype_is_one_line(checkpoint):
    with pytest.raises(PolicyError, match="choose auto, float32, bfloat16"):
        load_policy(checkpoint, dtype="float8")


@pytest.mark.parametrize("window", [1, 1 << 40])
def test_a_loaded_model_owns_its_numbers_whatever_is_mapped_at_once(copied, policy, monkeypatch, window):
    monkeypatch.setattr(weights, "WINDOW", window)
    loaded = load_policy(copied)
    path = copied / "model.safetensors"
    path.chmod(0o644)
    with path.open("r+b") as file:  # the same file, not a new one: what is still mapped would change
        file.seek(-1000, 2)
        file.write(b"\x7f" * 1000)
    for name, value in loaded.model.state_dict().items():
        assert np.array_equal(value.numpy(), policy.model.state_dict()[name].numpy()), name
