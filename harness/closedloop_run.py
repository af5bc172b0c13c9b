"""A closed-loop run: what is loaded for it, which scenes it takes, and the run directory it leaves."""

from __future__ import annotations

import dataclasses
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.ablation import ablated
from harness.acting_policy import asked_dataset, load_to_act
from harness.adapter import ROLES, ObservationAdapter, adapter_for
from harness.asset_kinds import Assets, assets_named
from harness.board import Board
from harness.closedloop import Config
from harness.code_state import code_state
from harness.console import print_closedloop
from harness.control_names import IMAGES, shown
from harness.dispatch import Dispatch
from harness.errors import RunFailed, UserError
from harness.interrupt import Interrupt
from harness.messages import Setup
from harness.mind import Mind
from harness.openloop import pick_device
from harness.plan import Plan, Row, TaskPlan
from harness.policy_names import short_name
from harness.progress import Progress
from harness.provenance import provenance
from harness.report import write_report
from harness.results import RunDir
from harness.resume import disk_trouble, gone_on, resume_command
from harness.rollout import default_horizon
from harness.rows import latest
from harness.scene_facts import scene_facts
from harness.sim_world import SceneOptions
from harness.solvable import Remembered, attempts
from harness.summary import summarize_closedloop
from harness.trained_on import unmeant_words
from harness.workers import Pool

if TYPE_CHECKING:
    from policies.interface import Policy

REPLAY_CHUNK = 50
CONTROLLER = "take_action qpos: rest-to-rest ramp, 1 rad/s, 1 rad/s², 250 Hz; success at every physics step"


def evaluate(config: Config, tasks: list[str], policy: Policy | None = None) -> int:
    """Run `config` on the tasks, write the run directory and print the table; `policy` if it is loaded.

    Returns 0, or 1 where some episodes ended in an error: they count neither way. UserError where all did;
    RunFailed where the disk is full; KeyboardInterrupt, the command that goes on being printed, after Ctrl-C.
    """
    ready = prepare(config, tasks, policy)
    name = shown(config.policy, vars(config))
    print(f"{name} on {', '.join(tasks)}: {config.episodes} scenes each, horizon {ready.horizon}")
    if ready.facts.get("not_meant_for"):
        print(ready.facts["not_meant_for"])
    with RunDir.create(
        "closedloop",
        name,
        config=ready.config,
        provenance=ready.facts,
        out=config.out,
        resume=config.resume,
    ) as run:
        command = resume_command(config, run.path)
        try:
            with disk_trouble(run.path, command):
                simulate_missing(ready, run, command)
                summary = summarize_closedloop(run.rows())
                run.save_summary(summary)
        except KeyboardInterrupt:
            done = len(latest(run.rows(), "closedloop"))
            total = len(tasks) * config.episodes
            print(f"{done} of {total} episodes are done; go on with: {command}", file=sys.stderr)
            raise
        print_closedloop(summary, name, ready.kind)
        refuse_if_nothing_counts(run.rows())
        with disk_trouble(run.path, command):
            report = write_report([run.path], run.path)
    print(f"report: {report}")
    return int(summary["overall"]["errors"] > 0)


def refuse_if_nothing_counts(rows: Sequence[Row]) -> None:
    """UserError with the first reason where every episode ended in an error: there is no result to report."""
    errors = [row["error"] for row in latest(rows, "closedloop") if row["status"] == "error"]
    if errors and len(errors) == len(latest(rows, "closedloop")):
        raise UserError(f"all {len(errors)} episodes ended in an error, the first: {errors[0]}")


@dataclass(frozen=True)
class Prepared:
    """What a configuration stands for: `config` with every `auto` replaced, and what was loaded for it."""

    config: Config
    tasks: list[str]
    options: SceneOptions
    policy: Policy | None
    adapter: ObservationAdapter
    horizon: int
    roles: tuple[str, ...]
    facts: dict[str, Any]

    @property
    def kind(self) -> Assets:
        """What the scenes are made of."""
        return assets_named(self.facts["assets_kind"])

    def setup(self, videos: Path | None) -> Setup:
        """What the workers are told; `videos` is the folder for films."""
        config, policy = self.config, self.policy
        return Setup(
            options=self.options,
            roles=self.roles,
            read=tuple(self.adapter.roles.values()),
            policy=shown(short_name(config.policy), vars(config)),
            chunk_size=policy.chunk_size if policy else None,
            horizon=self.horizon,
            strategy=config.strategy,
            check_expert=config.expert_check,
            videos=videos,
            label=self.kind.label,
            max_actions=config.max_actions,
        )


def prepare(config: Config, tasks: list[str], policy: Policy | None = None) -> Prepared:
    """Load and check everything a run needs before it writes anything."""
    from policies.chunking import PLAIN, check_horizon, policy_for

    options = SceneOptions(config.assets, config.config, config.shader, config.shadows, config.instructions)
    device = pick_device(config.device)
    if config.policy == "expert":
        policy = None
        if config.strategy != PLAIN:
            raise UserError(f"--strategy {config.strategy}: the expert replays one plan; leave it out")
    else:
        policy = policy_for(policy or load_to_act(config, tasks, device), config.strategy)
    if policy is not None:
        horizon = default_horizon(policy) if config.horizon is None else config.horizon
        check_horizon(horizon, policy.chunk_size)
    else:
        horizon = config.horizon or REPLAY_CHUNK
    adapter, ablation = ablated(
        adapter_for(policy),
        config.ablate,
        policy,
        tasks,
        asked_dataset(config) if config.ablate == IMAGES else None,
        config.seed,
        by_scene=True,
        config=config.config,
        instructions=config.instructions,
    )
    roles = ROLES if config.videos else tuple(adapter.roles.values())
    scenes = scene_facts(options, tasks, roles)
    drawn = {key: scenes[key] for key in ("shader", "shadows") if key in scenes}
    resolved = dataclasses.replace(config, horizon=horizon, device=device, task=",".join(tasks), **drawn)
    facts = provenance(
        checkpoint_hash=policy.content_hash if policy else None,
        policy=policy.describe() if policy else {"name": "expert", "type": "replay"},
        cameras=adapter.describe().splitlines(),
        seeds=[config.seed],
        controller=CONTROLLER,
        ablation=ablation,
        not_meant_for=unmeant_words(policy, tasks) if policy else None,
        code=code_state(),
        **scenes,
    )
    return Prepared(resolved, tasks, options, policy, adapter, horizon, roles, facts)


def simulate_missing(ready: Prepared, run: RunDir, command: str) -> None:
    """Run every scene the run does not have yet; each is written down as soon as it is final."""
    config, rows = ready.config, run.rows()
    known = latest(rows, "closedloop")
    remembered = Remembered(ready.tasks, ready.options, config.expert_check)
    plans = []
    for task in ready.tasks:
        mine = [row for row in known if row["task"] == task]
        done = {row["seed"] for row in mine if row["status"] == "ok"}
        failed = {row["seed"] for row in mine} - done
        verdicts = remembered.of(task, done)
        plans.append(TaskPlan(task, attempts(config.seed), config.episodes, verdicts, done, failed))
    total = len(plans) * config.episodes
    scored = sum(row["status"] == "ok" for row in known)
    if scored < total or scored < len(known):
        setup = ready.setup(run.videos if config.videos else None)
        try:
            simulate(ready, setup, Plan(plans), total, rows, run.add, remembered.add)
        except RunFailed as error:
            raise RunFailed(gone_on(str(error), command)) from error


def simulate(
    ready: Prepared,
    setup: Setup,
    plan: Plan,
    total: int,
    rows: Sequence[Row],
    record: Callable[[Row], None],
    remember: Callable[..., None] = lambda *_: None,
) -> None:
    """Work through a plan of `total` episodes, of which `rows` are written; KeyboardInterrupt after Ctrl-C."""
    config = ready.config
    mind = None
    if ready.policy is not None:
        mind = Mind(ready.policy, ready.adapter, config.seed, config.batch_size)
    before = len(latest(rows, "closedloop"))
    count = max(1, min(config.workers, total - sum(row["status"] == "ok" for row in rows)))
    with (
        Progress("closed loop", total, "episodes", before) as progress,
        Interrupt() as interrupt,
        Pool(setup, count, config.patience, render_threads(count)) as pool,
    ):
        board = Board(progress, rows)

        def write(row: Row) -> None:
            row = row | ready.adapter.note(row["task"], row["seed"])
            record(row)
            board.add(row)

        Dispatch(plan, pool, mind, write, remember, lambda: board.show(pool.members)).run(interrupt)
    if interrupt.asked:
        raise KeyboardInterrupt


def render_threads(workers: int) -> int | None:
    """How many cores each worker may draw with: all of them for one, its share for one of several."""
    return None if workers == 1 else max(1, len(os.sched_getaffinity(0)) // workers)
