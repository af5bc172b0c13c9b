"""How far our verdicts on scenes agree with upstream's: a sample of those it played and of those it refused.

    python -m tools.acceptance --scenes 3 --layouts 10 --workers 2 --out acceptance.jsonl
    python -m tools.acceptance --scenes 0 --layouts 0 --out acceptance.jsonl        # only the table of what is there

Upstream tried scene seeds 100000, 100001, … until its expert had solved 100: those are the official list, every other
seed up to the last of them is one it refused. Of each task `--scenes` of either kind are drawn (the same ones every
time; a larger number adds to a smaller) and judged here as the protocol does: does the scene come to rest unsolved,
does our expert solve it. `--layouts` further seeds of the range are only looked at at rest. Verdicts are appended to
--out scene by scene, round after round over all tasks, so that it may be stopped and gone on with at any time.
"""

from __future__ import annotations

import json
import multiprocessing
import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from harness.core import cli
from harness.core.errors import UserError
from harness.core.options import Setting
from harness.core.terminal.progress import Progress
from harness.rollout.environments import SceneOptions
from harness.scenes.lists import official_list
from harness.scenes.protocol import screen_scene
from harness.scenes.task_selection import chosen_tasks

FIRST = 100_000
"""The first scene seed of evaluation seed 0."""


@dataclass(frozen=True)
class Config:
    """What to look at, and where the verdicts are kept."""

    task: str = "all"
    """Task names, comma-separated, or `all`."""
    scenes: int = 3
    """Scenes a task for the expert, of those upstream played and of those it refused each."""
    layouts: int = 10
    """Further scenes a task that are only looked at at rest."""
    config: Setting = "demo_clean"
    """RoboTwin's setting of the scenes."""
    assets: str | None = os.environ.get("ROBOTWIN_ASSETS") or None
    """RoboTwin-format asset root. Default: $ROBOTWIN_ASSETS, else the bundled stand-ins."""
    workers: int = 1
    """Processes."""
    out: Path = Path("acceptance.jsonl")
    """Where verdicts are appended; those that are there are not found out again."""


@dataclass(frozen=True)
class Look:
    """One scene looked at here. played: upstream did. stands: it comes to rest unsolved. solved: by our expert, None
    where that was not tried."""

    task: str
    seed: int
    played: bool
    stands: bool
    solved: bool | None
    reason: str | None


def look(task: str, seed: int, played: bool, expert: bool, options: SceneOptions) -> Look:
    """Judge one scene."""
    verdict = screen_scene(options.make(task, roles=()), seed, check_expert=expert)
    stands = verdict.ok or verdict.cause == "expert"
    return Look(task, seed, played, stands, verdict.ok if expert and stands else None, verdict.reason)


def sample(task: str, official: Sequence[int], scenes: int, layouts: int) -> Iterator[tuple[int, bool, bool]]:
    """(scene seed, whether upstream played it, whether our expert is asked), the expert's first; always the same."""
    rng = np.random.RandomState(sum(map(ord, task)))
    played = [int(seed) for seed in rng.permutation(official)]
    refused = [int(s) for s in rng.permutation(sorted(set(range(FIRST, max(official))) - set(official)))]
    for number in range(max(scenes, 0)):
        yield from (
            (seeds[number], seeds is played, True) for seeds in (played, refused) if number < len(seeds)
        )
    rest = [int(s) for s in rng.permutation(range(FIRST, max(official) + 1))]
    yield from ((seed, seed in set(official), False) for seed in rest[:layouts])


def read(path: Path) -> list[Look]:
    """The verdicts that are there; a torn last line is left out."""
    looks = []
    for line in path.read_text().splitlines() if path.is_file() else ():
        try:
            looks.append(Look(**json.loads(line)))
        except (ValueError, TypeError):
            continue
    return looks


def table(looks: Sequence[Look], official: Mapping[str, Sequence[int]]) -> str:
    """A row a task as Markdown: what upstream tried, and what we say of the sample."""
    lines = [
        "| task | upstream tried | it played | played: stand here | our expert solves | refused: stand here "
        "| our expert solves |",
        "|---|---|---|---|---|---|---|",
    ]
    totals = np.zeros(8, dtype=int)
    for task, seeds in official.items():
        tried = max(seeds) - FIRST + 1
        counts: list[int] = []
        for played in (True, False):
            mine = {one.seed: one for one in looks if one.task == task and one.played == played}
            asked = {
                one.seed: one
                for one in looks
                if one.seed in mine and one.task == task and one.solved is not None
            }
            counts += [sum(one.stands for one in mine.values()), len(mine)]
            counts += [sum(bool(one.solved) for one in asked.values()), len(asked)]
        totals += counts
        cells = [f"{counts[i]}/{counts[i + 1]}" if counts[i + 1] else "" for i in range(0, 8, 2)]
        lines.append(f"| `{task}` | {tried} | {100 * len(seeds) / tried:.0f} % | {' | '.join(cells)} |")
    tried = sum(max(seeds) - FIRST + 1 for seeds in official.values())
    share = 100 * sum(map(len, official.values())) / tried
    cells = [f"{totals[i]}/{totals[i + 1]}" for i in range(0, 8, 2)]
    return "\n".join([*lines, f"| all | {tried} | {share:.0f} % | {' | '.join(cells)} |"]) + "\n"


def main(config: Config) -> int:
    """Look at what is asked for and not there yet, then print the table of everything that is there."""
    listed = official_list(config.config)
    if listed is None:
        raise UserError(f"there is no official list for --config {config.config}")
    if config.workers < 1:
        raise UserError(f"--workers {config.workers} is not positive; give the number of processes")
    official = {task: listed.seeds[task] for task in chosen_tasks(config.task) if task in listed.seeds}
    known = {(one.task, one.seed, one.solved is not None or not one.stands) for one in read(config.out)}
    plans = [list(sample(task, seeds, config.scenes, config.layouts)) for task, seeds in official.items()]
    wanted = [
        (task, *plan[number])
        for number in range(max(map(len, plans), default=0))
        for task, plan in zip(official, plans, strict=True)
        if number < len(plan)
        and not known & {(task, plan[number][0], asked) for asked in {True, plan[number][2]}}
    ]
    options = SceneOptions(assets=config.assets, config=config.config)
    context = multiprocessing.get_context("spawn")
    with (
        Progress("acceptance", total=len(wanted), unit="scenes") as progress,
        ProcessPoolExecutor(config.workers, mp_context=context) as pool,
        config.out.open("a") as file,
    ):
        for number, done in enumerate(as_completed([pool.submit(look, *one, options) for one in wanted]), 1):
            file.write(json.dumps(asdict(done.result())) + "\n")
            file.flush()
            progress.update(number, done.result().task)
    print(table(read(config.out), official))
    return 0


if __name__ == "__main__":
    cli.run(main, Config)
