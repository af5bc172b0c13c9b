"""Run directories, read as report, compare, publish and view read them; figures are left out."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

from hypothesis import strategies as st

from harness.closedloop.config import Config
from harness.closedloop.verify import settings_of
from harness.compare.command import build_page
from harness.compare.sides import read_side
from harness.core.errors import UserError
from harness.core.share import Share
from harness.files.reading import parse_lines
from harness.merge.command import files_of
from harness.merge.parts import Part, check, joined, read_part
from harness.publish.metadata import eval_results
from harness.publish.redaction import public
from harness.report.csv_export import csv_table
from harness.report.markdown import markdown_report
from harness.results.cautions import warnings
from harness.results.scatter import scatter_of
from harness.results.views import read_runs
from harness.runs.compatibility import resumed
from harness.runs.directory import RunDir
from harness.runs.folders import LOG
from harness.runs.rows import latest
from harness.scenes.lists import read_scene_list
from harness.view.sources import load
from tools.fuzz import good_runs
from tools.fuzz.changes import Draw, changed_bytes, changed_json, changed_tree, written
from tools.fuzz.target import Try


class Runs:
    """A run directory of each mode, one file of it changed; another of the same mode stands beside it."""

    def __init__(self, folder: Path):
        makers = {"open": good_runs.open_run, "closed": good_runs.closed_run}
        self.pairs = {
            name: (make(folder / f"{name}-a"), make(folder / f"{name}-b")) for name, make in makers.items()
        }
        self.good = {
            name: {file: file.read_bytes() for file in pair[0].rglob("*") if file.is_file()}
            for name, pair in self.pairs.items()
        }

    def draw(self, draw: Draw) -> Try:
        """One file of one of them: run.json, a line, the summary, an array file."""
        mode = draw(st.sampled_from(sorted(self.pairs)))
        path, other = self.pairs[mode]
        for file, data in self.good[mode].items():
            file.write_bytes(data)
        file = draw(st.sampled_from(sorted(self.good[mode])))
        data = self.good[mode][file]
        if file.suffix == ".npz":
            data, said = changed_bytes(draw, data)
        elif file.suffix == ".jsonl":
            data, said = changed_lines(draw, data)
        else:
            data, said = changed_json(draw, data)
        file.write_bytes(data)
        return Try(lambda: read(path, other), f"{file.name}: {said}")


def changed_lines(draw: Draw, data: bytes) -> tuple[bytes, str]:
    """A log of which one line is changed, or whose bytes are."""
    lines = data.splitlines()
    if draw(st.integers(0, 5)) == 0:
        return changed_bytes(draw, data)
    number = draw(st.integers(0, len(lines) - 1))
    tree, said = changed_tree(draw, json.loads(lines[number]))
    lines[number] = written(tree)
    return b"\n".join(lines) + b"\n", f"line {number + 1}: {said}"


def read(path: Path, other: Path) -> None:
    """Everything that reads a run directory; the first thing to refuse it must not keep the others from trying."""
    refused: list[Exception] = []
    for reader in (show, compare, go_on, view, summary, list_scenes, merge, verify):
        try:
            reader(path, other)
        except Exception as error:
            if not getattr(type(error), "is_user_error", False):
                raise
            refused.append(error)
    if refused:
        raise max(refused, key=lambda error: len(str(error)))


def show(path: Path, other: Path) -> None:
    """Page, tables, model card."""
    runs = read_runs([path, other])
    scatter = scatter_of(runs)
    csv_table(runs, scatter).encode()
    markdown_report(runs, warnings(runs), scatter).encode()
    eval_results([public(run) for run in runs], "http://x")


def compare(path: Path, other: Path) -> None:
    """`harness.compare` both ways."""
    build_page(read_side(str(path)), read_side(str(other)))
    build_page(read_side(str(other)), read_side(str(path)))


def go_on(path: Path, other: Path) -> None:
    """What --resume holds together."""
    resumed(RunDir.load(path).run, RunDir.load(other).run, path)


def view(path: Path, _: Path) -> None:
    """An episode as Rerun would get it."""
    load(str(path), "0")


def summary(path: Path, _: Path) -> None:
    """summary.json, as a sweep reads it."""
    RunDir.load(path).summary()


def merge(path: Path, other: Path) -> None:
    """What joins the parts of a run, as if the two were such."""
    parts = []
    for index, folder in enumerate((path, other), 1):
        with contextlib.suppress(UserError):  # which of them are parts is not the question here
            read_part(folder)
        run = RunDir.load(folder)
        log = parse_lines((folder / LOG).read_bytes(), folder / LOG)
        parts.append(Part(folder, run.run, Share(index, 2), latest(run.rows()), {}))
        list(log)
    with contextlib.suppress(UserError):
        check(parts)
    for _, row in joined(parts):
        files_of(row)


def verify(path: Path, _: Path) -> None:
    """The settings that --verify would take."""
    settings_of(RunDir.load(path).run["config"], Config())


def list_scenes(path: Path, _: Path) -> None:
    """`--scenes RUN`."""
    read_scene_list(path, ("click_bell",))
