"""stdout and stderr that take whatever is said, wherever it goes: no run ends because its reader has gone.

A reader that has read enough (`| head`), a terminal that was closed, a log file on a full disk, an encoding without the
signs that are printed, a stream that was closed before the command began (`>&-`).
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import sys
from collections.abc import Callable, Iterator
from typing import Any

_SIGNS = r"[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]"
NOT_IN_FILES = re.compile(rf"\x1b|{_SIGNS}")
NOT_ON_TERMINALS = re.compile(rf"\x1b(?!\[[0-9;?]*[A-HJKhlm])|{_SIGNS}")
"""What is not written, whoever wants it said: a library's warning may quote a stranger's file.

Terminals get colours and the movements of a progress bar, and nothing else that they would carry out; a log gets none.
"""


class Lasting:
    """A text stream in place of `stream`, with all it has; once it cannot be written to, what is said goes nowhere.

    `lost` is why it cannot, None as long as it can.
    """

    def __init__(self, stream: Any):
        self._stream = stream
        self.lost: OSError | None = None

    def write(self, text: str) -> int:
        """Write, and never fail of the disk or the reader."""
        self._do(
            self._stream.write, (NOT_ON_TERMINALS if self._stream.isatty() else NOT_IN_FILES).sub("", text)
        )
        return len(text)

    def flush(self) -> None:
        """The same."""
        self._do(self._stream.flush)

    def __getattr__(self, name: str) -> Any:
        if name == "_stream":  # of a copy that has nothing yet
            raise AttributeError(name)
        return getattr(self._stream, name)

    def _do(self, work: Callable[..., object], *given: str) -> None:
        if self.lost is not None:
            return
        try:
            work(*given)
        except OSError as error:
            self.lost = error
            with contextlib.suppress(OSError, ValueError):  # what waits in its buffer goes nowhere, too
                os.dup2(os.open(os.devnull, os.O_WRONLY), self._stream.fileno())


@contextlib.contextmanager
def lasting_streams() -> Iterator[Lasting]:
    """Both streams as Lasting ones while this lasts; it is given stdout. Signs that an encoding lacks: `\\uXXXX`."""
    for number in range(3):  # a file opened next would get that number, and be printed into
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    before = sys.stdout, sys.stderr
    for name, number in (("stdout", 1), ("stderr", 2)):
        stream = getattr(sys, name) or os.fdopen(number, "w", closefd=False)
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
        setattr(sys, name, Lasting(stream))
    said: Any = sys.stdout
    try:
        yield said
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        sys.stdout, sys.stderr = before


def loss(stream: Lasting) -> str | None:
    """Why what was said did not all arrive, in words; None where it did, or the reader had read enough."""
    if stream.lost is None or stream.lost.errno == errno.EPIPE:
        return None
    return f"what this command says could not all be written: {stream.lost.strerror}"
