"""Write_report, write_tables: what openloop and closedloop call."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from harness.core.errors import UserError
from harness.files.json_files import write_text
from harness.report.csv_export import csv_table
from harness.report.markdown import markdown_report
from harness.report.media_links import Media
from harness.report.page import build_report, render_page
from harness.results.cautions import warnings
from harness.results.scatter import scatter_of
from harness.results.views import read_runs


def write_report(runs: Sequence[Path | str], out: Path | str) -> Path:
    """Write `out/report.html` about `runs` and return its path.

    Videos and pictures of a run are copied to `out/files/`, or linked where they are if `out` is that run's
    own directory. UserError if a path is no run directory, a file in it is broken, or `out` cannot be
    written.
    """
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
    views = read_runs([Path(run) for run in runs])
    relation = scatter_of(views)
    text = csv_table(views, relation) if kind == "csv" else markdown_report(views, warnings(views), relation)
    path = Path(out) / f"report.{kind}"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text(path, text)
    except OSError as error:
        raise UserError(f"cannot write the tables to {error.filename or out}: {error.strerror}") from error
    return path
