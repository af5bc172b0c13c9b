"""What a closed-loop run refuses, skips or counts neither way."""

from __future__ import annotations

import numpy as np
import pytest
from run_samples import records
from test_closedloop import TASK, run

from harness.closedloop.config import Config
from harness.closedloop.evaluation import refuse_if_nothing_counts
from harness.closedloop.verify import settings_of
from harness.core.errors import UserError
from harness.openloop.lockstep import rollout
from harness.rollout.adapter import ObservationAdapter
from harness.rollout.environments import SceneOptions
from harness.rollout.sim_world import SimWorld
from harness.scenes.protocol import Verdict, evaluation_seed
from harness.scenes.verdict_cache import append_verdict, read_verdicts
from policies.baselines import Hold

pytestmark = pytest.mark.slow


def test_a_policy_that_says_nan_is_an_error_and_not_a_failure(tmp_path):
    class Broken(Hold):
        def predict(self, batch, noise=None):
            return np.full((1, 50, 14), np.nan, np.float32)

    world = SimWorld(SceneOptions().make(TASK, roles=()), 100_000, max_actions=10)
    (trace,) = rollout([world], Broken(), ObservationAdapter(()), horizon=10, run_seed=0, batch_size=1)
    assert "frame 0" in (trace.error or "")
    assert world.frame == 0


def test_a_run_of_errors_only_is_no_result():
    row = {"task": TASK, "status": "error", "error": "NaN at frame 3"}
    with pytest.raises(UserError, match="NaN"):
        refuse_if_nothing_counts(records(*({**row, "seed": seed} for seed in (1, 2))))
    refuse_if_nothing_counts(
        records({**row, "seed": 3}, {"task": TASK, "seed": 4, "status": "ok", "success": True})
    )


@pytest.mark.parametrize(
    ("argv", "said"),
    (
        (["--task", "stack_block_two"], "stack_blocks_two"),
        (["--policy", "hodl", "--task", TASK], "hold"),
        (["--policy", "/no/such/checkpoint", "--task", TASK], "/no/such/checkpoint"),
        (["--policy", "hold", "--task", TASK, "--assets", "/nowhere"], "asset root"),
        (["--policy", "hold", "--task", TASK, "--config", "demo_hard"], "demo_clean"),
        (["--policy", "hold", "--task", TASK, "--instructions", "/nowhere"], "RoboTwin checkout"),
        (["--policy", "hold", "--task", TASK, "--shader", "crayon"], "default"),
        (["--policy", "hold", "--task", TASK, "--episodes", "0"], "--episodes"),
        (["--policy", "hold", "--task", TASK, "--horizon", "51"], "50"),
        (["--policy", "hold", "--task", TASK, "--seed", "-1"], "--seed"),
        (["--policy", "hold", "--task", TASK, "--workers", "0"], "--workers 0"),
        (["--policy", "hold", "--task", TASK, "--patience", "0"], "--patience 0"),
        (["--verify", "/no/such/run"], "/no/such/run is not a run directory"),
    ),
)
def test_bad_input_is_one_line_and_exit_code_2(argv, said, tmp_path, capsys):
    assert run([*argv, "--out", str(tmp_path / "run")]) == 2
    error = capsys.readouterr().err.strip()
    assert said in error
    assert error.startswith("error: ")
    assert "\n" not in error


def test_evaluation_seeds_follow_the_official_protocol():
    assert evaluation_seed(0, 0) == 100_000
    assert evaluation_seed(7, 3) == 800_003
    with pytest.raises(UserError, match="--seed"):
        evaluation_seed(-1, 0)


def test_verdicts_are_remembered_and_torn_lines_forgotten(tmp_path):
    path = tmp_path / "verdicts.jsonl"
    append_verdict(path, Verdict(5, True))
    append_verdict(path, Verdict(6, False, "unstable: box", "unstable"))
    with path.open("a") as file:
        file.write('{"seed": 7, "ok"')
    assert read_verdicts(path) == [Verdict(5, True), Verdict(6, False, "unstable: box", "unstable")]


@pytest.mark.parametrize("address", ["ws://elsewhere:1", "WSS://elsewhere/pi0"])
def test_a_server_that_only_a_run_names_is_not_asked(address):
    with pytest.raises(UserError, match="if that is a server of yours, name it"):
        settings_of({"policy": address}, Config(policy="demo"))
    assert settings_of({"policy": address}, Config(policy=address)).policy == address
