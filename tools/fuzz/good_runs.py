"""Two small run directories of each mode, to spoil."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from harness.metrics.action_error import hold_prediction
from harness.metrics.episode_scores import episode_metrics
from harness.metrics.openloop_summary import summarize_openloop
from harness.runs.directory import RunDir
from harness.runs.predictions import Prediction
from harness.runs.provenance import provenance
from harness.runs.trajectories import Trajectory

FRAMES, CHUNK, HORIZON = 24, 8, 6
TASK, SENTENCE = "click_bell", "Ring the bell."


def prediction(seed: int) -> Prediction:
    """A wandering recording and guesses beside it."""
    rng = np.random.default_rng(seed)
    truth = np.cumsum(rng.normal(0, 0.02, (FRAMES + CHUNK, 14)), axis=0).astype(np.float32)
    replan = np.arange(FRAMES) % HORIZON == 0
    starts = np.flatnonzero(replan)
    chunks = np.stack([truth[s : s + CHUNK] for s in starts])
    chunks = chunks + rng.normal(0, 0.05, chunks.shape).astype(np.float32)
    pred = np.stack([chunks[t // HORIZON, t % HORIZON] for t in range(FRAMES)])
    return Prediction(pred, truth[:FRAMES], replan, chunks, truth[:FRAMES])


def open_row(episode: int, kept: Prediction) -> dict[str, Any]:
    """The line of an episode of open loop."""
    assert kept.state is not None
    hold = episode_metrics(hold_prediction(kept.state, kept.replan), kept.gt)
    mean = episode_metrics(np.broadcast_to(kept.gt.mean(0), kept.gt.shape), kept.gt)
    return {
        "episode": episode,
        "task": SENTENCE,
        "task_name": TASK,
        **episode_metrics(kept.pred, kept.gt),
        "hold_mae": hold["mae"],
        "mean_mae": mean["mae"],
        "hold_per_joint": hold["per_joint"],
        "mean_per_joint": mean["per_joint"],
        "persistent": [FRAMES - 1, FRAMES - 1],
        "replans": int(kept.replan.sum()),
        "video": None,
        "plot": None,
    }


def closed_row(seed: int, success: bool) -> dict[str, Any]:
    """The line of a rollout."""
    return {
        "task": TASK,
        "seed": seed,
        "success": success,
        "steps": 40,
        "step_limit": 400,
        "physics_steps": 9000,
        "status": "ok",
        "error": None,
        "failure": None if success else "time limit: success not reached",
        "progress": float(success),
        "stages": {"bell touched": success},
        "facts": {"bell touched": success},
        "layout_reason": None,
        "smoothness": 0.01,
        "path": 12.0,
        "instruction": SENTENCE,
        "video": "videos/click_bell-100000.mp4",
        "trajectory": f"predictions/{TASK}-{seed}.npz",
        "digest": "0" * 16,
        "replans": 4,
        "seconds": 4.2,
    }


def settings(mode: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """config and provenance of a run of a trained policy."""
    config = {"policy": "demo", "horizon": HORIZON, "batch_size": 1, "seed": 0, "strategy": "plain"}
    config |= {"task": TASK, "episodes": 4, "shard": None}
    facts: dict[str, Any] = {"checkpoint_hash": "a" * 64, "seeds": [0]}
    if mode == "closedloop":
        return config | {"config": "demo_clean", "scenes": "protocol"}, facts | {"assets_kind": "stand-in"}
    return config | {"dataset": "assets/sample"}, facts | {
        "dataset": "assets/sample",
        "dataset_hash": "b" * 64,
    }


def open_run(path: Path) -> Path:
    """Three episodes of open loop."""
    config, facts = settings("openloop")
    with RunDir.create("openloop", "demo", config=config, provenance=provenance(**facts), out=path) as run:
        for episode in range(3):
            kept = prediction(episode)
            run.save_prediction(episode, kept)
            run.add(open_row(episode, kept))
        run.save_summary(summarize_openloop(run.open_rows(), run.predictions))
    return path


def closed_run(path: Path) -> Path:
    """Four rollouts, with the path that one of them took."""
    config, facts = settings("closedloop")
    with RunDir.create("closedloop", "demo", config=config, provenance=provenance(**facts), out=path) as run:
        trajectory().save(path / "predictions" / f"{TASK}-100000.npz")
        for i in range(4):
            run.add(closed_row(100_000 + i, i % 2 == 0))
    return path


def trajectory() -> Trajectory:
    """What a rollout of FRAMES actions keeps."""
    kept = prediction(0)
    looks = np.arange(0, FRAMES + 1, HORIZON)
    return Trajectory(
        states=np.vstack([kept.gt[:1], kept.gt]),
        actions=kept.pred,
        replans=np.flatnonzero(kept.replan),
        chunks=kept.chunks,
        looks=looks,
        names=np.array(["bell"]),
        poses=np.zeros((len(looks), 1, 7), np.float32),
        hands=np.zeros((len(looks), 2, 7), np.float32),
        stage_names=np.array(["bell touched"]),
        stages=np.zeros((len(looks), 1), bool),
    )
