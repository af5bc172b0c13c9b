"""The one exception a user of this package can cause."""

from __future__ import annotations


class PolicyError(ValueError):
    """A policy cannot be loaded or used as asked; the message is one line that names the fix.

    `is_user_error` is the structural mark the command line looks for (docs/architecture.md): it prints
    the line and exits 2 instead of showing a traceback.
    """

    is_user_error = True

    def __init__(self, message: str = "") -> None:
        super().__init__(
            " ".join(message.split())
        )  # it quotes what strangers wrote: names with line breaks, say


def one_line(error: BaseException | str, limit: int = 240) -> str:
    """The text of a foreign error on one line of at most `limit` characters, for quoting inside ours."""
    text = " ".join(str(error).split())
    if not text and isinstance(error, BaseException):
        text = type(error).__name__
    return text if len(text) <= limit else text[: limit - 1] + "…"


def first_cause(error: BaseException) -> BaseException:
    """The error that another was raised for: draccus says only that it could not make the class."""
    while error.__cause__ is not None:
        error = error.__cause__
    return error
