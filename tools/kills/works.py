"""The commands that are stopped: each with small work, what of it counts as finished, and what its end must be like."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.datasets.reader import open_dataset
from harness.files.bundled import DEMO_EPISODES
from tools.kills import pretended

TIMES = ("seconds", "inference_seconds")
Finished = Mapping[str, Any]


@dataclass(frozen=True)
class Work:
    """name: of the command. begin: runs it in this process, to a folder, begun or taken up again, and never returns.

    finished: what can be lost, by name, of whatever is in the folder. result: of a whole one, equal for equal work.
    """

    name: str
    begin: Callable[[Path, bool, Path], None]
    finished: Callable[[Path], Finished]
    result: Callable[[Path], Any]
    workers: bool = False


def line_of(row: Mapping[str, Any]) -> str:
    """A row without what is different each time."""
    return json.dumps({key: value for key, value in row.items() if key not in TIMES}, sort_keys=True)


def rows_in(folder: Path) -> dict[str, str]:
    """Every finished episode of all runs in a folder."""
    found = {}
    for log in sorted(folder.rglob("episodes.jsonl")):
        for line in log.read_bytes().split(b"\n")[:-1]:
            row = json.loads(line)
            if row.get("status", "ok") == "ok":
                name = f"{log.parent.name} {row['task']} {row.get('seed', row.get('episode'))}"
                found[name] = line_of(row)
    return found


def all_done(folder: Path) -> dict[str, Any]:
    """The rows, and that every run says it is done."""
    says = [json.loads(file.read_text())["status"] for file in sorted(folder.rglob("run.json"))]
    return {"rows": rows_in(folder), "status": says}


def recorded(folder: Path) -> dict[str, int]:
    """Episodes by recording: of the journal of one at work, of datasets that are whole."""
    episodes = 0
    for journal in folder.glob("*.partial/recording.jsonl"):
        lines = journal.read_bytes().split(b"\n")[:-1]
        episodes += sum(b'"episode"' in line for line in lines)
    for info in folder.glob("*/meta/info.json"):
        if not info.parent.parent.name.endswith(".partial"):
            episodes += int(json.loads(info.read_text())["total_episodes"])
    return {f"episode {number}": number for number in range(episodes)}


def dataset(folder: Path) -> int:
    """The episodes of the recording, which opens."""
    return open_dataset(folder / "d").total_episodes


def trained(folder: Path) -> dict[str, Any]:
    """Checkpoints that were judged."""
    for state in ("state", "state.new", "state.old"):
        file = folder / "m.work" / state / "judged.json"
        if file.is_file():
            return {str(log["steps"]): log["held_out"] for log in json.loads(file.read_text())["judged"]}
    return {}


def weights(folder: Path) -> str:
    """What was learnt."""
    return hashlib.sha256((folder / "m" / "model.safetensors").read_bytes()).hexdigest()


def nothing(_: Path) -> dict[str, Any]:
    """A command that reads: there is nothing of its own to lose."""
    return {}


def names_in(folder: Path) -> list[str]:
    """The files that were written, by name; none of them half."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def openloop(folder: Path, again: bool, _: Path) -> None:
    """Five recorded episodes."""
    words = ["--policy", "hold", "--dataset", str(DEMO_EPISODES), "--episodes", "0:5", "--videos", "0"]
    pretended.openloop([*words, "--out", str(folder / "r"), *(["--resume"] if again else [])])


def closedloop(folder: Path, again: bool, _: Path) -> None:
    """Twelve scenes in miniature, two workers."""
    words = ["--policy", "hold", "--task", "click_bell,grab_roller", "--episodes", "6", "--workers", "2"]
    words += ["--no-videos", "--patience", "20"]
    pretended.closedloop([*words, "--out", str(folder / "r"), *(["--resume"] if again else [])])


def sweep(folder: Path, again: bool, _: Path) -> None:
    """Two horizons of both."""
    words = ["--policy", "hold", "--task", "click_bell", "--episodes", "4", "--horizons", "3", "5"]
    words += ["--replayed", "0:4", "--dataset", str(DEMO_EPISODES), "--workers", "2"]
    pretended.sweep([*words, "--out", str(folder / "r"), *(["--resume"] if again else [])])


def record(folder: Path, _: bool, __: Path) -> None:
    """Six episodes of four frames."""
    pretended.record(["--task", "click_bell", "--episodes", "6", "--out", str(folder / "d")])


def train(folder: Path, _: bool, __: Path) -> None:
    """Six steps, three checkpoints."""
    words = [
        "--dataset",
        str(DEMO_EPISODES),
        "--out",
        str(folder / "m"),
        "--steps",
        "6",
        "--checkpoints",
        "3",
    ]
    words += ["--width", "24", "--depth", "1", "--image-size", "28", "--batch-size", "4", "--evaluate", "0"]
    pretended.train(words)


def report(folder: Path, _: bool, runs: Path) -> None:
    """The page of two runs."""
    pretended.command("report", [str(runs / "open"), str(runs / "closed"), "--out", str(folder / "page")])


def compare(folder: Path, _: bool, runs: Path) -> None:
    """A run beside another."""
    pretended.command("compare", [str(runs / "open"), str(runs / "open-2"), "--out", str(folder / "beside")])


def publish(folder: Path, _: bool, runs: Path) -> None:
    """A model card."""
    words = [
        str(runs / "open"),
        str(runs / "closed"),
        "--repo-id",
        "owner/name",
        "--out",
        str(folder / "card"),
    ]
    pretended.command("publish", words)


WORKS = (
    Work("openloop", openloop, rows_in, all_done),
    Work("closedloop", closedloop, rows_in, all_done, workers=True),
    Work("record", record, recorded, dataset),
    Work("sweep", sweep, rows_in, all_done, workers=True),
    Work("train", train, trained, weights),
    Work("publish", publish, nothing, names_in),
    Work("compare", compare, nothing, names_in),
    Work("report", report, nothing, names_in),
)
