"""vla-eval's protocol, version 1, from the side of the server (`src/vla_eval/model_servers/serve.py` there).

One action for every observation: a chunk is kept for the connection's episode and asked for anew when its horizon is
executed.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from harness.serve.engine import Client, Engine, answerable
from harness.serve.observations import flat_observation
from harness.serve.openpi import Connection
from policies.interface import ACTION_DIM
from policies.remote.dialects.vla_eval import PROTOCOL_VERSION
from policies.remote.errors import WireError
from policies.remote.wire.codec import VLA_EVAL as CODEC

CAMERAS = {"head": "head_camera", "left": "left_camera", "right": "right_camera"}
TYPES = ("hello", "observation", "action", "episode_start", "episode_end", "error")


@dataclass
class Playing:
    """A connection, and what is left of its episode's chunk."""

    client: Client = field(default_factory=lambda: Client(episode=-1))
    left: list[np.ndarray] = field(default_factory=list)


@dataclass(frozen=True)
class VlaEvalProtocol:
    """See `harness.serve.server`."""

    engine: Engine

    async def serve(self, connection: Connection) -> None:
        """Answer a client until it goes."""
        playing = Playing()
        async for frame in connection:
            reply = await self.reply(frame, playing)
            if reply is not None:
                await connection.send(reply)

    async def reply(self, frame: bytes | str, playing: Playing) -> bytes | None:
        """The answer to one frame; None where the protocol has none."""
        seq = 0
        try:
            kind, payload, seq = await asyncio.to_thread(read_message, frame)  # a PNG takes its time
            if kind == "hello":
                return message("hello", self.hello(), seq)
            if kind == "episode_start":
                playing.client.next_episode()
                playing.left.clear()
            if kind != "observation":
                return None
        except Exception as error:  # a request may break anything but the server
            return message("error", {"error": f"bad_message: {answerable(error)}"}, seq)
        try:
            return message("action", {"actions": await self._action(payload, playing)}, seq)
        except Exception as error:
            said = f"observation_failed: {type(error).__name__}: {answerable(error)}"
            return message("error", {"error": said}, seq)

    def hello(self) -> dict[str, Any]:
        """What the server says of itself, in the words of vla-eval's specifications (`src/vla_eval/specs.py`)."""
        cameras = [CAMERAS[role] for role in self.engine.adapter.roles.values()]
        return {
            "harness_version": "robotwin-pi0",
            "protocol_version": PROTOCOL_VERSION,
            "model_server": f"robotwin_pi0 {self.engine.policy.name}",
            "capabilities": {},
            "action_spec": {"joints": {"name": "joints", "dims": ACTION_DIM, "format": "joint_positions"}},
            "observation_spec": {
                **{camera: {"name": "image", "dims": 0, "format": "rgb_hwc_uint8"} for camera in cameras},
                "state": {"name": "state", "dims": 0, "format": "joint_positions"},
                "language": {"name": "language", "dims": 0, "format": "language"},
            },
        }

    async def _action(self, payload: Mapping[Any, Any], playing: Playing) -> np.ndarray:
        """The next action (14,) of the episode's chunk, or the first of a new one."""
        if playing.client.episode < 0:
            playing.client.next_episode()  # a client that announces no episode plays one
        if not playing.left:
            frame = playing.client.looked()
            found = await self.engine.chunk(lambda: flat_observation(payload, frame), playing.client)
            playing.left.extend(found.chunks[: self.engine.horizon])
        return playing.left.pop(0)


def read_message(frame: bytes | str) -> tuple[str, Mapping[Any, Any], int]:
    """Type, payload and sequence number of one frame; WireError for one that is no message."""
    found = CODEC.unpack_map(frame)
    kind, payload, seq = found.get("type"), found.get("payload"), found.get("seq")
    if not isinstance(kind, str) or kind not in TYPES:
        raise WireError(f"type {kind!r:.40} is none of {', '.join(TYPES)}")
    if not isinstance(payload, Mapping) or not isinstance(seq, int) or isinstance(seq, bool):
        raise WireError("a message has a payload, which is a map, and a seq, which is a whole number")
    return kind, payload, seq


def message(kind: str, payload: Mapping[str, Any], seq: int) -> bytes:
    """One frame."""
    return CODEC.pack({"type": kind, "payload": payload, "seq": seq, "timestamp": time.time()})
