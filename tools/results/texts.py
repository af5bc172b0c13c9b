"""The blocks of README and docs that state success rates, made of outcomes. Pure."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping

from harness.stats.proportions import wilson
from tools.results.outcomes import Outcomes
from tools.results.rates import (
    holding,
    over_tasks,
    paired_rows,
    percents,
    pooled,
    rate,
    solved,
    table,
    within,
)

Runs = Mapping[str, Outcomes]
WIDTH = 118


def blocks_of(runs: Runs) -> dict[str, str]:
    """Name -> text of every block whose runs are there."""
    makers: dict[str, Callable[[Runs], str]] = {
        "demo-in-words": demo_paragraph,
        "demo-half-against-demo": half_against_demo,
        "demo-official": demo_official,
        "demo-protocol": demo_protocol,
        "expert-official": expert_official,
        "touched-and-held": touched_and_held,
        "runs": runs_table,
    }
    blocks = {}
    for name, maker in makers.items():
        try:
            blocks[name] = maker(runs)
        except MissingRun:
            continue
    return blocks


class MissingRun(KeyError):
    """The outcomes of a run that a block needs are not in the repository."""


def run_of(runs: Runs, name: str) -> Outcomes:
    """The outcomes of a run; MissingRun where there are none."""
    if name not in runs:
        raise MissingRun(name)
    return runs[name]


def paragraph(text: str) -> str:
    """A paragraph of a Markdown file."""
    return textwrap.fill(" ".join(text.split()), WIDTH, break_long_words=False, break_on_hyphens=False)


def settings_of(run: Outcomes) -> str:
    """What a rate is worth nothing without: cap, horizon, strategy, assets, wording, code."""
    about = run.about
    cap = (
        "RoboTwin's limit of actions" if about.max_actions is None else f"at most {about.max_actions} actions"
    )
    split = f" ({about.instruction_split})" if about.instruction_split else ""
    return (
        f"{cap}, horizon {about.horizon}, strategy {about.strategy}, {about.assets} assets, {about.instructions} "
        f"instructions{split}, {about.config}, commit {about.commit[:7]}"
    )


def demo_paragraph(runs: Runs) -> str:
    """README: what the bundled policy does."""
    demo = run_of(runs, "demo_official")
    bell, clock, bottle, roller = (
        demo.of(task) for task in ("click_bell", "click_alarmclock", "adjust_bottle", "grab_roller")
    )
    both, one = holding(roller, 2), holding(roller, 1)
    return paragraph(
        f"On the first {len(bell)} scenes a task of RoboTwin's own list for evaluation seed 0 (`--scenes official`), "
        f"on which nothing about it was chosen, it presses the bell in {rate(bell)} (`click_bell`; in brackets the "
        f"95 % interval) and the alarm clock in {rate(clock)} (`click_alarmclock`), holds the bottle upright in "
        f"{rate(bottle)} (`adjust_bottle`), and lifts the roller in {rate(roller)} (`grab_roller`: RoboTwin asks for "
        f"two closed grippers and a raised roller; at the end both hold it in {both} of these {solved(roller)[0]} and "
        f"only one in {one}). Pooled {pooled(demo)}, mean over the four tasks {over_tasks(demo)}. That is with "
        f"{settings_of(demo)}: no RoboTwin score."
    )


def half_against_demo(runs: Runs) -> str:
    """README: an earlier training against today's, on the same scenes."""
    half, demo = run_of(runs, "half_official"), run_of(runs, "demo_official")
    rows = paired_rows(half, demo)
    return "\n\n".join(
        [
            table(("task", "`demo_half`", "`demo`", "difference, points (95 %)", "p (exact, Holm)"), rows),
            paragraph(f"The same {len(half.rows)} official scenes for both, {settings_of(half)}."),
        ]
    )


def demo_official(runs: Runs) -> str:
    """docs/demo_policy.md: the policy and its predecessor on the official scenes."""
    demo, half = run_of(runs, "demo_official"), run_of(runs, "half_official")
    rows = [
        (task, rate(demo.of(task)), within(demo.of(task), 100), rate(half.of(task))) for task in demo.tasks
    ]
    rows.append(("all, pooled", pooled(demo), within(demo.rows, 100), pooled(half)))
    rows.append(("mean over tasks", over_tasks(demo), "", over_tasks(half)))
    head = ("task", "`demo` (95 %)", "of these within 100 actions", "`demo_half` (95 %)")
    return "\n\n".join([table(head, rows), paragraph(f"Both: {settings_of(demo)}.")])


def expert_official(runs: Runs) -> str:
    """docs/demo_policy.md: the scripted expert on the same scenes."""
    expert = run_of(runs, "expert_official")
    by_task = ", ".join(f"{rate(expert.of(task))} of `{task}`" for task in expert.tasks)
    each = len(expert.rows) // len(expert.tasks)
    return paragraph(
        f"The scripted expert, on the first {each} of each task: {by_task}; pooled {pooled(expert)}."
    )


def demo_protocol(runs: Runs) -> str:
    """docs/demo_policy.md: the scenes of seed 7, apart for the twenty that were used."""
    run = run_of(runs, "demo_protocol7")
    first = {task: run.of(task)[:20] for task in run.tasks}
    rows = [
        (task, rate(run.of(task)), "{}/{}".format(*solved(first[task])), rate(run.of(task)[20:]))
        for task in run.tasks
    ]
    head = ("task", "all", "the first 20, used before", "the others")
    return "\n\n".join([table(head, rows), paragraph(f"{settings_of(run)}.")])


def touched_and_held(runs: Runs) -> str:
    """docs/demo_policy.md: what the rows count beside success."""
    demo = run_of(runs, "demo_official")
    roller = demo.of("grab_roller")
    lifted = solved(roller)[0]
    both, one, none = (holding(roller, count) for count in (2, 1, 0))
    pressed = [
        (task, solved(demo.of(task))[0], holding(demo.of(task), 1))
        for task in ("click_bell", "click_alarmclock")
    ]
    touched = " and ".join(f"{k} of {n} (`{task}`)" for task, n, k in pressed)
    return paragraph(
        f"Of the {lifted} lifts of the roller both grippers hold it at the end in {both} "
        f"({percents(wilson(both, lifted))}), one in {one}, none in {none}. A solved click touches bell or clock in "
        f"{touched}: RoboTwin's condition ends the others before."
    )


def runs_table(runs: Runs) -> str:
    """docs/demo_policy.md: the runs behind the numbers."""
    rows = [
        (f"`docs/results/{name}.jsonl`", f"`{run.about.command}`", str(len(run.rows)), run.about.commit[:7])
        for name, run in runs.items()
    ]
    return table(("file", "command", "scenes", "commit"), rows)
