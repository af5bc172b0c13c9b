"""A comparison as tables of text, the same for the console, Markdown and the page. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from harness.compare.closedloop import ClosedComparison
from harness.compare.openloop import OpenComparison, side_by_side
from harness.compare.pairs import Delta, RateDelta
from harness.compare.sides import PublishedEntry
from harness.core.numbers import counted, number, p_value, points, signed, signed_interval
from harness.rendering.document import NOTHING, Table
from harness.rendering.markdown import percent, percent_interval
from harness.runs.summaries.openloop import OpenLoopBlock
from harness.stats.intervals import WHY_NONE
from harness.stats.proportions import WHY_NO_DIFFERENCE
from harness.stats.significance import LEVEL, reachable, significant

LISTED = 5
"""Episodes named on either end of the list of changes; compare.json has all."""

Whole = OpenLoopBlock | PublishedEntry


ALONE = "MAE by episode is tested alone, for the verdict"
OWN_FAMILY = (
    " Two questions, each with at most 5 % of false marks where nothing differs: `all` is one test, the verdict; the "
    "tasks are adjusted among themselves (Holm)."
)


def open_tables(c: OpenComparison) -> list[Table]:
    """Aggregate, SR, joints, tasks and episodes of two open-loop runs."""
    n = f"n = {counted(len(c.episodes), 'episode')} both runs have, {c.frames} steps"
    below = "differences by episode, below 0 B is closer"
    share = "Share of steps with an error of at most τ; it is not task success"
    return [
        _deltas("Error", f"{n}; {below}; {_tested(c.metrics)}; {ALONE}.", "metric", c.metrics),
        _rates(c.rates, f"{n}. {share}; {_tested(c.rates)}."),
        _deltas("Error by joint (MAE)", f"{n}; {below}; {_tested(c.joints)}.", "joint", c.joints, bars=True),
        _deltas(
            "Error by task (MAE)",
            f"n in the table; {below}; {_tested(c.tasks)}.",
            "task",
            c.tasks,
            bars=True,
            by_task=True,
        ),
        _changes(c),
    ]


def _tested(deltas: Sequence[Delta]) -> str:
    """What p, its mark and a missing interval mean in a table of `deltas`."""
    tests = [d for d in deltas if d.p is not None]
    most = max((d.n for d in tests), default=0)
    note = f"p of exact sign-flip tests, Holm-adjusted within the table (* below {LEVEL:g})"
    if tests and reachable(most, len(tests)) >= LEVEL:
        note += f", which {counted(most, 'pair')} and {counted(len(tests), 'test')} cannot reach"
    bare = any(d.ci is None for d in tests)
    return f"{note}; {WHY_NONE}" if bare else f"{note}; 95 % intervals of the paired difference"


def whole_tables(a: Whole, b: Whole, names: tuple[str, str], note: str) -> list[Table]:
    """Two blocks of different episodes beside each other under the sides' names, nothing tested."""
    metrics, rates = side_by_side(a, b)
    columns = tuple(
        f"{letter}: {name} (n = {block.episodes})"
        for letter, name, block in zip("AB", names, (a, b), strict=True)
    )
    return [
        Table(
            "Error, each on its own episodes",
            note,
            ("metric", *columns, "Δ", "Δ %"),
            [(d.name, number(d.a), number(d.b), signed(d.difference), _percent(d)) for d in metrics],
        ),
        Table(
            "SR@τ, each on its own episodes",
            note,
            ("τ", *columns, "Δ"),
            [(d.name, percent(d.a), percent(d.b), points(d.difference)) for d in rates],
        ),
    ]


def closed_tables(c: ClosedComparison) -> list[Table]:
    """Successes by task and the scenes that tell the runs apart."""
    several = len(c.tasks) > 1
    lines = [*c.tasks, c.overall] if several else c.tasks
    columns = ("task", "n", "A", "A 95 %", "B", "B 95 %", "Δ", "Δ 95 %", "only A", "only B", "p")
    adjusted = ("p (Holm)",) if several else ()
    note = (
        "The same scenes (task and seed) for both: Wilson's intervals, Newcombe's of the paired difference in "
        "percentage points, exact McNemar on the scenes that one run alone solved. "
        f"Near p = 0.05 test and interval may disagree: the test decides{_few(lines)}."
        f"{OWN_FAMILY if several else ''}"
    )
    tables = [Table("Success", note, (*columns, *adjusted), [_rate_row(rate, several) for rate in lines])]
    if c.macro is not None:
        d = c.macro
        change = signed_interval(d.ci, 1, 100) or NOTHING
        cells = (d.name, f"{d.n} tasks", percent(d.a), percent(d.b), points(d.difference), change)
        note = "Every task weighs the same, while the line `all` above pools the scenes; other scenes of these tasks."
        tables.append(Table("Mean over tasks", note, ("", "n", "A", "B", "Δ", "Δ 95 %"), [cells]))
    if c.steps is not None:
        s = c.steps
        row = (
            str(s.n),
            f"{s.a:.1f}",
            f"{s.b:.1f}",
            f"{s.difference:+.1f}",
            p_value(s.p),
        )
        note = (
            "Scenes that both runs solved; one test, not adjusted, and no interval: a few that take long decide the "
            "mean (docs/statistics.md)."
        )
        head = ("n", "A", "B", "Δ", "p (paired permutation)")
        tables.append(Table("Steps to success", note, head, [row]))
    if c.changes:
        changed = [
            (task, winner.upper(), ", ".join(str(scene.seed) for scene in members))
            for task in dict.fromkeys(change.task for change in c.changes)
            for winner in ("a", "b")
            if (members := [scene for scene in c.changes if (scene.task, scene.solved_by) == (task, winner)])
        ]
        note = f"n = {len(c.changes)} of {c.overall.n} scenes."
        tables.append(
            Table("Scenes that one run alone solved", note, ("task", "solved by", "seeds"), changed)
        )
    return tables


def _few(rates: Sequence[RateDelta]) -> str:
    """Why some differences have no interval; empty where all have one."""
    return f"; {WHY_NO_DIFFERENCE}" if any(rate.ci is None for rate in rates) else ""


def _rate_row(rate: RateDelta, several: bool) -> tuple[str, ...]:
    adjusted = (NOTHING if rate.p_holm is None else p_value(rate.p_holm),) if several else ()
    return (
        rate.name,
        str(rate.n),
        f"{rate.a}/{rate.n} {percent(rate.a / rate.n)}",
        percent_interval(rate.a_ci),
        f"{rate.b}/{rate.n} {percent(rate.b / rate.n)}",
        percent_interval(rate.b_ci),
        points(rate.difference),
        signed_interval(rate.ci, 1, 100) or NOTHING,
        str(rate.only_a),
        str(rate.only_b),
        p_value(rate.p),
        *adjusted,
    )


def _deltas(
    title: str, note: str, first: str, deltas: list[Delta], *, bars: bool = False, by_task: bool = False
) -> Table:
    shown = [d for d in deltas if d.a is not None or d.b is not None]
    longest = max((abs(d.difference) for d in shown if d.difference is not None), default=0.0)
    head = (first, "n") if by_task else (first, "unit")
    return Table(
        title,
        note,
        (*head, "A", "B", "Δ", "Δ 95 %", "p (Holm)", "Δ %"),
        [
            (
                d.name,
                str(d.n) if by_task else d.unit,
                number(d.a),
                number(d.b),
                signed(d.difference),
                signed_interval(d.ci) or NOTHING,
                _marked(d),
                _percent(d),
            )
            for d in shown
        ],
        [(d.difference or 0.0) / longest if longest else 0.0 for d in shown] if bars else [],
    )


def _rates(rates: list[Delta], note: str) -> Table:
    rows = [
        (
            d.name,
            percent(d.a),
            percent(d.b),
            points(d.difference),
            signed_interval(d.ci, 1, 100) or NOTHING,
            _marked(d),
        )
        for d in rates
    ]
    return Table("SR@τ", note, ("τ", "A", "B", "Δ", "Δ 95 % (pp)", "p (Holm)"), rows)


def _marked(d: Delta) -> str:
    """The adjusted p, with a star where it may be believed."""
    return NOTHING if d.p_holm is None else p_value(d.p_holm) + (" *" if significant(d.p_holm) else "")


def _changes(c: OpenComparison) -> Table:
    changes = c.changes
    shown = changes if len(changes) <= 2 * LISTED else changes[:LISTED] + changes[-LISTED:]
    left = (
        f" {len(changes) - len(shown)} between them are in compare.json." if len(shown) < len(changes) else ""
    )
    rows = [(str(x.episode), x.task, f"{x.a:.4f}", f"{x.b:.4f}", f"{x.difference:+.4f}") for x in shown]
    note = f"n = {len(changes)} episodes, B's largest gains first.{left}"
    return Table("Error by episode (MAE)", note, ("episode", "task", "A", "B", "Δ"), rows)


def _percent(d: Delta) -> str:
    return NOTHING if d.percent is None else f"{d.percent:+.1f} %"
