"""A model card of runs for the Hub: tables, plots, videos and evaluation metadata.

    python -m harness.publish runs/a-openloop-pi0 runs/b-closedloop-pi0 --repo-id owner/my-pi0
    python -m harness.publish runs/a-openloop-pi0 runs/b-closedloop-pi0 --repo-id owner/my-pi0 --upload

Nothing leaves this machine without `--upload`: the folder that would be uploaded is written, to be looked at.
A card that the repository already has keeps its words and results; ours stand between two markers and are
replaced the next time. Host names, command lines and paths of this machine are not published.
"""

from __future__ import annotations

import base64
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tyro.conf import Positional

from harness import cli
from harness.errors import UserError
from harness.jsonio import write_json

if TYPE_CHECKING:
    from huggingface_hub import EvalResult

    from harness.report_data import RunView

SCHEMA = 1
MEGABYTE = 10**6
CARD = "README.md"


@dataclass(frozen=True)
class Config:
    """Write a model card of runs of one policy; with --upload, put it on the Hub."""

    runs: Positional[tuple[Path, ...]]
    """Run directories of openloop and closedloop: of one policy, and of baselines to stand beside it."""
    repo_id: str
    """The model repository on the Hub, `owner/name`; made if it does not exist."""
    upload: bool = False
    """Upload the card and its files. Without it nothing is sent anywhere."""
    dry_run: bool = False
    """Only write the folder. This is what happens without --upload, too."""
    private: bool = False
    """A repository that is made now is private."""
    videos: int = 6
    """Videos per run: failures and successes alike, or the largest and the smallest errors."""
    max_mb: int = 100
    """Megabytes of everything together; videos beyond it are left out, and the card says so."""
    out: Path | None = None
    """Folder to write. Default: runs/<time>-card-<name>."""


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

        from harness.model_card import merged_card, new_card

        try:
            if existing is None:
                text = new_card(self.repo_id, self.section, self.results)
            else:
                text = merged_card(existing, self.repo_id, self.section, self.results)
        except (ValueError, TypeError, KeyError, yaml.YAMLError) as error:
            raise UserError(
                f"the model card of {self.repo_id} has broken metadata ({cli.one_line(str(error))[:200]}); "
                "mend it on the Hub, or give another --repo-id"
            ) from error
        (self.folder / CARD).write_text(text, encoding="utf-8")


def check(config: Config) -> None:
    """UserError for options that cannot be meant."""
    from huggingface_hub import errors
    from huggingface_hub.utils import validate_repo_id

    if not config.runs:
        raise UserError("give at least one run directory that openloop or closedloop wrote")
    if config.upload and config.dry_run:
        raise UserError("--upload and --dry-run contradict each other; give one of them")
    if config.videos < 0 or config.max_mb < 1:
        raise UserError("--videos must be at least 0 and --max-mb at least 1")
    try:
        validate_repo_id(config.repo_id)
        valid = config.repo_id.count("/") == 1
    except errors.HFValidationError:
        valid = False
    if not valid:
        raise UserError(
            f"--repo-id {config.repo_id!r} is not a model on the Hub; write owner/name, with letters, digits, "
            "`-`, `_` and `.` only"
        )


def build_card(config: Config, folder: Path) -> Card:
    """Write everything but README.md to `folder`; UserError where a run or the size does not allow it."""
    from huggingface_hub import constants

    from harness.model_card import FOLDER, Section, eval_results, public, section_text
    from harness.report_data import read_runs
    from harness.report_figures import run_figures, side_by_side_figures
    from harness.report_lines import policy_lines

    runs = read_runs(config.runs)
    check_one_policy(runs)
    runs = [public(run) for run in runs]
    files = folder / FOLDER
    (files / "plots").mkdir(parents=True)
    write_results(runs, files)
    sections = []
    for i, run in enumerate(runs, 1):
        drawn = run.mode == "openloop" and run.rows
        figures = run_figures(run.summary, run.rows, run.policy, run.config) if drawn else []
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
    results = eval_results(runs, f"{at}/blob/main/{FOLDER}/results.csv")
    return Card(config.repo_id, section_text(full, together, f"{at}/resolve/main"), results, folder)


def check_one_policy(runs: Sequence[RunView]) -> None:
    """UserError where runs are of several policies: a card is of one model."""
    from harness.model_card import is_trained

    policies = sorted({run.policy for run in runs if is_trained(run)})
    if len(policies) > 1:
        raise UserError(
            f"these runs are of {len(policies)} policies ({', '.join(policies)}), a model card is of one: "
            "publish the runs of each with its own --repo-id"
        )


def write_results(runs: Sequence[RunView], files: Path) -> None:
    """`results.csv` (columns: `harness.tables`) and `results.json`: {schema, runs [mode, ..., facts, summary]}."""
    from harness.model_card import facts, unofficial
    from harness.tables import csv_table

    (files / "results.csv").write_text(csv_table(runs), encoding="utf-8")
    plain = [
        {
            "mode": run.mode,
            "policy": run.policy,
            "status": run.status,
            "dataset": run.dataset,
            "caution": unofficial(run) or None,
            "facts": facts(run),
            "summary": run.summary,
        }
        for run in runs
    ]
    write_json(files / "results.json", {"schema": SCHEMA, "runs": plain})


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
    from harness.report_media import shown_file
    from harness.results import RunDir, slug
    from harness.rows import latest

    directory = RunDir.load(run)
    rows = latest(directory.rows(), directory.mode)
    shown = [(row, path) for row in rows if (path := shown_file(run, row.get("video")))]
    shown.sort(key=lambda pair: (pair[0].get("success") or False, -(pair[0].get("mae") or 0)))
    ends = shown[: count - count // 2] + shown[max(count - count // 2, len(shown) - count // 2) :]
    videos = []
    for number, (row, source) in enumerate(ends, 1):
        size = source.stat().st_size
        if size > room:
            continue
        room -= size
        name = f"{index:02d}-{number:02d}-{slug(row.get('task_name') or row['task'])[:60]}.mp4"
        target = files / "videos" / name
        target.parent.mkdir(exist_ok=True)
        shutil.copyfile(source, target)
        videos.append((caption_of(row), f"{files.name}/videos/{name}"))
    return videos, len(shown) - len(videos), room


def caption_of(row: Mapping[str, Any]) -> str:
    """What a video shows, in a few words."""
    if "seed" in row:
        outcome = "error" if row["status"] == "error" else "success" if row["success"] else "failure"
        return f"{row['task']}, scene seed {row['seed']}: {outcome}"
    return f"{row.get('task_name') or row['task']}, episode {row['episode']}: MAE {row['mae']:.4f}"


def out_folder(config: Config) -> Path:
    """The empty folder to write to; UserError where there is none."""
    from harness.results import slug

    name = slug(config.repo_id.partition("/")[2])
    path = config.out or Path("runs") / f"{time.strftime('%Y%m%d-%H%M%S')}-card-{name}"
    try:
        path.mkdir(parents=True, exist_ok=True)
        if any(path.iterdir()):
            raise UserError(f"{path} is not empty: choose another --out")
    except OSError as error:
        raise UserError(f"--out {path}: {error.strerror}; name a folder that can be written") from error
    return path


def main(config: Config) -> None:
    """Write the card, upload it if asked to, and say where it is."""
    check(config)
    if config.upload:
        from harness.publish_upload import check_hub, upload

        check_hub()
    try:
        from harness.results import RunDir

        for run in config.runs:
            RunDir.load(run)
        card = build_card(config, out_folder(config))
        card.write(None)
    except OSError as error:
        raise UserError(f"cannot write the card to {error.filename}: {error.strerror}") from error
    size = sum(path.stat().st_size for path in card.folder.rglob("*") if path.is_file())
    print(
        f"{card.folder / CARD} ({len(card.results)} results in its metadata, {size / MEGABYTE:.1f} MB in all)"
    )
    if config.upload:
        print(upload(card, config.private))
    else:
        print(f"nothing was uploaded; the same command with --upload puts it into {config.repo_id}")


if __name__ == "__main__":
    cli.run(main, Config)
