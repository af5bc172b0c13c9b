"""What a checkpoint's papers say it was trained on, and what may therefore not be evaluated.

`training_log.json` beside a checkpoint (`scripts/demo_training/papers.py`) holds `scene_seeds` {task: [scene seeds of
the demonstrations trained on]}, `datasets` [{dataset_hash, trained_episodes [dataset indices], held_out_episodes}] and
`earlier_datasets`, those of the trainings it went on from. `tasks.json` names the tasks it is meant for.
A checkpoint without it is not held to anything: nothing is known of its data.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import UserError
from harness.jsonio import read_json
from harness.solvable import EVALUATION_SEED_STRIDE, MAX_REFUSED_IN_A_ROW, evaluation_seed

if TYPE_CHECKING:
    from harness.datasets import Dataset
    from policies.interface import Policy

PAPERS = "training_log.json"
SEEDS_NAMED = 5


@dataclass(frozen=True)
class Papers:
    """What was trained on: scene seeds by task; by dataset hash the episodes, None where it is not said which."""

    source: Path
    scene_seeds: Mapping[str, frozenset[int]] = field(default_factory=dict)
    episodes: Mapping[str, frozenset[int] | None] = field(default_factory=dict)


def papers_of(policy: Policy | str) -> Papers | None:
    """The papers beside a policy's checkpoint, None where there are none; of a name only what is on this machine."""
    from policies.loading import local_folder

    folder = local_folder(policy) if isinstance(policy, str) else policy.describe().get("path")
    return read_papers(Path(folder)) if folder else None


def read_papers(folder: Path) -> Papers | None:
    """The papers in a checkpoint's folder, None where there are none; UserError where they are malformed."""
    path = folder / PAPERS
    if not path.is_file():
        return None
    log = read_json(path)
    try:
        seeds = {
            str(task): frozenset(map(int, found)) for task, found in (log.get("scene_seeds") or {}).items()
        }
        episodes: dict[str, frozenset[int] | None] = {}
        for about in [*(log.get("datasets") or []), *(log.get("earlier_datasets") or [])]:
            trained = about.get("trained_episodes")
            if about.get("dataset_hash"):
                episodes[str(about["dataset_hash"])] = (
                    None if trained is None else frozenset(map(int, trained))
                )
    except (AttributeError, TypeError, ValueError) as error:
        raise UserError(
            f"{path} does not say what was trained on as it should ({error}); mend or remove it"
        ) from error
    return Papers(path, seeds, episodes)


def overlap(
    recorded: Mapping[str, Collection[int]], tasks: Sequence[str], seed: int, episodes: int
) -> dict[str, list[int]]:
    """Task -> recorded scene seeds that evaluation seed `seed` may take, sorted; only tasks that have such.

    An evaluation of `episodes` scenes tries at most MAX_REFUSED_IN_A_ROW scenes for each.
    """
    first = evaluation_seed(seed, 0)
    reach = range(first, first + MAX_REFUSED_IN_A_ROW * episodes)
    found = {task: sorted(s for s in recorded.get(task, ()) if s in reach) for task in tasks}
    return {task: seeds for task, seeds in found.items() if seeds}


def free_seed(recorded: Mapping[str, Collection[int]], tasks: Sequence[str], episodes: int) -> int:
    """The first evaluation seed, from 0, that takes no recorded scene."""
    last = max((s for seeds in recorded.values() for s in seeds), default=0) // EVALUATION_SEED_STRIDE
    return next(s for s in range(last + 2) if not overlap(recorded, tasks, s, episodes))


def named(found: Mapping[str, Sequence[int]]) -> str:
    """Scene seeds by task in words, the first of each task."""
    parts = []
    for task, seeds in found.items():
        more = f" and {len(seeds) - SEEDS_NAMED} more" if len(seeds) > SEEDS_NAMED else ""
        parts.append(f"{', '.join(map(str, seeds[:SEEDS_NAMED]))}{more} of {task}")
    return "; ".join(parts)


def meant_tasks(policy: Policy) -> list[str]:
    """The tasks a checkpoint is meant for (tasks.json beside it); empty where it does not say."""
    folder = policy.describe().get("path")
    path = Path(folder) / "tasks.json" if isinstance(folder, str) else None
    if path is None or not path.is_file():
        return []
    tasks = read_json(path).get("tasks")
    return [task for task in tasks if isinstance(task, str)] if isinstance(tasks, list) else []


def unmeant_words(policy: Policy, tasks: Sequence[str]) -> str | None:
    """That the checkpoint is not meant for some of these tasks, in words; None where it is, or does not say."""
    meant = meant_tasks(policy)
    strange = [task for task in tasks if task not in meant]
    if not meant or not strange:
        return None
    return (
        f"policy {policy.name} is meant for {', '.join(meant)} (its tasks.json), not for {', '.join(strange)}"
    )


def refuse_trained_scenes(policy: Policy | str, tasks: Sequence[str], seed: int, episodes: int) -> None:
    """UserError, naming the scenes, where an evaluation could take one whose demonstration was trained on."""
    papers = papers_of(policy)
    found = overlap(papers.scene_seeds, tasks, seed, episodes) if papers else {}
    if papers and found:
        name = policy if isinstance(policy, str) else policy.name
        raise UserError(
            f"policy {name!r} was trained on scenes that --seed {seed} evaluates: {named(found)} "
            f"({papers.source}); choose another --seed, {free_seed(papers.scene_seeds, tasks, episodes)} for one"
        )


def trained_words(policy: Policy, dataset: Dataset, indices: Sequence[int]) -> str | None:
    """What to say of a replay of episodes the policy was trained on; None where that is not known of any.

    The very dataset is known by its hash; another one may hold demonstrations of the same scenes.
    """
    papers = papers_of(policy)
    if papers is None:
        return None
    known = str(dataset.provenance()["dataset_hash"])
    if known in papers.episodes:
        trained = papers.episodes[known]
        if trained is None:
            return (
                f"{policy.name} was trained on this dataset; which episodes were held out is not recorded "
                f"({papers.source.name})"
            )
        count, what = sum(i in trained for i in indices), "these episodes"
    else:
        records = [dataset.record(i) for i in indices]
        count = sum(is_trained_scene(papers, record) for record in records)
        what = "the scenes of these episodes"
    if not count:
        return None
    return (
        f"{policy.name} was trained on {what} ({count} of {len(indices)}, {papers.source.name}): its error there says "
        "nothing of others"
    )


def is_trained_scene(papers: Papers, record: Mapping[str, Any]) -> bool:
    """Whether the scene of an episode, by its `task` and `scene_seed`, is one that was trained on."""
    return record.get("scene_seed") in papers.scene_seeds.get(str(record.get("task")), ())


def saw(papers: Papers, dataset_hash: str, index: int, record: Mapping[str, Any]) -> bool:
    """Whether an episode, or another of its scene, may have been trained on: it is of a dataset that was, unless the
    papers say which of its episodes were."""
    trained = papers.episodes.get(dataset_hash, frozenset())
    return trained is None or index in trained or is_trained_scene(papers, record)
