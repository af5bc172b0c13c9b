"""A policy that another process computes: `--policy ws://host:port`."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from policies.errors import PolicyError
from policies.interface import REAL_TIME_KEY
from policies.remote.dialects.contract import Facts
from policies.remote.errors import WireError
from policies.remote.latency import Latency
from policies.remote.own import LARGEST_BATCH, Served, batch_answer, batch_request
from policies.remote.rows import Pixels, rows_of
from policies.remote.sessions import Sessions
from policies.remote.wire.codec import OPENPI as CODEC
from policies.remote.wire.link import Link


@dataclass(frozen=True, eq=False)
class RemotePolicy:
    """See `policies.interface.Policy`: a server of another project, asked row by row.

    Its weights and its noise are not known, so its runs are not repeatable, and say so.
    """

    name: str
    protocol: str
    facts: Facts
    chunk_size: int
    sessions: Sessions
    noise_shape: tuple[int, int] | None = field(default=None, init=False)
    content_hash: str | None = field(default=None, init=False)
    names_episode: bool = field(default=True, init=False)
    takes_arrays: bool = field(default=True, init=False)
    takes_bytes: bool = field(default=True, init=False)
    _pixels: Pixels = field(default_factory=Pixels, init=False)

    @property
    def images(self) -> tuple[str, ...]:
        """The image keys of a batch that are sent."""
        return self.facts.form.images

    @property
    def latency(self) -> Latency:
        """How long its answers took."""
        return self.sessions.latency

    @property
    def in_order(self) -> bool:
        """Whether the looks of an episode must come one after the other."""
        return self.facts.remembers

    @property
    def alone(self) -> bool:
        """Whether it plays one episode at a time."""
        return self.facts.alone

    def describe(self) -> dict[str, Any]:
        """What identifies the server in a run's provenance, and what is not known of it."""
        return {
            "name": self.name,
            "type": "remote",
            "protocol": self.protocol,
            "server": dict(self.facts.metadata),
            "chunk_size": self.chunk_size,
            "images": list(self.images),
            "sent": self.facts.form.describe(),
            "unknown": ["weights", "noise"],
        }

    def predict(self, batch: dict[str, Any], noise: np.ndarray | None = None) -> np.ndarray:
        """Chunks (B, C, 14) float32; the noise is the server's own. See `policies.interface.Policy.predict`."""
        rows, places = rows_of(batch, self.images, None, self._pixels)
        chunks: list[np.ndarray] = [np.empty(0)] * len(rows)
        for index in sorted(range(len(rows)), key=lambda i: rows[i].frame):
            chunks[index] = self._cut(self.sessions.ask(rows[index]).actions)
        return np.stack([chunks[place] for place in places])

    def close(self) -> None:
        """Close the connections."""
        self.sessions.close()

    def _cut(self, actions: np.ndarray) -> np.ndarray:
        if len(actions) < self.chunk_size:
            raise PolicyError(
                f"the policy server answered with {len(actions)} actions, not with {self.chunk_size} as at first; give "
                "--remote chunk=N with the fewest it answers with"
            )
        return actions[: self.chunk_size]


@dataclass(eq=False)
class ServedPolicy:
    """See `policies.interface.Policy`: a policy of ours behind `harness.serve`, to the bit as in process.

    continues: whether its batches may hold what is left over of their rows' last chunks (`policies.rtc`).
    """

    name: str
    served: Served
    identity: str
    link: Link
    connect: Callable[[], tuple[Link, Facts]]
    seconds: float
    latency: Latency = field(default_factory=Latency)
    continues: bool = False
    takes_arrays: bool = field(default=True, init=False)
    takes_bytes: bool = field(default=True, init=False)
    _pixels: Pixels = field(default_factory=Pixels, init=False)

    @property
    def chunk_size(self) -> int:
        """C."""
        return self.served.chunk_size

    @property
    def n_action_steps(self) -> int:
        """Actions of a chunk that the policy was meant to execute before it is asked again."""
        return self.served.n_action_steps

    @property
    def images(self) -> tuple[str, ...]:
        """The image keys it reads."""
        return self.served.images

    @property
    def noise_shape(self) -> tuple[int, int] | None:
        """The noise of one row, which is drawn here and sent."""
        return self.served.noise_shape

    @property
    def content_hash(self) -> str | None:
        """Of the checkpoint that is served."""
        return self.served.content_hash

    @property
    def training(self) -> Mapping[str, Any] | None:
        """What it was trained on and is meant for (`policies.provenance.training_record`)."""
        return self.served.training

    def describe(self) -> dict[str, Any]:
        """What the server says of its policy, and that it is served."""
        about = {"name": self.name, "served_name": self.served.name, "protocol": "openpi, robotwin_pi0 1"}
        more = {REAL_TIME_KEY: dict(self.served.real_time or {})} if self.continues else {}
        return {**self.served.description, **more, **about, "unknown": []}

    def continuing(self) -> ServedPolicy:
        """The same on the same connection, for real-time chunking; PolicyError where the server does not offer it."""
        if self.continues:
            return self
        if self.served.real_time is None:
            raise PolicyError(
                f"policy {self.served.name!r} at {self.link.address.url} does not offer real-time chunking: choose "
                "--strategy plain or ensemble"
            )
        return replace(self, continues=True)

    def predict(self, batch: dict[str, Any], noise: np.ndarray | None) -> np.ndarray:
        """Chunks (B, C, 14) float32; see `policies.interface.Policy.predict`."""
        rows, places = rows_of(batch, self.images, noise, self._pixels)
        if len(places) > LARGEST_BATCH:
            raise PolicyError(
                f"--batch-size {len(places)}: a policy server takes at most {LARGEST_BATCH} rows at once"
            )
        if self.noise_shape is not None and noise is None:
            raise PolicyError(f"noise is None; policy {self.name!r} needs {self.noise_shape} for each row")
        request = CODEC.pack(batch_request(rows, places, self.images))
        if self.link.lost:
            self._reconnect()
        started = time.perf_counter()
        self.link.send(request)
        reply = self.link.receive(self.seconds)
        try:
            answer = batch_answer(CODEC.unpack_map(reply), len(places), self.chunk_size)
        except WireError as error:
            raise self.link.fail(str(error)) from error
        self.latency.add(1000 * (time.perf_counter() - started), answer.server_ms)
        return answer.actions

    def close(self) -> None:
        """Close the connection."""
        self.link.close()

    def _reconnect(self) -> None:
        """A chunk depends on what is sent alone, so that the same policy may answer on another connection."""
        link, facts = self.connect()
        if facts.identity != self.identity:
            link.close()
            raise PolicyError(
                f"another policy is served at {link.address.url} than at the start of this run; serve the same again "
                "and resume with --resume"
            )
        self.link = link
