"""The page as data and as HTML: its sections, the baseline table of each replay, definitions."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path

from harness.core.asset_labels import Assets
from harness.core.numbers import count
from harness.core.robot import JOINT_NAMES, JOINT_UNITS
from harness.metrics import action_error, replan_windows
from harness.metrics.catalog import OPEN_METRICS
from harness.rendering.charts.colours import colours_of
from harness.rendering.charts.marks import Figure
from harness.rendering.html import template_environment
from harness.report.charts import relation_charts, replay_charts
from harness.report.films.shown import Clip, Wall, build_wall, clips_of
from harness.report.matrix import Matrix, common_settings, matrix, set_apart, shared_departures
from harness.report.media_links import Media
from harness.report.next_recordings import Advice, advise
from harness.report.row_tables import RowTable, episodes, rollouts
from harness.report.why import Why, why
from harness.results.cautions import warnings
from harness.results.lines import Line, headings, policy_lines
from harness.results.official import Departure
from harness.results.scatter import Scatter, scatter
from harness.results.verdicts import Verdict, verdicts
from harness.results.views import ALL_TASKS, RunView, read_runs
from harness.runs.rows import OpenLoopRow
from harness.runs.summaries.openloop import Means, OpenLoopSummary

LIMITS = {
    "explains": replan_windows.SHIFT_EXPLAINS,
    "helpless": replan_windows.SHIFT_HELPLESS,
    "plan": replan_windows.PLAN_ERROR,
    "shift": replan_windows.MAX_SHIFT,
    "radius": action_error.CRITICAL_RADIUS,
    "moves": action_error.GRIPPER_MOVES,
}
"""What the page's definitions quote."""
CLIPS = 6
"""Films of a replay that stand on the page; its table links to all."""


@dataclass(frozen=True)
class BaselineRow:
    """One metric of the policy with its interval, of hold and of mean; n in words, share: a fraction of steps."""

    name: str
    policy: float | None
    ci: Sequence[float] | None
    hold: float | None
    mean: float | None
    n: str
    share: bool = False


def baseline_table(summary: OpenLoopSummary) -> list[BaselineRow]:
    """Every metric over a whole open-loop run, hold and mean beside it, n with it."""
    block, critical, boundary = summary.overall, summary.critical, summary.boundary
    steps = f"{count(block.frames)} steps"

    def line(name: str, part: Means, key: str, n: str) -> BaselineRow:
        hold, mean = part.number(f"hold_{key}"), part.number(f"mean_{key}")
        return BaselineRow(name, part.number(key), part.interval(key), hold, mean, n)

    table = [line(f"{known.label} ({known.unit})", block, known.key, steps) for known in OPEN_METRICS]
    table.insert(1, line("MAE, mean over episodes", block, "macro_mae", f"{block.episodes} episodes"))
    for tau, rate in block.sr.items():
        hold, mean = (block.value(f"{name}_sr") or {} for name in ("hold", "mean"))
        ci = (block.sr_ci or {}).get(tau)
        table.append(BaselineRow(f"SR@{tau}", rate, ci, hold.get(tau), mean.get(tau), steps, share=True))
    if critical and critical.frames:
        near = f"{count(critical.frames)} steps of {critical.episodes} episodes"
        where = f"within ±{critical.radius} frames of a gripper transition"
        table.append(line(f"MAE {where}", critical, "mae", near))
        table.append(line("… arms (rad)", critical, "mae_arms", near))
        table.append(line("… grippers (0..1)", critical, "mae_grippers", near))
    if boundary and boundary.n:
        replans = f"{count(boundary.n)} replans"
        table.append(line("jump at a replan, beyond the demonstration's", boundary, "jump", replans))
        table.append(line("… arms (rad)", boundary, "jump_arms", replans))
        table.append(line("… grippers (0..1)", boundary, "jump_grippers", replans))
    return table


def render_page(report: Report) -> str:
    """The page as text, style and script inside."""
    return template_environment().get_template("report.html.j2").render(report=report)


@dataclass(frozen=True)
class Section(RunView):
    """A run as a section of the page: its rows link to what may be shown of them."""

    beside: list[BaselineRow]
    advice: Advice | None
    figures: list[Figure]
    table: RowTable
    why: Why | None
    clips: list[Clip]


def section(run: RunView, known: Collection[str], colour: str, runs: Sequence[RunView] = ()) -> Section:
    """The section of a run whose rows link to films already; `known` are the tasks that can be recorded.

    runs: all of the page, among them the expert's in the same scenes.
    """
    replay = run.mode == "openloop" and bool(run.rows)
    read = {field.name: getattr(run, field.name) for field in fields(RunView)}
    return Section(
        **read,
        beside=baseline_table(run.open_summary) if replay else [],
        advice=advise(run.rows, run.summary, run.config, known),
        figures=(
            replay_charts(run.open_summary, run.open_rows, colour, run.config.horizon) if replay else []
        ),
        table=episodes(run.open_rows) if run.mode == "openloop" else rollouts(run.closed_rows),
        why=why(run, runs),
        clips=clips_of(run, CLIPS) if replay else [],
    )


def linked(run: RunView, index: int, media: Media) -> RunView:
    """The `index`-th run (from 1), its rows naming links that work from the page instead of its own files."""
    rows = [
        row.model_copy(
            update={
                "source_file": row.video,
                "video": media.link(run.path, index, row.video),
                "plot": media.link(run.path, index, row.plot) if isinstance(row, OpenLoopRow) else None,
            }
        )
        for row in run.rows
    ]
    return replace(run, rows=rows)


@dataclass(frozen=True)
class Report:
    """The whole page."""

    title: str
    runs: list[Section]
    headings: Mapping[str, str]
    verdicts: list[Verdict]
    totals: list[Line]
    matrix: Matrix
    wall: Wall
    scatter: Scatter | None
    scatter_figures: list[Figure]
    warnings: list[str]
    official: Sequence[Departure]
    unlike: Mapping[str, list[Departure]]
    common: Mapping[str, list[str]]
    apart: Mapping[str, str]
    assets: Sequence[Assets]
    colours: Mapping[str, str]
    joints: list[tuple[str, str]]
    limits: Mapping[str, float]


def build_report(paths: Sequence[Path], media: Media) -> Report:
    """Read the runs in `paths` into a Report; UserError where one is no run directory."""
    from robotwin_env import task_names

    runs = [linked(run, index, media) for index, run in enumerate(read_runs(paths), 1)]
    lines = policy_lines(runs)
    totals = [line for line in lines if line.task == ALL_TASKS]
    by_task = [line for line in lines if line.task != ALL_TASKS]
    relation, apart = scatter(by_task), set_apart(runs)
    colours = colours_of([*(run.policy for run in runs), *(line.policy for line in lines), "hold", "mean"])
    official, unlike = shared_departures(runs)
    known = task_names()
    return Report(
        title=", ".join(dict.fromkeys(run.policy for run in runs)),
        runs=[section(run, known, colours[run.policy], runs) for run in runs],
        headings=headings(runs),
        verdicts=verdicts(runs, relation),
        totals=totals,
        matrix=matrix(totals, by_task, apart),
        wall=build_wall(runs),
        scatter=relation,
        scatter_figures=relation_charts(relation.points, colours) if relation else [],
        warnings=warnings(runs),
        official=official,
        unlike=unlike,
        common={
            mode: common_settings([r for r in runs if r.mode == mode]) for mode in ("openloop", "closedloop")
        },
        apart=apart,
        assets=list(dict.fromkeys(run.assets for run in runs if run.assets)),
        colours=colours,
        joints=list(zip(JOINT_NAMES, JOINT_UNITS, strict=True)),
        limits=LIMITS,
    )
