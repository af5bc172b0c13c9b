"""A closed-loop run from what is loaded for it to the run directory it leaves; several policies in one go."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from harness.closedloop.config import Config
from harness.closedloop.departures import note_departures
from harness.closedloop.preparation import Prepared, prepare
from harness.closedloop.simulation import Player, simulate_missing
from harness.core.errors import UserError
from harness.core.share import read_share
from harness.core.terminal.width import say
from harness.metrics.closedloop_summary import summarize_closedloop
from harness.rendering.console import print_closedloop
from harness.report.write import write_report
from harness.results.cautions import listed_scenes_caution
from harness.runs.directory import RunDir
from harness.runs.latency import note_latency
from harness.runs.policy_names import display_name
from harness.runs.resume import resumable, resume_command
from harness.runs.rows import ClosedLoopRow, latest
from harness.trackers.following import follow

if TYPE_CHECKING:
    from policies.interface import Policy


def evaluate(
    config: Config, tasks: list[str], policy: Policy | None = None, goes_on: str | None = None
) -> int:
    """Run `config` on the tasks, write the run directory and print the table; `policy` if it is loaded.

    goes_on: the command that goes on after an interruption, where it is not this one.

    Returns 0, or 1 where some episodes ended in an error: they count neither way. UserError where all did;
    RunFailed where the disk is full; KeyboardInterrupt, the command that goes on being printed, after Ctrl-C.
    """
    return evaluate_together([config], tasks, [policy], goes_on)


def evaluate_together(
    configs: Sequence[Config],
    tasks: list[str],
    policies: Sequence[Policy | None],
    goes_on: str | None = None,
) -> int:
    """`evaluate` for several configurations, which differ in policy, horizon or strategy, on the same scenes in one go.

    They share the workers, the scenes and which of them count; each leaves a run directory of its own, as if it had
    run alone.
    """
    share, wanted = read_share(configs[0].shard), len(tasks) * configs[0].episodes
    share.require(wanted, "scenes")
    readies: list[Prepared] = []
    for config, policy in zip(configs, policies, strict=True):
        readies.append(prepare(config, tasks, policy, *[ready.scenes for ready in readies[:1]]))
        introduce(config, readies[-1])
    with contextlib.ExitStack() as stack:
        players = []
        for config, ready in zip(configs, readies, strict=True):
            run = stack.enter_context(create(config, ready))
            players.append(Player(ready, run, stack.enter_context(follow(config, run))))
        runs = [player.run for player in players]
        command = goes_on or resume_command(configs[0], runs[0].path)
        stack.enter_context(resumable(runs, share.count(wanted) * len(runs), command))
        simulate_missing(players)
        errors, refused = 0, []
        for player in players:
            try:
                errors += conclude(player, whole=share.is_whole)
            except UserError as error:
                player.run.finish("failed", str(error))
                refused.append(error)
        if refused:
            raise refused[0]
    for run in runs:  # now that they say of themselves that they are done
        print(f"report: {write_report([run.path], run.path)}")
    return int(errors > 0)


def introduce(config: Config, ready: Prepared) -> None:
    """Say what is about to run."""
    name = display_name(config.policy, config.ablate)
    say(
        f"{name} on {', '.join(ready.tasks)}: {config.episodes} scenes each, horizon {ready.horizon}",
        ready.scenes.description,
    )
    cautions = ready.facts.get("contract_cautions") or []
    say(*filter(None, [ready.facts.get("contract"), *cautions, ready.facts.get("off_task")]))


def create(config: Config, ready: Prepared) -> RunDir:
    """The run directory of what is prepared: new, or gone on with."""
    return RunDir.create(
        "closedloop",
        display_name(config.policy, config.ablate),
        config=ready.config,
        provenance=ready.facts,
        out=config.out,
        resume=config.resume,
    )


def conclude(player: Player, whole: bool) -> int:
    """Summary and table of a run that has all its rows; how many episodes ended in an error.

    UserError where none of a `whole` run counts.
    """
    run, rows = player.run, player.run.closed_rows()
    summary = summarize_closedloop(rows)
    run.save_summary(summary)
    if player.tracked is not None:
        player.tracked.summary(summary)
    print_closedloop(summary, run.run["name"], player.ready.kind)
    strange = listed_scenes_caution(latest(rows))
    if strange:
        print(strange)
    note_latency(player.ready.policy, run.path)
    note_departures(player.ready.config, run)
    if whole:
        refuse_if_nothing_counts(rows)
    return summary.overall.errors


def refuse_if_nothing_counts(rows: Sequence[ClosedLoopRow]) -> None:
    """UserError with the first reason where every episode ended in an error: there is no result to report."""
    errors = [row.error for row in latest(rows) if row.status == "error"]
    if errors and len(errors) == len(latest(rows)):
        raise UserError(f"all {len(errors)} episodes ended in an error, the first: {errors[0]}")
