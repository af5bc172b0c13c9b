"""The flags of `harness.serve`.

python -m harness.serve --policy demo                       openpi's protocol on ws://127.0.0.1:8000
python -m harness.serve --policy owner/pi0 --protocol vla-eval --port 8001
python -m harness.serve --policy demo --write-xpolicylab XPolicyLab/policy/robotwin_pi0
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from harness.core.bounds import check_device
from harness.core.errors import UserError
from harness.core.options import Dtype

Protocol = Literal["openpi", "vla-eval", "xpolicylab"]
PORTS = {"openpi": 8000, "vla-eval": 8000, "xpolicylab": 19000}
MOST_ROWS = 256


@dataclass(frozen=True)
class Config:
    """Serve a policy over a websocket, with the same strict loading and adapter as everywhere."""

    policy: str = "demo"
    """`demo` (bundled), `hold`, a checkpoint directory or a Hub id."""
    protocol: Protocol = "openpi"
    """Whose clients are served. This project's own (`--policy ws://…`) speak openpi and get the rows of in process."""
    host: str = "127.0.0.1"
    """Address listened on; 0.0.0.0 for every interface. Set ROBOTWIN_POLICY_API_KEY to ask clients for a key."""
    port: int | None = None
    """Port; 0 for any free one. Default: 8000, of xpolicylab 19000."""
    device: str = "auto"
    """Where the policy computes: cpu, cuda, cuda:1, ...; auto takes a GPU where there is one."""
    dtype: Dtype = "auto"
    """Numbers the policy computes with; auto: bfloat16 for a full-size π0 on a GPU, else the checkpoint's own."""
    batch_size: int = 0
    """Rows of every call of the policy, filled with the clients that wait; empty ones cost time, so 1 is best for a
    single client. 0: 8 on a GPU, 4 on a CPU. This project's own clients bring batches of their own."""
    copies: int = 0
    """Copies of the policy that compute at the same time, as processes where it is small and on a CPU. 0: one a core
    there (up to 4), else 1."""
    seed: int = 0
    """Seed of the noise; with it, a client's connection and its request number decide what is drawn."""
    horizon: int | None = None
    """vla-eval and xpolicylab: actions executed of every chunk before the policy predicts again. Default: its own."""
    max_clients: int = 64
    """Connections at once; more are turned away."""
    max_request_mib: int = 32
    """Largest request that is read, MiB."""
    write_xpolicylab: Path | None = None
    """Instead of serving: write the policy folder that XPolicyLab's leaderboard asks for."""


def check(config: Config) -> None:
    """Raise UserError for what is wrong whatever the policy is."""
    check_device(config.device)
    if config.policy in ("mean", "random_replay", "expert"):
        raise UserError(
            f"policy {config.policy!r} needs a dataset or a scene, which a server has not; serve another"
        )
    if config.policy.startswith(("ws://", "wss://")):
        raise UserError("a policy that is served elsewhere is not served again; give its own name or folder")
    for flag, value, least, most in (
        ("--batch-size", config.batch_size, 0, MOST_ROWS),
        ("--copies", config.copies, 0, 64),
        ("--seed", config.seed, 0, 2**63),
        ("--port", 0 if config.port is None else config.port, 0, 65535),
        ("--horizon", 1 if config.horizon is None else config.horizon, 1, 4096),
        ("--max-clients", config.max_clients, 1, 4096),
        ("--max-request-mib", config.max_request_mib, 1, 1024),
    ):
        if not least <= value <= most:
            raise UserError(f"{flag} {value} is out of range; choose {least} to {most}")
    if config.horizon is not None and config.protocol == "openpi" and config.write_xpolicylab is None:
        raise UserError(
            f"--horizon {config.horizon}: openpi's clients get whole chunks and decide themselves; leave it out"
        )
