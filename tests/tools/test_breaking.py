"""What `tools.breaking` measures of a command is all that the command takes."""

from __future__ import annotations

import os
import signal

from tools.breaking.stage import memory


def test_memory_of_a_fork_counts_from_its_first_mebibyte():
    before, (ready, told) = memory(os.getpid()), os.pipe()
    pid = os.fork()
    if pid == 0:
        taken = b"x" * (64 << 20)
        os.write(told, taken[:1])
        signal.pause()
        os._exit(0)
    try:
        os.read(ready, 1)
        assert 60 < memory(pid) - before < 80
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
