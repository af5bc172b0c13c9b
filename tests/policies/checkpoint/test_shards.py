"""Weights in several files are the same weights; an index is believed in nothing but its files' names."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from refusals import refused
from safetensors.numpy import load_file, save_file
from test_loading import chunks_of

from policies import PolicyError, load_policy
from policies.checkpoint.content import hash_of
from policies.checkpoint.files import open_checkpoint
from policies.checkpoint.tensors.shards import INDEX, WEIGHTS


def names_of(count: int) -> list[str]:
    return [f"model-{number:05d}-of-{count:05d}.safetensors" for number in range(1, count + 1)]


@pytest.fixture
def sharded(copied: Path) -> Path:
    """The tiny checkpoint in three files, as accelerate saves large ones."""
    tensors = load_file(copied / WEIGHTS)
    (copied / WEIGHTS).unlink()
    files = names_of(3)
    placed = {name: files[i % 3] for i, name in enumerate(sorted(tensors))}
    for file in files:
        save_file({name: tensors[name] for name in placed if placed[name] == file}, copied / file)
    (copied / INDEX).write_text(json.dumps({"metadata": {"total_size": 1}, "weight_map": placed}))
    return copied


def change_index(directory: Path, change: Any) -> None:
    index = json.loads((directory / INDEX).read_text())
    change(index)
    (directory / INDEX).write_text(json.dumps(index))


@pytest.mark.slow
def test_several_files_are_the_same_policy_to_the_bit(policy: Any, sharded: Path, make_row: Any) -> None:
    loaded = load_policy(sharded)
    assert np.array_equal(chunks_of(loaded, make_row), chunks_of(policy, make_row))
    assert loaded.content_hash == hash_of(sharded) != policy.content_hash


def test_every_file_counts_in_the_hash(sharded: Path) -> None:
    before = hash_of(sharded)
    first = sharded / names_of(3)[0]
    tensors = load_file(first)
    save_file({name: value + 1 for name, value in tensors.items()}, first)
    assert hash_of(sharded) != before


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda index: index.pop("weight_map"), "has no weight_map"),
        (lambda index: index.update(weight_map={}), "has no weight_map"),
        (lambda index: index["weight_map"].update(x="../model-1-of-2.safetensors"), "names '../model-1"),
        (lambda index: index["weight_map"].update(x="model.bin"), "names 'model.bin'"),
        (lambda index: index["weight_map"].update(x="model-9-of-9.safetensors"), "is missing"),
    ],
)
def test_an_index_that_is_none_is_one_line(sharded: Path, change: Any, words: str) -> None:
    change_index(sharded, change)
    with refused(PolicyError, match=words):
        open_checkpoint(sharded)


@pytest.mark.slow
def test_a_tensor_in_two_files_or_in_none_is_refused(sharded: Path) -> None:
    first, second, _ = (sharded / name for name in names_of(3))
    tensors, others = load_file(first), load_file(second)
    moved = sorted(tensors)[0]
    save_file({**others, moved: tensors[moved]}, second)
    with pytest.raises(PolicyError, match="is in two files"):
        load_policy(sharded)
    save_file(others, second)
    save_file({name: value for name, value in tensors.items() if name != moved}, first)
    with pytest.raises(PolicyError, match="1 missing"):
        load_policy(sharded)
