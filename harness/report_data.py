"""What the report shows, as plain data for the template: runs, policies, and the policy by task table.

Everything is computed anew from the rows and predictions, never taken from a run's summary.json: a page
cannot say something its episodes do not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness import metrics, windows
from harness.advice import Advice, advise
from harness.asset_kinds import ASSETS, Assets, assets_named
from harness.control_names import is_control
from harness.jsonio import clean
from harness.policy_names import policy_names
from harness.report_beside import Beside, beside_baselines
from harness.report_figures import open_against_closed_figures, run_figures, side_by_side_figures
from harness.report_lines import ALL_TASKS, Line, TaskGroup, headings, policy_lines, task_groups
from harness.report_media import Media
from harness.results import RunDir
from harness.rows import FIELDS, latest
from harness.scatter import Scatter, scatter
from harness.summary import summarize_closedloop, summarize_openloop

LIMITS = {
    "explains": windows.SHIFT_EXPLAINS,
    "helpless": windows.SHIFT_HELPLESS,
    "plan": windows.PLAN_ERROR,
    "shift": windows.MAX_SHIFT,
    "radius": metrics.CRITICAL_RADIUS,
    "moves": metrics.GRIPPER_MOVES,
}
"""What the page's definitions quote."""


@dataclass(frozen=True)
class RunView:
    """One run as a section of the page. policy: a short name (`harness.policy_names`); policy_given: the whole one."""

    anchor: str
    folder: str
    mode: str
    status: str
    error: str | None
    started: str
    policy: str
    policy_given: str
    settings: str
    dataset: str | None
    assets: Assets | None
    summary: dict[str, Any]
    rows: list[dict[str, Any]]
    beside: list[Beside]
    advice: Advice | None
    figures: list[tuple[str, str]]
    command: str
    config: dict[str, Any]
    provenance: dict[str, Any]

    @property
    def finished(self) -> bool:
        """Whether the run ended by itself: only then are its numbers the numbers of what was asked for."""
        return self.status == "done"


@dataclass(frozen=True)
class Report:
    """The whole page."""

    title: str
    runs: list[RunView]
    headings: Mapping[str, str]
    totals: list[Line]
    groups: list[TaskGroup]
    figures: list[tuple[str, str]]
    scatter: Scatter | None
    scatter_figures: list[tuple[str, str]]
    warnings: list[str]
    joints: list[tuple[str, str]]
    thresholds: list[str]
    limits: Mapping[str, float]


def build_report(paths: Sequence[Path], media: Media) -> Report:
    """Read the runs in `paths` into a Report; UserError where one is no run directory."""
    runs = read_runs(paths, media)
    lines = policy_lines(runs)
    totals = [line for line in lines if line.task == ALL_TASKS]
    by_task = [line for line in lines if line.task != ALL_TASKS]
    groups = task_groups(by_task)
    found = scatter(by_task)
    return Report(
        title=", ".join(dict.fromkeys(run.policy for run in runs)),
        runs=runs,
        headings=headings(runs),
        totals=totals,
        groups=groups,
        figures=side_by_side_figures(by_task),
        scatter=found,
        scatter_figures=open_against_closed_figures(found),
        warnings=warnings(runs),
        joints=list(zip(metrics.JOINT_NAMES, metrics.JOINT_UNITS, strict=True)),
        thresholds=[f"{tau:.2f}" for tau in metrics.THRESHOLDS],
        limits=LIMITS,
    )


def scatter_of(runs: Sequence[RunView]) -> Scatter | None:
    """Open against closed over all runs; None where there is nothing to correlate."""
    return scatter([line for line in policy_lines(runs) if line.task != ALL_TASKS])


def read_runs(paths: Sequence[Path], media: Media | None = None) -> list[RunView]:
    """The runs in `paths`, read; without `media` no video, overlay or figure is shown. UserError as above."""
    loaded = [RunDir.load(path) for path in paths]
    names = policy_names([run.run for run in loaded])
    return [
        run_view(run, i, *name, media) for i, (run, name) in enumerate(zip(loaded, names, strict=True), 1)
    ]


def run_view(run: RunDir, index: int, policy: str, given: str, media: Media | None) -> RunView:
    """Everything the page says about one run."""
    from robotwin_env import task_names

    rows = [dict.fromkeys(FIELDS[run.mode]) | dict(row) for row in latest(run.rows(), run.mode)]
    if run.mode == "openloop":
        summary = clean(summarize_openloop(rows, run.predictions))
    else:
        summary = clean(summarize_closedloop(rows))
    for row in rows:
        row["video"] = media.link(run, index, row.get("video")) if media else None
        row["plot"] = media.link(run, index, row.get("plot")) if media and run.mode == "openloop" else None
    config, provenance = run.run["config"], run.run["provenance"]
    command = run.run.get("command")
    return RunView(
        anchor=f"run-{index}",
        folder=run.path.resolve().name,
        mode=run.mode,
        status=run.run["status"],
        error=_text(run.run.get("error")),
        started=_text(run.run.get("started")) or "",
        policy=policy,
        policy_given=given,
        settings=settings_line(config),
        dataset=_text(provenance.get("dataset") or config.get("dataset")) if run.mode == "openloop" else None,
        assets=assets_of(run.mode, provenance),
        summary=summary,
        rows=rows,
        beside=beside_baselines(summary) if run.mode == "openloop" and rows else [],
        advice=advise(run.mode, rows, summary, config, task_names()),
        figures=run_figures(summary, rows, policy, config)
        if media and run.mode == "openloop" and rows
        else [],
        command=" ".join(map(str, command)) if isinstance(command, list) else "",
        config=config,
        provenance=provenance,
    )


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def settings_line(config: Mapping[str, Any]) -> str:
    """The settings that decide a score, short enough for a table cell."""
    parts = []
    if config.get("horizon") is not None:
        parts.append(f"horizon {config['horizon']}")
    if config.get("strategy") is not None:
        parts.append(f"strategy {config['strategy']}")
    if config.get("config") is not None:
        parts.append(str(config["config"]))
    if config.get("seed") is not None:
        parts.append(f"seed {config['seed']}")
    if config.get("max_actions") is not None:
        parts.append(f"at most {config['max_actions']} actions")
    return " · ".join(parts)


def assets_of(mode: str, provenance: Mapping[str, Any]) -> Assets | None:
    """What the scene was made of; None for recorded data whose origin nobody stated."""
    kind = provenance.get("assets_kind")
    return None if kind is None and mode == "openloop" else assets_named(kind)


def warnings(runs: Sequence[RunView]) -> list[str]:
    """What a reader must know before quoting a number."""
    found = []
    closed = [run for run in runs if run.mode == "closedloop"]
    used = [run.assets for run in runs if run.assets]
    found += [assets.warning for assets in ASSETS.values() if assets.warning and assets in used]
    found += [
        f"{run.folder} did not finish ({run.status}{f': {run.error}' if run.error else ''}): "
        f"its numbers are those of the {len(run.rows)} episodes it got through."
        for run in runs
        if not run.finished
    ]
    found += [
        f"{run.folder} is a control, not a result: {run.policy} (--ablate {run.config['ablate']})."
        for run in runs
        if is_control(run.config)
    ]
    found += [
        f"{run.folder}: {words}."
        for run in runs
        for words in map(run.provenance.get, ("trained_on", "not_meant_for"))
        if words
    ]
    paces: dict[str, list[str]] = {}
    for run in runs:
        if run.mode == "openloop":
            paces.setdefault(str(run.provenance.get("dataset_pace") or "unknown"), []).append(run.folder)
    if len(paces) > 1:
        found.append(
            "Open-loop errors of episodes recorded at different paces do not compare: "
            + "; ".join(f"{pace} in {', '.join(folders)}" for pace, folders in paces.items())
            + "."
        )
    for run in closed:
        errors = run.summary["overall"]["errors"]
        if errors:
            found.append(f"{run.folder}: rollouts that ended in an error: {errors}. They count neither way.")
    return found
