import numpy as np
import pytest
from tiny_samples import CHUNK, IMAGES, statistics


def test_it_is_a_real_pi0_of_about_a_million_parameters(tiny):
    from lerobot.policies.pi0.modeling_pi0 import PI0Policy

    assert isinstance(tiny.policy, PI0Policy)
    assert 0.8e6 < sum(parameter.numel() for parameter in tiny.policy.parameters()) < 1.2e6


def test_building_it_leaves_lerobots_own_pi0_as_it_was(tiny):
    from lerobot.policies.pi0 import modeling_pi0

    assert modeling_pi0.get_gemma_config("gemma_2b").width == 2048
    assert modeling_pi0.PiGemmaForCausalLM.__name__ == "PiGemmaForCausalLM"


def test_the_same_seed_gives_the_same_weights_and_leaves_torchs_generator_alone():
    import torch

    from policies.tiny_pi0.model import make_tiny_pi0

    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    one, two, other = (make_tiny_pi0(seed=seed, depth=1, vision_depth=1).policy for seed in (1, 1, 2))
    assert torch.equal(before, torch.random.get_rng_state())
    pairs = zip(one.parameters(), two.parameters(), strict=True)
    assert all(torch.equal(a, b) for a, b in pairs)
    assert any(not torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True))


def test_it_learns():
    import torch

    from policies.tiny_pi0.model import make_tiny_pi0

    new = make_tiny_pi0(stats=statistics(), chunk_size=CHUNK, depth=1, vision_depth=1)
    torch.manual_seed(0)
    batch = {key: torch.rand(4, 3, 56, 56) for key in IMAGES}
    batch |= {
        "observation.state": torch.randn(4, 14),
        "action": torch.randn(4, CHUNK, 14),
        "task": ["go"] * 4,
    }
    batch = new.preprocessor(batch)
    optimizer = torch.optim.AdamW(new.policy.parameters(), lr=3e-3)
    losses = []
    for _ in range(40):
        loss, _ = new.policy.forward(batch)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert np.mean(losses[-8:]) < 0.7 * np.mean(losses[:8])


def test_shrinking_averages_what_bilinear_sampling_would_skip():
    import torch

    from policies.tiny_pi0.model import shrink

    stripes = (torch.arange(320) // 2 % 2).float().expand(1, 3, 240, 320)
    small = shrink(stripes, (56, 56))
    assert small.shape == (1, 3, 56, 56)
    assert float((small - 0.5).abs().max()) < 0.15
    assert shrink(small, (56, 56)) is small


def test_lerobots_factories_know_the_type(tiny, checkpoint):
    from lerobot.configs import PreTrainedConfig
    from lerobot.policies.factory import get_policy_class, make_policy_config, make_pre_post_processors

    config = make_policy_config("tiny_pi0", device="cpu")
    assert get_policy_class(config.type) is type(tiny.policy)
    config = PreTrainedConfig.from_pretrained(checkpoint)
    assert config == tiny.policy.config
    before, _ = make_pre_post_processors(config, dataset_stats=statistics())
    assert [type(step) for step in before.steps] == [type(step) for step in tiny.preprocessor.steps]
    before, _ = make_pre_post_processors(config, pretrained_path=str(checkpoint))
    assert before({"task": "stack", "observation.state": __import__("torch").zeros(14)})


def test_lerobot_itself_can_load_what_is_saved(tiny, checkpoint, capsys):
    import torch

    loaded = type(tiny.policy).from_pretrained(checkpoint)
    assert "All keys loaded successfully" in capsys.readouterr().out
    mine = tiny.policy.state_dict()
    assert all(torch.equal(value, mine[name]) for name, value in loaded.state_dict().items())


def test_a_checkpoint_is_small_and_readable_by_others(checkpoint):
    files = [path for path in checkpoint.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 15e6
    assert all(path.stat().st_mode & 0o044 == 0o044 for path in files)


@pytest.mark.parametrize(
    "text", ["stack the red block on the green block", "Größe: 3 µm", "grasp it\n", "x" * 200, "叠"]
)
def test_the_tokenizer_spells_anything(tiny, text):
    ids = tiny.tokenizer(text).input_ids
    assert tiny.tokenizer.decode(ids) == text
    assert max(ids) < tiny.policy.config.vocab_size and 0 not in ids


def test_the_tokenizer_is_always_the_same_and_short_on_its_own_words(tiny):
    from policies.tiny_pi0.tokenizer import INSTRUCTIONS, build_tokenizer

    assert build_tokenizer().get_vocab() == tiny.tokenizer.get_vocab()
    assert (
        max(len(tiny.tokenizer(text).input_ids) for text in INSTRUCTIONS)
        <= tiny.policy.config.tokenizer_max_length - 1
    )
