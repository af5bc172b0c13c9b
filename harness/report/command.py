"""Any runs on one page, or as tables: how well a policy repeats demonstrations, and whether it does the task.

    python -m harness.report runs/a-openloop-demo runs/b-closedloop-demo --out report/
    python -m harness.report runs/a-openloop-demo --format csv
    python -m harness.report runs/a-sweep-demo runs/b-sweep-hold --out report/

The page opens from disk without a network. Everything in a run directory is treated as text from a stranger:
it is escaped, and only videos and pictures inside the run directory are copied or linked. `--format csv` writes
every number of the summaries, one a line, `md` tables for a model card (`harness.results.metric_rows`).
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from pathlib import Path

from harness.core.errors import UserError
from harness.report.config import Config
from harness.report.write import write_report, write_tables


def main(config: Config) -> None:
    """Write the report and say where it is."""
    if not config.runs:
        raise UserError("give at least one run directory that openloop or closedloop wrote")
    runs = each_once(run for path in config.runs for run in runs_in(path))
    if not runs:
        raise UserError("none of these is a run directory that openloop or closedloop wrote; give one")
    if config.out is None and len(runs) > 1:
        raise UserError("several runs need a place for their report: add --out DIR")
    out = config.out or runs[0]
    if config.format == "html":
        print(write_report(runs, out))
    else:
        print(write_tables(runs, out, config.format))


def each_once(paths: Iterable[Path]) -> list[Path]:
    """The run directories without those that were named before, which is said."""
    by_place: dict[Path, Path] = {}
    for path in paths:
        if path.resolve() in by_place:
            print(f"{path} is given twice: shown once", file=sys.stderr)
        by_place.setdefault(path.resolve(), path)
    return list(by_place.values())


def runs_in(path: Path) -> list[Path]:
    """The run directories that `path` means: itself, those in it (a sweep, the demo), or none (a comparison)."""
    if (path / "run.json").is_file():
        return [path]
    if (path / "compare.json").is_file():
        print(f"{path} is a comparison, not a run: left out", file=sys.stderr)
        return []
    runs = sorted((file.parent for file in path.glob("*/run.json")), reverse=True)  # open loop first
    if not runs:
        return [path]  # which RunDir.load says is none
    return sorted(runs, key=lambda run: [int(number) for number in re.findall(r"\d+", run.name)])
