"""What runs beside the demo: its words are kept, its failure is a failure, and it does not outlive the block."""

from __future__ import annotations

import time

import pytest

from harness.core.errors import RunFailed
from harness.demo.beside import beside


def test_what_a_command_beside_printed_is_kept_until_it_is_asked_for():
    with beside("harness.demo", "--help") as command:
        assert "--expert-episodes" in command.finish()


def test_a_command_that_fails_beside_is_named_with_its_last_line():
    with (
        beside("harness.demo", "--no-such-flag") as command,
        pytest.raises(
            RunFailed, match=r"python -m harness.demo --no-such-flag ended with 2: error: .*no-such-flag"
        ),
    ):
        command.finish()


def test_a_command_beside_ends_with_the_block():
    started = time.monotonic()
    with pytest.raises(KeyError), beside("http.server", "0", "--bind", "127.0.0.1") as command:
        raise KeyError
    assert command.process.returncode is not None
    assert time.monotonic() - started < 20
