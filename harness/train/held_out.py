"""What is trained on and what is held out: split by scene, said in the training record, kept from evaluation."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.core.errors import UserError
from harness.datasets.reader import open_dataset
from harness.scenes.sets import PROTOCOL, SceneSet
from harness.scenes.training_overlap import free_seed, named, overlap
from harness.train.data import Demo

if TYPE_CHECKING:
    from policies.provenance.training_record import TrainingRecord


def recorded_seeds(datasets: Sequence[str]) -> dict[str, list[int]]:
    """Task name -> the scene seeds that were recorded, where the recordings say so."""
    opened = [open_dataset(spec) for spec in datasets]
    return seeds_of(dataset.record(i) for dataset in opened for i in range(dataset.total_episodes))


def seeds_of(records: Iterable[Mapping[str, Any]]) -> dict[str, list[int]]:
    """Task name -> scene seeds of what is known of episodes, where that names both."""
    seeds: dict[str, set[int]] = {}
    for meta in records:
        if "scene_seed" in meta and "task" in meta:
            seeds.setdefault(meta["task"], set()).add(int(meta["scene_seed"]))
    return {task: sorted(of_task) for task, of_task in sorted(seeds.items())}


def refuse_recorded_scenes(recorded: Mapping[str, Collection[int]], seed: int, episodes: int) -> None:
    """UserError, naming the scenes, where evaluating `episodes` scenes a task of `seed` could take a recorded one."""
    tasks = list(recorded)
    shared = overlap(recorded, tasks, SceneSet(PROTOCOL, seed), episodes)
    if shared:
        raise UserError(
            f"--evaluation-seed {seed} evaluates scenes that are among the demonstrations: {named(shared)}; "
            f"choose another, {free_seed(recorded, tasks, episodes)} for one"
        )


def what_was_seen(
    datasets: Sequence[Mapping[str, Any]],
    training: Sequence[Demo],
    held_out: Sequence[Demo],
    before: TrainingRecord | None = None,
) -> dict[str, Any]:
    """For the training record (`harness.scenes.training_overlap`): `scene_seeds` trained on, `datasets` with their
    episodes by their use.

    before: the training record of the checkpoint that was started from; its other datasets are `earlier_datasets`.
    """
    seeds = {task: set(of_task) for task, of_task in (before.scene_seeds if before else {}).items()}
    for task, of_task in seeds_of(demo.episode.meta for demo in training).items():
        seeds.setdefault(task, set()).update(of_task)
    here = [one_dataset(about, training, held_out, before) for about in datasets]
    hashes = {str(about["dataset_hash"]) for about in datasets}
    elsewhere = {name: own for name, own in (before.episodes if before else {}).items() if name not in hashes}
    return {
        "scene_seeds": {task: sorted(of_task) for task, of_task in sorted(seeds.items())},
        "datasets": here,
        "earlier_datasets": [
            {"dataset_hash": name, "trained_episodes": None if own is None else sorted(own)}
            for name, own in elsewhere.items()
        ],
    }


def one_dataset(
    about: Mapping[str, Any],
    training: Sequence[Demo],
    held_out: Sequence[Demo],
    before: TrainingRecord | None,
) -> dict[str, Any]:
    """What was done with one dataset: `trained_episodes` by this training or an earlier one (None: it does not say
    which), `held_out_episodes`, and how many were begun by a policy, `dagger_episodes`."""
    name = str(about["dataset_hash"])
    trained, spared = ([d for d in demos if d.dataset_hash == name] for demos in (training, held_out))
    earlier = before.episodes.get(name, frozenset()) if before else frozenset()
    here = {demo.episode.index for demo in trained}
    return {
        **about,
        "trained_episodes": None if earlier is None else sorted(here | earlier),
        "held_out_episodes": [demo.episode.index for demo in spared],
        "dagger_episodes": sum(bool(demo.episode.meta.get("dagger_actions")) for demo in (*trained, *spared)),
    }


def split(
    demos: list[Demo], share: float, seed: int, before: TrainingRecord | None = None
) -> tuple[list[Demo], list[Demo]]:
    """Demonstrations to train on, and to measure on (none where the share of the scenes is less than a half scene).

    Scenes are held out whole: one that was recorded twice is on one side. before: the record of the checkpoint that is
    started from; what that was trained on is trained on, and the share is one of the rest.
    """
    from policies.provenance.training_record import may_have_trained_on

    scenes: dict[tuple[Any, Any], list[int]] = {}
    for i, demo in enumerate(demos):
        meta, known = demo.episode.meta, "scene_seed" in demo.episode.meta
        key = (meta.get("task"), meta["scene_seed"]) if known else (demo.dataset_hash, demo.episode.index)
        scenes.setdefault(key, []).append(i)
    new = [
        own
        for own in scenes.values()
        if before is None
        or not any(
            may_have_trained_on(before, demos[i].dataset_hash, demos[i].episode.index, demos[i].episode.meta)
            for i in own
        )
    ]
    count = round(share * len(new))
    order = np.random.default_rng(seed).permutation(len(new))
    held_out = {i for n in order[:count] for i in new[n]}
    return [demos[i] for i in range(len(demos)) if i not in held_out], [demos[i] for i in sorted(held_out)]


def held_out_line(held_out: int, share: float) -> str:
    """How many demonstrations are held out, for the console, and what follows where the share asked for comes to none.

    >>> held_out_line(0, 0.05)
    '0 held out (--held-out 0.05 of so few is less than one), so no open-loop error is measured'
    """
    why = f" (--held-out {share:g} of so few is less than one)" if share else ""
    return f"{held_out} held out" if held_out else f"0 held out{why}, so no open-loop error is measured"
