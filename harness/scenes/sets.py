"""Which scenes a run plays: RoboTwin's official ones, those the protocol finds with our expert, or a list of one's own.

    official   exactly the first N scene seeds that upstream's own expert accepted, as an official evaluation with
               seed 0 plays them; nothing is skipped, whatever our simulator or our expert say of them
    protocol   the same rule with our expert: scene seeds 100000 * (1 + s) + i for --seed s, those skipped that do
               not come to rest or that our expert does not solve
    FILE       exactly the first N scene seeds of a list (`harness.scenes.lists`)

What --seed means follows: with `protocol` it chooses scenes and noise. The official lists are of evaluation seed 0, so
with `official` another seed is refused: its scenes are known to nobody here. A FILE says which scenes; --seed is then
the seed of the policy's noise alone.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.core.errors import UserError
from harness.core.text import short
from harness.scenes.lists import SceneList, official_list, read_scene_list
from harness.scenes.protocol import MAX_REFUSED_IN_A_ROW, attempts, evaluation_seed

OFFICIAL, PROTOCOL = "official", "protocol"
WHAT = {
    OFFICIAL: "RoboTwin's own list for evaluation seed 0",
    PROTOCOL: "the protocol's rule with our expert",
}


@dataclass(frozen=True)
class SceneSet:
    """The scenes of a run. name: `official`, `protocol` or the name of a file; listed: None with `protocol`."""

    name: str
    seed: int
    listed: SceneList | None = None

    def seeds(self, task: str, episodes: int) -> Iterable[int]:
        """The scene seeds of a task in the order they are tried: exactly those that are played, or without end."""
        return attempts(self.seed) if self.listed is None else self.listed.seeds.get(task, ())[:episodes]

    def first(self, task: str, episodes: int) -> list[int]:
        """The first `episodes` scene seeds that are tried, whether they then count or not."""
        return list(itertools.islice(self.seeds(task, episodes), episodes))

    def reach(self, task: str, episodes: int) -> Collection[int]:
        """Every scene seed of a task that an evaluation of `episodes` scenes may play.

        With `protocol` it tries at most MAX_REFUSED_IN_A_ROW scenes for each.
        """
        if self.listed is not None:
            return frozenset(self.listed.seeds.get(task, ())[:episodes])
        first = evaluation_seed(self.seed, 0)
        return range(first, first + MAX_REFUSED_IN_A_ROW * episodes)

    @property
    def description(self) -> str:
        """What the scenes are, for a line of the console."""
        return f"scenes {self.name}: {WHAT.get(self.name, 'as the file lists them')}"

    def facts(self) -> dict[str, Any]:
        """Provenance: which set, where it comes from and what identifies its scenes (None with `protocol`)."""
        return {
            "scenes": self.name,
            "scenes_source": self.listed.source if self.listed else WHAT[PROTOCOL],
            "scenes_hash": self.listed.hash if self.listed else None,
        }


def choose_scenes(asked: str | None, config: str, seed: int, tasks: Sequence[str], episodes: int) -> SceneSet:
    """The scenes of a run in setting `config`; UserError where they are not what is asked for.

    asked: `official`, `protocol`, a file, or None: official where there is a list that has what the other settings
    ask for, protocol otherwise.
    """
    if asked == PROTOCOL:
        return SceneSet(PROTOCOL, seed)
    if asked in (None, OFFICIAL):
        official = official_list(config)
        lacking = _lacking_officially(official, config, seed, tasks, episodes)
        if official is not None and lacking is None:
            return SceneSet(OFFICIAL, seed, official)
        if asked is None:
            return SceneSet(PROTOCOL, seed)
        raise UserError(f"--scenes official: {lacking}, or give --scenes protocol")
    assert asked is not None
    path = Path(asked).expanduser()
    listed = read_scene_list(path, tasks)
    if listed.config is not None and listed.config != config:
        raise UserError(
            f"--scenes {path} is of setting {short(listed.config)}: give --config {listed.config}"
        )
    for task in tasks:
        count = len(listed.seeds.get(task, ()))
        if not count:
            raise UserError(
                f"--scenes {path} lists no scene of {task}; leave the task out or add its scene seeds"
            )
        if count < episodes:
            raise UserError(
                f"--scenes {path} lists {count} scenes of {task}, not {episodes}; give --episodes {count}"
            )
    return SceneSet(path.name, seed, listed)


def _lacking_officially(
    official: SceneList | None, config: str, seed: int, tasks: Sequence[str], episodes: int
) -> str | None:
    """What the official lists have not, and what to ask for instead; None where they have everything."""
    if official is None:
        return f"there is no list for --config {config}; give another --config"
    if seed != official.evaluation_seed:
        return (
            f"the list is of evaluation seed {official.evaluation_seed}, that of --seed {seed} is not known; leave "
            "--seed out (for other noise in the same scenes name the list's file)"
        )
    for task in tasks:
        count = len(official.seeds.get(task, ()))
        if not count:
            return f"the list does not have {task}; leave the task out"
        if count < episodes:
            return f"the list has {count} scenes of {task}, not {episodes}; give --episodes {count}"
    return None
