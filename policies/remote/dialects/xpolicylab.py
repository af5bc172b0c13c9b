"""XPolicyLab's protocol, with which RoboTwin's official evaluation asks policies: hello, reset, infer.

Source: XPolicyLab/XPolicyLab @7198143e `client_server/ws`, README "Observation Data Format v1.0". Its server has one
model for all connections and forgets everything on any reset, so it plays one episode at a time.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from policies.errors import PolicyError, one_line
from policies.remote.dialects.answer import Answer, actions_of, milliseconds
from policies.remote.dialects.contract import Facts, identity_of, readable
from policies.remote.dialects.form import IMAGE_KEYS, Form, picture
from policies.remote.errors import ServerError, WireError
from policies.remote.options import RemoteOptions
from policies.remote.rows import Row
from policies.remote.wire.codec import XPOLICYLAB as CODEC
from policies.remote.wire.link import Link
from policies.remote.wire.values import same

FORM = Form(
    {"head": "cam_head", "left": "cam_left_wrist", "right": "cam_right_wrist"},
    state="state",
    prompt="instruction",
    layout="hwc",
)
FREQUENCY = 30
"""Hz, what the official client says of its observations."""


@dataclass(frozen=True)
class XPolicyLab:
    """See `policies.remote.dialects.contract.Dialect`."""

    name: str = "xpolicylab"

    def greet(self, link: Link, options: RemoteOptions, seconds: float) -> Facts:
        """The server's hello_ack."""
        hello = exchange(link, "hello", {}, "hello_ack", seconds)
        return Facts(
            readable(hello), identity_of(hello), FORM.with_options(options), remembers=True, alone=True
        )

    def begin(self, link: Link, facts: Facts, row: Row, seconds: float) -> None:
        """Prepare the case, and reset the model."""
        case = {"action_case_id": case_of(row), "task_name": row.episode[0] if row.episode else ""}
        exchange(link, "prepare_case", case, "prepare_case_ack", seconds, row)
        exchange(link, "reset", {"trial_id": trial_of(row)}, "reset_result", seconds, row)

    def ask(self, link: Link, facts: Facts, row: Row, seconds: float) -> Answer:
        """The actions of one observation."""
        asked = {"observation": observation(facts.form, row)}
        answer = exchange(link, "infer", asked, "infer_result", seconds, row)
        try:
            return Answer(actions_of(answer.get("actions")), milliseconds(answer.get("latency_ms")))
        except PolicyError as error:
            raise link.fail(str(error)) from error


def observation(form: Form, row: Row) -> dict[str, Any]:
    """Observation Data Format v1.0: what the batch knows of it (no poses, depth or camera matrices)."""
    vision = {}
    for camera, key in form.cameras.items():
        color = picture(row.images[IMAGE_KEYS[camera]], form.layout, form.size)
        vision[key] = {
            "color": color,
            "shape": list(color.shape[:2] if form.layout == "hwc" else color.shape[1:]),
        }
    state = row.state
    return {
        "data_format_version": "v1.0",
        form.prompt: row.prompt,
        "env_idx": 0,
        "vision": vision,
        form.state: {
            "left_arm_joint_state": state[:6],
            "left_ee_joint_state": state[6:7],
            "right_arm_joint_state": state[7:13],
            "right_ee_joint_state": state[13:14],
        },
        "additional_info": {"frequency": FREQUENCY},
    }


def exchange(
    link: Link, kind: str, payload: Mapping[str, Any], wanted: str, seconds: float, row: Row | None = None
) -> Mapping[str, Any]:
    """Send one message and the payload of what answers it. ServerError for an error of the model's."""
    message_id = uuid.uuid4().hex
    link.send(CODEC.pack(envelope(kind, payload, message_id, row)))
    try:
        reply = CODEC.unpack_map(link.receive(seconds))
    except WireError as error:
        raise link.fail(f"{error}; try --remote-format") from error
    answered = reply.get("payload")
    if not isinstance(answered, Mapping) or not same(reply.get("message_id"), message_id):
        raise link.fail(f"it sent a message that answers nothing, to {kind}; try --remote-format")
    if same(reply.get("message_type"), "error"):
        raise ServerError(f"the policy server says: {one_line(str(answered.get('message')), 200)}")
    if not same(reply.get("message_type"), wanted):
        raise link.fail(f"it answered {kind} with {reply.get('message_type')!r:.40} instead of {wanted}")
    return answered


def envelope(kind: str, payload: Mapping[str, Any], message_id: str, row: Row | None) -> dict[str, Any]:
    """The map of one message; the protocol forbids any other field."""
    return {
        "message_type": kind,
        "message_id": message_id,
        "evaluation_id": "robotwin-pi0",
        "action_case_id": case_of(row) if row else None,
        "trial_id": trial_of(row) if row else None,
        "repeat_index": None,
        "step": row.frame if row else 0,
        "sent_at": datetime.now(UTC).isoformat(),
        "payload": payload,
    }


def case_of(row: Row) -> str:
    """The case of an episode: its task."""
    return row.episode[0] if row.episode else "robotwin-pi0"


def trial_of(row: Row) -> str:
    """The trial of an episode: its task and scene seed."""
    return f"{row.episode[0]}-{row.episode[1]}" if row.episode else "robotwin-pi0"
