"""How often to replan: one policy at several horizons, open and closed loop, on the same episodes and scenes.

    python -m harness.sweep --task stack_blocks_two --policy owner/pi0 --horizons 1 5 10 25 50
    python -m harness.sweep --policy demo --horizons 10 25 50 --strategies plain ensemble --episodes 50
    python -m harness.sweep --task all --policy owner/pi0 --episodes 100 --workers 8 --batch-size 8

Open loop gives MAE and boundary jump over the dataset's episodes, closed loop the success on identical scenes,
tested (exact McNemar) against the default horizon and the best one. Every setting is an ordinary run directory
in the sweep's folder, so that an interrupted sweep continues with --resume. Which scenes the expert can solve is found
out in the first setting and remembered for the others.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from harness.closedloop.policy import load_to_act
from harness.rendering.document import print_page
from harness.rollout.policy_setup import default_horizon, pick_device
from harness.runs.folders import result_folder
from harness.runs.resume import explained_stop, resume_command
from harness.scenes.sets import SceneSet, choose_scenes
from harness.scenes.task_selection import chosen_tasks
from harness.sweep.config import Config, check, settings, spread
from harness.sweep.document import Sweep, build_page, write_page
from harness.sweep.runs import replayed_tasks, run_all
from harness.sweep.tracking import tell
from harness.trackers.following import Follower, opened
from harness.trackers.opening import check_tracker

if TYPE_CHECKING:
    from policies.interface import Policy


def out_folder(config: Config) -> Path:
    """Where to write; UserError where it holds something and is not resumed."""
    resumed = None if config.resume else "choose another --out, or add --resume to finish the sweep in it"
    return result_folder(config.out, "sweep", config.policy, resumed)


def load(config: Config, tasks: Sequence[str], scenes: SceneSet) -> Policy:
    """The policy, once for all settings; PolicyError where it lacks a strategy asked for, UserError where it was
    trained on these scenes."""
    from policies.chunking import policy_for

    policy = load_to_act(config, tasks, scenes, pick_device(config.device, config.policy))
    for strategy in config.strategies:
        policy_for(policy, strategy)
    return policy


def main(config: Config) -> int:
    """Run every setting, say what came out and write the page; 1 where a rollout ended in an error."""
    check(config)
    check_tracker(config)

    tasks = chosen_tasks(config.task)
    scenes = choose_scenes(config.scenes, config.config, config.seed, tasks, config.episodes)
    policy = load(config, tasks, scenes)
    own = default_horizon(policy)
    config = dataclasses.replace(config, horizons=config.horizons or spread(policy.chunk_size, own))
    pairs, notes = settings(config, policy.chunk_size)
    task, cautions = replayed_tasks(config.dataset, tasks)
    out = out_folder(config)
    goes_on = resume_command(config, out, "harness.sweep")
    group = (config.track_group or out.name) if config.track else None
    grouped = dataclasses.replace(config, track_group=group)
    points, more = run_all(grouped, policy, pairs, tasks, task, out, goes_on)
    with opened(grouped, out, out.name, dataclasses.asdict(config)) as tracker:
        tell(Follower(tracker), points)
    sweep = Sweep(
        ", ".join(tasks),
        config.policy,
        policy.chunk_size,
        own,
        points,
        [*cautions, *more],
        [*notes, f"Closed loop: {scenes.description}."],
    )
    page = build_page(sweep)
    print_page(page)
    with explained_stop(out, lambda: f"all runs are done; resume with: {goes_on}"):
        for path in write_page(sweep, page, out):
            print(path)
    return int(any(point.errors for point in points))
