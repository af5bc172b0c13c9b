"""Policies, learnt or not, behind one interface. Never imports a world.

Importing this package is quick; torch and lerobot are imported by the function that needs them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policies.errors import PolicyError

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np

    from policies.interface import Policy

__all__ = ["PolicyError", "load_policy"]


def load_policy(
    spec: str | Path, *, device: str = "cpu", mean_action: np.ndarray | None = None, **options: Any
) -> Policy:
    """A policy by name (`demo`, `hold`, `mean`, ...), directory or Hub id; see `policies.loading.load_policy`."""
    from policies import loading

    return loading.load_policy(spec, device=device, mean_action=mean_action, **options)
