"""What a policy is called whose run took an input away from it (`harness.ablation`). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

NONE, IMAGES, INSTRUCTION, STATE = "none", "images", "instruction", "state"
SHOWN = {IMAGES: "images shuffled", INSTRUCTION: "wrong instruction", STATE: "state frozen"}
"""What stands behind the name of a policy that was run like this."""


def is_control(config: Mapping[str, Any]) -> bool:
    """Whether a run of this configuration took an input away."""
    return config.get("ablate") not in (None, NONE)


def shown(policy: str, config: Mapping[str, Any]) -> str:
    """What to call `policy` where a result of a run of this configuration stands.

    >>> shown("demo", {"ablate": "images"}), shown("demo", {})
    ('demo, images shuffled', 'demo')
    """
    if not is_control(config):
        return policy
    ablate = str(config["ablate"])[:40]
    return f"{policy}, {SHOWN.get(ablate, ablate)}"


def parted(name: str) -> tuple[str, str]:
    """A shown name as the policy's own and what stands behind it.

    >>> parted("demo, images shuffled"), parted("demo")
    (('demo', ', images shuffled'), ('demo', ''))
    """
    for words in SHOWN.values():
        if name.endswith(f", {words}"):
            return name.removesuffix(f", {words}"), f", {words}"
    return name, ""
