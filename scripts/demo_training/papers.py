"""What is written beside the weights of a demo policy: training log, tasks, model card."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from harness.jsonio import read_json, write_text


def keep(checkpoint: Path, out: Path, log: dict[str, Any]) -> None:
    """Write the checkpoint with its papers to `out`, whole or not at all, in place of an older one."""
    partial = out.with_name(f"{out.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    out.parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(checkpoint, partial)
    preprocessor = partial / "policy_preprocessor.json"
    text = preprocessor.read_text().replace(
        (checkpoint / "tokenizer").as_posix(), portable(out / "tokenizer")
    )
    preprocessor.write_text(text)
    write_papers(partial, log, out)
    shutil.rmtree(out, ignore_errors=True)
    partial.rename(out)


def write_papers(checkpoint: Path, log: dict[str, Any], place: Path | None = None) -> None:
    """training_log.json, tasks.json (which tasks it is meant for) and the model card README.md.

    place: where the checkpoint will lie, if elsewhere.
    """
    from harness.provenance import provenance

    tasks = sorted(log["scene_seeds"])
    if tasks:
        (checkpoint / "tasks.json").write_text(json.dumps({"tasks": tasks}, indent=2) + "\n")
    write_log(checkpoint, portable(log) | {"made_with": provenance()}, place)


def write_log(checkpoint: Path, log: dict[str, Any], place: Path | None = None) -> None:
    """training_log.json and the model card, which says the same in words; place as in `write_papers`.

    KeyError, and nothing written, where the log lacks what the card says.
    """
    papers = {
        "README.md": card(portable(str(place or checkpoint)), log),
        "training_log.json": json.dumps(log, indent=2, default=str) + "\n",
    }
    for name, text in papers.items():
        write_text(checkpoint / name, text)


def earlier(init: Path | None) -> list[dict[str, Any]]:
    """Steps and seconds of the trainings that led to the checkpoint a training starts from, the first one first."""
    path = init / "training_log.json" if init else None
    if path is None or not path.is_file():
        return []
    log = read_json(path)
    return [*log.get("earlier", []), {name: log[name] for name in ("steps", "seconds") if name in log}]


def beginnings(log: dict[str, Any]) -> str:
    """The words for where the weights came from; empty where they were random."""
    init, before = log["config"].get("init"), log.get("earlier", [])
    if not before:
        return f", starting from {Path(init).name}" if init else ""
    steps, seconds = (sum(stage.get(name, 0) for stage in before) for name in ("steps", "seconds"))
    return f", after {steps} steps in {seconds / 60:.0f} minutes of {len(before)} earlier training(s)"


def portable(value: Any) -> Any:
    """The same without this machine's folders: paths from the working directory, or else only their last part."""
    if isinstance(value, dict):
        return {key: portable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [portable(item) for item in value]
    text = str(value) if isinstance(value, Path) else value
    if not isinstance(text, str) or not text.startswith(("/", "~")):
        return text
    path, here = Path(text).expanduser(), Path.cwd()
    return path.relative_to(here).as_posix() if path.is_relative_to(here) else path.name


def card(place: str, log: dict[str, Any]) -> str:
    """The model card, Markdown; `place` is the checkpoint's directory as one would type it."""
    kinds = sorted({str(dataset.get("assets_kind") or "unknown") for dataset in log["datasets"]})
    return CARD.format(
        out=place if "/" in place else f"path/to/{place}",  # a bare name may be another policy's
        assets=" and ".join(kinds),
        parameters=log["parameters"] / 1e6,
        minutes=log["seconds"] / 60,
        open_loop=OPEN_LOOP.format(**log["held_out"])
        if log["held_out"]
        else "Open loop: not measured, too few episodes.",
        closed_loop=closed_loop_words(log["closed_loop"]),
        data="\n".join(data_line(dataset) for dataset in log["datasets"]),
        batch_size=log["config"]["batch_size"],
        seed=log["config"]["seed"],
        start=beginnings(log),
        chunk_size=log["config"]["chunk_size"],
        image=log["config"]["image_size"],
        **{key: log[key] for key in ("episodes", "frames", "steps", "of_steps", "device")},
    )


def data_line(dataset: dict[str, Any]) -> str:
    """One dataset as a line of the card."""
    made = dataset.get("dataset_recorded_with") or {}
    astray = ", ".join(f"{name} {made[name]}" for name in ("detours", "noise", "misses") if made.get(name))
    if dataset.get("led_episodes"):
        astray += f", {dataset['led_episodes']} begun by a policy and corrected"
    pace = dataset.get("dataset_pace") or "unknown"
    name = Path(str(dataset["dataset"])).name
    return f"- {name}: {dataset['dataset_episodes']} episodes, {pace} pace{f' ({astray})' if astray else ''}"


def closed_loop_words(scores: dict[str, Any] | None) -> str:
    """A table of success by task with intervals, or that there is none."""
    if not scores:
        return "Closed loop: not measured."
    rows = [
        f"| {task} | {s['successes']}/{s['n']} | {s['ci'][0]:.0%} - {s['ci'][1]:.0%} |"
        for task, s in scores["tasks"].items()
        if s["n"]
    ]
    how = scores.get("how", JUDGED)
    limit = f", at most {scores['max_actions']} actions" if "max_actions" in scores else ""
    return "\n".join(
        [
            f"Closed loop, evaluation seed {scores['seed']}{limit}. {how}",
            "",
            "| task | success | 95 % interval |",
            "|---|---|---|",
            *rows,
        ]
    )


JUDGED = "Measured in training, to choose a checkpoint by: not for quoting."

OPEN_LOOP = """Open-loop MAE over whole chunks, {frames} frames of held-out episodes: {mae:.4f}
(repeating the current state: {hold_mae:.4f})."""

CARD = """---
license: mit
library_name: lerobot
pipeline_tag: robotics
tags: [robotics, lerobot, pi0, robotwin]
---
# A tiny π0 for RoboTwin's dual-arm ALOHA

LeRobot's own `PI0Policy` with small parts (type `tiny_pi0`, {parameters:.2f} million parameters), made by
`scripts/train_demo_policy.py` to run on a laptop.

Trained on {episodes} simulated episodes ({frames} frames) of scripted demonstrations ({assets} assets):
{steps} of {of_steps} steps of {batch_size} frames in {minutes:.1f} minutes on {device}, seed {seed}{start}.

{data}

Reads three cameras (shrunk to {image}x{image}), 14 joint values and the instruction; predicts {chunk_size} absolute
joint targets.

{open_loop}

{closed_loop}

`training_log.json` has the data and the scene seeds it saw, the configuration, every evaluation and the loss.

```
python -m harness.openloop --policy {out}
python examples/infer.py {out} DATASET_DIRECTORY
```
"""
