"""Where a rollout differs from RoboTwin's own evaluation, in words: rules, scenes, expert, wording, split, assets,
shadows.

Pure, from what a run says of itself. Upstream: `eval_policy.py` takes the scenes its own cuRobo expert solves from seed
100000 on, tells a policy sentences of its own templates (`demo_clean`: seen, `demo_randomized`: unseen), stops at the
task's own limit and draws with all shadows (docs/scenes.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

from harness.core.asset_labels import assets_named
from harness.core.text import short
from harness.runs.compatibility import EARLIER
from harness.runs.description import Provenance, RunConfig

SPLITS = {"demo_clean": "seen", "demo_randomized": "unseen"}
LONGEST = 40


@dataclass(frozen=True)
class Departure:
    """One thing that is not upstream's: which, a few words for a badge, and a sentence."""

    key: str
    badge: str
    explanation: str


def departures(
    mode: str, config: RunConfig, provenance: Provenance, *, assets: bool = True
) -> list[Departure]:
    """What is not upstream's in a closed-loop run, the gravest first; a replay plays no scenes: empty.

    assets: whether to say it of the assets too, which have a badge of their own on the page.
    """
    if mode != "closedloop":
        return []
    differing = [_assets(provenance)] if assets else []
    differing += [
        _rules(config),
        _scenes(config, provenance),
        _wording(provenance),
        _split(config, provenance),
        _shadows(provenance),
    ]
    unknown = [name for key, name in RECORDED.items() if provenance.named(key) is None]
    if unknown:
        explanation = f"The run does not say what it did about: {', '.join(unknown)}."
        differing.append(Departure("unknown", f"not recorded: {', '.join(unknown)}", explanation))
    return [departure for departure in differing if departure is not None]


RECORDED = {"instructions": "wording", "shadows": "shadows"}
"""Provenance that older runs lack, by what it is about."""


def _assets(provenance: Provenance) -> Departure | None:
    assets = assets_named(provenance.assets_kind)
    return None if assets.kind == "real" else Departure("assets", assets.label, assets.warning or "")


def _rules(config: RunConfig) -> Departure | None:
    most = config.max_actions
    if most is None:
        return None
    limit = short(str(most), LONGEST)
    explanation = (
        f"A rollout was given {limit} actions where the task's limit is longer: RoboTwin gives it that."
    )
    return Departure("rules", f"at most {limit} actions", explanation)


def _scenes(config: RunConfig, provenance: Provenance) -> Departure | None:
    scenes = provenance.scenes or config.scenes or EARLIER["scenes"]
    if scenes == "official":
        return None
    if scenes == "protocol":
        explanation = (
            "The scenes are those that this project's expert solves; upstream's cuRobo expert accepts others, so the "
            "same seed may stand for another scene of the list."
        )
        return Departure("expert", "own expert's scenes", explanation)
    name = short(PurePath(str(scenes)).name, LONGEST)
    return Departure("scenes", f"scenes of {name}", f"The scenes are those listed in {name}, not RoboTwin's.")


def _wording(provenance: Provenance) -> Departure | None:
    instructions = provenance.instructions
    if instructions == "own":
        explanation = "The policy is told this project's own sentences, not those of RoboTwin's templates."
        return Departure("wording", "own wording", explanation)
    if instructions == "task-name":
        return Departure(
            "wording", "told the task's name", "The policy is told the name of the task, not a sentence."
        )
    return None


def _split(config: RunConfig, provenance: Provenance) -> Departure | None:
    split, theirs = provenance.instruction_split, SPLITS.get(str(config.config))
    if split is None or theirs is None or split == theirs:
        return None
    name = short(str(split), LONGEST)
    explanation = (
        f"The sentences are of the {name} split; upstream's configuration of this setting says {theirs}."
    )
    return Departure("split", f"{name} sentences", explanation)


def _shadows(provenance: Provenance) -> Departure | None:
    shadows = provenance.shadows
    if shadows is None or shadows == "full":
        return None
    badge = "no shadows" if shadows == "off" else f"shadows: {short(str(shadows), LONGEST)}"
    return Departure(
        "shadows", badge, "Upstream draws the shadows of all three lights; here they are not all drawn."
    )


def badge_line(differing: Sequence[Departure]) -> str:
    """The badges in a line, `RoboTwin's throughout` where there is none."""
    return ", ".join(departure.badge for departure in differing) or "RoboTwin's throughout"
