"""Runs of four episodes whose numbers are computed again: random, shifted, constantly off, with one spike."""

import numpy as np
import pytest
from run_samples import prediction

from harness.metrics.episode_scores import episode_fields
from harness.metrics.openloop_summary import summarize_openloop
from harness.runs.directory import RunDir
from harness.runs.predictions import Prediction

CHUNK = 16
MEAN = np.linspace(-0.3, 0.3, 14)


def with_pred(p, pred):
    """The prediction `pred` (T, 14) on the episode of `p`, its chunks standing still after the last frame."""
    starts = np.flatnonzero(p.replan)
    frames = np.minimum(starts[:, None] + np.arange(CHUNK), len(pred) - 1)
    return Prediction(pred.astype(np.float32), p.gt, p.replan, pred[frames].astype(np.float32), p.state)


def shifted(e):
    p = prediction(e, 40 + 10 * e)
    return with_pred(p, p.gt[np.minimum(np.arange(len(p.gt)) + 3, len(p.gt) - 1)])


def constant(e):
    p = prediction(e, 40 + 10 * e)
    return with_pred(p, p.gt + 0.25)


def single_spike(e):
    p = prediction(e, 40 + 10 * e)
    pred = p.gt.copy()
    pred[23, 4] += 1.4
    return with_pred(p, pred)


CASES = {
    "random": lambda e: prediction(e, 35 + 11 * e),
    "shifted": shifted,
    "constant": constant,
    "spike": single_spike,
}


@pytest.fixture(scope="module", params=CASES)
def case(request, tmp_path_factory):
    """(name, summary, rows, the arrays of the npz files) of a run of four episodes of two tasks."""
    path = tmp_path_factory.mktemp(request.param) / "run"
    with RunDir.create("openloop", "demo", config={}, provenance={}, out=path) as run:
        for e in range(4):
            p = CASES[request.param](e)
            run.save_prediction(e, p)
            names = {
                "episode": e,
                "task": "Do it",
                "task_name": ("stack_blocks_two", "handover_block")[e % 2],
            }
            run.add({**names, **episode_fields(p, MEAN)})
    loaded = RunDir.load(path)
    summary = summarize_openloop(loaded.rows(), loaded.predictions)
    arrays = [dict(np.load(path / "predictions" / f"episode_{e:06d}.npz")) for e in range(4)]
    for a in arrays:
        for name in ("pred", "gt", "state", "chunks"):
            a[name] = a[name].astype(float)
    return request.param, summary, {row.episode: row for row in loaded.rows()}, arrays
