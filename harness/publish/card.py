"""The folder: results, figures, videos."""

from __future__ import annotations

import base64
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness.core.errors import UserError
from harness.core.text import one_line
from harness.files.json_files import write_json, write_text
from harness.publish import eval_entries
from harness.publish.config import Config
from harness.publish.markdown import FOLDER, Section, merged_card, new_card, section_text
from harness.publish.metadata import eval_results
from harness.publish.record import SCHEMA, PublishedRun, Results
from harness.publish.redaction import facts, is_trained, public, unofficial
from harness.report.csv_export import csv_table
from harness.report.figures import run_figures, side_by_side_figures
from harness.report.media_links import shown_file
from harness.results.lines import policy_lines
from harness.results.views import RunView, read_runs
from harness.runs.directory import RunDir
from harness.runs.folders import slug
from harness.runs.rows import ClosedLoopRow, Row, latest

if TYPE_CHECKING:
    from huggingface_hub import EvalResult

MEGABYTE = 10**6
CARD = "README.md"


@dataclass(frozen=True)
class Card:
    """What goes into the card: its section as Markdown, its metadata, and the folder its files are in."""

    repo_id: str
    section: str
    results: list[EvalResult]
    folder: Path

    def write(self, existing: str | None) -> None:
        """Write README.md, `existing` kept; UserError if its metadata is broken."""
        import yaml

        try:
            if existing is None:
                text = new_card(self.repo_id, self.section, self.results)
            else:
                text = merged_card(existing, self.repo_id, self.section, self.results)
        except (ValueError, TypeError, KeyError, yaml.YAMLError) as error:
            raise UserError(
                f"the model card of {self.repo_id} has broken metadata ({one_line(str(error))[:200]}); "
                "mend it on the Hub, or give another --repo-id"
            ) from error
        write_text(self.folder / CARD, text)


def build_card(config: Config, folder: Path) -> Card:
    """Write everything but README.md to `folder`; UserError where a run or the size does not allow it."""
    from huggingface_hub import constants

    runs = read_runs(config.runs)
    check_one_policy(runs)
    runs = [public(run) for run in runs]
    files = folder / FOLDER
    (files / "plots").mkdir(parents=True)
    write_results(runs, files)
    sections = []
    for i, run in enumerate(runs, 1):
        drawn = run.mode == "openloop" and run.rows
        figures = run_figures(run) if drawn else []
        sections.append(Section(run, save_figures(figures, files, f"{i:02d}")))
    tasks = [line for line in policy_lines(runs) if line.task != "all tasks"]
    together = save_figures(side_by_side_figures(tasks), files, "00")
    room = config.max_mb * MEGABYTE - sum(p.stat().st_size for p in files.rglob("*") if p.is_file())
    if room < 0:
        raise UserError(f"tables and plots alone are over --max-mb {config.max_mb}; allow more")
    full = []
    for i, (section, path) in enumerate(zip(sections, config.runs, strict=True), 1):
        videos, left_out, room = copy_videos(path, i, files, config.videos, room)
        full.append(Section(section.run, section.figures, videos, left_out))
    at = f"{constants.ENDPOINT}/{config.repo_id}"
    numbers = f"{at}/blob/main/{FOLDER}/results.csv"
    if config.benchmark_id is not None:
        entries = folder / eval_entries.FOLDER / eval_entries.FILE
        entries.parent.mkdir()
        entries.write_text(eval_entries.eval_yaml(runs, config.benchmark_id, numbers), encoding="utf-8")
    text = section_text(full, together, f"{at}/resolve/main", config.repo_id)
    return Card(config.repo_id, text, eval_results(runs, numbers), folder)


def check_one_policy(runs: Sequence[RunView]) -> None:
    """UserError where runs are of several policies: a card is of one model."""
    policies = sorted({run.policy for run in runs if is_trained(run)})
    if len(policies) > 1:
        raise UserError(
            f"these runs are of {len(policies)} policies ({', '.join(policies)}), a model card is of one: "
            "publish the runs of each with its own --repo-id"
        )


def write_results(runs: Sequence[RunView], files: Path) -> None:
    """`results.csv` (columns: `harness.results.metric_rows`) and `results.json` (`harness.publish.record`)."""
    (files / "results.csv").write_text(csv_table(runs), encoding="utf-8")
    published = [
        PublishedRun.of(
            {
                "mode": run.mode,
                "policy": run.policy,
                "status": run.status,
                "dataset": run.dataset,
                "caution": unofficial(run) or None,
                "facts": facts(run),
                "summary": run.summary,
            }
        )
        for run in runs
    ]
    write_json(files / "results.json", Results.of({"schema": SCHEMA, "runs": published}))


def save_figures(figures: Sequence[tuple[str, str]], files: Path, prefix: str) -> list[tuple[str, str]]:
    """Write figures (caption, data URI) as png; returns (caption, path in the repository)."""
    saved = []
    for i, (caption, uri) in enumerate(figures, 1):
        path = files / "plots" / f"{prefix}-{i}.png"
        path.write_bytes(base64.b64decode(uri.partition(",")[2]))
        saved.append((caption, f"{files.name}/plots/{path.name}"))
    return saved


def copy_videos(
    run: Path, index: int, files: Path, count: int, room: int
) -> tuple[list[tuple[str, str]], int, int]:
    """Copy up to `count` videos of a run that fit into `room` bytes.

    Returns (caption, path in the repository) of each, how many were left out, and the bytes still free.
    """
    directory = RunDir.load(run)
    rows = latest(directory.rows())
    shown = [(row, path) for row in rows if (path := shown_file(run, row.video))]
    shown.sort(key=lambda pair: (getattr(pair[0], "success", None) or False, -getattr(pair[0], "mae", 0)))
    ends = shown[: count - count // 2] + shown[max(count - count // 2, len(shown) - count // 2) :]
    videos = []
    for number, (row, source) in enumerate(ends, 1):
        size = source.stat().st_size
        if size > room:
            continue
        room -= size
        name = f"{index:02d}-{number:02d}-{slug(row.group)[:60]}.mp4"
        target = files / "videos" / name
        target.parent.mkdir(exist_ok=True)
        shutil.copyfile(source, target)
        videos.append((caption_of(row), f"{files.name}/videos/{name}"))
    return videos, len(shown) - len(videos), room


def caption_of(row: Row) -> str:
    """What a video shows, in a few words."""
    if isinstance(row, ClosedLoopRow):
        outcome = "error" if row.status == "error" else "success" if row.success else "failure"
        return f"{row.task}, scene seed {row.seed}: {outcome}"
    return f"{row.group}, episode {row.episode}: MAE {row.mae:.4f}"
