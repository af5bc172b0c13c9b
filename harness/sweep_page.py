"""A sweep written out: `sweep.json`, `sweep.md`, `sweep.html` and `sweep.png`.

`sweep.json`: schema, task, policy, chunk_size, default_horizon, best [horizon, strategy] | None, cautions,
findings, notes, trends [`sweep_analysis.Trend`], and points, each {"horizon", "strategy", "runs" {"openloop",
"closedloop": folder}, "openloop" and "closedloop": `overall` of the run's summary, "cost" (`Cost`), "open_cost"
{"chunks", "n"}, "against_default", "against_best" (`RateDelta`: a is the other, b this point; on the
`common_scenes` that ended without error in every setting), "mae_against_default" (`MaeDelta`)}.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness import canvas
from harness.comparison import RateDelta
from harness.comparison_page import Page, markdown
from harness.comparison_tables import NOTHING, Table
from harness.comparison_words import LEVEL, excludes_zero, p_value, signed_interval
from harness.jsonio import write_json, write_text
from harness.policy_names import short_name
from harness.report import template_environment
from harness.report_figures import data_uri
from harness.report_format import interval, number, percent, percent_interval
from harness.sweep_analysis import (
    PLAIN,
    MaeDelta,
    Point,
    against,
    best,
    common_scenes,
    cost,
    effort,
    line_of,
    mae_against,
    trend,
)
from harness.sweep_figure import sweep_figure
from harness.sweep_words import best_sentences, default_sentences, open_sentences, trend_sentence

SCHEMA = 1


@dataclass(frozen=True)
class Sweep:
    """What was swept: every point, the policy's own chunk size and default horizon, and what to beware of."""

    task: str
    policy: str
    chunk_size: int
    default_horizon: int
    points: Sequence[Point]
    cautions: Sequence[str] = ()
    notes: Sequence[str] = ()


def folder(mode: str, point: tuple[int, str]) -> str:
    """The name of the run directory of a point (horizon, strategy) under the sweep's folder."""
    return f"{mode}-h{point[0]}-{point[1]}"


def build_page(sweep: Sweep) -> Page:
    """Everything the sweep says."""
    points = common_scenes(sweep.points)
    default = next((point for point in points if point.key == (sweep.default_horizon, PLAIN)), None)
    top = best(points)
    to_default, to_best = against(points, default), against(points, top)
    maes = mae_against(points, default)
    trends = [
        found
        for strategy in dict.fromkeys(point.strategy for point in points)
        if (found := trend(line_of(points, strategy, sweep.chunk_size), strategy, LEVEL)) is not None
    ]
    findings = [
        *best_sentences(points, top),
        *default_sentences(default, to_default),
        *map(trend_sentence, trends),
        *open_sentences(points, default, maes),
    ]
    scenes = len(points[0].closed_rows)
    cautions = [*sweep.cautions, *_cautions(sweep, points, default)]
    tables = [
        _closed_table(sweep.points, scenes, default, to_default, top, to_best),
        _open_table(sweep.points, default, maes),
        _cost_table(sweep.points),
    ]
    data = {
        "schema": SCHEMA,
        "task": sweep.task,
        "policy": sweep.policy,
        "chunk_size": sweep.chunk_size,
        "default_horizon": sweep.default_horizon,
        "best": None if top is None else list(top.key),
        "common_scenes": scenes,
        "cautions": cautions,
        "findings": findings,
        "notes": list(sweep.notes),
        "trends": trends,
        "points": [_point(point, to_default, to_best, maes) for point in sweep.points],
    }
    return Page(
        f"Horizon sweep: {short_name(sweep.policy)} on {sweep.task}",
        cautions,
        findings,
        tables,
        list(sweep.notes),
        data,
    )


def _point(
    point: Point,
    to_default: Mapping[tuple[int, str], RateDelta],
    to_best: Mapping[tuple[int, str], RateDelta],
    maes: Mapping[tuple[int, str], MaeDelta],
) -> dict[str, Any]:
    return {
        "horizon": point.horizon,
        "strategy": point.strategy,
        "runs": {mode: folder(mode, point.key) for mode in ("openloop", "closedloop")},
        "openloop": point.open,
        "closedloop": point.closed,
        "effort": effort(point.closed_rows),
        "cost": cost(point.closed_rows),
        "open_cost": {"chunks": cost(point.open_rows).chunks, "n": len(point.open_rows)},
        "against_default": to_default.get(point.key),
        "against_best": to_best.get(point.key),
        "mae_against_default": maes.get(point.key),
    }


def _cautions(sweep: Sweep, points: Sequence[Point], default: Point | None) -> list[str]:
    found = []
    if default is None:
        found.append(
            f"The policy's default horizon {sweep.default_horizon} (plain) is not among the settings, so nothing "
            f"is tested against it: add {sweep.default_horizon} to --horizons."
        )
    errors = sum(point.errors for point in points)
    if errors:
        found.append(
            f"{errors} rollouts ended in an error: tests use the {len(points[0].closed_rows)} scenes that ended "
            "without one in every setting."
        )
    return found


def _closed_table(
    points: Sequence[Point],
    scenes: int,
    default: Point | None,
    to_default: Mapping[tuple[int, str], RateDelta],
    top: Point | None,
    to_best: Mapping[tuple[int, str], RateDelta],
) -> Table:
    rows = []
    for point in points:
        n, won = int(point.closed.get("n") or 0), int(point.closed.get("successes") or 0)
        rate, took = to_default.get(point.key), effort(point.closed_rows)
        rows.append(
            (
                point.name + _marks(point, default, top),
                f"{won}/{n}",
                f"{percent(point.closed.get('rate'))} {percent_interval(point.closed.get('ci'))}",
                f"{number(took.actions, 1)} {interval(took.ci, 1)}",
                NOTHING
                if rate is None
                else f"{100 * rate.difference:+.1f} {signed_interval(rate.ci, 1, 100)}",
                _tested(rate),
                _tested(to_best.get(point.key)),
            )
        )
    note = (
        f"95 % Wilson intervals. Differences in percentage points with Newcombe's interval, and exact McNemar "
        f"tests, on the same n = {scenes} scenes; p is Holm-adjusted within its column. The best setting was "
        "chosen on these scenes: tests against it are optimistic. Actions: mean over rollouts with a bootstrap "
        "interval, a failure with all it was given."
    )
    columns = (
        "setting",
        "successes",
        "rate",
        "actions",
        "Δ to default (pp)",
        "against default",
        "against best",
    )
    return Table("Closed loop", note, columns, rows)


def _marks(point: Point, default: Point | None, top: Point | None) -> str:
    words = [
        word
        for word, other in (("default", default), ("best", top))
        if other is not None and other.key == point.key
    ]
    return f" ({', '.join(words)})" if words else ""


def _tested(rate: RateDelta | None) -> str:
    if rate is None:
        return NOTHING
    return f"{p_value(rate.p_holm or 0.0)} (alone: {rate.only_b} here, {rate.only_a} there)"


def _open_table(
    points: Sequence[Point], default: Point | None, maes: Mapping[tuple[int, str], MaeDelta]
) -> Table:
    rows = []
    for point in points:
        block, boundary, change = point.open, point.open.get("boundary") or {}, maes.get(point.key)
        rows.append(
            (
                point.name + _marks(point, default, None),
                f"{number(block.get('mae'))} {interval(block.get('mae_ci'))}",
                NOTHING
                if change is None
                else f"{change.difference:+.4f} {signed_interval(change.ci)}{'*' if excludes_zero(change.ci) else ''}",
                number(block.get("hold_mae")),
                f"{number(boundary.get('jump'))} {interval(boundary.get('jump_ci'))}",
                str(boundary.get("n") or 0),
            )
        )
    n = max((int(point.open.get("episodes") or 0) for point in points), default=0)
    note = (
        f"n = {n} episodes. MAE over all steps, bootstrap by episode; the difference is the mean over episodes, "
        "paired (* excludes 0). Boundary jump: how much more the plan moves at a replan than the demonstration."
    )
    columns = ("setting", "MAE", "Δ to default", "MAE of hold", "boundary jump", "replans (n)")
    return Table("Open loop", note, columns, rows)


def _cost_table(points: Sequence[Point]) -> Table:
    rows = [
        (
            point.name,
            number(cost(point.closed_rows).chunks, 1),
            number(cost(point.closed_rows).ms, 1),
            number(cost(point.open_rows).chunks, 1),
        )
        for point in points
    ]
    note = (
        "Means per rollout and per episode; ms are wall time of this machine, a batch's divided by its rows."
    )
    columns = ("setting", "chunks a rollout", "ms a chunk", "chunks an episode (open loop)")
    return Table("Inference", note, columns, rows)


def write_page(sweep: Sweep, page: Page, out: Path) -> list[Path]:
    """Write the four files to `out`, which exists, and return their paths."""
    figure = sweep_figure(
        sweep.points, title=page.title, default=sweep.default_horizon, chunk_size=sweep.chunk_size
    )
    paths = [out / f"sweep.{kind}" for kind in ("json", "md", "html")]
    write_json(paths[0], page.data)
    html = template_environment().get_template("sweep.html.j2").render(page=page, figure=data_uri(figure))
    picture = "\n![success, actions, error, boundary jump and cost by horizon](sweep.png)\n"
    for path, text in zip(paths[1:], (markdown(page) + picture, html), strict=True):
        write_text(path, text)
    return [*paths, canvas.save(figure, out / "sweep.png")]
