"""openpi's websocket, and the servers that speak it: the server's metadata first, then a chunk for an observation.

Source: openpi `src/openpi/serving/websocket_policy_server.py`, `packages/openpi-client`; vLLM-Omni and SGLang differ in
path, keys and layout (`policies.remote.dialects.form`). An answer in text is an error, except after a reset.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from policies.errors import PolicyError, one_line
from policies.interface import ACTION_DIM
from policies.remote.dialects.answer import Answer, actions_of, milliseconds
from policies.remote.dialects.contract import Facts, identity_of, readable
from policies.remote.dialects.form import OPENPI, SGLANG, VLLM, Form
from policies.remote.errors import ServerError, WireError
from policies.remote.options import RemoteOptions
from policies.remote.rows import Row
from policies.remote.wire.codec import OPENPI as CODEC
from policies.remote.wire.link import Link

FORMS = {"openpi": OPENPI, "vllm": VLLM, "sglang": SGLANG}
PATHS = {"/v1/realtime/robot/openpi": "vllm", "/openpi/policy": "sglang"}


@dataclass(frozen=True)
class OpenPI:
    """See `policies.remote.dialects.contract.Dialect`."""

    name: str = "openpi"

    def greet(self, link: Link, options: RemoteOptions, seconds: float) -> Facts:
        """The server's metadata, and the form it asks for. PolicyError where it declares another robot."""
        first = link.receive(seconds)
        if isinstance(first, str):
            raise link.fail(f"it says: {last_line(first)}")
        try:
            metadata = CODEC.unpack_map(first)
        except WireError as error:
            raise link.fail(f"its first frame is no openpi metadata: {error}; try --remote-format") from error
        check_declared(metadata)
        form = form_of(link.address.path, metadata, options)
        return Facts(
            readable(metadata),
            identity_of(metadata),
            form.with_options(options),
            declared_chunk(metadata),
            remembers=metadata.get("needs_session_id") is True,
            own=metadata,
        )

    def begin(self, link: Link, facts: Facts, row: Row, seconds: float) -> None:
        """A server with sessions is told to forget; the others have no word for it."""
        if facts.remembers:
            link.send(CODEC.pack({"endpoint": "reset", "session_id": session_of(row)}))
            reply = link.receive(seconds)
            if not isinstance(reply, str) or "success" not in reply.lower():
                reason = last_line(reply) if isinstance(reply, str) else "something that is no text"
                raise link.fail(f"it answers a reset with {reason}; try --remote-format openpi")

    def ask(self, link: Link, facts: Facts, row: Row, seconds: float) -> Answer:
        """The chunk of one row."""
        observation = facts.form.observation(row)
        if facts.remembers:
            observation["session_id"] = session_of(row)
        link.send(CODEC.pack(observation))
        reply = link.receive(seconds)
        if isinstance(reply, str):  # the server closes after it; whatever it does, nothing else is in flight
            raise ServerError(f"the policy server says: {last_line(reply)}")
        try:
            return read_answer(CODEC.unpack(reply))
        except PolicyError as error:
            raise link.fail(str(error)) from error


def read_answer(answer: Any) -> Answer:
    """The chunk of a reply: a map with `actions` (or `action`), or the array itself."""
    if not isinstance(answer, Mapping):
        return Answer(actions_of(answer))
    if "error" in answer and "actions" not in answer:
        raise WireError(f"it says: {one_line(str(answer['error']), 160)}")
    timing = answer.get("server_timing")
    infer_ms = milliseconds(timing.get("infer_ms")) if isinstance(timing, Mapping) else None
    actions = answer.get("actions", answer.get("action"))
    if actions is None:
        raise WireError(f"its answer has no actions; it has {', '.join(map(str, answer))[:120] or 'nothing'}")
    return Answer(actions_of(actions), infer_ms)


def form_of(path: str, metadata: Mapping[Any, Any], options: RemoteOptions) -> Form:
    """The form of the dialect that was asked for, else of the one whose path or metadata it is."""
    named = options.format if options.format in FORMS else PATHS.get(path)
    if named is None:
        named = "vllm" if "needs_session_id" in metadata else "openpi"
    return dataclasses.replace(FORMS[named], size=declared_size(metadata))


def declared_size(metadata: Mapping[Any, Any]) -> tuple[int, int] | None:
    """(height, width) of `image_resolution`; None where the metadata has none."""
    size = metadata.get("image_resolution")
    if not isinstance(size, list | tuple) or len(size) != 2 or not all(type(side) is int for side in size):
        return None  # True is an int, and no size
    height, width = size
    return (height, width) if 1 <= height <= 4096 and 1 <= width <= 4096 else None


def declared_chunk(metadata: Mapping[Any, Any]) -> int | None:
    """The chunk length a server declares; None where it does not."""
    for key in ("action_horizon", "chunk_size"):
        value = metadata.get(key)
        if isinstance(value, int) and not isinstance(value, bool) and value >= 1:
            return value
    return None


def check_declared(metadata: Mapping[Any, Any]) -> None:
    """Raise PolicyError for a server that says it is made for other actions or cameras."""
    space = metadata.get("action_space")
    if isinstance(space, str) and "joint" not in space.lower():
        raise PolicyError(
            f"the policy server's actions are {space!r:.60}; RoboTwin takes absolute joint positions, so serve "
            "another policy"
        )
    size = metadata.get("action_dim")
    if isinstance(size, int) and size != ACTION_DIM:
        raise PolicyError(
            f"the policy server's actions have {size} dimensions; RoboTwin's dual-arm ALOHA has {ACTION_DIM}, so it "
            "serves another robot"
        )
    if metadata.get("needs_stereo_camera") is True:
        raise PolicyError("the policy server needs stereo cameras, which RoboTwin's dual-arm ALOHA has not")


def session_of(row: Row) -> str:
    """The name of an episode's session."""
    return f"{row.episode[0]}-{row.episode[1]}" if row.episode else "robotwin-pi0"


def last_line(text: str) -> str:
    """The last line of a traceback, which says what happened."""
    lines = [line for line in text.splitlines() if line.strip()]
    return one_line(lines[-1] if lines else text, 200)
