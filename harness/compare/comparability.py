"""Whether two sides may be compared at all, and what a reader must know before believing the difference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from harness.compare.pairs import shared_rows, unshared
from harness.compare.published.beside import rate_cautions
from harness.compare.sides import Side
from harness.core.errors import UserError
from harness.core.text import short
from harness.rendering.formats import mode_name
from harness.results.differing import FACTS, SETTINGS
from harness.runs.compatibility import EARLIER, TOLD
from harness.runs.policy_names import is_control
from harness.runs.provenance import remarks_of
from harness.runs.rows import OpenLoopRow

SAID_ELSEWHERE = ("dataset", "episodes", "task", "device", "assets", "instructions", "ablate", "scenes")
HARMLESS = ("policy", "out", "resume", "workers", "videos", *TOLD, *SAID_ELSEWHERE)
"""Settings that do not change an episode's score, that are what is compared, or that provenance says better."""
PACKAGES = ("torch", "lerobot", "transformers", "sapien", "numpy")


def refuse(a: Side, b: Side) -> None:
    """Raise UserError where a comparison would mean nothing: another mode, other data, nothing shared."""
    if a.mode != b.mode:
        raise UserError(
            f"{a.where} is {mode_name(a.mode)} and {b.where} is {mode_name(b.mode)}: compare two runs of one mode, "
            "or put both on one page with `python -m harness.report`"
        )
    if a.published or b.published:
        return
    hashes = [side.provenance.dataset_hash for side in (a, b)]
    if a.mode == "openloop" and all(hashes) and hashes[0] != hashes[1] and not b.by_scene:
        raise UserError(
            f"the runs replayed other datasets ({dataset(a)} with hash {short(str(hashes[0]))}, {dataset(b)} with "
            f"hash {short(str(hashes[1]))}), whose episodes cannot be paired by scene: run both on the same dataset"
        )
    pairs = shared_rows(a.scored, b.scored)
    if not pairs:
        raise UserError(
            f"the runs share no {'episode' if a.mode == 'openloop' else 'scene'}: A has {extent(a)}, "
            f"B has {extent(b)}; run both with the same "
            f"{'--episodes' if a.mode == 'openloop' else '--task, --scenes, --seed and --episodes'}"
        )
    other = other_recording(a, b, shared_rows(a.open_rows, b.open_rows)) if a.mode == "openloop" else None
    if other is not None:
        raise UserError(
            f"episode {other} is not the same recording in both runs: run both on the same dataset"
        )


def other_recording(a: Side, b: Side, pairs: Sequence[tuple[OpenLoopRow, OpenLoopRow]]) -> int | None:
    """The first shared episode whose recorded actions differ; looked at where the dataset is not known to be one."""
    unknown = b.by_scene or not all(side.provenance.dataset_hash for side in (a, b))
    for x, y in pairs:
        episode = x.episode
        if x.frames != y.frames:
            return episode
        stored = [side.predictions for side in (a, b) if side.predictions is not None]
        if unknown and len(stored) == 2 and all(episode in kept for kept in stored):
            one, two = (kept[episode].gt for kept in stored)
            if one.shape != two.shape or not np.allclose(one, two, atol=1e-6):
                return int(episode)
    return None


def cautions(a: Side, b: Side) -> list[str]:
    """What differs beside the policy, a line each, the gravest first; "A" and "B" are the two sides."""
    if a.rates is not None or b.rates is not None:
        return list(rate_cautions(a, b))
    if a.published or b.published:
        return [
            f"{name} is published ({side.where}): other episodes, perhaps another dataset and horizon, and no "
            "rows to test on. The figures stand side by side; their difference is not evidence."
            for name, side in (("A", a), ("B", b))
            if side.published
        ]
    return list(dict.fromkeys([*_about_episodes(a, b), *_about_settings(a, b), *_about_machine(a, b)]))


def _about_episodes(a: Side, b: Side) -> Iterator[str]:
    if Path(a.where).resolve() == Path(b.where).resolve():
        yield "A and B are the same run"
    for name, side in (("A", a), ("B", b)):
        if is_control(side.config.ablate):
            yield f"{name} is a control, not a result: {side.policy} (--ablate {side.config.ablate})"
        for words in filter(None, (side.provenance.training_overlap, side.provenance.off_task)):
            yield f"{name}: {short(str(words), 300)}"
        for words in remarks_of(side.provenance):
            yield f"{name}: {short(str(words), 300)}"
    for name, side, other in (("A", a, b), ("B", b, a)):
        if side.status != "done":
            yield f"{name} did not finish ({side.status}): only {len(side.rows)} episodes of it are compared"
        errors = len(side.rows) - len(side.scored)
        if errors:
            yield f"{name}: {errors} of {len(side.rows)} episodes ended in an error and are left out"
        alone = len(unshared(side.scored, other.scored))
        if alone:
            yield f"{name}: {alone} of {len(side.scored)} episodes have no counterpart and are left out"
    pairs = shared_rows(a.scored, b.scored)
    sets = [side.provenance.scenes_hash for side in (a, b)]
    if a.mode == "closedloop" and sets[0] != sets[1]:
        yield (
            f"other sets of scenes: {scene_set(a)} (A), {scene_set(b)} (B); only the {len(pairs)} scenes that both "
            "have are compared, and the rate of either run is of other scenes"
        )
    if a.mode == "openloop" and not all(side.provenance.dataset_hash for side in (a, b)):
        yield "a run does not record its dataset's hash: episodes are paired by their number"
    if b.by_scene:
        yield (
            "the runs replayed other datasets: episodes are paired by task and scene, and are the same recordings "
            "(their actions are equal)"
        )
    text = "task" if a.mode == "openloop" else "instruction"
    differing = (
        (text, "another instruction"),
        ("prompt", "got another prompt"),
        ("step_limit", "another step limit"),
    )
    for key, words in differing:
        differ = sum(getattr(x, key, None) != getattr(y, key, None) for x, y in pairs)
        if differ:
            yield f"{words} in {differ} of {len(pairs)} shared episodes"


def _about_settings(a: Side, b: Side) -> Iterator[str]:
    known = ({key: v for key, v in side.provenance.plain().items() if v is not None} for side in (a, b))
    yield from _differences(FACTS, *known)
    one, two = (side.config.plain() for side in (a, b))
    for key in sorted((one.keys() | two.keys()) - set(HARMLESS)):
        yield from _differences({key: SETTINGS.get(key, f"other {key}")}, one, two)
    recorded = [side.provenance.named("dataset_recorded_with") for side in (a, b)]
    if recorded[0] != recorded[1]:
        yield "the dataset was recorded with other settings"
    kinds = {side.provenance.assets_kind for side in (a, b)}
    if a.mode == "closedloop" and kinds == {"stand-in"}:
        yield "both runs are on stand-in assets: neither is a RoboTwin benchmark score"


def _about_machine(a: Side, b: Side) -> Iterator[str]:
    for name, side in (("A", a), ("B", b)):
        if side.provenance.git_dirty:
            yield f"{name} ran with uncommitted changes to the code"
    if a.config.device != b.config.device:
        yield from _differences({"device": "other device of the policy"}, a.config.plain(), b.config.plain())
    versions, others = (side.provenance.packages for side in (a, b))
    if versions is not None and others is not None:
        yield from _differences({name: f"other {name}" for name in PACKAGES}, versions, others)


def _differences(words: Mapping[str, str], a: Mapping[str, Any], b: Mapping[str, Any]) -> Iterator[str]:
    for key, name in words.items():
        if a.get(key) != b.get(key):
            x, y = (_value(side[key]) if key in side else "not recorded" for side in (a, b))
            yield f"{name}: {x} (A), {y} (B)"


def _value(value: Any) -> str:
    return "none" if value is None else short(str(value))


def dataset(side: Side) -> str:
    """What a run replayed, as it names it."""
    return str(side.provenance.dataset or side.config.dataset or "an unnamed dataset")


def scene_set(side: Side) -> str:
    """`official`, `protocol` or the name of the file a closed-loop run took its scenes from."""
    return str(side.provenance.scenes or EARLIER["scenes"])


def extent(side: Side) -> str:
    """Which episodes or scenes a run has, in a few words."""
    if side.mode == "openloop":
        numbers = [row.episode for row in side.open_rows]
        return f"{len(numbers)} episodes ({numbers[0]} to {numbers[-1]})"
    tasks = sorted({row.task for row in side.rollouts})
    seeds = sorted(row.seed for row in side.rollouts)
    named = ", ".join(tasks) if len(tasks) <= 3 else f"{len(tasks)} tasks"
    return f"{len(seeds)} scenes of {named} ({scene_set(side)}, seeds {seeds[0]} to {seeds[-1]})"
