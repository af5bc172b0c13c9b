"""Controls: the policy gets one of its inputs from somewhere else, so that it shows whether it uses it.

    --ablate images        the pictures of a random moment of another recording of the task, anew at every look
    --ablate instruction   what would be said in another task, every other one in its turn
    --ablate state         the state the episode began with, always

The world, its cameras, the noise and the instruction in the episode's row stay as they are: only what the policy
reads is replaced, in a wrapper of the one observation adapter. What replaces it follows from run seed, episode and
frame alone, whatever the workers.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from harness.core.errors import UserError
from harness.datasets.frame_bank import FrameBank
from harness.datasets.reader import Dataset
from harness.rollout.adapter import Observation, ObservationAdapter, Origin
from harness.runs.policy_names import IMAGES, INSTRUCTION, NONE, NOT_TRAINED, SHOWN
from policies.provenance.training_record import intended_tasks

if TYPE_CHECKING:
    from policies.interface import Policy

SENTENCES_KEPT = 4096
SENTENCES_CHECKED = 10  # of every task that may be said, where they come from a checkout


class Control(Protocol):
    """What replaces an input."""

    def replaced(self, obs: Observation, origin: Origin) -> Observation:
        """What the policy gets for `obs`."""
        ...

    def note(self, task: str, episode: int) -> dict[str, Any]:
        """What the row of an episode says of it."""
        ...

    def describe(self) -> dict[str, Any]:
        """What it is, for the run's provenance."""
        ...


@dataclass(frozen=True)
class OtherImages:
    """All cameras show a moment of another recording of the same task, drawn for every frame."""

    bank: FrameBank
    run_seed: int

    def replaced(self, obs: Observation, origin: Origin) -> Observation:
        """See `Control`."""
        entropy = self.run_seed, obs.frame_index
        return replace(obs, images=self.bank.draw(_named(origin.task), origin.episode, entropy))

    def note(self, task: str, episode: int) -> dict[str, Any]:
        """Nothing: which pictures follows from the seeds."""
        return {}

    def describe(self) -> dict[str, Any]:
        """Whose pictures they are."""
        about = self.bank.dataset.provenance()
        return {key: about[key] for key in ("dataset", "dataset_revision", "dataset_hash")}


@dataclass(frozen=True)
class OtherInstruction:
    """The sentence of another task: each of the first of `lists` that has others, in turn by the episode's number.

    config, source, split: the setting of the scenes, where templates come from and which, as `robotwin_env.instruction`
    takes them.
    """

    lists: tuple[tuple[str, ...], ...]
    config: str
    source: str | None
    split: str | None = None

    def replaced(self, obs: Observation, origin: Origin) -> Observation:
        """See `Control`."""
        return replace(obs, task=self._sentence(_named(origin.task), origin.episode))

    def note(self, task: str, episode: int) -> dict[str, Any]:
        """What was said, and of which task it is."""
        return {"prompt": self._sentence(task, episode), "prompt_task": self._other(task, episode)}

    def describe(self) -> dict[str, Any]:
        """Which tasks' sentences are said, list by list: the next list's where a task is alone in one."""
        return {
            "tasks": list(map(list, self.lists)),
            "turn": "episode number or scene seed, modulo the others",
        }

    def check(self, tasks: Sequence[str]) -> None:
        """Look up some sentences of every task that may be said in these: InstructionError or UserError for none."""
        for other in {other for task in tasks for other in other_tasks(task, self.lists)}:
            for episode in range(SENTENCES_CHECKED if self.source else 0):
                _instruction(other, episode, self.config, self.source, self.split)

    def _sentence(self, task: str, episode: int) -> str:
        return _instruction(self._other(task, episode), episode, self.config, self.source, self.split)

    def _other(self, task: str, episode: int) -> str:
        others = other_tasks(task, self.lists)
        return others[episode % len(others)]


@functools.lru_cache(maxsize=SENTENCES_KEPT)
def _instruction(task: str, episode: int, config: str, source: str | None, split: str | None) -> str:
    from robotwin_env import instruction

    return instruction(task, episode, config, source, split)


class FrozenState:
    """The state the episode began with."""

    def replaced(self, obs: Observation, origin: Origin) -> Observation:
        """See `Control`."""
        return replace(obs, state=origin.start)

    def note(self, task: str, episode: int) -> dict[str, Any]:
        """Nothing."""
        return {}

    def describe(self) -> dict[str, Any]:
        """Nothing more."""
        return {}


class AblatedAdapter(ObservationAdapter):
    """An adapter whose policy gets what `control` gives it."""

    def __init__(self, adapter: ObservationAdapter, control: Control):
        super().__init__(
            adapter.images,
            names_episode=adapter.names_episode,
            cameras=adapter.cameras,
            renamed=adapter.renamed,
        )
        self.control = control

    def row(self, obs: Observation) -> dict[str, Any]:
        """See `ObservationAdapter.row`; ValueError for an observation that does not say which episode it is of."""
        if obs.origin is None:
            raise ValueError("a control needs to know the episode of an observation; give it an origin")
        return super().row(self.control.replaced(obs, obs.origin))

    def note(self, task: str | None, episode: int) -> dict[str, Any]:
        """See `ObservationAdapter.note`."""
        return self.control.note(_named(task), episode)


def _named(task: str | None) -> str:
    if task is None:
        raise UserError("the dataset does not name its episodes' tasks, which --ablate needs; leave it out")
    return task


def other_tasks(task: str, lists: Sequence[Sequence[str]]) -> list[str]:
    """The tasks of the first of `lists` that has another than `task`, without it; UserError where none has."""
    for names in lists:
        others = [name for name in names if name != task]
        if others:
            return others
    raise UserError(f"there is no task but {task}, so there is no other instruction; leave --ablate out")


def make_ablated_adapter(
    adapter: ObservationAdapter,
    ablate: str,
    policy: Policy | None,
    tasks: Sequence[str],
    dataset: Dataset | None,
    run_seed: int,
    *,
    by_scene: bool,
    config: str = "demo_clean",
    instructions: str | None = None,
    instruction_split: str | None = None,
) -> tuple[ObservationAdapter, dict[str, Any] | None]:
    """The adapter of a run with `ablate`, and what its provenance says of that (None for an ordinary run).

    tasks: of the run, by RoboTwin's names. dataset: whose pictures are shown. by_scene: whether the run's episodes are
    named by scene seed, not by index in `dataset`. config, instructions, instruction_split: of the scenes. UserError
    where the control would change nothing, or the dataset has no other episode of a task.
    """
    if ablate == NONE:
        return adapter, None
    if policy is None:
        raise UserError(f"--ablate {ablate}: the expert replays a plan and reads nothing; leave it out")
    control: Control
    if ablate == IMAGES:
        if not adapter.images or dataset is None:
            raise UserError(f"--ablate images: policy {policy.name!r} looks at no pictures; leave it out")
        bank = FrameBank(dataset, tasks, list(adapter.roles.values()), run_seed, by_scene=by_scene)
        control = OtherImages(bank, run_seed)
    elif policy.name in NOT_TRAINED:
        raise UserError(f"--ablate {ablate}: {policy.name!r} has learnt from no input; leave it out")
    elif ablate == INSTRUCTION:
        from robotwin_env import task_names

        known = set(task_names())
        lists = [[task for task in intended_tasks(policy) if task in known], list(tasks), list(task_names())]
        kept = tuple(tuple(names) for names in lists if names)
        control = OtherInstruction(kept, config, instructions, instruction_split)
        control.check(tasks)
    else:
        control = FrozenState()
    about = {"ablate": ablate, "shown": SHOWN[ablate], **control.describe()}
    return AblatedAdapter(adapter, control), about
