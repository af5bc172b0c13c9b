"""A replay of an edited dataset against one of its source."""

from __future__ import annotations

import numpy as np
import pytest
from compare_samples import compared, episodes, write_run

from harness.core.errors import UserError
from harness.runs.predictions import Prediction


def replayed(path, scenes, scale=1.0, **facts):
    """Episode i of the source is of scene 100 + i; here they stand in the order of `scenes`."""
    rows, predictions = episodes(scale)
    chosen = [(rows[scene - 100], predictions[scene - 100]) for scene in scenes]
    rows = [
        {**row, "episode": i, "scene_seed": scene}
        for i, ((row, _), scene) in enumerate(zip(chosen, scenes, strict=True))
    ]
    return write_run(path, "openloop", rows, predictions=[p for _, p in chosen], **facts)


def test_episodes_under_other_numbers_are_paired_by_their_scene(tmp_path):
    a = replayed(tmp_path / "a", range(100, 108))
    b = replayed(tmp_path / "b", (107, 103, 105), scale=2.0, dataset_hash="e" * 64)
    page = compared(a, b)
    opened = page.data.openloop
    assert opened.episodes == [3, 5, 7]
    assert opened.paired.n == 3
    for change in opened.changes:
        assert change.b == pytest.approx(2 * change.a, rel=1e-4)
    assert any("paired by task and scene" in line for line in page.cautions)
    assert any("5 of 8 episodes have no counterpart" in line for line in page.cautions)


def test_scenes_whose_recordings_differ_are_refused(tmp_path):
    a = replayed(tmp_path / "a", range(100, 104))
    rows, predictions = episodes(indices=range(4))
    rows = [{**row, "scene_seed": 100 + i} for i, row in enumerate(rows)]
    p = predictions[2]
    predictions[2] = Prediction(p.pred, p.gt + np.float32(0.1), p.replan, p.chunks, p.state)
    b = write_run(tmp_path / "b", "openloop", rows, predictions=predictions, dataset_hash="e" * 64)
    with pytest.raises(UserError, match="episode 2 is not the same recording"):
        compared(a, b)


@pytest.mark.parametrize("scenes", [(100, 100), (200, 201)])
def test_scenes_twice_or_of_others_are_refused_as_other_data(tmp_path, scenes):
    a = replayed(tmp_path / "a", range(100, 104))
    rows, predictions = episodes(indices=[0, 2])
    rows = [{**row, "scene_seed": scene} for row, scene in zip(rows, scenes, strict=True)]
    b = write_run(tmp_path / "b", "openloop", rows, predictions=predictions, dataset_hash="e" * 64)
    with pytest.raises(UserError, match=r"other datasets .* cannot be paired by scene"):
        compared(a, b)
