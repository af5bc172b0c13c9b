"""A sweep written out: `sweep.json` (`harness.sweep.record`), `sweep.md`, `sweep.html` and `sweep.png`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.compare.pairs import RateDelta
from harness.files.json_files import write_json, write_text
from harness.media import figure_style
from harness.rendering.document import Page, markdown
from harness.rendering.html import template_environment
from harness.runs.policy_names import short_name
from harness.sweep.analysis import (
    PLAIN,
    MaeDelta,
    Point,
    best,
    common_scenes,
    cost,
    effort,
    folder,
    line_of,
    paired_mae,
    paired_rates,
    trend,
)
from harness.sweep.charts import sweep_charts
from harness.sweep.figure import sweep_figure
from harness.sweep.findings import best_sentences, default_sentences, open_sentences, trend_sentence
from harness.sweep.record import SCHEMA, OpenCost, SettingRecord, SweepRecord
from harness.sweep.tables import _closed_table, _cost_table, _open_table


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


def build_page(sweep: Sweep) -> Page[SweepRecord]:
    """Everything the sweep says."""
    points = common_scenes(sweep.points)
    default = next((point for point in points if point.key == (sweep.default_horizon, PLAIN)), None)
    top = best(points)
    to_default, to_best = paired_rates(points, default), paired_rates(points, top)
    maes = paired_mae(points, default)
    trends = [
        line
        for strategy in dict.fromkeys(point.strategy for point in points)
        if (line := trend(line_of(points, strategy, sweep.chunk_size), strategy)) is not None
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
    record = SweepRecord.of(
        {
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
            "points": [_setting(point, to_default, to_best, maes) for point in sweep.points],
        }
    )
    return Page(
        f"Horizon sweep: {short_name(sweep.policy)} on {sweep.task}",
        cautions,
        findings,
        tables,
        list(sweep.notes),
        record,
    )


def _setting(
    point: Point,
    to_default: Mapping[tuple[int, str], RateDelta],
    to_best: Mapping[tuple[int, str], RateDelta],
    maes: Mapping[tuple[int, str], MaeDelta],
) -> SettingRecord:
    return SettingRecord(
        horizon=point.horizon,
        strategy=point.strategy,
        runs={mode: folder(mode, point.key) for mode in ("openloop", "closedloop")},
        openloop=point.open,
        closedloop=point.closed,
        effort=effort(point.closed_rows),
        cost=cost(point.closed_rows),
        open_cost=OpenCost(chunks=cost(point.open_rows).chunks, n=len(point.open_rows)),
        against_default=to_default.get(point.key),
        against_best=to_best.get(point.key),
        mae_against_default=maes.get(point.key),
    )


def _cautions(sweep: Sweep, points: Sequence[Point], default: Point | None) -> list[str]:
    cautions = []
    if default is None:
        cautions.append(
            f"The policy's default horizon {sweep.default_horizon} (plain) is not among the settings, so nothing "
            f"is tested against it: add {sweep.default_horizon} to --horizons."
        )
    errors = sum(point.errors for point in points)
    if errors:
        cautions.append(
            f"{errors} rollouts ended in an error: tests use the {len(points[0].closed_rows)} scenes that ended "
            "without one in every setting."
        )
    return cautions


def write_page(sweep: Sweep, page: Page[SweepRecord], out: Path) -> list[Path]:
    """Write the four files to `out`, which exists, and return their paths."""
    figure = sweep_figure(
        sweep.points, title=page.title, default=sweep.default_horizon, chunk_size=sweep.chunk_size
    )
    paths = [out / f"sweep.{kind}" for kind in ("json", "md", "html")]
    write_json(paths[0], page.data)
    drawn = sweep_charts(sweep.points, default=sweep.default_horizon, chunk_size=sweep.chunk_size)
    html = template_environment().get_template("sweep.html.j2").render(page=page, figures=drawn)
    picture = "\n![success, actions, error, boundary jump and cost by horizon](sweep.png)\n"
    for path, text in zip(paths[1:], (markdown(page) + picture, html), strict=True):
        write_text(path, text)
    return [*paths, figure_style.save(figure, out / "sweep.png")]
