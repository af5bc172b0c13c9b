"""Open loop end to end: what a run leaves behind, and that an interrupted one ends as if it had not stopped."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from openloop_samples import HORIZON, command, rows_of

from harness.core import cli
from harness.runs.directory import RunDir
from harness.runs.predictions import Prediction


class TestRunDirectory:
    def test_it_says_what_was_run_on_what(self, recorded: Path, held: Path) -> None:
        run = RunDir.load(held).run
        assert run["status"] == "done"
        assert run["config"]["horizon"] == HORIZON and run["config"]["dataset"] == str(recorded)
        assert len(run["provenance"]["dataset_hash"]) == 64
        assert run["provenance"]["mean_action_source"] == "the 160 scored frames"

    def test_every_episode_has_its_line_predictions_and_plot(
        self, recorded: Path, held: Path, synthetic: Any
    ) -> None:
        rows = rows_of(held)
        assert sorted(rows) == list(range(synthetic.episodes))
        for index, row in rows.items():
            assert synthetic.tasks[row.task_name] == row.task
            assert (held / row.plot).is_file()
            prediction = Prediction.load(held / "predictions" / f"episode_{index:06d}.npz")
            assert np.flatnonzero(prediction.replan).tolist() == list(range(0, synthetic.frames, HORIZON))
            np.testing.assert_array_equal(prediction.gt, synthetic.walk(index)[1:])
            assert prediction.chunks.shape == (row.replans, 50, 14)

    def test_the_episodes_asked_for_are_filmed_whole(self, held: Path, synthetic: Any) -> None:
        from harness.datasets import video_frames

        videos = [row.video for row in rows_of(held).values() if row.video]
        assert videos == ["videos/episode_000000.mp4"]
        film = video_frames.index_video(held / videos[0])
        assert len(film.times) == synthetic.frames
        first = video_frames.decode(film, [0])[0]
        assert synthetic.frame_number(first[:240, 320:640]) == 0

    def test_plots_over_all_episodes_summary_and_page_are_there(self, held: Path) -> None:
        names = {path.name for path in (held / "plots").iterdir()}
        assert {"episodes.png", "joints.png", "chunk_index.png", "thresholds.png"} <= names
        assert RunDir.load(held).summary().persistence == 1.0
        assert "hold" in (held / "report.html").read_text()

    @pytest.mark.usefixtures("no_pictures")
    def test_only_one_task_can_be_asked_for(self, recorded: Path, tmp_path: Path) -> None:
        args = ("--policy", "hold", "--dataset", recorded, "--videos", 0, "--out", tmp_path / "run")
        assert command(*args, "--task", "handover_block") == cli.DONE
        assert sorted(rows_of(tmp_path / "run")) == [1, 3]


class TestInterruption:
    @pytest.mark.usefixtures("no_pictures")
    def test_a_resumed_run_ends_as_if_it_had_not_stopped(
        self,
        recorded: Path,
        tmp_path: Path,
        use: Callable[..., None],
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        args = ("--dataset", recorded, "--batch-size", 1, "--videos", 0, "--horizon", 10, "--out")
        use()
        assert command(*args, tmp_path / "whole") == cli.DONE

        from harness.openloop.evaluation import Evaluation

        record, calls = Evaluation.record, iter(range(9))

        def stop_at_the_third(self: Evaluation, *a: Any, **k: Any) -> dict[str, Any]:
            if next(calls) == 2:
                raise KeyboardInterrupt
            return record(self, *a, **k)

        with monkeypatch.context() as patch:
            patch.setattr(Evaluation, "record", stop_at_the_third)
            assert command(*args, tmp_path / "parts") == cli.INTERRUPTED
            said = capsys.readouterr().err
            assert "2 of 4 episodes are done and safe; resume with: python -m harness.openloop" in said
        assert RunDir.load(tmp_path / "parts").run["status"] == "interrupted"
        assert sorted(rows_of(tmp_path / "parts")) == [0, 1]
        assert not (tmp_path / "parts" / "summary.json").exists()
        assert command(*args, tmp_path / "parts", "--resume") == cli.DONE
        assert rows_of(tmp_path / "parts") == rows_of(tmp_path / "whole")
        assert RunDir.load(tmp_path / "parts").summary() == RunDir.load(tmp_path / "whole").summary()

    def test_at_ctrl_c_the_episodes_that_run_come_to_their_end(
        self, recorded: Path, tmp_path: Path, use: Callable[..., None], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        args = (
            "--dataset",
            recorded,
            "--batch-size",
            1,
            "--videos",
            0,
            "--horizon",
            10,
            "--out",
            tmp_path / "run",
        )
        use()
        from harness.openloop.evaluation import Evaluation

        world, opened = Evaluation.world, []

        def press_at_the_second(self: Evaluation, index: int) -> Any:
            opened.append(index)
            if len(opened) == 2:
                signal.raise_signal(signal.SIGINT)
            return world(self, index)

        with monkeypatch.context() as patch:
            patch.setattr(Evaluation, "world", press_at_the_second)
            assert command(*args) == cli.INTERRUPTED
        assert sorted(rows_of(tmp_path / "run")) == opened == [0, 1]
        assert command(*args, "--resume") == cli.DONE
        assert sorted(rows_of(tmp_path / "run")) == [0, 1, 2, 3]


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys; from harness.core import cli; from harness.openloop.config import Config\n"
        "try: cli.parse(Config, ['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'torch', 'lerobot', 'matplotlib', 'pandas', 'pyarrow', 'av', 'numpy'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert "--batch-size" in done.stdout
    assert json.loads(done.stderr.replace("'", '"')) == []


def test_a_policy_that_hold_beats_is_told_so(held: Path) -> None:
    from harness.rendering.console import openloop_remarks

    summary = RunDir.load(held).summary()
    beaten = summary.overall.model_copy(update={"mae": 0.5, "hold_mae": 0.1, "mean_mae": 0.6})
    remarks = openloop_remarks(summary.model_copy(update={"overall": beaten}), "p")
    assert "p does not beat hold on these episodes" in remarks
    assert any("hold is a strong baseline" in line for line in remarks)
