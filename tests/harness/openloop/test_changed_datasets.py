"""A dataset that somebody changes while a run reads it: nothing of both is scored as one."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from harness.core import cli
from harness.openloop import command
from harness.openloop.config import Config
from harness.openloop.evaluation import Evaluation


@pytest.mark.parametrize("place", ["data", "videos"])
def test_a_file_replaced_under_a_run_ends_it_before_anything_of_it_is_scored(
    recorded, tmp_path, monkeypatch, capsys, place
):
    own = Path(shutil.copytree(recorded, tmp_path / "own"))
    file = next(path for path in sorted((own / place).rglob("*")) if path.is_file())
    read = Evaluation.world

    def world(self, index):
        if index == 1:  # a sync tool brings the same file anew
            shutil.copy(file, tmp_path / "new")
            (tmp_path / "new").replace(file)
        return read(self, index)

    monkeypatch.setattr(Evaluation, "world", world)
    argv = ["--policy", "hold", "--dataset", str(own), "--horizon", "4", "--batch-size", "1", "--videos", "0"]
    with pytest.raises(SystemExit) as stop:
        cli.run(command.main, Config, [*argv, "--out", str(tmp_path / "run")])
    said = capsys.readouterr().err.strip().splitlines()[-1]
    assert stop.value.code == 2 and "was changed while it was read" in said and str(file) in said
    run = json.loads((tmp_path / "run" / "run.json").read_text())
    rows = (tmp_path / "run" / "episodes.jsonl").read_text().splitlines()
    assert run["status"] == "failed" and len(rows) <= 1
