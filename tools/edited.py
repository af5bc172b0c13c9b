"""LeRobot's dataset tools on a recording of ours: what the open loop says of the same episodes afterwards.

    python -m harness.record --task click_bell --episodes 3 --sampling per_action --out RECORDING
    python -m tools.edited --dataset RECORDING --work DIR

split, delete, merge, modify_tasks, recompute_stats and reencode are LeRobot's own functions, those behind
`lerobot-edit-dataset`. An edit in place changes files whose checksums are known: it is accepted with
`harness.record --reseal`. A row an edit: how many episodes were found again by their scene, the largest difference of
their MAE (rad), and of how many the run says that the policy was trained on them. Exit 1 where an edit that leaves
pictures and words as they are changed a number, or an episode's warning is gone. Everything lies in DIR, the table in
DIR/edited.md, what the runs said in DIR/edited.json.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.core import cli
from harness.core.errors import UserError
from harness.datasets.recording.seal import reseal
from harness.files.json_files import write_json

CODEC = 5e-4
"""rad: what encoding a film again may change in the MAE of the demo policy."""


@dataclass(frozen=True)
class Config:
    """What to edit."""

    dataset: Path
    """A recording of at least three episodes."""
    work: Path
    """Where the edited copies go; it must not exist."""
    policy: str = "demo"
    """Who is scored on them."""


@dataclass(frozen=True)
class Edit:
    """A dataset that an edit left. films: encoded again. words: with other instructions. in_place: in the recording."""

    name: str
    root: Path
    films: bool = False
    words: bool = False
    in_place: bool = False


def edits(recording: Path, work: Path) -> Iterator[Edit]:
    """Each of LeRobot's tools on a copy of `recording` in the new folder `work`, as soon as it is done."""
    from lerobot.configs import RGBEncoderConfig
    from lerobot.datasets import LeRobotDataset
    from lerobot.datasets import dataset_tools as tools

    def opened(root: Path) -> Any:
        return LeRobotDataset(f"local/{root.name}", root=root, video_backend="pyav")

    def copied(name: str) -> Path:
        return Path(shutil.copytree(recording, work / name))

    work.mkdir(parents=True)
    whole = opened(recording)
    rest = list(range(1, whole.meta.total_episodes))
    tools.split_dataset(whole, {"first": [0], "rest": rest}, work / "split")
    yield Edit("split, first part", work / "split" / "first", films=True)
    yield Edit("split, second part", work / "split" / "rest", films=True)
    tools.delete_episodes(whole, [0], work / "deleted", "local/deleted")
    yield Edit("delete", work / "deleted", films=True)
    parts = [opened(work / "split" / part) for part in ("rest", "first")]
    tools.merge_datasets(parts, "local/merged", work / "merged")
    yield Edit("merge, the other way round", work / "merged", films=True)
    tools.modify_tasks(opened(copied("tasks")), episode_tasks={0: "Do what you like."})
    yield Edit("modify_tasks, of episode 0", work / "tasks", words=True, in_place=True)
    tools.recompute_stats(opened(copied("stats")))
    yield Edit("recompute_stats", work / "stats", in_place=True)
    tools.reencode_dataset(
        opened(copied("reencoded")), rgb_encoder=RGBEncoderConfig(vcodec="h264", preset="veryfast", crf=18)
    )
    yield Edit("reencode", work / "reencoded", films=True, in_place=True)


@dataclass(frozen=True)
class Scored:
    """An open-loop run: scene -> MAE, how many episodes it says were trained on, and all that it said."""

    mae: Mapping[int | None, float]
    trained_on: int
    said: list[str]


def warned_of(warning: str | None) -> int:
    """How many episodes the run's warning of scenes trained on counts; 0 without one."""
    counted = re.search(r"\((\d+) of \d+", warning or "")
    return int(counted.group(1)) if counted else 0


def scored(policy: Any, name: str, dataset: Path, out: Path) -> Scored:
    """The open loop on a dataset; UserError where it is not read."""
    from harness.openloop import command
    from harness.openloop.config import Config as OpenLoop
    from harness.runs.directory import RunDir

    command.main(OpenLoop(policy=name, dataset=str(dataset), out=out, videos=0), policy=policy)
    facts = json.loads((out / "run.json").read_text())["provenance"]
    warning = facts["training_overlap"]
    rows = {row.scene_seed: float(row.mae) for row in RunDir.load(out).open_rows()}
    return Scored(rows, warned_of(warning), [*filter(None, [warning]), *facts["remarks"]])


def compared(edit: Edit, before: Scored, after: Scored) -> dict[str, Any]:
    """A row of the table. `right`: every scene found again, numbers and warnings as they have to be."""
    shared = [scene for scene in after.mae if scene in before.mae]
    changed = sorted(abs(after.mae[scene] - before.mae[scene]) for scene in shared)
    largest = changed[-1] if changed else float("nan")
    bound = changed[-2] if edit.words and len(changed) > 1 else largest  # one episode was told something else
    expected = len(after.mae) if before.trained_on else 0
    right = len(shared) == len(after.mae) > 0 and after.trained_on == expected
    return {
        "edit": edit.name,
        "episodes": len(after.mae),
        "found": len(shared),
        "largest": largest,
        "trained_on": after.trained_on,
        "said": after.said,
        "right": right and bound <= (CODEC if edit.films else 0),
    }


def table(rows: list[dict[str, Any]]) -> str:
    """The rows in Markdown."""
    lines = [
        "| edit | episodes found again | largest change of MAE | trained on | |",
        "|---|---|---|---|---|",
    ]
    for row in rows:
        counts = f"{row['found']} of {row['episodes']} | {row['largest']:.1e} | {row['trained_on']}"
        lines.append(f"| {row['edit']} | {counts} | {'as it should be' if row['right'] else 'WRONG'} |")
    return "\n".join(lines)


def main(config: Config) -> int:
    """Edit, score, say."""
    from policies import load_policy

    config.work.mkdir(parents=True)
    policy = load_policy(config.policy)
    before = scored(policy, config.policy, config.dataset, config.work / "runs" / "recorded")
    if before.trained_on not in (0, len(before.mae)):
        raise UserError(f"{config.policy} was trained on some of these episodes only: record others")
    rows: list[dict[str, Any]] = []
    for edit in edits(config.dataset, config.work / "edits"):
        if edit.in_place:
            print("\n".join(reseal(edit.root)))
        out = config.work / "runs" / re.sub(r"\W+", "-", edit.name)
        rows.append(compared(edit, before, scored(policy, config.policy, edit.root, out)))
    write_json(config.work / "edited.json", {"recorded": before.said, "edits": rows})
    (config.work / "edited.md").write_text(table(rows) + "\n", encoding="utf-8")
    print(table(rows))
    return cli.DONE if all(row["right"] for row in rows) else cli.FAILED


if __name__ == "__main__":
    cli.run(main, Config)
