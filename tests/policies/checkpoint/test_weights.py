import numpy as np
import pytest

from policies.checkpoint.tensors.weights import TensorSpec, match, read_specs
from policies.errors import PolicyError

F = TensorSpec((4, 3), "F32")
PALIGEMMA = "paligemma_with_expert.paligemma."
EMBEDDING = f"model.{PALIGEMMA}model.language_model.embed_tokens.weight"
HEAD = f"{PALIGEMMA}lm_head.weight"
EXPERT_HEAD = "paligemma_with_expert.gemma_expert.lm_head.weight"


def test_names_match_with_and_without_lerobots_prefix():
    matched = match({"a": F, "model.b": F}, {"model.a": F, "model.b": F})
    assert matched.source == {"model.a": "a", "model.b": "model.b"}


def test_openpis_names_of_the_time_mlp_are_known():
    stored = {"time_mlp_in.weight": F, "model.time_mlp_out.bias": F}
    wanted = {"model.action_time_mlp_in.weight": F, "model.action_time_mlp_out.bias": F}
    assert set(match(stored, wanted).source.values()) == set(stored)


def test_one_name_of_a_tied_pair_is_enough():
    matched = match({"b": F}, {"a": F, "b": F}, ties=[["a", "b"]])
    assert matched.source == {"a": "b", "b": "b"}


def test_the_embedding_may_be_stored_under_its_heads_name():
    matched = match({HEAD: F, EXPERT_HEAD: F}, {EMBEDDING: F}, mute=True)
    assert matched.source == {EMBEDDING: HEAD}
    assert matched.unused == (EXPERT_HEAD,)


def test_an_embedding_of_its_own_wins_over_the_head():
    matched = match({HEAD: F, EMBEDDING: F}, {EMBEDDING: F}, mute=True)
    assert matched.source == {EMBEDDING: EMBEDDING}


def test_language_heads_are_left_over_only_where_nothing_speaks():
    with pytest.raises(PolicyError, match="1 unexpected"):
        match({EMBEDDING: F, EXPERT_HEAD: F}, {EMBEDDING: F})


def test_one_tensor_stored_under_two_names_is_unexpected():
    with pytest.raises(PolicyError, match=r"1 unexpected \(model.a\)"):
        match({"a": F, "model.a": F}, {"model.a": F})


@pytest.mark.parametrize(
    ("stored", "said"),
    [
        ({"a": F}, r"1 missing \(b\)"),
        ({"a": F, "b": F, "c": F}, r"1 unexpected \(c\)"),
        ({"a": F, "b": TensorSpec((3, 4), "F32")}, r"b is \[3, 4\] instead of \[4, 3\]"),
        ({"a": F, "b": TensorSpec((4, 3), "I64")}, "b is I64 instead of F32"),
        ({f"x{i}": F for i in range(9)}, r"2 missing \(a, b\); 9 unexpected \(x0, x1, x2 and 6 more\)"),
    ],
)
def test_what_does_not_fit_is_named(stored, said):
    with pytest.raises(PolicyError, match=said):
        match(stored, {"a": F, "b": F})


def test_casting_between_floating_types_is_reported():
    assert match({"a": TensorSpec((4, 3), "BF16")}, {"a": F}).cast == ("BF16->F32",)


def test_specs_come_from_the_header(tmp_path):
    from safetensors.numpy import save_file

    save_file({"a": np.zeros((4, 3), np.float32), "n": np.zeros((), np.int64)}, tmp_path / "w.safetensors")
    assert read_specs(tmp_path / "w.safetensors") == {"a": F, "n": TensorSpec((), "I64")}
