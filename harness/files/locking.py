"""A file that one process writes to, found out with a lock that ends with the process."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import functools
import os
import stat
import sys
import time
from pathlib import Path
from typing import BinaryIO

TRIES = 3
PATIENCE_S = 10.0
"""How long a process waits for another that writes the same file."""
WAIT_S = 0.005
LOCKLESS = (errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL, errno.EBADF)
"""What disks answer that know no locks: some of a network, some in user space; EBADF: NFS, of what is open for reading
alone. On macOS ENOTSUP and EOPNOTSUPP are two."""


def open_locked(path: Path) -> BinaryIO | None:
    """The file, made where it is not there, open for appending by this process alone; None where another has it.

    On a disk that knows no locks it is opened all the same, which is said once. OSError where it cannot be opened, or
    is a link or no plain file: a stranger's folder may hold such under any name.
    """
    for _ in range(TRIES):
        file = os.fdopen(_open_plain(path), "ab+", buffering=0)
        try:
            alone = lock(file.fileno())
        except BaseException:
            file.close()
            raise
        if alone is None:
            _say_lockless(path.parent)
        if alone is False:
            file.close()
            return None
        if is_in_place(file, path):
            return file
        file.close()  # removed by its owner between our opening and locking it
    return None


def _open_plain(path: Path) -> int:
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        handle = os.open(path, flags, 0o666)
    except OSError as error:
        if path.is_symlink():
            raise OSError(errno.ELOOP, "it is a link, which is not written through", str(path)) from error
        raise
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(errno.EINVAL, "it is no plain file", str(path))
    return handle


def lock(handle: int) -> bool | None:
    """Whether an open file is now ours alone; None where its disk knows no locks. OSError for other faults."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
            return False
        if error.errno in LOCKLESS:
            return None
        raise
    return True


@functools.cache
def _say_lockless(folder: Path) -> None:
    print(
        f"{folder} is on a disk that knows no locks: see to it that no other process writes there",
        file=sys.stderr,
    )


def place_of(file: BinaryIO) -> Path | None:
    """Where an open file is now, whatever its name was; None where it has none, or this system does not say."""
    try:
        return Path(f"/proc/self/fd/{file.fileno()}").readlink()
    except OSError:
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

    On a disk that knows no locks, what nobody has written to for ten seconds is such a leftover. OSError where it
    cannot be made, or another process goes on writing to it.
    """
    end = time.monotonic() + PATIENCE_S
    while True:
        with contextlib.suppress(FileExistsError):
            handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
            try:
                ours = lock(handle) is not False and is_named(handle, temporary)
            except BaseException:
                os.close(handle)
                raise
            if ours:
                return handle
            os.close(handle)  # taken for a leftover between its opening and its locking
        _remove_leftover(temporary)
        if time.monotonic() > end:
            raise OSError(errno.EBUSY, "another process does not stop writing it", str(temporary))
        time.sleep(WAIT_S)


def _remove_leftover(temporary: Path) -> None:
    """Remove a file that nobody writes to any more; one that is written to stays."""
    flags = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        try:  # for writing: disks of a network lock no others
            handle = os.open(temporary, os.O_RDWR | flags)
        except PermissionError:  # another user's, who may be writing it
            handle = os.open(temporary, os.O_RDONLY | flags)
    except FileNotFoundError:
        return
    except OSError:  # a link, or what may not even be read
        temporary.unlink(missing_ok=True)
        return
    try:
        left = lock(handle)
        if left is None:
            left = time.time() - os.fstat(handle).st_mtime > PATIENCE_S
        if left and is_named(handle, temporary):
            temporary.unlink()
    finally:
        os.close(handle)


def is_named(handle: int, path: Path) -> bool:
    """Whether an open file is the one of that name."""
    try:
        return os.path.samestat(os.fstat(handle), path.lstat())
    except OSError:
        return False
