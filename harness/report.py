"""Any runs on one page, or as tables: how well a policy repeats demonstrations, and whether it does the task.

    python -m harness.report runs/a-openloop-demo runs/b-closedloop-demo --out report/
    python -m harness.report runs/a-openloop-demo --format csv
    python -m harness.report runs/a-sweep-demo runs/b-sweep-hold --out report/

The page opens from disk without a network. Everything in a run directory is treated as text from a stranger:
it is escaped, and only videos and pictures inside the run directory are copied or linked. `--format csv` writes
every number of the summaries, one a line, `md` tables for a model card (`harness.tables`).
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from tyro.conf import Positional

from harness import cli
from harness.errors import UserError
from harness.jsonio import write_text

if TYPE_CHECKING:
    from jinja2 import Environment


@dataclass(frozen=True)
class Config:
    """Put open-loop and closed-loop runs side by side: one HTML page, or tables."""

    runs: Positional[tuple[Path, ...]]
    """Run directories, of openloop and closedloop, of one policy or several; a folder of runs (a sweep's, the demo's)
    means all of them."""
    out: Path | None = None
    """Where to write report.html and the videos it shows, or report.csv or report.md; default: the run itself if
    there is only one."""
    format: Literal["html", "csv", "md"] = "html"
    """`html`: the page; `csv`: every number, one a line (columns: harness/tables.py); `md`: Markdown tables."""


def write_report(runs: Sequence[Path | str], out: Path | str) -> Path:
    """Write `out/report.html` about `runs` and return its path.

    Videos and pictures of a run are copied to `out/files/`, or linked where they are if `out` is that run's
    own directory. UserError if a path is no run directory, a file in it is broken, or `out` cannot be
    written.
    """
    from harness.report_data import build_report
    from harness.report_media import Media

    if not runs:
        raise UserError("give at least one run directory that openloop or closedloop wrote")
    out = Path(out)
    try:
        out.mkdir(parents=True, exist_ok=True)
        media = Media(out)
        html = render_page(build_report([Path(run) for run in runs], media))
        path = out / "report.html"
        write_text(path, html)
    except OSError as error:
        raise UserError(f"cannot write the report to {error.filename or out}: {error.strerror}") from error
    return path


def write_tables(runs: Sequence[Path | str], out: Path | str, kind: Literal["csv", "md"]) -> Path:
    """Write `out/report.csv` or `out/report.md` about `runs` and return its path; UserError as `write_report`."""
    from harness.report_data import read_runs, scatter_of, warnings
    from harness.tables import csv_table, markdown_report

    views = read_runs([Path(run) for run in runs])
    found = scatter_of(views)
    text = csv_table(views, found) if kind == "csv" else markdown_report(views, warnings(views), found)
    path = Path(out) / f"report.{kind}"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text(path, text)
    except OSError as error:
        raise UserError(f"cannot write the tables to {error.filename or out}: {error.strerror}") from error
    return path


def render_page(report: object) -> str:
    """The page as text, style and script inside; `report` is a `harness.report_data.Report`."""
    import base64
    import hashlib

    environment = template_environment()
    script = hashlib.sha256(environment.get_template("report.js").render().encode()).digest()
    return environment.get_template("report.html.j2").render(
        report=report, script_hash=base64.b64encode(script).decode()
    )


def template_environment() -> Environment:
    """Where the project's pages are made: everything that is filled in is escaped, nothing may be missing."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    from harness import report_format

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(report_format.FILTERS)
    return environment


def main(config: Config) -> None:
    """Write the report and say where it is."""
    if not config.runs:
        raise UserError("give at least one run directory that openloop or closedloop wrote")
    runs = [run for path in config.runs for run in runs_in(path)]
    if not runs:
        raise UserError("none of these is a run directory that openloop or closedloop wrote; give one")
    if config.out is None and len(runs) > 1:
        raise UserError("several runs need a place for their report: add --out DIR")
    out = config.out or runs[0]
    if config.format == "html":
        print(write_report(runs, out))
    else:
        print(write_tables(runs, out, config.format))


def runs_in(path: Path) -> list[Path]:
    """The run directories that `path` means: itself, those in it (a sweep, the demo), or none (a comparison)."""
    if (path / "run.json").is_file():
        return [path]
    if (path / "compare.json").is_file():
        print(f"{path} is a comparison, not a run: left out", file=sys.stderr)
        return []
    found = sorted((file.parent for file in path.glob("*/run.json")), reverse=True)  # open loop first
    if not found:
        return [path]  # which RunDir.load says is none
    return sorted(found, key=lambda run: [int(number) for number in re.findall(r"\d+", run.name)])


if __name__ == "__main__":
    cli.run(main, Config)
