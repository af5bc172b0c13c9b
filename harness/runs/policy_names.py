"""What policies are called where several stand side by side: short, and told apart. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from harness.runs.description import RunRecord

NOT_TRAINED = ("hold", "mean", "random_replay", "expert")
"""Policies that learnt nothing: baselines and the scripted expert."""
SAME_EVERYWHERE = re.compile(r"\d+|last|pretrained_model")
"""What LeRobot calls checkpoints in every training's folder: alone it says nothing."""


def is_path(name: str) -> bool:
    """Whether a policy of this name is a folder of some machine, not a Hub id or a name."""
    from policies.checkpoint.hub import is_hub_id

    return name.startswith((".", "~")) or (("/" in name or "\\" in name) and not is_hub_id(name))


def short_names(names: Sequence[str]) -> list[str]:
    """`names` as given, but of each path the shortest end that no other name has.

    >>> short_names(["/data/old/checkpoints/006000", "/data/new/best", "owner/pi0", "hold"])
    ['checkpoints/006000', 'best', 'owner/pi0', 'hold']
    """
    controls = [split_display_name(name)[1] for name in names]
    names = [split_display_name(name)[0] for name in names]
    paths = {name: PurePosixPath(name.replace("\\", "/")) for name in names if is_path(name)}
    from policies.loading import NAMES

    taken = {*NAMES, *(name for name in names if name not in paths)}
    ends = {name: _end(path, set(paths.values()) - {path}, taken) or name for name, path in paths.items()}
    return [ends.get(name, name) + words for name, words in zip(names, controls, strict=True)]


def short_name(name: str) -> str:
    """`name` where it stands alone: see `short_names`."""
    return short_names([name])[0]


def _end(path: PurePosixPath, others: set[PurePosixPath], taken: set[str]) -> str | None:
    """The shortest end of `path` that is its own; None where only the whole path is."""
    for length in range(1 + bool(SAME_EVERYWHERE.fullmatch(path.name)), len(path.parts)):
        end = path.parts[-length:]
        if not any(other.parts[-length:] == end for other in others) and "/".join(end) not in taken:
            return "/".join(end)
    return None


def policy_names(runs: Sequence[RunRecord]) -> list[tuple[str, str]]:
    """What the policy of each run is called, and the name it was given whole.

    One checkpoint (by its content hash) has one name; two checkpoints of one name are told apart by their hash, and a
    run that took an input away (`--ablate`) from one that did not.
    """
    typed = [str(run.config.policy or run.name) for run in runs]
    hashes = [run.provenance.checkpoint_hash or None for run in runs]
    first = {h: name for h, name in zip(reversed(hashes), reversed(typed), strict=True) if h}
    whole = [first[h] if h else name for h, name in zip(hashes, typed, strict=True)]
    short = short_names(whole)
    several = {
        name for name in short if len({h for h, n in zip(hashes, short, strict=True) if n == name}) > 1
    }
    told_apart = [
        f"{name} ({h.removeprefix('sha256:')[:8] if h else 'no hash'})" if name in several else name
        for name, h in zip(short, hashes, strict=True)
    ]
    return [
        (display_name(name, run.config.ablate), display_name(given, run.config.ablate))
        for name, given, run in zip(told_apart, whole, runs, strict=True)
    ]


NONE, IMAGES, INSTRUCTION, STATE = "none", "images", "instruction", "state"
SHOWN = {IMAGES: "images shuffled", INSTRUCTION: "wrong instruction", STATE: "state frozen"}
"""What stands behind the name of a policy that was run like this."""


def is_control(ablate: str | None) -> bool:
    """Whether a run with this `--ablate` took an input away; None of a run that knew no such flag."""
    return ablate not in (None, NONE)


def display_name(policy: str, ablate: str | None) -> str:
    """What to call `policy` where a result of a run with this `--ablate` stands.

    >>> display_name("demo", "images"), display_name("demo", None)
    ('demo, images shuffled', 'demo')
    """
    if ablate is None or not is_control(ablate):
        return policy
    return f"{policy}, {SHOWN.get(ablate, ablate[:40])}"


def split_display_name(name: str) -> tuple[str, str]:
    """A shown name as the policy's own and what stands behind it.

    >>> split_display_name("demo, images shuffled"), split_display_name("demo")
    (('demo', ', images shuffled'), ('demo', ''))
    """
    for words in SHOWN.values():
        if name.endswith(f", {words}"):
            return name.removesuffix(f", {words}"), f", {words}"
    return name, ""
