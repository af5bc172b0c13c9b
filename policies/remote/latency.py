"""How long a server's answers took, and how much of that was the network."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

KEPT = 100_000
"""Requests whose times are kept, the newest: 1.6 MB."""


@dataclass
class Latency:
    """Times of single requests, milliseconds."""

    total: list[float] = field(default_factory=list)
    server: list[float | None] = field(default_factory=list)

    def add(self, total_ms: float, server_ms: float | None) -> None:
        """Note one answered request."""
        self.total.append(total_ms)
        self.server.append(server_ms)
        if len(self.total) > KEPT:
            del self.total[0], self.server[0]

    def summary(self) -> dict[str, float | int | None]:
        """requests, and medians and the 95th percentile in ms; network is total minus what the server reports."""
        if not self.total:
            return {"requests": 0}
        pairs = [(t, s) for t, s in zip(self.total, self.server, strict=True) if s is not None]
        return {
            "requests": len(self.total),
            "total_ms": float(np.median(self.total)),
            "total_ms_p95": float(np.percentile(self.total, 95)),
            "server_ms": float(np.median([s for _, s in pairs])) if pairs else None,
            "network_ms": float(np.median([max(0.0, t - s) for t, s in pairs])) if pairs else None,
        }

    def line(self) -> str:
        """The same in a sentence."""
        summary = self.summary()
        if not summary["requests"]:
            return "the policy server was not asked"
        parts = (
            f"{summary['server_ms']:.1f} ms in the server, {summary['network_ms']:.1f} ms on the way"
            if summary["server_ms"] is not None
            else "the server does not say how much of it it computed"
        )
        return (
            f"{summary['requests']} answers of the policy server, {summary['total_ms']:.1f} ms each (median; 95 % "
            f"within {summary['total_ms_p95']:.1f} ms): {parts}"
        )
