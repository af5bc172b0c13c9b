"""README.md of a checkpoint."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from harness.core.numbers import percent_interval


def starting_point(log: dict[str, Any]) -> str:
    """The words for where the weights came from; empty where they were random."""
    init, before = log["config"].get("init"), log.get("earlier", [])
    if not before:
        return f", starting from {Path(init).name}" if init else ""
    steps, seconds = (sum(stage.get(name, 0) for stage in before) for name in ("steps", "seconds"))
    return f", after {steps} steps in {seconds / 60:.0f} minutes of {len(before)} earlier training(s)"


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
        closed_loop=closed_loop_section(log["closed_loop"]),
        data="\n".join(data_line(dataset) for dataset in log["datasets"]),
        batch_size=log["config"]["batch_size"],
        seed=log["config"]["seed"],
        start=starting_point(log),
        chunk_size=log["config"]["chunk_size"],
        image=log["config"]["image_size"],
        **{key: log[key] for key in ("episodes", "frames", "steps", "of_steps", "device")},
    )


def data_line(dataset: dict[str, Any]) -> str:
    """One dataset as a line of the card."""
    made = dataset.get("dataset_recorded_with") or {}
    astray = ", ".join(f"{name} {made[name]}" for name in ("detours", "noise", "misses") if made.get(name))
    if dataset.get("dagger_episodes"):
        astray += f", {dataset['dagger_episodes']} begun by a policy and corrected"
    sampled = SAMPLED.get(str(dataset.get("dataset_sampling")), "sampling unknown")
    name = Path(str(dataset["dataset"])).name
    return f"- {name}: {dataset['dataset_episodes']} episodes, {sampled}{f' ({astray})' if astray else ''}"


def closed_loop_section(scores: dict[str, Any] | None) -> str:
    """A table of success by task with intervals, or that there is none."""
    if not scores:
        return "Closed loop: not measured."
    rows = [
        f"| {task} | {s['successes']}/{s['n']} | {percent_interval(s['ci'])} |"
        for task, s in scores["tasks"].items()
        if s["n"]
    ]
    how = scores.get("how", NOT_FOR_QUOTING)
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


SAMPLED = {"dense": "dense frames", "per_action": "one frame an action"}
"""How a dataset was recorded, in words."""
NOT_FOR_QUOTING = "Measured in training, to choose a checkpoint by: not for quoting."

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
