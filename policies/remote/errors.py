"""What can go wrong between this machine and a policy server."""

from __future__ import annotations

from policies.errors import PolicyError, one_line

LONGEST = 400


class WireError(PolicyError):
    """A frame is not what the protocol says; the message, one line, says what is wrong with it."""

    def __init__(self, message: str):
        super().__init__(one_line(message, LONGEST))  # a frame may hold an array where a word belongs


class ServerError(PolicyError):
    """The server said no to this request, in its own words; the connection goes on."""


class LinkLost(PolicyError):
    """The connection is of no use any more: closed, silent for too long, or out of step with the server."""
