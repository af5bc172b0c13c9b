"""What a checkpoint's training record says it was trained on, and what may therefore not be evaluated.

`training_log.json` beside a checkpoint (`harness/train/log.py`) holds `scene_seeds` {task: [scene seeds of
the demonstrations trained on]}, `datasets` [{dataset_hash, trained_episodes [dataset indices], held_out_episodes}] and
`earlier_datasets`, those of the trainings it went on from. `tasks.json` names the tasks it is meant for.
A checkpoint that `lerobot-train` made has none; its train_config.json is followed (`policies.provenance.lineage`).
A checkpoint without either is not held to anything: nothing is known of its data.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from harness.core.errors import UserError
from harness.datasets.reader import Dataset
from harness.scenes.protocol import EVALUATION_SEED_STRIDE
from harness.scenes.sets import PROTOCOL, SceneSet
from policies.provenance.training_record import intended_tasks, is_trained_scene, training_record_of

if TYPE_CHECKING:
    from policies.interface import Policy

SEEDS_NAMED = 5


def overlap(
    recorded: Mapping[str, Collection[int]], tasks: Sequence[str], scenes: SceneSet, episodes: int
) -> dict[str, list[int]]:
    """Task -> recorded scene seeds that an evaluation of `episodes` of these scenes may play, sorted; only tasks that
    have such."""
    reach = {task: scenes.reach(task, episodes) for task in tasks if recorded.get(task)}
    shared = {task: sorted(s for s in recorded[task] if s in reach[task]) for task in reach}
    return {task: seeds for task, seeds in shared.items() if seeds}


def free_seed(recorded: Mapping[str, Collection[int]], tasks: Sequence[str], episodes: int) -> int:
    """The first evaluation seed, from 0, with which the protocol takes no recorded scene."""
    last = max((s for seeds in recorded.values() for s in seeds), default=0) // EVALUATION_SEED_STRIDE
    return next(s for s in range(last + 2) if not overlap(recorded, tasks, SceneSet(PROTOCOL, s), episodes))


def named(overlapping: Mapping[str, Sequence[int]]) -> str:
    """Scene seeds by task in words, the first of each task."""
    parts = []
    for task, seeds in overlapping.items():
        more = f" and {len(seeds) - SEEDS_NAMED} more" if len(seeds) > SEEDS_NAMED else ""
        parts.append(f"{', '.join(map(str, seeds[:SEEDS_NAMED]))}{more} of {task}")
    return "; ".join(parts)


def off_task_caution(policy: Policy, tasks: Sequence[str]) -> str | None:
    """That the checkpoint is not meant for some of these tasks, in words; None where it is, or does not say."""
    meant = intended_tasks(policy)
    strange = [task for task in tasks if task not in meant]
    if not meant or not strange:
        return None
    return (
        f"policy {policy.name} is meant for {', '.join(meant)} (its tasks.json), not for {', '.join(strange)}"
    )


def refuse_trained_scenes(
    policy: Policy | str, tasks: Sequence[str], scenes: SceneSet, episodes: int
) -> None:
    """UserError, naming the scenes, where an evaluation could play one whose demonstration was trained on."""
    training = training_record_of(policy)
    shared = overlap(training.scene_seeds, tasks, scenes, episodes) if training else {}
    if training and shared:
        name = policy if isinstance(policy, str) else policy.name
        free = free_seed(training.scene_seeds, tasks, episodes)
        evaluates, instead = f"--scenes {scenes.name}", f"others, --scenes protocol --seed {free} for one"
        if scenes.listed is None:
            evaluates, instead = f"--seed {scenes.seed}", f"another --seed, {free} for one"
        raise UserError(
            f"policy {name!r} was trained on scenes that {evaluates} evaluates: {named(shared)} "
            f"({training.source}); choose {instead}"
        )


def overlap_caution(policy: Policy, dataset: Dataset, indices: Sequence[int]) -> str | None:
    """What to say of a replay of episodes the policy was trained on; None where that is not known of any.

    The very dataset is known by its hash; another one may hold demonstrations of the same scenes.
    """
    training = training_record_of(policy)
    if training is None:
        return None
    known = str(dataset.provenance()["dataset_hash"])
    if known in training.episodes:
        trained = training.episodes[known]
        if trained is None:
            return (
                f"{policy.name} was trained on this dataset; which episodes were held out is not recorded "
                f"({training.source.name})"
            )
        count, what = sum(i in trained for i in indices), "these episodes"
    else:
        records = [dataset.record(i) for i in indices]
        count = sum(is_trained_scene(training, record) for record in records)
        what = "the scenes of these episodes"
    if not count:
        return (
            f"{policy.name} was also trained on {'; '.join(training.unknown)} ({training.source.name}): whether on "
            "these episodes is not known"
            if training.unknown
            else None
        )
    return (
        f"{policy.name} was trained on {what} ({count} of {len(indices)}, {training.source.name}): its error "
        "there says "
        "nothing of others"
    )
