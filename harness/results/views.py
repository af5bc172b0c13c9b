"""RunView: a finished run read back as plain data.

Everything is computed anew from the rows and predictions, never taken from a run's summary.json: a page
cannot say something its episodes do not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from harness.core.asset_labels import Assets, assets_named
from harness.metrics.closedloop_summary import summarize_closedloop
from harness.metrics.openloop_summary import summarize_openloop
from harness.runs.compatibility import EARLIER
from harness.runs.description import Provenance, RunConfig
from harness.runs.directory import RunDir
from harness.runs.policy_names import policy_names
from harness.runs.rows import ClosedLoopRow, OpenLoopRow, Row, latest
from harness.runs.summaries.closedloop import ClosedLoopSummary
from harness.runs.summaries.modes import Summary
from harness.runs.summaries.openloop import OpenLoopSummary

ALL_TASKS = "all tasks"


@dataclass(frozen=True)
class RunView:
    """One run, read back. policy: a short name (`harness.runs.policy_names`); policy_given: the whole one.

    Whoever knows the mode reads `open_…` or `closed_…`: rows and summary of that mode; the other's summary is a
    TypeError.
    """

    anchor: str
    path: Path
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
    summary: Summary
    rows: Sequence[Row]
    command: str
    config: RunConfig
    provenance: Provenance

    @property
    def finished(self) -> bool:
        """Whether the run ended by itself: only then are its numbers the numbers of what was asked for."""
        return self.status == "done"

    @property
    def open_rows(self) -> list[OpenLoopRow]:
        """The episodes of a replay; none of a closed-loop run."""
        return [row for row in self.rows if isinstance(row, OpenLoopRow)]

    @property
    def closed_rows(self) -> list[ClosedLoopRow]:
        """The rollouts of a closed-loop run; none of a replay."""
        return [row for row in self.rows if isinstance(row, ClosedLoopRow)]

    @property
    def open_summary(self) -> OpenLoopSummary:
        """What a replay says as a whole."""
        if isinstance(self.summary, OpenLoopSummary):
            return self.summary
        raise TypeError(f"{self.folder} is no replay")

    @property
    def closed_summary(self) -> ClosedLoopSummary:
        """What a closed-loop run says as a whole."""
        if isinstance(self.summary, ClosedLoopSummary):
            return self.summary
        raise TypeError(f"{self.folder} is no closed-loop run")


def read_runs(paths: Sequence[Path]) -> list[RunView]:
    """The runs in `paths`, read; UserError where one is no run directory, or a file in it is broken."""
    loaded = [RunDir.load(path) for path in paths]
    names = policy_names([run.record for run in loaded])
    return [run_view(run, i, *name) for i, (run, name) in enumerate(zip(loaded, names, strict=True), 1)]


def run_view(run: RunDir, index: int, policy: str, given: str) -> RunView:
    """What one run says; `video` and `plot` of its rows are the names its rows give."""
    rows, summary = _rows_and_summary(run)
    about = run.record
    config, provenance = about.config, about.provenance
    return RunView(
        anchor=f"run-{index}",
        path=run.path,
        folder=run.path.resolve().name,
        mode=run.mode,
        status=about.status,
        error=about.error,
        started=about.started or "",
        policy=policy,
        policy_given=given,
        settings=settings_line(config),
        dataset=(provenance.dataset or config.dataset) if run.mode == "openloop" else None,
        assets=assets_of(run.mode, provenance),
        summary=summary,
        rows=rows,
        command=" ".join(about.command or ()),
        config=config,
        provenance=provenance,
    )


def _rows_and_summary(run: RunDir) -> tuple[Sequence[Row], Summary]:
    if run.mode == "openloop":
        replayed = latest(run.open_rows())
        return replayed, summarize_openloop(replayed, run.predictions)
    rollouts = latest(run.closed_rows())
    return rollouts, summarize_closedloop(rollouts)


def settings_line(config: RunConfig) -> str:
    """The settings that decide a score, short enough for a table cell."""
    parts = []
    if config.horizon is not None:
        parts.append(f"horizon {config.horizon}")
    if config.strategy is not None:
        parts.append(f"strategy {config.strategy}")
    if config.config is not None:
        parts.append(config.config)
    if config.scenes not in (None, EARLIER["scenes"]):
        parts.append(f"{PurePath(str(config.scenes)).name} scenes")
    if config.seed is not None:
        parts.append(f"seed {config.seed}")
    if config.max_actions is not None:
        parts.append(f"at most {config.max_actions} actions")
    return " · ".join(parts)


def assets_of(mode: str, provenance: Provenance) -> Assets | None:
    """What the scene was made of; None for recorded data whose origin nobody stated."""
    kind = provenance.assets_kind
    return None if kind is None and mode == "openloop" else assets_named(kind)


def settings(run: RunView) -> tuple[Any, str]:
    """What makes the same checkpoint behave differently: (horizon, chunk strategy)."""
    return run.config.horizon, run.config.strategy or "plain"


def variant_name(policy: str, variant: tuple[Any, str]) -> str:
    """`policy, horizon 10`, and the strategy unless it is plain."""
    horizon, strategy = variant
    return ", ".join([policy, f"horizon {horizon}", *([strategy] if strategy != "plain" else [])])
