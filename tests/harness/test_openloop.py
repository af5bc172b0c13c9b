"""Open loop end to end: the numbers are those of a few lines of numpy, and no mistake ends in a traceback."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness import cli, openloop
from harness.dataset_world import DatasetWorld
from harness.datasets import Clip, open_dataset
from harness.predictions import Prediction
from harness.results import RunDir
from policies import PolicyError

HORIZON = 7
CAMERAS = tuple(f"observation.images.{name}" for name in ("cam_high", "cam_left_wrist", "cam_right_wrist"))


@dataclass(frozen=True)
class Noisy:
    """A flow-matching policy in miniature: state plus noise. Its images must show the frame it is told about."""

    frame_number: Callable[[np.ndarray], int]
    name: str = "noisy"
    chunk_size: int = 10
    images: tuple[str, ...] = CAMERAS
    noise_shape: tuple[int, int] | None = (10, 32)
    content_hash: str | None = "sha256:0"
    fails_at: tuple[int, BaseException | None] | None = None

    def predict(self, batch: dict[str, Any], noise: np.ndarray | None) -> np.ndarray:
        for row, frame in enumerate(batch["frame_index"]):
            for key in self.images:
                image = (batch[key][row].numpy().transpose(1, 2, 0) * 255).astype(np.uint8)
                assert self.frame_number(image) == frame
        assert noise is not None
        chunks = batch["observation.state"].numpy()[:, None] + 0.1 * noise[..., :14]
        if self.fails_at and (bad := batch["frame_index"] == self.fails_at[0]).any():
            if self.fails_at[1]:
                raise self.fails_at[1]
            chunks[bad] = np.nan
        return chunks.astype(np.float32)

    def describe(self) -> dict[str, Any]:
        return {"name": self.name}


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch, synthetic: Any) -> Callable[..., None]:
    """Makes `--policy` load a Noisy policy."""

    def use(**options: Any) -> None:
        policy = Noisy(synthetic.frame_number, **options)
        monkeypatch.setattr("policies.load_policy", lambda *_, **__: policy)

    return use


@pytest.fixture
def no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leaves out plots and page, which take most of the time of a run, where a test is about numbers."""
    from harness import canvas, openloop_run, plots, report

    monkeypatch.setattr(canvas, "save", lambda _, path: path)
    for name in ("episode_bars", "joint_bars", "chunk_index_curve", "threshold_curves"):
        monkeypatch.setattr(plots, name, lambda *_, **__: None)
    monkeypatch.setattr(openloop_run, "overlay", lambda *_, **__: None)
    monkeypatch.setattr(report, "write_report", lambda _, out: out / "report.html")


def command(*argv: object) -> int:
    """The exit code of `python -m harness.openloop ...`, run in this process."""
    with pytest.raises(SystemExit) as stop:
        cli.run(openloop.main, openloop.Config, [str(arg) for arg in argv])
    return int(stop.value.code or 0)


def rows_of(run: Path) -> dict[int, dict[str, Any]]:
    return {row["episode"]: row for row in RunDir.load(run).rows()}


@pytest.fixture(scope="module")
def held(recorded: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of `hold` on all episodes, with one video."""
    out = tmp_path_factory.mktemp("runs") / "hold"
    args = ("--policy", "hold", "--dataset", recorded, "--horizon", HORIZON, "--videos", 1, "--out", out)
    assert command(*args) == cli.DONE
    return out


class TestNumbers:
    def test_hold_is_what_a_few_lines_of_numpy_say(self, recorded: Path, held: Path) -> None:
        import pyarrow.parquet as pq

        table = pq.ParquetFile(recorded / "data/chunk-000/file-000.parquet").read()
        episode = np.array(table["episode_index"].to_pylist())
        frame = np.array(table["frame_index"].to_pylist())
        state = np.array(table["observation.state"].to_pylist())
        action = np.array(table["action"].to_pylist())
        start = np.arange(len(frame)) - frame % HORIZON
        error = np.abs(state[start] - action)

        for index, row in rows_of(held).items():
            assert row["mae"] == pytest.approx(error[episode == index].mean(), rel=1e-12)
            assert row["mse"] == pytest.approx((error[episode == index] ** 2).mean(), rel=1e-12)
            assert row["per_joint"] == pytest.approx(error[episode == index].mean(axis=0), rel=1e-12)
        overall = RunDir.load(held).summary()["overall"]
        assert overall["mae"] == pytest.approx(error.mean(), rel=1e-12)
        for tau, rate in overall["sr"].items():
            assert rate == pytest.approx((error.mean(axis=1) <= float(tau)).mean(), rel=1e-12)

    def test_hold_as_policy_is_hold_as_baseline(self, held: Path) -> None:
        for row in rows_of(held).values():
            for name in ("mae", "mse", "mae_arms", "mae_grippers", "sr", "per_joint"):
                assert row[name] == pytest.approx(row[f"hold_{name}"], rel=1e-12)
            assert row["critical"]["mae"] == pytest.approx(row["critical"]["hold_mae"], rel=1e-12)
            assert row["boundary"]["jump"] == pytest.approx(row["boundary"]["hold_jump"], rel=1e-12)

    @pytest.mark.usefixtures("no_pictures")
    def test_mean_as_policy_is_mean_as_baseline(self, recorded: Path, tmp_path: Path) -> None:
        args = ("--policy", "mean", "--dataset", recorded, "--episodes", "1,0", "--out", tmp_path / "run")
        assert command(*args, "--videos", 0) == cli.DONE
        for row in rows_of(tmp_path / "run").values():
            assert row["mae"] == pytest.approx(row["mean_mae"], rel=1e-6)

    @pytest.mark.usefixtures("no_pictures")
    def test_neither_batch_size_nor_order_changes_a_number(
        self, recorded: Path, tmp_path: Path, use: Callable[..., None]
    ) -> None:
        use()
        found = []
        for name, batch, episodes in (("a", 1, "0:2"), ("b", 3, "1,0")):
            args = ("--dataset", recorded, "--episodes", episodes, "--videos", 0, "--out", tmp_path / name)
            assert command(*args, "--batch-size", batch, "--horizon", 10) == cli.DONE
            found.append(rows_of(tmp_path / name))
        assert found[0] == found[1]

    @pytest.mark.usefixtures("no_pictures")
    def test_another_seed_is_another_draw(
        self, recorded: Path, tmp_path: Path, use: Callable[..., None]
    ) -> None:
        use()
        maes = []
        for seed in (0, 1):
            args = ("--dataset", recorded, "--episodes", "0", "--videos", 0, "--out", tmp_path / str(seed))
            assert command(*args, "--seed", seed) == cli.DONE
            maes.append(rows_of(tmp_path / str(seed))[0]["mae"])
        assert maes[0] != maes[1]


class TestRunDirectory:
    def test_it_says_what_was_run_on_what(self, recorded: Path, held: Path) -> None:
        run = RunDir.load(held).run
        assert run["status"] == "done"
        assert run["config"]["horizon"] == HORIZON and run["config"]["dataset"] == str(recorded)
        assert len(run["provenance"]["dataset_hash"]) == 64
        assert run["provenance"]["mean_action_source"].startswith("all frames of the dataset")

    def test_every_episode_has_its_line_predictions_and_plot(
        self, recorded: Path, held: Path, synthetic: Any
    ) -> None:
        rows = rows_of(held)
        assert sorted(rows) == list(range(synthetic.episodes))
        for index, row in rows.items():
            assert synthetic.tasks[row["task_name"]] == row["task"]
            assert (held / row["plot"]).is_file()
            prediction = Prediction.load(held / "predictions" / f"episode_{index:06d}.npz")
            assert np.flatnonzero(prediction.replan).tolist() == list(range(0, synthetic.frames, HORIZON))
            np.testing.assert_array_equal(prediction.gt, synthetic.walk(index)[1:])
            assert prediction.chunks.shape == (row["replans"], 50, 14)

    def test_the_episodes_asked_for_are_filmed_whole(self, held: Path, synthetic: Any) -> None:
        from harness import video_reader

        videos = [row["video"] for row in rows_of(held).values() if row.get("video")]
        assert videos == ["videos/episode_000000.mp4"]
        film = video_reader.index_video(held / videos[0])
        assert len(film.times) == synthetic.frames
        first = video_reader.decode(film, [0])[0]
        assert synthetic.frame_number(first[:240, 320:640]) == 0

    def test_plots_over_all_episodes_summary_and_page_are_there(self, held: Path) -> None:
        names = {path.name for path in (held / "plots").iterdir()}
        assert {"episodes.png", "joints.png", "chunk_index.png", "thresholds.png"} <= names
        assert RunDir.load(held).summary()["persistence"] == 1.0
        assert "hold" in (held / "report.html").read_text()

    @pytest.mark.usefixtures("no_pictures")
    def test_only_one_task_can_be_asked_for(self, recorded: Path, tmp_path: Path) -> None:
        args = ("--policy", "hold", "--dataset", recorded, "--videos", 0, "--out", tmp_path / "run")
        assert command(*args, "--task", "handover_block") == cli.DONE
        assert sorted(rows_of(tmp_path / "run")) == [1, 3]


class TestInterruption:
    @pytest.mark.usefixtures("no_pictures")
    def test_a_resumed_run_ends_as_if_it_had_not_stopped(
        self, recorded: Path, tmp_path: Path, use: Callable[..., None], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        args = ("--dataset", recorded, "--batch-size", 1, "--videos", 0, "--horizon", 10, "--out")
        use()
        assert command(*args, tmp_path / "whole") == cli.DONE

        from harness.openloop_run import Evaluation

        record, calls = Evaluation.record, iter(range(9))

        def stop_at_the_third(self: Evaluation, *a: Any, **k: Any) -> dict[str, Any]:
            if next(calls) == 2:
                raise KeyboardInterrupt
            return record(self, *a, **k)

        with monkeypatch.context() as patch:
            patch.setattr(Evaluation, "record", stop_at_the_third)
            assert command(*args, tmp_path / "parts") == cli.INTERRUPTED
        assert RunDir.load(tmp_path / "parts").run["status"] == "interrupted"
        assert sorted(rows_of(tmp_path / "parts")) == [0, 1]
        assert not (tmp_path / "parts" / "summary.json").exists()
        assert command(*args, tmp_path / "parts", "--resume") == cli.DONE
        assert rows_of(tmp_path / "parts") == rows_of(tmp_path / "whole")
        assert RunDir.load(tmp_path / "parts").summary() == RunDir.load(tmp_path / "whole").summary()


class TestMistakes:
    """One line on stderr that names the fix, exit 2, nothing that looks like a result."""

    @pytest.mark.parametrize(
        ("argv", "says"),
        [
            (["--policy", "expert"], "closed loop"),
            (["--policy", "hald"], "hold"),
            (["--policy", "hold", "--episodes", "0:25"], "0..3"),
            (["--policy", "hold", "--episodes", "some"], "0:25"),
            (["--policy", "hold", "--horizon", "51"], "between 1 and 50"),
            (["--policy", "hold", "--horizon", "0"], "between 1 and 50"),
            (["--policy", "hold", "--horizon", "x"], "horizon"),
            (["--policy", "hold", "--batch-size", "0"], "batch-size"),
            (["--policy", "hold", "--videos", "-1"], "videos"),
            (["--policy", "hold", "--seed", "-1"], "seed"),
            (["--policy", "hold", "--workers", "2"], "one process"),
            (["--policy", "hold", "--task", "stack_block_two"], "stack_blocks_two"),
            (["--policy", "hold", "--episodes", "0", "--task", "handover_block"], "none of the episodes"),
            (["--policy", "hold", "--dataset", "/nowhere/at/all"], "no dataset directory"),
        ],
    )
    def test_bad_arguments(
        self, argv: list[str], says: str, recorded: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        dataset = [] if "--dataset" in argv else ["--dataset", str(recorded)]
        assert command(*argv, *dataset, "--out", tmp_path / "run") == cli.BAD_INPUT
        err = capsys.readouterr().err
        assert err.count("\n") == 1 and says in err
        assert not (tmp_path / "run").exists()

    def test_truncated_video(
        self, damaged: Callable[[], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        root = damaged()
        video = root / "videos" / CAMERAS[1] / "chunk-000" / "file-000.mp4"
        video.write_bytes(video.read_bytes()[:-2000])
        args = ("--policy", "hold", "--dataset", root, "--out", tmp_path / "run")
        assert command(*args) == cli.BAD_INPUT
        err = capsys.readouterr().err
        assert err.count("\n") == 1 and "cam_left_wrist" in err
        assert not (tmp_path / "run").exists()

    @pytest.mark.parametrize("error", [None, PolicyError("NaN in its output")], ids=["returned", "raised"])
    def test_nan_actions(
        self,
        error: BaseException | None,
        recorded: Path,
        tmp_path: Path,
        use: Callable[..., None],
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        use(fails_at=(20, error))
        args = ("--dataset", recorded, "--out", tmp_path / "run", "--batch-size", 1, "--videos", 0)
        assert command(*args) == cli.BAD_INPUT
        err = capsys.readouterr().err
        assert err.count("\n") == 1 and "episode 0, frame 20" in err and "NaN" in err
        run = RunDir.load(tmp_path / "run")
        assert run.run["status"] == "failed" and "frame 20" in run.run["error"]
        assert run.summary() is None and not (tmp_path / "run" / "report.html").exists()

    def test_a_policy_with_a_camera_nobody_has(
        self, recorded: Path, use: Callable[..., None], capsys: pytest.CaptureFixture[str]
    ) -> None:
        use(images=("observation.images.front",))
        assert command("--dataset", recorded) == cli.BAD_INPUT
        assert "'observation.images.front'" in capsys.readouterr().err

    def test_an_occupied_run_directory(
        self, recorded: Path, held: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        before = (held / "episodes.jsonl").read_bytes()
        assert command("--policy", "hold", "--dataset", recorded, "--out", held) == cli.BAD_INPUT
        assert "--resume" in capsys.readouterr().err
        assert (held / "episodes.jsonl").read_bytes() == before

    def test_as_a_process(self, tmp_path: Path) -> None:
        argv = [sys.executable, "-m", "harness.openloop", "--policy", "hold", "--dataset", str(tmp_path)]
        done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == cli.BAD_INPUT
        assert done.stderr.count("\n") == 1 and "meta/info.json" in done.stderr


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys; from harness import openloop, cli\n"
        "try: cli.parse(openloop.Config, ['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'torch', 'lerobot', 'matplotlib', 'pandas', 'pyarrow', 'av', 'numpy'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert "--batch-size" in done.stdout
    assert json.loads(done.stderr.replace("'", '"')) == []


class TestDatasetWorld:
    def test_only_the_frames_it_will_be_asked_for_are_decoded(
        self, recorded: Path, synthetic: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        decoded: list[list[int]] = []
        decode = Clip.decode

        def spy(self: Clip, frames: Any) -> np.ndarray:
            decoded.append(list(frames))
            return decode(self, frames)

        monkeypatch.setattr(Clip, "decode", spy)
        world = DatasetWorld(open_dataset(recorded).episode(2), 15, ["head", "right"])
        seen = []
        while not world.done:
            observation = world.observe()
            assert set(observation.images) == {"head", "right"}
            seen.append(synthetic.frame_number(observation.images["right"]))
            world.advance(np.zeros((15, 14), np.float32))
        assert seen == [0, 15, 30]
        assert decoded == [[0, 15, 30]] * 2

    def test_a_policy_that_looks_at_nothing_costs_no_decoding(
        self, recorded: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(Clip, "decode", lambda *_: pytest.fail("decoded"))
        assert DatasetWorld(open_dataset(recorded).episode(0), 5, []).observe().images == {}


def test_progress_in_a_log_is_lines_with_the_time_left(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from harness import progress

    monkeypatch.setattr(progress, "LINE_EVERY_S", 0)
    with progress.Progress("open loop", 100, "frames") as bar:
        bar.update(0)
        bar.update(50, "MAE 0.1")
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "open loop: 0/100 frames, starting"
    assert lines[1].startswith("open loop: 50/100 frames, ") and lines[1].endswith(" s left; MAE 0.1")


def test_without_a_dataset_the_bundled_episodes_serve_and_else_a_recorded_sample(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from harness import record, samples

    assert (samples.default_dataset() / "meta" / "info.json").is_file()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(samples, "DEMO_EPISODES", tmp_path / "missing")
    recorded: list[record.Config] = []
    monkeypatch.setattr(record, "main", recorded.append)
    assert samples.default_dataset() == Path("data/sample")
    assert [config.out for config in recorded] == [Path("data/sample")]


def test_a_policy_that_hold_beats_is_told_so(held: Path) -> None:
    from harness.console import openloop_remarks

    summary = RunDir.load(held).summary()
    summary["overall"] |= {"mae": 0.5, "hold_mae": 0.1, "mean_mae": 0.6}
    remarks = openloop_remarks(summary, "p")
    assert "p does not beat hold on these episodes" in remarks
    assert any("hold is a strong baseline" in line for line in remarks)
