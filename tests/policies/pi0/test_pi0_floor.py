import pytest

from policies.pi0.roofline import Pi0, floor_s, sizes_of, work

H200 = (989e12, 4.8e12)


def test_a_chunk_of_the_full_size_is_four_tera_operations():
    stages = work(Pi0())
    assert sum(stage.operations for stage in stages.values()) == 4_195_666_067_456
    # Its weights, without embeddings, norms and language heads: π0 has 3.2 B parameters with the embeddings.
    once = stages["vision"].weights + stages["prefix"].weights + stages["denoise"].weights / 10
    assert once / 2 == pytest.approx(2.6e9, rel=0.02)


def test_the_floor_of_one_chunk_on_an_h200_is_five_milliseconds():
    assert floor_s(Pi0(), 1, *H200) == pytest.approx(5.2e-3, rel=0.01)


def test_a_batch_shares_the_reading_of_the_weights():
    slow_memory = (1e18, 1e12)
    assert floor_s(Pi0(), 2, *slow_memory) < 1.1 * floor_s(Pi0(), 1, *slow_memory)
    fast_memory = (1e12, 1e18)
    assert floor_s(Pi0(), 2, *fast_memory) == pytest.approx(2 * floor_s(Pi0(), 1, *fast_memory))


@pytest.mark.slow
def test_the_count_is_what_the_sampler_computes(policy, make_row):
    import torch
    from torch.nn.attention import SDPBackend, sdpa_kernel
    from torch.utils.flop_counter import FlopCounterMode

    from policies.chunking import stack_rows

    batch = {key: value for key, value in stack_rows([make_row(0)]).items() if key != "frame_index"}
    noise = torch.zeros(1, *policy.noise_shape)
    counted_too = sdpa_kernel(SDPBackend.MATH)  # torch does not count its flash attention on a CPU
    with torch.inference_mode(), counted_too, FlopCounterMode(display=False) as counter:
        policy.sampler.predict(policy.processors.before(batch), noise)
    counted = sum(stage.operations for stage in work(sizes_of(policy.model)).values())
    assert counter.get_total_flops() == counted
