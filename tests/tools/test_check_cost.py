"""The measurement of what checks cost takes away what is there; that of memory counts all that a command takes."""

from __future__ import annotations

import importlib
import mmap
import os
import signal

import pytest

from tools.breaking.stage import memory
from tools.check_cost import CHECKS, off, table


@pytest.mark.slow
def test_every_check_that_is_taken_away_is_there_and_comes_back():
    def now():
        found = []
        for module, name in CHECKS:
            place = importlib.import_module(module)
            for part in name.split("."):
                place = getattr(place, part)
            found.append(place)
        return found

    before = now()
    with off():
        assert not set(map(id, before)) & set(map(id, now()))
    assert now() == before


def test_the_cost_is_that_of_the_middle_round():
    said = table(
        [{"with": 1.02, "without": 1.0}, {"with": 1.0, "without": 1.0}, {"with": 2.0, "without": 1.0}], 0.01
    )
    assert "+2.00% of a run, median (+0.00% to +100.00%)" in said and "0.980%" in said


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
