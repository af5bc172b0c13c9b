"""How what was stopped goes on: the command to type, in one line with what stopped it and what is saved."""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import os
import re
import shlex
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from harness.core.errors import RunFailed
from harness.core.text import one_line
from harness.runs.directory import RunDir
from harness.runs.episode_log import LogLost
from harness.runs.rows import latest

DISK = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EFBIG, errno.EIO)
"""Errors that say something about the disk, not about us."""
GONE = (errno.ENOENT, errno.ENOTDIR, errno.ESTALE)
"""Errors that say that a folder that was written to has vanished, where the file they name lies in it."""
DISK_TROUBLE = re.compile(
    "|".join(
        [*(re.escape(os.strerror(code)) for code in (*DISK[:3], errno.EFBIG)), r"os error (28|122|30|27)\b"]
    )
)
"""The same in words: no space left, quota exceeded, read-only, too large."""


def resume_command(config: Any, path: Path, module: str = "harness.closedloop") -> str:
    """The command line that finishes the run in `path`, started with `config` (a dataclass of flags)."""
    argv = ["python", "-m", module]
    for field in dataclasses.fields(config):
        value = getattr(config, field.name)
        if field.name in ("out", "resume") or value is None or value == field.default:
            continue
        flag = field.name.replace("_", "-")
        if isinstance(value, bool):
            argv.append(f"--{flag}" if value else f"--no-{flag}")
        else:
            argv += [f"--{flag}", *map(str, value if isinstance(value, tuple) else (value,))]
    return shlex.join([*argv, "--out", str(path), "--resume"])


@contextlib.contextmanager
def explained_stop(path: Path, safe: Callable[[], str]) -> Iterator[None]:
    """What stops work that is written to `path` says in one line what is saved and how to go on, which is `safe()`.

    A disk that is full, read-only or gone is RunFailed; Ctrl-C is said on stderr and raised again.
    """
    try:
        yield
    except RunFailed:
        raise
    except Exception as error:
        if not is_disk_trouble(error, path):
            raise
        where, why = (
            getattr(error, "filename", None) or path,
            getattr(error, "strerror", None) or one_line(str(error)),
        )
        raise RunFailed(f"cannot write to {where}: {why[:200]}; {safe()}") from error
    except KeyboardInterrupt:
        print(safe(), file=sys.stderr)
        raise


def is_disk_trouble(error: Exception, path: Path) -> bool:
    """Whether an error met while a file or folder `path` was written to is about the disk, not about us.

    Writers in C and Rust (safetensors, Arrow, torch) raise errors of their own that say so in words only.
    """
    if not isinstance(error, OSError) or error.errno is None:
        return DISK_TROUBLE.search(str(error)) is not None
    if error.errno in GONE:
        return not path.exists() or Path(str(error.filename or path)).is_relative_to(path)
    return error.errno in DISK


@contextlib.contextmanager
def resumable(runs: RunDir | Sequence[RunDir], total: int, command: str) -> Iterator[None]:
    """`explained_stop` for runs of `total` episodes that `command` finishes; workers that fail are explained, too.

    LogLost where the folder of a run is not there any more: it says where the rows are.
    """
    runs = [runs] if isinstance(runs, RunDir) else runs
    path = runs[0].path if len(runs) == 1 else runs[0].path.parent

    def safe() -> str:
        done = sum(len(latest(run.rows())) for run in runs)
        return f"{done} of {total} episodes are done and safe; resume with: {command}"

    try:
        with explained_stop(path, safe):
            try:
                yield
            except LogLost:
                raise
            except RunFailed as error:
                raise RunFailed(f"{error}; {safe()}") from error
    except LogLost as error:
        raise LogLost(f"{error}; then resume with: {command}") from error
