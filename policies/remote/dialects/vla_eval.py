"""vla-eval's protocol, version 1: the client says hello, announces episodes, and gets one action for an observation.

Source: allenai/vla-evaluation-harness `src/vla_eval/protocol`, `model_servers/serve.py`, `benchmarks/robotwin`.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from policies.errors import PolicyError, one_line
from policies.remote.dialects.answer import Answer, actions_of
from policies.remote.dialects.contract import Facts, identity_of, readable
from policies.remote.dialects.form import Form
from policies.remote.errors import ServerError, WireError
from policies.remote.options import RemoteOptions
from policies.remote.rows import Row
from policies.remote.wire.codec import VLA_EVAL as CODEC
from policies.remote.wire.link import Link
from policies.remote.wire.values import same

PROTOCOL_VERSION = 1
FORM = Form(
    {"head": "images/head_camera", "left": "images/left_camera", "right": "images/right_camera"},
    state="joint_state",
    prompt="task_description",
    layout="hwc",
)
"""What its RoboTwin benchmark sends."""

STATE_KEYS = ("state", "states")
"""Where its own model servers look for the joints that its RoboTwin benchmark sends as `joint_state` (0.8.0)."""


@dataclass(frozen=True)
class VlaEval:
    """See `policies.remote.dialects.contract.Dialect`."""

    name: str = "vla-eval"

    def greet(self, link: Link, options: RemoteOptions, seconds: float) -> Facts:
        """The server's hello. PolicyError where it declares other actions."""
        send(link, "hello", {"harness_version": "robotwin-pi0", "protocol_version": PROTOCOL_VERSION})
        message = hear(link, seconds)
        if message["type"] != "hello":
            raise link.fail(f"it answers hello with {message['type']!r:.40}; try --remote-format")
        declared = message["payload"]
        check_declared(declared)
        return Facts(readable(declared), identity_of(declared), FORM.with_options(options), remembers=True)

    def begin(self, link: Link, facts: Facts, row: Row, seconds: float) -> None:
        """Announce the episode; nothing answers unless that fails, which the first observation then meets."""
        task = {"name": row.episode[0] if row.episode else row.prompt, "instruction": row.prompt}
        if row.episode:
            task["seed"] = row.episode[1]  # type: ignore[assignment]
        send(link, "episode_start", {"task": task})

    def ask(self, link: Link, facts: Facts, row: Row, seconds: float) -> Answer:
        """The action, or the chunk, of one observation."""
        observation = facts.form.observation(row)
        observation |= dict.fromkeys(STATE_KEYS, row.state)
        sent = send(link, "observation", observation)
        message = hear(link, seconds)
        if message["type"] == "error":
            raise ServerError(
                f"the policy server says: {one_line(str(message['payload'].get('error')), 200)}"
            )
        if message["type"] != "action" or not same(message["seq"], sent):
            raise link.fail(
                f"it answered {message['type']!r:.40} {message['seq']!r:.20} to observation {sent}"
            )
        payload = message["payload"]
        try:
            return Answer(actions_of(payload.get("actions", payload.get("action"))))
        except PolicyError as error:
            raise link.fail(str(error)) from error


def send(link: Link, kind: str, payload: Mapping[str, Any]) -> int:
    """Send one message; its sequence number."""
    seq = link.sent + 1
    link.send(CODEC.pack({"type": kind, "payload": payload, "seq": seq, "timestamp": time.time()}))
    return seq


def hear(link: Link, seconds: float) -> dict[str, Any]:
    """The next message, its fields checked; LinkLost where it is none."""
    try:
        message = CODEC.unpack_map(link.receive(seconds))
    except WireError as error:
        raise link.fail(f"{error}; try --remote-format") from error
    if not isinstance(message.get("type"), str) or not isinstance(message.get("payload"), Mapping):
        raise link.fail("it sent a message without type and payload; try --remote-format")
    return {"type": message["type"], "payload": message["payload"], "seq": message.get("seq")}


def check_declared(declared: Mapping[str, Any]) -> None:
    """Raise PolicyError where the hello names another protocol version or actions that are no joint positions."""
    version = declared.get("protocol_version")
    if version is not None and not same(version, PROTOCOL_VERSION):
        raise PolicyError(
            f"the policy server speaks version {version!r:.20} of vla-eval's protocol, not {PROTOCOL_VERSION}"
        )
    spec = declared.get("action_spec")
    for name, entry in spec.items() if isinstance(spec, Mapping) else ():
        form = entry.get("format") if isinstance(entry, Mapping) else None
        if isinstance(form, str) and "joint" not in form and form not in ("raw", "any"):
            raise PolicyError(
                f"the policy server's actions have {name!s:.40} as {form!r:.40}; RoboTwin takes 14 joint positions, so "
                "serve another policy"
            )
