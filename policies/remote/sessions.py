"""A connection for every episode: what a server remembers stays apart, and none is replaced within an episode."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from policies.errors import PolicyError
from policies.remote.dialects.answer import Answer
from policies.remote.dialects.contract import Dialect, Facts
from policies.remote.errors import LinkLost
from policies.remote.latency import Latency
from policies.remote.rows import Episode, Row
from policies.remote.wire.link import Link

MOST_OPEN = 64
"""Connections kept; an episode's end is not told, so the one that was silent for longest is closed."""


@dataclass
class Session:
    """The connection of one episode, and the last that was asked on it."""

    link: Link
    last: Row | None = None
    answer: Answer | None = None
    failed: PolicyError | None = None


@dataclass
class Sessions:
    """facts: what the server said first of all; another server is not taken for it. connect: opens a greeted link."""

    dialect: Dialect
    facts: Facts
    connect: Callable[[], tuple[Link, Facts]]
    seconds: float
    latency: Latency = field(default_factory=Latency)
    _open: OrderedDict[Episode | None, Session] = field(default_factory=OrderedDict)

    def ask(self, row: Row) -> Answer:
        """The answer to one row on its episode's connection. A row that is asked again gets the same answer.

        Raises PolicyError: the server's no; a connection lost, which stays so until the next episode; or looks out of
        order where the server remembers.
        """
        session = self._session(row)
        if session.failed is not None:
            raise session.failed
        if session.last is not None and session.answer is not None and session.last.same(row):
            return session.answer
        if self.facts.remembers and session.last is not None and row.frame <= session.last.frame:
            raise PolicyError(
                "the policy server remembers what it saw in an episode and was asked for an earlier frame; use "
                "--batch-size 1"
            )
        started = time.perf_counter()
        try:
            answer = self.dialect.ask(session.link, self.facts, row, self.seconds)
        except LinkLost as error:
            session.failed = error
            raise
        self.latency.add(1000 * (time.perf_counter() - started), answer.server_ms)
        session.last, session.answer = row, answer
        return answer

    def close(self) -> None:
        """Close every connection."""
        while self._open:
            self._open.popitem()[1].link.close()

    def _session(self, row: Row) -> Session:
        session = self._open.get(row.episode)
        if session is None or self._is_anew(session, row):
            if session is not None:
                session.link.close()
            session = self._open[row.episode] = self._begin(row)
        elif self.facts.alone and next(reversed(self._open)) != row.episode:
            raise PolicyError(
                "the policy server plays one episode at a time; use --workers 1 (open loop: --batch-size 1)"
            )
        self._open.move_to_end(row.episode)
        while len(self._open) > MOST_OPEN:
            self._open.popitem(last=False)[1].link.close()
        return session

    def _is_anew(self, session: Session, row: Row) -> bool:
        """Whether a row that a session is there for begins its episode once more, in a scene tried again."""
        if row.frame > 0 and row.episode is not None:
            return False
        if session.failed is not None or session.link.lost:
            return True
        return self.facts.remembers and session.last is not None and not session.last.same(row)

    def _begin(self, row: Row) -> Session:
        link, facts = self.connect()
        if facts.identity != self.facts.identity:
            link.close()
            raise PolicyError(
                f"another policy server answers at {link.address.url} than at the start of this run; serve the same "
                "policy again and resume with --resume"
            )
        try:
            self.dialect.begin(link, self.facts, row, self.seconds)
        except PolicyError:
            link.close()
            raise
        return Session(link)
