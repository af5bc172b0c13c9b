"""Where a policy server is and how it is spoken to: what the user says, checked before anything is connected."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from policies.errors import PolicyError

SCHEMES = ("ws://", "wss://")
FORMATS = ("auto", "openpi", "vllm", "sglang", "vla-eval", "xpolicylab")
LAYOUTS = ("auto", "chw", "hwc")
KEYS = ("head", "left", "right", "state", "prompt")
API_KEY = "ROBOTWIN_POLICY_API_KEY"
"""Environment variable with the key of servers that ask for one; sent as `Authorization: Api-Key ...`."""

LARGEST_FRAME = 64 << 20
"""Bytes of one frame, either way: 80 batch rows of three 240x320 cameras."""

DEFAULT_PORTS = {"openpi": 8000, "vla-eval": 8000, "xpolicylab": 19000}
SIZE = re.compile(r"([1-9]\d{0,3})x([1-9]\d{0,3})")


def is_remote(spec: object) -> bool:
    """Whether a policy's name is the address of a server."""
    return str(spec).lower().startswith(SCHEMES)


@dataclass(frozen=True)
class RemoteOptions:
    """How a policy server is spoken to; the defaults guess it from the address and what the server says.

    format: one of FORMATS. keys: what (one of KEYS) -> the server's key, over the format's own; a camera with an empty
    key is not sent. layout: one of LAYOUTS. size: (height, width) the pictures are brought to, black bars added; None
    for as they are. chunk: actions used of every answer, 0 for all of them. timeout: seconds for one answer.
    """

    format: str = "auto"
    keys: Mapping[str, str] = field(default_factory=dict)
    layout: str = "auto"
    size: tuple[int, int] | None = None
    chunk: int = 0
    timeout: float = 60.0


def read_options(format_name: str, text: str) -> RemoteOptions:
    """`--remote-format` and the `NAME=VALUE` pairs of `--remote`, parted by spaces; PolicyError for a wrong one."""
    if format_name not in FORMATS:
        raise PolicyError(f"--remote-format {format_name!r} is unknown; choose {', '.join(FORMATS)}")
    keys: dict[str, str] = {}
    given: dict[str, Any] = {"format": format_name, "keys": keys}
    for pair in text.split():
        name, equals, value = pair.partition("=")
        if name in KEYS and equals:
            keys[name] = value
        elif name in SETTINGS and equals:
            given[name] = SETTINGS[name](value)
        else:
            raise PolicyError(
                f"--remote {pair!r} is no setting; give NAME=VALUE, NAME being {', '.join((*SETTINGS, *KEYS))} "
                "(head=observation/image size=224x224)"
            )
    return RemoteOptions(**given)


def _layout(value: str) -> str:
    if value not in LAYOUTS:
        raise PolicyError(f"--remote layout={value} is unknown; choose {', '.join(LAYOUTS)}")
    return value


def _size(value: str) -> tuple[int, int]:
    match = SIZE.fullmatch(value)
    if match is None:
        raise PolicyError(f"--remote size={value} is no size; give HEIGHTxWIDTH, 224x224 for one")
    return int(match[1]), int(match[2])


def _chunk(value: str) -> int:
    if not value.isdecimal() or int(value) < 1:
        raise PolicyError(f"--remote chunk={value} is out of range; give the actions used of an answer")
    return int(value)


def _timeout(value: str) -> float:
    try:
        seconds = float(value)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise PolicyError(f"--remote timeout={value} is out of range; give seconds")
    return seconds


SETTINGS: Mapping[str, Callable[[str], Any]] = {
    "layout": _layout,
    "size": _size,
    "chunk": _chunk,
    "timeout": _timeout,
}


@dataclass(frozen=True)
class Address:
    """A server's address: `url` as it is connected to, `path` of it ("" for none), and whether it is this machine."""

    url: str
    path: str
    loopback: bool


def parse_address(spec: str) -> Address:
    """`ws://host[:port][/path]` or `wss://…`, checked; PolicyError for anything that does not belong there."""
    scheme, _, rest = spec.partition("://")
    text = f"{scheme.lower()}://{rest}"
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise PolicyError(f"{spec!r} is no address of a server ({error}); give ws://HOST:PORT") from error
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise PolicyError(
            "the address of a policy server may hold no user, password or query, because it is written into every "
            f"result; give ws://HOST:PORT[/PATH] and put a key into the environment as {API_KEY}"
        )
    if not parts.hostname or any(character.isspace() for character in text):
        raise PolicyError(f"{spec!r} names no host; give ws://HOST:PORT, ws://localhost:8000 for one")
    if port == 0:
        raise PolicyError(f"{spec!r} has port 0, which nobody listens on; give the port the server printed")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    path = parts.path.rstrip("/")
    loopback = parts.hostname == "localhost" or parts.hostname.startswith("127.") or parts.hostname == "::1"
    if port is None:
        port = 443 if parts.scheme == "wss" else DEFAULT_PORTS["openpi"]
    return Address(f"{parts.scheme}://{host}:{port}{path}", path, loopback)


def api_key() -> str | None:
    """The key of the environment, None where there is none. It is sent, never shown and never stored."""
    key = os.environ.get(API_KEY, "").strip()
    if key and not (key.isascii() and key.isprintable()):
        raise PolicyError(f"{API_KEY} holds characters that no header can carry; set it again")
    return key or None
