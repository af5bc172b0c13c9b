"""openpi's protocol, from the side of the server (`src/openpi/serving/websocket_policy_server.py` there).

The metadata first, then a chunk for every observation; errors are text. Unlike there, a bad request does not end the
connection, and several clients share a batch. The entry of this project's own clients: `policies.remote.own`.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from harness.serve.engine import Client, Engine, answerable
from harness.serve.observations import flat_observation
from policies.interface import ACTION_DIM
from policies.provenance.training_record import training_summary
from policies.remote.errors import WireError
from policies.remote.own import OWN, PROTOCOL, served_entry
from policies.remote.wire.codec import OPENPI as CODEC
from policies.remote.wire.values import same

RESET = "reset successful"


class Connection(Protocol):
    """What is used of a websocket."""

    async def send(self, message: bytes | str) -> None:
        """Send one frame."""

    def __aiter__(self) -> AsyncIterator[bytes | str]:
        """The frames that come."""


@dataclass
class OpenPIProtocol:
    """Serves one client at a time on each connection; see `harness.serve.server`."""

    engine: Engine
    metadata: bytes = field(init=False)

    def __post_init__(self) -> None:
        policy = self.engine.policy
        self.metadata = CODEC.pack(
            {
                "action_horizon": policy.chunk_size,
                "action_dim": ACTION_DIM,
                OWN: served_entry(policy, policy.describe(), training_summary(policy)),
            }
        )

    async def serve(self, connection: Connection) -> None:
        """Answer a client until it goes."""
        client, before = Client(), None
        await connection.send(self.metadata)
        async for frame in connection:
            started = time.perf_counter()
            await connection.send(await self.reply(frame, client, before))
            before = 1000 * (time.perf_counter() - started)

    async def reply(self, frame: bytes | str, client: Client, before_ms: float | None = None) -> bytes | str:
        """The answer to one frame: an error where it is no request. `before_ms`: how long the last one took."""
        own = False
        try:
            request = CODEC.unpack_map(frame)
            if same(request.get("endpoint"), "reset"):
                client.next_episode()
                return RESET
            own = OWN in request
            return CODEC.pack(await self._answer(request, client, before_ms))
        except Exception as error:  # a request may break anything but the server
            said = answerable(error)
            return CODEC.pack({OWN: PROTOCOL, "error": said}) if own else said

    async def _answer(
        self, request: Mapping[Any, Any], client: Client, before_ms: float | None
    ) -> dict[str, Any]:
        own = OWN in request
        if own:
            found = await self.engine.batch(request)
        else:
            if not all(isinstance(key, str) for key in request):
                raise WireError("the observation has keys that are no text")
            frame = client.looked()
            found = await self.engine.chunk(lambda: flat_observation(request, frame), client)
        timing = {"infer_ms": 1000 * found.seconds}
        if before_ms is not None:
            timing["prev_total_ms"] = before_ms
        return {**({OWN: PROTOCOL} if own else {}), "actions": found.chunks, "server_timing": timing}
