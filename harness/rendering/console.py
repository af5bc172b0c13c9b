"""What a command prints when it is done: the numbers that matter, beside the baselines and with their n."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from harness.core.asset_labels import Assets
from harness.core.numbers import NOTHING, interval, number, percent, percent_interval
from harness.core.terminal.tables import table_lines
from harness.core.terminal.width import bold, columns, say, wrapped
from harness.metrics.catalog import BASELINES, CLOSED_METRICS, OPEN_METRICS
from harness.rendering.formats import skipped_scenes
from harness.runs.policy_names import short_name
from harness.runs.summaries.closedloop import ClosedLoopSummary, Rate
from harness.runs.summaries.openloop import OpenLoopBlock, OpenLoopSummary

STRONG_HOLD = 0.99
FIRST_TO_GO = ("s/episode", "steps", "skipped", "progress", "errors", "frames", "mean")
"""Columns that a narrow terminal does without, the first first."""
REASONS_SHOWN = 6
PROMPTS_SHOWN = 12


def print_openloop(summary: OpenLoopSummary, policy: str) -> None:
    """Print an open-loop summary (`harness.metrics.closedloop_summary`, with its `persistence`): a table by task,
    then words."""
    names = ("task", "n", "frames", "MAE", "95 %", "hold", "mean")
    print_table(
        names, ((task, *_cells(block)) for task, block in _blocks(summary.tasks, summary.overall).items())
    )
    say(*openloop_remarks(summary, policy))


def print_table(names: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print names and, right-aligned, their figures: as many columns as the terminal has room for."""
    head, *lines = table_lines(names, list(rows), columns(), FIRST_TO_GO, "summary.json")
    print(bold(head), *lines, sep="\n")


def _blocks[Block: (OpenLoopBlock, Rate)](tasks: Mapping[str, Block], overall: Block) -> dict[str, Block]:
    return {**tasks, "all": overall} if len(tasks) > 1 else dict(tasks)


def _cells(block: OpenLoopBlock) -> list[str]:
    return [
        str(block.episodes),
        str(block.frames),
        number(block.mae),
        f"{block.mae_ci[0]:.4f}-{block.mae_ci[1]:.4f}" if block.mae_ci else NOTHING,
        number(block.hold_mae),
        number(block.mean_mae),
    ]


def openloop_remarks(summary: OpenLoopSummary, policy: str) -> list[str]:
    """The rest in words: other metrics, whether hold is strong here, which baselines are not beaten."""
    overall, persistence = summary.overall, summary.persistence
    rates = ", ".join(f"SR@{tau} {percent(rate, 1)}" for tau, rate in overall.sr.items())
    others = [
        f"{known.label} {value:.4f} ({known.unit})"
        for known in OPEN_METRICS
        if known.key != "mae" and (value := overall.number(known.key)) is not None
    ]
    remarks = ["; ".join(others), rates]
    if persistence is not None:
        strong = ": hold is a strong baseline at small chunk index" if persistence >= STRONG_HOLD else ""
        remarks.append(f"action[t] == state[t+1] in {percent(persistence, 1)} of the frames{strong}")
    unbeaten = [
        name
        for name in BASELINES
        if overall.mae is not None
        and (other := overall.number(f"{name}_mae")) is not None
        and other <= overall.mae
        and policy != name
    ]
    if unbeaten:
        remarks.append(f"{short_name(policy)} does not beat {' or '.join(unbeaten)} on these episodes")
    return remarks


def print_closedloop(summary: ClosedLoopSummary, policy: str, assets: Assets) -> None:
    """Print a closed-loop summary (`harness.metrics.closedloop_summary`): successes by task with their Wilson interval.

    What the scenes were made of is said as well, unless it is RoboTwin's own assets throughout.
    """
    names = ("task", "success", "rate", "95 %", "progress", "errors", "skipped", "steps", "s/episode")
    print_table(
        names, ((task, *_rate_cells(rate)) for task, rate in _blocks(summary.tasks, summary.overall).items())
    )
    say(*closedloop_remarks(summary))
    errors = summary.overall.errors
    if errors:
        say(f"{errors} episodes of {short_name(policy)} ended in an error and count neither way")
    skipped = skipped_scenes(summary.overall.skipped)
    if skipped:
        say(f"skipped scenes: {skipped}")
    if assets.warning:
        print(bold(wrapped(f"{assets.label}: these are not RoboTwin benchmark scores", columns())))


def closedloop_remarks(summary: ClosedLoopSummary) -> list[str]:
    """How the arms were moved, what each wrong instruction did, and why rollouts failed, most frequent first."""
    remarks = []
    for known in CLOSED_METRICS:
        mean = summary.overall.mean(known.key)
        if mean and known.key != "progress":  # which has its column
            between = f" {interval(mean.ci)}" if mean.ci else ""
            better = "lower" if known.lower_is_better else "higher"
            remarks.append(
                f"{known.label} {mean.mean:.4f}{between} {known.unit} (n = {mean.n}, {better} is better)"
            )
    prompted = [
        f"{task} prompted with {other}: {share.successes}/{share.n} succeed"
        + (f" [{percent_interval(share.ci)}]" if share.ci else "")
        for task, rate in summary.tasks.items()
        for other, share in rate.prompt_tasks.items()
    ]
    remarks += prompted[:PROMPTS_SHOWN]
    if len(prompted) > PROMPTS_SHOWN:
        remarks.append(f"and {len(prompted) - PROMPTS_SHOWN} more prompts: see the report")
    reasons = sorted(
        (
            (-count, f"{count} of {rate.failed} failures of {task}: {reason}")
            for task, rate in summary.tasks.items()
            for reason, count in rate.failures.items()
        )
    )
    remarks += [words for _, words in reasons[:REASONS_SHOWN]]
    if len(reasons) > REASONS_SHOWN:
        remarks.append(f"and {len(reasons) - REASONS_SHOWN} more reasons: see the report")
    return remarks


def _rate_cells(rate: Rate) -> list[str]:
    return [
        f"{rate.successes}/{rate.n}",
        percent(rate.rate, 1),
        percent_interval(rate.ci, 1),
        percent(rate.progress.mean if rate.progress else None, 1),
        str(rate.errors),
        NOTHING if rate.skipped is None else str(sum(rate.skipped.values())),
        number(rate.steps, 0),
        number(rate.seconds, 1),
    ]
