"""How long instructions are for a checkpoint's tokenizer, and which would be cut."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

COUNTED = 20_000
"""Instructions whose tokens are counted: the longest by characters where there are more."""


@dataclass(frozen=True)
class Prompts:
    """What was counted: how many instructions, how many of them, the longest and its tokens, and how many are cut."""

    instructions: int
    counted: int
    longest: str
    tokens: int
    cut: int


def count_prompts(
    instructions: Sequence[str], tokenizer: Path, max_tokens: int | None, ending: str
) -> Prompts | None:
    """Count the tokens of instructions with what is put behind them; None where the tokenizer has no
    `tokenizer.json`, which is the one form that is read without transformers, or there is nothing to count."""
    from tokenizers import Tokenizer

    file = tokenizer / "tokenizer.json"
    if not instructions or not file.is_file():
        return None
    try:
        encoder = Tokenizer.from_file(str(file))
    except Exception:  # the library raises Exception itself; loading the policy says what is wrong
        return None
    encoder.no_truncation()
    encoder.no_padding()
    chosen = sorted(instructions, key=len, reverse=True)[:COUNTED]
    lengths = [len(encoding.ids) for encoding in encoder.encode_batch([text + ending for text in chosen])]
    longest = max(range(len(chosen)), key=lambda i: lengths[i])
    cut = sum(length > max_tokens for length in lengths) if max_tokens else 0
    return Prompts(len(instructions), len(chosen), chosen[longest], lengths[longest], cut)
