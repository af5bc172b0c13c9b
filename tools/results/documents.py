"""Blocks of text that a command writes: `<!-- results: NAME -->` … `<!-- end of results -->` in Markdown. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

BLOCK = re.compile(r"(<!-- results: ([\w-]+) -->\n)(.*?)(<!-- end of results -->)", re.DOTALL)
NUMBER = re.compile(
    r"\b\d+ ?/ ?\d+\b"  # 93/100
    r"|\b\d+(?:[.,]\d+)?(?:\s?[-–]\s?\d+(?:[.,]\d+)?)?\s?%"  # 86-97 %
    r"|\b\d+ of (?:the )?\d+\b"  # 93 of 100
    r"|\b(?:in|of) \d+ (?:and in \d+ )?of (?:\d+|a hundred)\b"
)
"""How a text states a success rate."""


def filled(text: str, blocks: Mapping[str, str]) -> str:
    """`text` with every block's content as `blocks` has it by name; ValueError for a name that is not there."""

    def content(match: re.Match[str]) -> str:
        if match[2] not in blocks:
            raise ValueError(f"no block is called {match[2]}; there are {', '.join(sorted(blocks))}")
        return f"{match[1]}{blocks[match[2]]}\n{match[4]}"

    return BLOCK.sub(content, text)


def names_in(text: str) -> list[str]:
    """The blocks that a text has."""
    return [match[2] for match in BLOCK.finditer(text)]


def differences(text: str, blocks: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """(name, what the text says, what it should say) of every block that is not as `blocks` has it."""
    return [
        (match[2], match[3].strip(), blocks.get(match[2], "nothing: there is no such block"))
        for match in BLOCK.finditer(text)
        if match[3].strip() != blocks.get(match[2])
    ]


def loose_numbers(text: str) -> list[str]:
    """What looks like a success rate outside of blocks, code and links, with the words before it."""
    bare = re.sub(r"```.*?```|`[^`]*`|\]\([^)]*\)", " ", BLOCK.sub(" ", text), flags=re.DOTALL)
    bare = " ".join(bare.split())
    return [bare[max(0, match.start() - 40) : match.end() + 12] for match in NUMBER.finditer(bare)]
