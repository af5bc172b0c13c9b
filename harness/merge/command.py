"""Join the parts of a run that `--shard` divided over machines that know nothing of each other.

    python -m harness.closedloop --task all --shard 1/4 --out parts/1      on one machine, 2/4 … on others
    python -m harness.merge parts/* --out runs/all

Settings, inputs and code must be equal, every part there and finished, and every episode in one of them. The rows are
those of the run as one machine would have written them, but for their times; summary and report are of the whole.
"""

from __future__ import annotations

import re
import shutil
from typing import Any

from harness.core.asset_labels import assets_named
from harness.core.errors import UserError
from harness.core.text import one_line
from harness.merge.config import Config
from harness.merge.parts import Part, check, joined, read_part, whole
from harness.metrics.closedloop_summary import summarize_closedloop
from harness.metrics.departure_record import read_departures, united, write_departures
from harness.metrics.openloop_summary import summarize_openloop
from harness.rendering.console import print_closedloop, print_openloop
from harness.report.write import write_report
from harness.results.cautions import listed_scenes_caution
from harness.runs.directory import RunDir
from harness.runs.resume import explained_stop
from harness.runs.rows import OpenLoopRow, Row, latest
from harness.runs.trajectories import file_name

KEPT = re.compile(r"(videos/[^/\\\0]+\.mp4|plots/[^/\\\0]+\.png|predictions/[^/\\\0]+\.npz)")
"""Files of a part that go with its rows: nothing outside its own folders, whatever a row says."""


def main(config: Config) -> int:
    """Write the run that the parts are of; 1 where some episodes ended in an error."""
    if not config.runs:
        raise UserError("give the run directories of all parts, such as parts/*")
    parts = sorted((read_part(path) for path in config.runs), key=lambda part: part.share.index)
    check(parts)
    run = whole(parts[0].run)
    facts = {**run["provenance"], "parts": [_origin(part) for part in parts]}
    with (
        RunDir.create(
            run["mode"], run["name"], config=run["config"], provenance=facts, out=config.out
        ) as merged,
        explained_stop(
            merged.path, lambda: "the parts are as they were; merge them again into another --out"
        ),
    ):
        missing = [name for part, row in joined(parts) for name in add(merged, part, row)]
        if missing:
            print(f"not there any more: {len(missing)} files that rows name, such as {one_line(missing[0])}")
        together = united([each for each in (read_departures(part.path) for part in parts) if each])
        if together is not None:
            write_departures(merged.path, together)
        errors = conclude(merged)
        report = write_report([merged.path], merged.path)
    print(f"report: {report}")
    return int(errors > 0)


def _origin(part: Part) -> dict[str, Any]:
    """What the merged run remembers of a part."""
    times = {key: part.run.get(key) for key in ("started", "finished")}
    return {
        "shard": str(part.share),
        "episodes": len(part.rows),
        "host": part.run["provenance"].get("host"),
        **times,
    }


def add(merged: RunDir, part: Part, row: Row) -> list[str]:
    """Copy a row's files, then write the row down; the files that are not there."""
    missing = []
    for name in files_of(row):
        source = part.path / name
        if source.is_symlink() or source.parent.is_symlink() or not source.is_file():
            missing.append(str(source))
        else:
            shutil.copyfile(source, merged.path / name)
    merged.add(part.written[row.key])
    return missing


def files_of(row: Row) -> list[str]:
    """The files of a run that a row stands for, by their names in it."""
    if isinstance(row, OpenLoopRow):
        named = [row.video, row.plot, f"predictions/episode_{row.episode:06d}.npz"]
    else:
        named = [row.video, file_name(row.task, row.seed) if row.trajectory else None]
    return [name for name in named if name is not None and KEPT.fullmatch(name)]


def conclude(merged: RunDir) -> int:
    """Summary and table of the whole; how many episodes ended in an error."""
    if merged.mode == "openloop":
        replayed = summarize_openloop(latest(merged.open_rows()), merged.predictions)
        merged.save_summary(replayed)
        print_openloop(replayed, merged.run["name"])
        return 0
    rows = latest(merged.closed_rows())
    summary = summarize_closedloop(rows)
    merged.save_summary(summary)
    print_closedloop(summary, merged.run["name"], assets_named(merged.run["provenance"].get("assets_kind")))
    strange = listed_scenes_caution(rows)
    if strange:
        print(strange)
    return summary.overall.errors
