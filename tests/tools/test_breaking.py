"""tools.breaking counts all the memory that a command takes."""

from __future__ import annotations

import mmap
import os
import signal

from tools.breaking.stage import memory


def test_memory_of_a_fork_counts_from_its_first_mebibyte():
    before, (ready, told) = memory(os.getpid()), os.pipe()
    pid = os.fork()
    if pid == 0:
        # pages of its own: what is asked of malloc may come from memory that the parent has freed, and has still
        taken = mmap.mmap(-1, 64 << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        for start in range(0, len(taken), mmap.PAGESIZE):
            taken[start] = 1
        os.write(told, b"x")
        signal.pause()
        os._exit(0)
    try:
        os.read(ready, 1)
        assert 60 < memory(pid) - before < 80
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
