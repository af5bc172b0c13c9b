"""A command of ours in a process of its own, beside what this one does."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from harness.core.cli import DONE, FAILED
from harness.core.errors import RunFailed


@dataclass(frozen=True)
class Beside:
    """A command that runs; what it prints is kept until it is asked for."""

    command: str
    process: subprocess.Popen[bytes]
    printed: IO[bytes]

    def finish(self) -> str:
        """Wait for its end; what it printed, also where it says by its exit code that some of it failed.

        RunFailed with its last line for every other code.
        """
        code = self.process.wait()
        self.printed.seek(0)
        text = self.printed.read().decode(errors="replace")
        if code not in (DONE, FAILED):
            last = (text.strip().splitlines() or ["it printed nothing"])[-1]
            raise RunFailed(f"{self.command} ended with {code}: {last}")
        return text


@contextlib.contextmanager
def beside(module: str, *flags: str) -> Iterator[Beside]:
    """`python -m module flags` on the bundled assets, from here to the end of the block, where it is stopped if it
    still runs."""
    surroundings = {name: value for name, value in os.environ.items() if name != "ROBOTWIN_ASSETS"}
    call = [sys.executable, "-m", module, *flags]
    with (
        tempfile.TemporaryFile() as printed,
        subprocess.Popen(call, stdout=printed, stderr=subprocess.STDOUT, env=surroundings) as process,
    ):
        try:
            yield Beside(" ".join(["python -m", module, *flags[:2]]), process, printed)
        finally:
            process.terminate()
