"""The Hub's `.eval_results/*.yaml`: rates as entries of a registered benchmark, where its id is given. Pure.

Format: hub-docs, docs/hub/eval-results.md; huggingface_hub 1.33's own writer returns dictionaries and checks neither
id nor value, so both are checked here. No benchmark of RoboTwin is registered that we know of: the id is the author's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from harness.core.errors import UserError
from harness.publish.metadata import SOURCE, TASKS_LISTED, rounded
from harness.publish.redaction import is_trained, unofficial
from harness.results.views import RunView

FOLDER = ".eval_results"
FILE = "robotwin-evaluation.yaml"


def eval_yaml(runs: Sequence[RunView], benchmark: str, url: str) -> str:
    """The file's text: an entry a task, and one over the tasks. UserError where a run is no score of a benchmark."""
    import yaml

    entries = [entry for run in runs if counts(run) for entry in _entries(run, benchmark, url)]
    if not entries:
        raise UserError(
            f"--benchmark-id {benchmark}: there is no finished closed-loop run of a trained policy to be entered"
        )
    return str(yaml.safe_dump(entries, sort_keys=False, allow_unicode=True))


def counts(run: RunView) -> bool:
    """Whether a run's rates belong there; UserError for one that does but is no RoboTwin score."""
    if run.mode != "closedloop" or not is_trained(run) or not run.finished or not run.rows:
        return False
    why = unofficial(run)
    if why:
        raise UserError(f"--benchmark-id: {run.folder} is {why}; publish it without")
    return True


def _entries(run: RunView, benchmark: str, url: str) -> Iterator[dict[str, Any]]:
    config, scenes = run.config, run.provenance.scenes or "protocol"
    how = f"{config.config}, scenes {scenes}, horizon {config.horizon}"
    rates = {
        task: (rate.rate, rate.ci, f"{rate.successes} of {rate.n}")
        for task, rate in [*run.closed_summary.tasks.items()][:TASKS_LISTED]
        if rate.rate is not None
    }
    macro = run.closed_summary.task_macro
    if macro.rate is not None and macro.tasks > 1:
        rates["all"] = macro.rate, macro.ci, f"mean over {macro.tasks} tasks"
    for task, (rate, ci, counted) in rates.items():
        between = f", 95 % {100 * ci[0]:.1f}-{100 * ci[1]:.1f}" if ci else ""
        entry: dict[str, Any] = {"dataset": {"id": benchmark, "task_id": task}}
        entry["value"] = rounded(100 * rate)
        if run.started:
            entry["date"] = run.started
        entry["source"] = {"url": url, "name": SOURCE}
        entry["notes"] = f"success in percent: {counted}{between}; {how}"
        yield entry
