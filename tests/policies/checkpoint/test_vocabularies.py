"""A tokenizer whose numbers have a hole as large as memory is refused before the library lists it."""

import json

import pytest

from policies.checkpoint.tokenizers import SPARE, check_vocabulary
from policies.errors import PolicyError
from policies.loading import ASSETS


def write(path, vocab, added=()):
    path.write_text(
        json.dumps({"model": {"vocab": vocab}, "added_tokens": [{"id": number} for number in added]})
    )
    return path


@pytest.mark.parametrize(("vocab", "added"), [({"a": 0, "b": SPARE + 5}, ()), ({"a": 0}, (9_999,))])
def test_a_hole_in_the_numbers_is_refused(tmp_path, vocab, added):
    with pytest.raises(PolicyError, match="numbers one of its"):
        check_vocabulary(write(tmp_path / "tokenizer.json", vocab, added))


def test_real_ones_and_ones_with_a_few_holes_pass(tmp_path):
    check_vocabulary(ASSETS / "demo" / "tokenizer" / "tokenizer.json")
    check_vocabulary(write(tmp_path / "tokenizer.json", {"a": 0, "b": 7}, (900,)))
    check_vocabulary(write(tmp_path / "tokenizer.json", [["a", -1.0], ["b", -2.0]]))
