"""The open loop's numbers are those of a few lines of numpy, whatever the batches and their order."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from openloop_samples import HORIZON, command, rows_of

from harness.core import cli
from harness.runs.directory import RunDir


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
            assert row.mae == pytest.approx(error[episode == index].mean(), rel=1e-12)
            assert row.mse == pytest.approx((error[episode == index] ** 2).mean(), rel=1e-12)
            assert row.per_joint == pytest.approx(error[episode == index].mean(axis=0), rel=1e-12)
        overall = RunDir.load(held).summary().overall
        assert overall.mae == pytest.approx(error.mean(), rel=1e-12)
        for tau, rate in overall.sr.items():
            assert rate == pytest.approx((error.mean(axis=1) <= float(tau)).mean(), rel=1e-12)

    def test_hold_as_policy_is_hold_as_baseline(self, held: Path) -> None:
        for row in rows_of(held).values():
            for name in ("mae", "mse", "mae_arms", "mae_grippers", "sr", "per_joint"):
                assert getattr(row, name) == pytest.approx(getattr(row, f"hold_{name}"), rel=1e-12)
            assert row.critical.mae == pytest.approx(row.critical.hold_mae, rel=1e-12)
            assert row.boundary.jump == pytest.approx(row.boundary.hold_jump, rel=1e-12)

    @pytest.mark.usefixtures("no_pictures")
    def test_mean_as_policy_is_mean_as_baseline(self, recorded: Path, tmp_path: Path) -> None:
        args = ("--policy", "mean", "--dataset", recorded, "--episodes", "1,0", "--out", tmp_path / "run")
        assert command(*args, "--videos", 0) == cli.DONE
        for row in rows_of(tmp_path / "run").values():
            assert row.mae == pytest.approx(row.mean_mae, rel=1e-6)

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
            maes.append(rows_of(tmp_path / str(seed))[0].mae)
        assert maes[0] != maes[1]
