"""The README.md of a recording: what is in it, for whoever finds it on a disk or on the Hub."""

from __future__ import annotations

from collections import Counter

from harness.core.asset_labels import assets_named
from harness.core.text import one_line
from harness.datasets.reader import Dataset
from harness.files.json_files import write_text

CARD = "README.md"
MARK = "<!-- written by robotwin-pi0 with the dataset; your own words are kept if you remove this line -->"
SAMPLING = {
    "dense": "a frame every 15 physics steps of 4 ms, as RoboTwin's own collection writes them",
    "per_action": (
        "a frame for each action that a policy would send. An action is a motion of 0.2 to 0.5 s from rest to rest, so "
        "the frame rate is a name and no rate: times in the files and players run 3 to 8 times too fast"
    ),
}


def write_card(dataset: Dataset, name: str) -> None:
    """Write or renew the card of a dataset that is called `name`; an author's own is left as it is."""
    path = dataset.root / CARD
    if not path.exists() or (path.is_file() and MARK in path.read_text(errors="replace")):
        write_text(path, card(dataset, name))


def card(dataset: Dataset, name: str) -> str:
    """The card's text, in Markdown."""
    episodes: Counter[str] = Counter()
    frames: Counter[str] = Counter()
    for index in range(dataset.total_episodes):
        task = _cell(str(dataset.record(index).get("task") or "not recorded"))
        episodes[task] += 1
        frames[task] += dataset.length(index)
    assets = assets_named(dataset.memory.assets_kind)
    sampling = SAMPLING.get(str(dataset.memory.sampling), "not recorded")
    rows = [f"| {task} | {count} | {frames[task]} |" for task, count in sorted(episodes.items())]
    cameras = ", ".join(f"`{camera.key}`" for camera in dataset.info.cameras.values())
    return "\n".join(
        [
            "---",
            "task_categories:",
            "- robotics",
            "tags:",
            "- LeRobot",
            "- robotwin",
            "configs:",
            "- config_name: default",
            "  data_files: data/*/*.parquet",
            "---",
            MARK,
            f"# {_cell(name)}",
            "",
            f"{dataset.total_episodes} synthetic demonstrations of RoboTwin 2.0 tasks by a scripted expert in "
            f"simulation ({assets.label}), a LeRobotDataset {dataset.info.version}.",
            *(["", assets.warning] if assets.warning else []),
            "",
            "| task | episodes | frames |",
            "|---|---|---|",
            *rows,
            "",
            f"Frames: {sampling}. {dataset.fps:g} a second by the files.",
            "",
            f"`observation.state` and `action` hold left j1..j6 (rad), left gripper (0 closed, 1 open), right j1..j6, "
            f"right gripper. Sensors: simulated cameras, colours only ({cameras}), and the joints.",
            "",
            "Limitations: no real robot; one script a task, which goes about it one way; an arm that a scene does not "
            "need stands still.",
            "",
            "`robotwin.task` and `robotwin.scene_seed` of every frame say of which scene it is, and outlive LeRobot's "
            "edit tools; `meta/robotwin.json` has the rest. After an edit: `python -m harness.record --reseal DIR`.",
            "",
        ]
    )


def _cell(text: str) -> str:
    """Text that stays in its place in Markdown."""
    return one_line(text).replace("|", "/").replace("<", "(").replace(">", ")")[:80]
