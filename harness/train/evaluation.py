"""How good a checkpoint of the demo policy is: open loop on held-out demonstrations, closed loop on held-out scenes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.core.errors import UserError
from harness.runs.directory import RunDir
from harness.runs.summaries.closedloop import ClosedLoopSummary

if TYPE_CHECKING:
    from policies.training.frames import Frames

EVALUATED_FRAMES = 256
ACTIONS_GIVEN = 3
"""A rollout that evaluates a checkpoint may take so many times the actions of the longest demonstration."""


def open_loop(checkpoint: Path, frames: Frames, seed: int, device: str) -> dict[str, float]:
    """Mean |prediction - recording| of a checkpoint over whole chunks, and that of holding still.

    A first impression on frames it has not seen; `python -m harness.openloop` measures properly.
    """
    import torch

    from policies import load_policy
    from policies.chunking import predict_rows
    from policies.noise import frame_noise

    picked = np.unique(np.linspace(0, len(frames) - 1, EVALUATED_FRAMES).astype(int))
    rows = [
        {"observation.state": frames.states[i], "task": frames.tasks[i], "frame_index": int(i)}
        | {key: images[i].float() / 255 for key, images in frames.images.items()}
        for i in picked
    ]
    errors: dict[str, float] = {"frames": len(picked)}
    threads = torch.get_num_threads()
    for spec, name in ((str(checkpoint), "mae"), ("hold", "hold_mae")):
        policy = load_policy(spec, device=device, chunk_size=frames.chunks.shape[1])
        shape = policy.noise_shape
        noises = [frame_noise(seed, 0, int(i), shape) for i in picked] if shape else None
        error = np.abs(predict_rows(policy, rows, noises, 16) - frames.chunks[picked])
        errors[name] = round(float(error[frames.valid[picked]].mean()), 5)
    torch.set_num_threads(threads)  # loading a policy sets it; the training goes on with its own
    return errors


def closed_loop(
    checkpoint: Path, tasks: list[str], episodes: int, seed: int, max_actions: int, out: Path, device: str
) -> dict[str, dict[str, Any]]:
    """Task -> `successes` of `n` scenes with the 95 % interval `ci`, by `harness.closedloop` in its own process."""
    command = [
        sys.executable,
        "-m",
        "harness.closedloop",
        "--policy",
        str(checkpoint),
        "--task",
        ",".join(tasks),
    ]
    command += ["--episodes", str(episodes), "--seed", str(seed), "--max-actions", str(max_actions)]
    command += ["--scenes", "protocol", "--no-videos", "--out", str(out)]
    done = subprocess.run([*command, "--device", device], stdout=subprocess.DEVNULL)
    summary = RunDir.load(out).summary() if (out / "run.json").is_file() else None
    if done.returncode == 2 or not isinstance(summary, ClosedLoopSummary):
        raise UserError(
            f"the closed-loop evaluation of {checkpoint} failed; run it by hand: {' '.join(command)}"
        )
    return task_scores(summary)


def task_scores(summary: ClosedLoopSummary) -> dict[str, dict[str, Any]]:
    """What a training log keeps of the tasks of a closed-loop summary."""
    return {
        task: {"successes": rate.successes, "n": rate.n, "ci": rate.ci, "errors": rate.errors}
        for task, rate in summary.tasks.items()
    }


def success_rate(scores: dict[str, dict[str, Any]]) -> float:
    """Mean over tasks of the share of scenes solved; what a checkpoint is chosen by."""
    return float(np.mean([score["successes"] / max(score["n"], 1) for score in scores.values()]))
