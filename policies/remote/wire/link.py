"""One websocket to a policy server: every failure of it is one line, and none of them waits for ever."""

from __future__ import annotations

import contextlib
import os
import ssl
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from policies.errors import one_line
from policies.remote.errors import LinkLost, WireError
from policies.remote.options import API_KEY, LARGEST_FRAME, Address, api_key

CONNECT_S = 10.0
TRUSTED = "SSL_CERT_FILE"
"""Environment variable that OpenSSL reads: a file with certificates of those whose signature counts."""
CLOSE_S = 1.0


@dataclass
class Link:
    """An open connection. After a failure it is closed and stays so: `lost` says why.

    A time-out closes it too: the late answer must not be taken for the next one.
    """

    address: Address
    socket: Any
    lost: str | None = field(default=None, init=False)
    sent: int = field(default=0, init=False)

    def send(self, frame: bytes) -> None:
        """Send one binary frame, counted in `sent`; LinkLost where it cannot be."""
        self._require_open()
        if len(frame) > LARGEST_FRAME:
            raise WireError(
                f"a request has {len(frame) >> 20} MiB, more than the {LARGEST_FRAME >> 20} a frame may have; "
                "choose a smaller --batch-size"
            )
        from websockets.exceptions import ConnectionClosed

        self.sent += 1
        try:
            self.socket.send(frame)
        except ConnectionClosed as error:
            raise self.fail(_closed(error)) from error
        except (OSError, TimeoutError) as error:
            raise self.fail(f"the connection broke ({one_line(error, 80)})") from error

    def receive(self, seconds: float) -> bytes | str:
        """The next frame; LinkLost where none comes within `seconds`."""
        self._require_open()
        from websockets.exceptions import ConnectionClosed

        try:
            return self.socket.recv(timeout=seconds)
        except TimeoutError as error:
            raise self.fail(
                f"it did not answer within {seconds:g} s (--remote timeout=SECONDS waits longer)"
            ) from error
        except ConnectionClosed as error:
            raise self.fail(_closed(error)) from error
        except (OSError, UnicodeDecodeError) as error:
            raise self.fail(f"the connection broke ({one_line(error, 80)})") from error

    def fail(self, reason: str) -> LinkLost:
        """Close for good, and the error to raise."""
        self.lost = self.lost or reason
        self.close()
        return LinkLost(f"policy server {self.address.url}: {reason}")

    def close(self) -> None:
        """Close; harmless when that is done already."""
        from websockets.exceptions import WebSocketException

        self.lost = self.lost or "the connection was closed"
        with contextlib.suppress(WebSocketException, OSError):  # it is gone, which is what was wanted
            self.socket.close()

    def _require_open(self) -> None:
        if self.lost:
            raise LinkLost(f"policy server {self.address.url}: {self.lost}")


def open_link(address: Address, seconds: float = CONNECT_S) -> Link:
    """Connect; LinkLost, naming the fix, where that is impossible."""
    from websockets import exceptions
    from websockets.sync.client import connect

    keep_freed_memory()
    key = api_key()
    try:
        connecting = connect(
            address.url,
            compression=None,
            max_size=LARGEST_FRAME,
            open_timeout=seconds,
            close_timeout=CLOSE_S,
            ping_interval=None,  # a server that predicts on its event loop answers no pings meanwhile
            additional_headers={"Authorization": f"Api-Key {key}"} if key else None,
            proxy=None if address.loopback else True,
            user_agent_header="robotwin-pi0",
        )
        socket = contextlib.ExitStack().enter_context(
            connecting
        )  # websockets wants a context; `close` ends it
    except exceptions.InvalidStatus as error:
        raise LinkLost(f"policy server {address.url}: {_refused(error.response.status_code, key)}") from error
    except ssl.SSLError as error:
        raise LinkLost(f"policy server {address.url}: {_insecure(error)}") from error
    except TimeoutError as error:
        raise LinkLost(
            f"policy server {address.url}: it did not answer within {seconds:g} s; check host, port and firewall"
        ) from error
    except exceptions.WebSocketException as error:
        raise LinkLost(
            f"policy server {address.url}: what answers there is no websocket server ({one_line(error, 80)}); check "
            f"the port{'' if address.url.startswith('wss') else ', or use wss:// where the server has a certificate'}"
        ) from error
    except (OSError, EOFError, ValueError) as error:
        raise LinkLost(
            f"policy server {address.url}: no connection ({one_line(error, 80)}); start the server, or check host "
            "and port"
        ) from error
    return Link(address, socket)


def keep_freed_memory() -> None:
    """Have the C library keep what is freed, up to twice this block: it goes by the largest that was ever freed.

    A request passes through several buffers of its size, whose pages would be asked of the system anew each time:
    half of what a request costs its sender.
    """
    bytes(16 << 20)


def open_patiently(address: Address, waits: tuple[float, ...] = (0.2, 0.8)) -> Link:
    """Connect again to a server that was there before: it may be a moment until it is back."""
    for wait in waits:
        try:
            return open_link(address)
        except LinkLost:
            time.sleep(wait)
    return open_link(address)


def _insecure(error: ssl.SSLError) -> str:
    """Why there is no secure connection, and what to do."""
    if isinstance(error, ssl.SSLCertVerificationError):
        said = one_line(error.verify_message or str(error), 100)
        if "mismatch" in said.lower() or "not valid for" in said.lower():
            return f"its certificate is another host's ({said}); use the name that the certificate has"
        named = os.environ.get(TRUSTED, "")
        if named and not Path(named).is_file():
            return f"its certificate is not trusted here: {TRUSTED} names {one_line(named, 80)}, which is no file"
        return (
            f"its certificate is not trusted here ({said}); put the certificate of who signed it into a file and name "
            f"that in the environment as {TRUSTED}"
        )
    said = one_line(error, 100)
    return f"no secure connection ({said}); check the certificate, or use ws:// where the server has none"


def _refused(status: int, key: str | None) -> str:
    if status in (401, 403):
        what = "refuses the API key" if key else "asks for an API key"
        return f"it {what} (HTTP {status}); set {API_KEY} in the environment"
    if status == 404:
        return "it has nothing at this path (HTTP 404); check the path"
    return f"it refuses a websocket (HTTP {status}); check the path and the server's log"


def _closed(error: Any) -> str:
    """In words, how a connection was closed, and by whom."""
    if error.sent is not None and error.sent.code == 1009 and not error.rcvd_then_sent:
        return f"it sent a frame of more than {LARGEST_FRAME >> 20} MiB"
    if error.rcvd is None:
        return "the connection broke without a word"
    reason = f": {one_line(error.rcvd.reason, 80)}" if error.rcvd.reason else ""
    return f"it closed the connection ({error.rcvd.code}{reason})"
