"""A part of a run's work, by a rule that needs nobody else: `--shard 2/4`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from harness.core.errors import UserError

MOST = 10_000


@dataclass(frozen=True)
class Share:
    """Part `index` (1 … of) of `of` parts: the whole of a run where there is one."""

    index: int = 1
    of: int = 1

    def has(self, number: int) -> bool:
        """Whether piece `number` (0, 1, …) of the work is in this part; every piece is in exactly one."""
        return number % self.of == self.index - 1

    def within(self, task: int, wanted: int) -> Callable[[int], bool]:
        """Whether attempt 0, 1, … of the `task`-th task of a run, of each of which `wanted` shall count, is here.

        Goes on from task to task, so that two scenes a task are spread over four shards, too.
        """
        return lambda attempt: self.has(task * wanted + attempt)

    def count(self, pieces: int) -> int:
        """How many of so many pieces are in this part."""
        return len(range(self.index - 1, pieces, self.of))

    @property
    def is_whole(self) -> bool:
        """Whether there is nothing beside it."""
        return self.of == 1

    def require(self, pieces: int, what: str) -> None:
        """UserError where there is too little work for so many parts."""
        if pieces < self.of:
            raise UserError(
                f"--shard {self}: {pieces} {what} are fewer than {self.of} parts; make at most {pieces}"
            )

    def __str__(self) -> str:
        return f"{self.index}/{self.of}"


WHOLE = Share()


def read_share(text: object) -> Share:
    """`2/4` as a share, None as the whole; UserError for what is no part of anything: a file may hold anything."""
    if text is None:
        return WHOLE
    match = re.fullmatch(r"(\d{1,5})/(\d{1,5})", text) if isinstance(text, str) else None
    index, of = (int(match[1]), int(match[2])) if match else (0, 0)
    if not 1 <= index <= of <= MOST:
        raise UserError(
            f"--shard {str(text)[:40]!r} is no part of a run; give I/N with 1 <= I <= N, such as 2/4"
        )
    return Share(index, of)
