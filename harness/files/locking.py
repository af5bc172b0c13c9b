"""A file that one process writes to, found out with a lock that ends with the process."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import time
from pathlib import Path
from typing import BinaryIO

TRIES = 3
PATIENCE_S = 10.0
"""How long a process waits for another that writes the same file."""
WAIT_S = 0.005


def open_locked(path: Path) -> BinaryIO | None:
    """The file, made where it is not there, open for appending by this process alone; None where another has it.

    OSError where it cannot be opened.
    """
    for _ in range(TRIES):
        file = path.open("ab+", buffering=0)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return None
        if is_in_place(file, path):
            return file
        file.close()  # removed by its owner between our opening and locking it
    return None


def is_in_place(file: BinaryIO, path: Path) -> bool:
    """Whether an open file is the one of that name."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except OSError:
        return False


def write_whole(file: BinaryIO, data: bytes) -> None:
    """Append every byte and force it to disk; OSError leaves the file as it was."""
    end = os.fstat(file.fileno()).st_size
    try:
        while data:  # a disk that fills up takes some of them before it says so
            data = data[file.write(data) :]
        os.fsync(file.fileno())
    except OSError:
        os.ftruncate(file.fileno(), end)
        raise


def open_alone(temporary: Path) -> int:
    """A new file of that name, locked, open for writing; what a killed process or a stranger left there is removed.

    OSError where it cannot be made, or another process goes on writing to it.
    """
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        with contextlib.suppress(FileExistsError):
            handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
            if _locks(handle) and _is_named(handle, temporary):
                return handle
            os.close(handle)  # taken for a leftover between its opening and its locking
        _remove_leftover(temporary)
        time.sleep(WAIT_S)
    raise OSError(errno.EBUSY, "another process does not stop writing it", str(temporary))


def _remove_leftover(temporary: Path) -> None:
    """Remove a file that nobody writes to any more; one that is written to stays."""
    try:
        handle = os.open(temporary, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    except OSError:  # a link, or what may not be read
        temporary.unlink(missing_ok=True)
        return
    try:
        if _locks(handle) and _is_named(handle, temporary):
            temporary.unlink()
    finally:
        os.close(handle)


def _locks(handle: int) -> bool:
    """Whether an open file is now ours alone; so, too, on a disk that knows no locks."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno != errno.EWOULDBLOCK
    return True


def _is_named(handle: int, path: Path) -> bool:
    """Whether an open file is the one of that name."""
    try:
        return os.path.samestat(os.fstat(handle), path.lstat())
    except OSError:
        return False
