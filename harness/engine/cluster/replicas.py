"""Policies as actors: each takes a batch when it is free, of workers on its own machine first.

What a worker sees goes from its machine to the replica's and not through this process.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.core.errors import RunFailed, UserError
from harness.engine.cluster.actors import Hello, Loaded, Replica
from harness.engine.cluster.connection import Shares, import_ray
from harness.engine.cluster.endings import end_of
from harness.engine.messages import Answer
from harness.engine.pool import NEVER_READY
from harness.engine.predictor import Queue, Waiting
from policies.errors import PolicyError

TRIES = 5
"""How often an observation is sent to a replica before it is taken for lost."""


@dataclass(eq=False)
class Held:
    """One replica: what it says next, and for whom it predicts now."""

    handle: Any
    next: Any
    node: str | None = None
    ready: bool = False
    busy: list[Waiting] = field(default_factory=list)


@dataclass
class Replicas:
    """`count` replicas of a run's policies, for as long as it is used as a context manager, inside `connected`.

    make: loads the policies, where it is called. hashes: of each policy here, which a replica's must equal. code: see
    RayPool. batch_size: rows of a call.
    """

    make: Callable[[], Sequence[Queue | None]]
    count: int
    shares: Shares
    batch_size: int
    hashes: tuple[str | None, ...]
    code: dict[str, str]
    _held: list[Held] = field(default_factory=list)
    _ready: list[tuple[Waiting, Answer]] = field(default_factory=list)
    _again: list[Waiting] = field(default_factory=list)
    _tries: dict[Waiting, int] = field(default_factory=dict)
    _lost: int = 0

    def __enter__(self) -> Replicas:
        self._ray = import_ray()
        self._class = self._ray.remote(Replica)
        self._held = [self._start() for _ in range(self.count)]
        return self

    def __exit__(self, *_: object) -> None:
        for each in self._held:
            self._ray.kill(each.handle, no_restart=True)

    def near(self, number: int) -> Any:
        """Where a worker looks for a place first: beside a replica, in turn; anywhere else rather than not at all."""
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        nodes = [each.node for each in self._held if each.node]
        if not nodes:
            return "SPREAD"
        node = nodes[number % len(nodes)]
        return NodeAffinitySchedulingStrategy(node, soft=True, _spill_on_unavailable=True)

    def wait(self, timeout_s: float) -> None:
        """Until every replica has a place, so that workers can be placed beside them; RunFailed after `timeout_s`."""
        refs = [each.next for each in self._held]
        ready, left = self._ray.wait(refs, num_returns=len(refs), timeout=timeout_s)
        if left:
            raise RunFailed(
                f"{len(left)} of {len(refs)} policy replicas found no place in {timeout_s:.0f} s (each wants "
                f"{self.shares.replica_cpus:g} CPUs and {self.shares.replica_gpus:g} GPUs)"
            )
        self._hear(ready)

    def refs(self) -> list[Any]:
        """What a replica will say next: news for whoever waits."""
        return [each.next for each in self._held if each.next is not None]

    @property
    def is_free(self) -> bool:
        """See Predictor."""
        return any(each.ready and not each.busy for each in self._held)

    def take(self, waiting: Sequence[Waiting]) -> list[Waiting]:
        """See Predictor."""
        self._hear()
        left, taken = [each for each in [*self._again, *waiting] if not each.member.gone], []
        self._again = []
        for replica in self._held:
            if not left or not replica.ready or replica.busy:
                continue
            policy, tried = left[0].work.policy, left[0] in self._tries
            mine = [each for each in left if each.work.policy == policy and each not in self._tries]
            mine = left[:1] if tried else mine  # alone, so that no other suffers for it
            mine.sort(key=lambda each: not self._beside(each, replica))
            batch = mine[: self.batch_size]
            self._send(replica, batch)
            left = [each for each in left if each not in batch]
            taken += batch
        self._again = [each for each in left if each not in waiting]
        return [each for each in taken if each in waiting]

    def answers(self) -> list[tuple[Waiting, Answer]]:
        """See Predictor."""
        self._hear()
        if self._again and self.is_free:
            self.take([])
        ready, self._ready = self._ready, []
        return ready

    def _beside(self, waiting: Waiting, replica: Held) -> bool:
        return bool(waiting.member.node and replica.node and waiting.member.node.endswith(replica.node[:4]))

    def _send(self, replica: Held, batch: list[Waiting]) -> None:
        about = [(each.work, each.ask.left_over) for each in batch]
        replica.busy = batch
        replica.next = replica.handle.answer.remote(about, *[each.ask.observation for each in batch])

    def _start(self) -> Held:
        handle = self._class.options(
            num_cpus=self.shares.replica_cpus,
            num_gpus=self.shares.replica_gpus,
            max_restarts=0,
            max_task_retries=0,
            scheduling_strategy="SPREAD",
        ).remote(self.make, max(1, int(self.shares.replica_cpus)))
        return Held(handle, handle.hello.remote())

    def _hear(self, refs: Sequence[Any] | None = None) -> None:
        """Take in what replicas have said by now."""
        if refs is None:
            waited = self.refs()
            refs = self._ray.wait(waited, num_returns=len(waited), timeout=0)[0] if waited else []
        for replica in [each for each in self._held if each.next in refs]:
            try:
                answer = self._ray.get(replica.next)
            except self._ray.exceptions.RayActorError as error:
                self._replace(replica, error)
            except self._ray.exceptions.RayError:  # an observation went with its machine
                self._give_back(replica)
            else:
                self._heard(replica, answer)

    def _heard(self, replica: Held, answer: Any) -> None:
        if isinstance(answer, Hello):
            if answer.code != self.code:
                raise UserError(f"{answer.host} has other code than this machine; install the same there")
            replica.node, replica.next = answer.node, replica.handle.load.remote()
        elif isinstance(answer, Loaded):
            if answer.refused is not None:
                raise RunFailed(f"a policy replica cannot load what it is to: {answer.refused}")
            if answer.hashes != self.hashes:
                raise UserError(
                    "a policy replica has loaded another checkpoint than this machine; use the same files"
                )
            replica.ready, replica.next, self._lost = True, None, 0
        else:
            self._ready += zip(replica.busy, answer, strict=True)
            for each in replica.busy:
                self._tries.pop(each, None)
            replica.busy, replica.next = [], None

    def _give_back(self, replica: Held) -> None:
        """Those it predicted for are asked for again, each a few times."""
        for each in replica.busy:
            tries = self._tries[each] = self._tries.get(each, 0) + 1
            if tries < TRIES:
                self._again.append(each)
            else:
                self._ready.append((each, Answer(PolicyError("what it saw was lost on the way"), 0.0)))
        replica.busy, replica.next = [], None

    def _replace(self, replica: Held, error: Exception) -> None:
        self._lost += 1
        if self._lost > NEVER_READY * self.count:
            raise RunFailed(f"policy replicas do not live ({end_of(error)})")
        self._ray.kill(replica.handle, no_restart=True)
        self._give_back(replica)
        self._held[self._held.index(replica)] = self._start()
