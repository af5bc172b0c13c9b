"""The commands and examples of a page of docs/, as they stand there."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Example:
    """A fenced block: its language and what stands in it."""

    language: str
    source: str


def examples(page: str) -> list[Example]:
    """The fenced blocks of a page, in order."""
    return [Example(language, source) for language, source in FENCE.findall(page)]


def lines_of(source: str) -> list[list[str]]:
    """The command lines of a bash block as words: continued lines joined, comments left out."""
    lines = source.replace("\\\n", " ").splitlines()
    return [words for line in lines if (words := shlex.split(line, comments=True))]


def commands(page: str) -> list[list[str]]:
    """The command lines of a page's bash blocks, in order."""
    blocks = [lines_of(example.source) for example in examples(page) if example.language == "bash"]
    return [words for block in blocks for words in block]
