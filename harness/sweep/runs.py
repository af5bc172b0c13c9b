"""The runs of a sweep: each setting once open loop and once closed loop, as the commands themselves run them.

All settings act in one go: they share workers, scenes and what the expert says of those.
"""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.closedloop import command as closedloop
from harness.closedloop.config import Config as ClosedLoop
from harness.core.errors import UserError
from harness.datasets.reader import open_dataset
from harness.files.bundled import default_dataset
from harness.openloop import command as openloop
from harness.openloop.config import Config as OpenLoop
from harness.runs.compatibility import TOLD
from harness.runs.directory import RunDir
from harness.runs.rows import latest
from harness.runs.summaries.closedloop import ClosedLoopSummary
from harness.runs.summaries.openloop import OpenLoopSummary
from harness.sweep.analysis import Point, folder
from harness.sweep.config import Config

if TYPE_CHECKING:
    from policies.interface import Policy


def replayed_tasks(dataset: str | None, tasks: Sequence[str]) -> tuple[str, list[str]]:
    """The `--task` of the open-loop runs: those of `tasks` the dataset has, else all; with a caution for that."""
    opened = open_dataset(dataset or default_dataset())
    recorded = {opened.record(index).get("task") for index in range(opened.total_episodes)}
    both = [task for task in tasks if task in recorded]
    if len(both) == len(tasks):
        return ",".join(both), []
    missing = ", ".join(task for task in tasks if task not in recorded)
    if both:
        return ",".join(both), [
            f"The dataset has no episode of {missing}: the open loop is on the others only."
        ]
    return "all", [
        f"The dataset names no episode of {missing}: the open loop is on all its episodes, whatever their task."
    ]


def run_all(
    config: Config,
    policy: Policy,
    pairs: Sequence[tuple[int, str]],
    tasks: Sequence[str],
    replayed: str,
    out: Path,
    goes_on: str,
) -> tuple[list[Point], list[str]]:
    """Run every (horizon, strategy) both ways; the points, and cautions about what the scenes were made of.

    A run that is there and finished does not act again; one that was interrupted goes on. What each run would
    print is left out: its own report has it. goes_on: the command that goes on after an interruption.
    """
    points, kinds, trained = [], set(), set()
    folders = {mode: [out / folder(mode, pair) for pair in pairs] for mode in ("openloop", "closedloop")}
    closed = []
    for number, (horizon, strategy) in enumerate(pairs):
        path = folders["openloop"][number]
        print(f"sweep {number + 1}/{2 * len(pairs)}: {path.name}", file=sys.stderr, flush=True)
        with contextlib.redirect_stdout(io.StringIO()):
            openloop.main(_open(config, replayed, _shared(config, horizon, strategy, path)), policy, goes_on)
        shared = _shared(config, horizon, strategy, folders["closedloop"][number])
        closed.append(_closed(config, tasks, shared))
    names = ", ".join(path.name for path in folders["closedloop"])
    print(f"sweep {len(pairs) + 1}-{2 * len(pairs)}/{2 * len(pairs)}: {names}", file=sys.stderr, flush=True)
    with contextlib.redirect_stdout(io.StringIO()):
        closedloop.main_together(closed, [policy] * len(closed), goes_on)
    for number, (horizon, strategy) in enumerate(pairs):
        runs = {mode: RunDir.load(paths[number]) for mode, paths in folders.items()}
        trained.add(runs["openloop"].run["provenance"].get("training_overlap"))
        kinds.add(runs["closedloop"].run["provenance"].get("assets_kind"))
        points.append(point(horizon, strategy, runs["openloop"], runs["closedloop"]))
    cautions = [f"Open loop: {words}." for words in sorted(filter(None, trained))]
    if kinds == {"stand-in"}:
        cautions.append("Scenes are made of stand-in assets: no rate here is a RoboTwin benchmark score.")
    return points, cautions


def _shared(config: Config, horizon: int, strategy: str, path: Path) -> dict[str, Any]:
    return {
        "policy": config.policy,
        "dataset": config.dataset,
        "seed": config.seed,
        "device": config.device,
        "dtype": config.dtype,
        "remote_format": config.remote_format,
        "remote": config.remote,
        "horizon": horizon,
        "strategy": strategy,
        "batch_size": config.batch_size,
        "out": path,
        **{name: getattr(config, name) for name in TOLD},
        "resume": config.resume and (path / "run.json").is_file(),
    }


def _open(config: Config, replayed: str, shared: dict[str, Any]) -> OpenLoop:
    return OpenLoop(task=replayed, episodes=config.replayed, videos=2 if config.videos else 0, **shared)


def _closed(config: Config, tasks: Sequence[str], shared: dict[str, Any]) -> ClosedLoop:
    return ClosedLoop(
        task=",".join(tasks),
        episodes=config.episodes,
        max_actions=config.max_actions,
        scenes=config.scenes,
        workers=config.workers,
        config=config.config,
        assets=config.assets,
        instructions=config.instructions,
        instruction_split=config.instruction_split,
        shader=config.shader,
        shadows=config.shadows,
        expert_check=config.expert_check,
        videos=config.videos,
        **shared,
    )


def point(horizon: int, strategy: str, opened: RunDir, closed: RunDir) -> Point:
    """A setting from its two finished run directories; UserError where one has no summary."""
    replayed, acted = opened.summary(), closed.summary()
    if not isinstance(replayed, OpenLoopSummary):
        raise UserError(f"{opened.path} has no summary.json of a replay: finish it with --resume")
    if not isinstance(acted, ClosedLoopSummary):
        raise UserError(f"{closed.path} has no summary.json of rollouts: finish it with --resume")
    rows = latest(closed.closed_rows())
    return Point(
        horizon,
        strategy,
        replayed.overall,
        acted.overall,
        latest(opened.open_rows()),
        [row for row in rows if row.status == "ok"],
    )
