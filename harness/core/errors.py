"""A user's mistake, told apart from ours."""

from __future__ import annotations

from harness.core.text import one_line


class UserError(ValueError):
    """A mistake the user can mend. Its message is one line that names the fix.

    `harness.core.cli.run` prints the line and exits 2. The packages may not import each other's errors, so what it
    looks for is the attribute: any exception class with `is_user_error = True` is treated the same.
    """

    is_user_error = True

    def __init__(self, message: str = "") -> None:
        super().__init__(one_line(message))  # it quotes what strangers wrote: names with line breaks, say


class RunFailed(Exception):
    """A run cannot go on, and nobody made a mistake: its disk is full, say. The message is one line.

    `harness.core.cli.run` prints it and exits 1.
    """
