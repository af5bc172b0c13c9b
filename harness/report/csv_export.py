"""Every number, one a line."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

from harness.metrics.catalog import MIXED
from harness.rendering.markdown import cut
from harness.results.metric_rows import Metric, metrics_of, metrics_of_scatter
from harness.results.official import badge_line, departures
from harness.results.scatter import Scatter
from harness.results.views import ALL_TASKS, RunView

COLUMNS = {
    "run": "folder of the run",
    "mode": "openloop or closedloop; `both` for what correlates them, which no single run says",
    "policy": "name of the policy",
    "assets": "what the scenes were made of: real, mixed, stand-in, unknown; empty where nobody said",
    "status": "how the run ended: done, failed, interrupted; running where it was killed",
    "task": f"name of the task, or `{ALL_TASKS}`",
    "metric": "mae, macro_mae (mean over episodes), sr@0.05, mae[JOINT], mae@CHUNK_INDEX, success, progress, "
    "stage[STAGE], failures[REASON], prompt[TASK] (success with that prompt), spearman[mae], ...",
    "unit": f"rad, 0..1, `{MIXED}` (arms and grippers together), rad/step², fraction, count, s, steps, "
    "correlation",
    "value": "the number itself",
    "ci_low": "lower end of its 95 % interval",
    "ci_high": "upper end of its 95 % interval",
    "n": "how many the number is drawn from",
    "n_of": "what n counts: steps, episodes, tasks, rollouts, ...",
    "hold": "the same metric of repeating the current state",
    "mean": "the same metric of always saying the average action",
    "differs": "what of a closed-loop run is not upstream's own evaluation, in words; empty for a replay",
}


def csv_table(runs: Sequence[RunView], scatter: Scatter | None = None) -> str:
    """All numbers of `runs` and of their `scatter`, one a line under the header COLUMNS."""
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(COLUMNS)
    for run in runs:
        about = [run.folder, run.mode, run.policy, run.assets.kind if run.assets else "", run.status]
        differs = (
            badge_line(departures(run.mode, run.config, run.provenance)) if run.mode == "closedloop" else ""
        )
        writer.writerows([*_csv_line(about, m), _cell(differs)] for m in metrics_of(run.summary))
    if scatter:
        for policy, m in metrics_of_scatter(scatter):
            writer.writerow([*_csv_line(["", "both", policy, "", ""], m), ""])
    return target.getvalue()


def _csv_line(about: Sequence[str], m: Metric) -> list[Any]:
    low, high = m.ci or (None, None)
    numbers = [m.value, low, high, m.n, m.n_of, m.hold, m.mean]
    return [*map(_cell, (*about, m.task, m.metric, m.unit)), *("" if x is None else x for x in numbers)]


def _cell(text: str) -> str:
    """Text on one line that no spreadsheet computes."""
    text = cut(text)
    return f"'{text}" if text[:1] in "=+-@" and text else text
