"""π0 sampled our way against LeRobot's own sampling of the same weights."""

from dataclasses import replace

import numpy as np
import pytest

from policies import PolicyError, load_policy
from policies.chunking import predict_rows, stack_rows
from policies.noise import frame_noise

pytestmark = pytest.mark.slow


def both(policy, rows, batch_size):
    """Our chunks and LeRobot's."""
    noises = [frame_noise(0, 0, i, policy.noise_shape) for i in range(len(rows))]
    return [predict_rows(one, rows, noises, batch_size) for one in (policy, replace(policy, sampler=None))]


def prepared(policy, rows):
    """What the sampler's graph is a function of."""
    import torch

    from policies.pi0.fast_sampler import Rows

    batch = {key: value for key, value in stack_rows(rows).items() if key != "frame_index"}
    ready = policy.processors.before(batch)
    images, seen = policy.model._preprocess_images(ready)
    return Rows(
        torch.stack(images, 1),
        torch.stack(seen, 1),
        ready["observation.language.tokens"],
        ready["observation.language.attention_mask"],
        policy.model.prepare_state(ready),
        torch.randn(len(rows), *policy.noise_shape, generator=torch.Generator().manual_seed(0)),
    )


@pytest.mark.parametrize("batch_size", [1, 3])
def test_chunks_are_lerobots(policy, make_row, batch_size):
    rows = [make_row(i) | {"task": "stack it " * (1 + 5 * i)} for i in range(3)]  # prompts of several lengths
    ours, lerobots = both(policy, rows, batch_size)
    assert policy.describe()["sampler"] == "fast"
    assert np.abs(ours - lerobots).max() <= 1e-5
    assert np.abs(lerobots).max() > 0.1


def test_chunks_of_a_pi0_with_an_empty_camera_and_padded_dimensions_are_lerobots(published, make_row):
    directory, _, small_parts = published
    with small_parts():
        policy = load_policy(directory)
    ours, lerobots = both(policy, [make_row(i) for i in range(2)], 2)
    assert np.abs(ours - lerobots).max() <= 1e-5


def test_bfloat16_stays_near_float32_and_lerobots_sampling_takes_it_too(checkpoint, policy, make_row):
    import torch

    half = load_policy(checkpoint, dtype="bfloat16")
    assert half.describe()["dtype"] == "bfloat16" and half.describe()["cast_weights"] == ["F32->BF16"]
    assert half.sampler.prefix[0].qkv.dtype == torch.bfloat16 and half.sampler.dtype == torch.float32
    rows = [make_row(i) for i in range(2)]
    exact, _ = both(policy, rows, 2)
    as_on_a_gpu = replace(half, sampler=replace(half.sampler, dtype=torch.bfloat16))
    for chunks in (*both(half, rows, 2), both(as_on_a_gpu, rows, 2)[0]):
        assert 0 < np.abs(chunks - exact).max() < 0.05 * np.abs(exact).std()


def test_no_weight_is_stored_twice(policy):
    layer = policy.model.model.paligemma_with_expert.gemma_expert.model.layers[0]
    joined = policy.sampler.suffix[0]
    attention, mlp = layer.self_attn, layer.mlp
    for whole, parts in (
        (joined.qkv, (attention.q_proj, attention.k_proj, attention.v_proj)),
        (joined.gate_up, (mlp.gate_proj, mlp.up_proj)),
    ):
        start = whole.data_ptr()
        for part in parts:
            assert part.weight.data_ptr() == start
            start += part.weight.nbytes


def test_the_graph_touches_nothing_but_the_gpu_and_branches_on_no_data(checkpoint, make_row):
    """Shapes and devices only, on a GPU that is not there: what would stop a CUDA graph stops this."""
    import torch
    from torch._subclasses.fake_tensor import FakeTensorMode

    from policies.pi0.fast_sampler import Sampler
    from policies.pi0.samplers import sampler_for

    policy = load_policy(checkpoint, dtype="bfloat16")
    rows = prepared(policy, [make_row(i) for i in range(2)])
    with FakeTensorMode():

        def moved(tensor):
            return torch.empty(tensor.shape, dtype=tensor.dtype, device="cuda")

        for module in policy.model.modules():
            for name, value in module._parameters.items():
                if value is not None:
                    module._parameters[name] = torch.nn.Parameter(moved(value), requires_grad=False)
            for name, value in module._buffers.items():
                module._buffers[name] = moved(value)
        sampler = sampler_for(policy.model)
        assert type(sampler).__name__ == "CudaSampler" and "compiled" in sampler.describe()
        assert sampler.dtype == torch.bfloat16
        with torch.inference_mode():
            chunk = Sampler.sample(
                Sampler(sampler.policy, sampler.prefix, sampler.suffix, sampler.times, sampler.dtype),
                type(rows)(*map(moved, rows)),
            )
    assert chunk.shape == (2, *policy.noise_shape) and chunk.device.type == "cuda"


def test_layers_compile_without_a_break(policy, make_row):
    import torch

    from policies.pi0.fast_sampler import gemma_layer

    rows = prepared(policy, [make_row(0)])
    compiled = torch.compile(gemma_layer, backend="eager", dynamic=False, fullgraph=True)
    with torch.inference_mode():
        expected = policy.sampler.sample(rows)
        assert torch.allclose(replace(policy.sampler, layer=compiled).sample(rows), expected, atol=1e-6)


def on_a_pretended_gpu(policy, record, monkeypatch):
    from policies.pi0 import cuda_graph
    from policies.pi0 import cuda_graph as cuda_sampler

    monkeypatch.setattr(cuda_sampler, "record", record)
    own = policy.sampler
    return cuda_graph.CudaSampler(own.policy, own.prefix, own.suffix, own.times, own.dtype)


def test_a_graph_is_recorded_once_for_every_batch_shape(policy, make_row, monkeypatch):
    import torch

    recorded = []

    def record(sample, rows):
        recorded.append(len(rows.noise))
        return sample

    sampler = on_a_pretended_gpu(policy, record, monkeypatch)
    few, more = (prepared(policy, [make_row(i) for i in range(n)]) for n in (1, 2))
    with torch.inference_mode():
        expected = policy.sampler.sample(few)
        for rows in (few, more, few):
            sampler.sample(rows)
        assert torch.equal(sampler.sample(few), expected)
    assert recorded == [1, 2]


def test_without_a_graph_it_says_so_and_computes_the_same(policy, make_row, monkeypatch):
    import torch

    def record(sample, rows):
        raise RuntimeError("operation not permitted when stream is capturing")

    sampler = on_a_pretended_gpu(policy, record, monkeypatch)
    rows = prepared(policy, [make_row(0)])
    with torch.inference_mode(), pytest.warns(RuntimeWarning, match="not permitted when stream is capturing"):
        assert torch.equal(sampler.sample(rows), policy.sampler.sample(rows))


def test_out_of_memory_while_recording_is_left_to_the_batch_limit(policy, make_row, monkeypatch):
    import torch

    def record(sample, rows):
        raise torch.OutOfMemoryError("CUDA out of memory")

    sampler = on_a_pretended_gpu(policy, record, monkeypatch)
    with pytest.raises(torch.OutOfMemoryError):
        sampler.sample(prepared(policy, [make_row(0)]))
    with pytest.raises(PolicyError, match="--dtype bfloat16"):
        replace(policy, sampler=sampler).predict(
            stack_rows([make_row(0)]), frame_noise(0, 0, 0, policy.noise_shape)[None]
        )
