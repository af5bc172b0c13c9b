"""Two runs side by side: what changed from A to B, and whether the episodes both ran carry it.

    python -m harness.compare runs/a-openloop-5k runs/b-openloop-30k
    python -m harness.compare runs/a-closedloop-h50 runs/b-closedloop-h10 --out compare/
    python -m harness.compare runs/a-closedloop runs/b-closedloop --beside runs/c-closedloop-expert
    python -m harness.compare published:blog runs/b-openloop-30k
    python -m harness.compare published:blog/phase-b published:blog/phase-b2
    python -m harness.compare runs/b-closedloop-pi0 published:robotwin2/pi0

Open loop: MAE, MSE, SR@tau, joints, tasks and episodes with Δ, Δ %, paired intervals and exact sign-flip tests.
Closed loop: successes on the same (task, seed) with the exact McNemar test. Runs of another mode, of other data or
without a shared episode are refused; what else differs (horizon, assets, instructions, versions, ...) is a printed
warning. Published figures have no episodes: their tables stand beside a run, labelled, and nothing is tested.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from harness.compare.closedloop import compare_closedloop
from harness.compare.comparability import cautions, refuse
from harness.compare.config import Config
from harness.compare.findings import closed_findings, open_findings
from harness.compare.openloop import compare_openloop
from harness.compare.published.beside import rate_tables, rates_beside
from harness.compare.record import SCHEMA, Comparison, side_record
from harness.compare.shown import check_beside, shown
from harness.compare.side_table import side_table
from harness.compare.sides import Side, by_scene, read_side
from harness.compare.tables import closed_tables, open_tables, whole_tables
from harness.core.errors import UserError
from harness.metrics.openloop_summary import summarize_openloop
from harness.rendering.document import Page, print_page, write_page
from harness.runs.folders import result_folder, slug
from harness.runs.policy_names import short_names


def build_page(a: Side, b: Side) -> Page[Comparison]:
    """Everything the comparison says; UserError where the sides cannot be compared."""
    b = by_scene(a, b)
    refuse(a, b)
    opened = closed = whole = None
    short = short_names([a.policy, b.policy])
    tables, findings = [side_table(a, b, short)], []
    beside = None
    if a.rates is not None or b.rates is not None:
        beside = rates_beside(a, b)
        tables += rate_tables(beside, a, b, short)
    elif a.mode == "closedloop":
        closed = compare_closedloop(a.rollouts, b.rollouts)
        tables += closed_tables(closed)
        findings = closed_findings(closed)
    elif not (a.published or b.published):
        opened = compare_openloop(a.open_rows, b.open_rows)
        tables += open_tables(opened)
        findings = open_findings(opened)
    if a.mode == "openloop" and (opened is None or opened.only_a or opened.only_b):
        whole = {
            name: side.block or summarize_openloop(side.open_rows).overall
            for name, side in (("a", a), ("b", b))
        }
        published = (
            "A published figure stands beside" if a.published or b.published else "Not the same episodes"
        )
        note = f"{published}: the differences are not tested and are no evidence."
        marks = [", published" if side.published else "" for side in (a, b)]
        tables += whole_tables(whole["a"], whole["b"], (short[0] + marks[0], short[1] + marks[1]), note)
    notes = list(dict.fromkeys([*a.notes, *b.notes]))
    beware = cautions(a, b)
    record = Comparison.of(
        {
            "schema": SCHEMA,
            "mode": a.mode,
            "a": side_record(a),
            "b": side_record(b),
            "cautions": beware,
            "findings": findings,
            "notes": notes,
            "openloop": opened,
            "closedloop": closed,
            "beside": beside,
            "whole": whole,
        }
    )
    title = " against ".join(short if short[0] != short[1] else _with_folders(short, (a, b)))
    return Page(title, beware, findings, [table.filled for table in tables], notes, record)


def _with_folders(names: Sequence[str], sides: Sequence[Side]) -> list[str]:
    """The names of one policy twice, told apart by the folders of the runs."""
    return [f"{name} ({Path(side.where).name})" for name, side in zip(names, sides, strict=True)]


def out_folder(config: Config) -> Path:
    """Where to write, made if it is not there."""
    names = "-".join(slug(Path(name.replace(":", "/")).name) for name in (config.a, config.b))
    return result_folder(config.out, "compare", names)


def main(config: Config) -> None:
    """Compare, print and write."""
    sides = read_side(config.a), read_side(config.b)
    page = build_page(*sides)
    check_beside(sides, config.beside)
    out = out_folder(config)
    print_page(page)
    try:
        for path in write_page(page, out, shown(sides, page.data, config.beside, out)):
            print(path)
    except OSError as error:
        raise UserError(f"cannot write to {error.filename or out}: {error.strerror}") from error
