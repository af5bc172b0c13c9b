"""The websocket server: who may connect, health, and an end in good order. What is said is the protocols' part."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Protocol

from harness.core.errors import UserError
from harness.serve.openpi import Connection

if TYPE_CHECKING:
    from websockets.asyncio.server import Server as WebsocketServer
    from websockets.asyncio.server import ServerConnection
    from websockets.http11 import Request, Response

LAST_S = 10.0
"""How long requests that are being answered may take once the server is asked to stop."""

POLL_S = 0.05
CLOSE_S = 2.0


class Served(Protocol):
    """A protocol."""

    async def serve(self, connection: Connection) -> None:
        """Answer a client until it goes."""


@dataclass
class Server:
    """protocol: who answers. key: what clients have to show, None for nothing. idle: whether nothing is computed.
    give_up: called, in a thread, where requests are not answered LAST_S after the server was asked to stop; what waits
    for them waits no more then."""

    protocol: Served
    host: str
    port: int
    idle: Callable[[], bool]
    give_up: Callable[[], None] = lambda: None
    max_clients: int = 64
    max_bytes: int = 32 << 20
    key: str | None = None

    async def run(self, stop: asyncio.Event, ready: Callable[[int], None]) -> None:
        """Listen until `stop` is set; `ready` is called with the port. UserError where it cannot be listened on."""
        from websockets.asyncio.server import serve

        logger = logging.getLogger("harness.serve.websockets")
        logger.setLevel(logging.CRITICAL)  # a client that stumbles is the client's matter
        try:
            server = await serve(
                self._serve,
                self.host,
                self.port,
                compression=None,
                max_size=self.max_bytes,
                max_queue=1,
                close_timeout=CLOSE_S,
                origins=[None],  # pages in a browser send one: none of them has business here
                process_request=self._before,
                logger=logger,
                server_header="robotwin-pi0",
            )
        except OSError as error:
            raise UserError(
                f"cannot listen on {self.host}:{self.port} ({error.strerror or error}); choose another --port or --host"
            ) from error
        self._server: WebsocketServer = server
        async with server:
            ready(next(iter(server.sockets)).getsockname()[1])
            await stop.wait()
            await self._finish(server)

    async def _serve(self, connection: ServerConnection) -> None:
        from websockets.exceptions import ConnectionClosed

        with contextlib.suppress(ConnectionClosed):  # it went while it was answered
            await self.protocol.serve(connection)

    def _before(self, connection: ServerConnection, request: Request) -> Response | None:
        """The answer to what is no websocket, or may not be one; None lets it in."""
        path = request.path.partition("?")[0]
        if path == "/healthz":
            return connection.respond(HTTPStatus.OK, "OK\n")
        if path == "/health":
            return _json(connection, '{"status": "ok"}\n')
        shown = request.headers.get("Authorization", "")
        if self.key and not hmac.compare_digest(shown.encode(), f"Api-Key {self.key}".encode()):
            return connection.respond(HTTPStatus.UNAUTHORIZED, "an API key is needed\n")
        if len(self._server.connections) >= self.max_clients:
            return connection.respond(HTTPStatus.SERVICE_UNAVAILABLE, "too many clients\n")
        return None

    async def _finish(self, server: Any) -> None:
        """Take nobody in any more, and answer what is being computed."""
        server.close(close_connections=False)
        end = time.monotonic() + LAST_S
        while not self.idle() and time.monotonic() < end:
            await asyncio.sleep(POLL_S)
        if not self.idle():
            await asyncio.to_thread(self.give_up)
        await asyncio.sleep(POLL_S)  # the last answer is on its way to its client
        leaving = [connection.close(1001, "the server is stopping") for connection in server.connections]
        await asyncio.gather(*leaving, return_exceptions=True)


def _json(connection: ServerConnection, body: str) -> Response:
    response = connection.respond(HTTPStatus.OK, body)
    del response.headers["Content-Type"]
    response.headers["Content-Type"] = "application/json"
    return response
