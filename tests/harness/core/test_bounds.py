"""Numbers, names and devices on a command line are checked before anything is loaded or made."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import pytest
from refusals import refused

from harness.closedloop import config as closedloop
from harness.core import bounds
from harness.core.errors import UserError
from harness.openloop import config as openloop
from harness.record import config as record
from harness.rollout.policy_setup import pick_device
from harness.scenes.protocol import evaluation_seed
from harness.sweep import config as sweep

HUGE = 99999999999999999999


@pytest.mark.parametrize(
    ("command", "given", "said"),
    [
        (closedloop, {"seed": HUGE}, rf"--seed {HUGE} is out of range; give 0 to 42948 \(scene seeds start"),
        (closedloop, {"seed": 42_949}, "--seed 42949"),
        (closedloop, {"seed": -1}, "--seed -1"),
        (closedloop, {"batch_size": 10**12}, r"--batch-size 1000000000000 .* 1 to 4096 \(the batch"),
        (closedloop, {"workers": 0}, "--workers 0"),
        (closedloop, {"workers": 10**6}, "--workers 1000000"),
        (closedloop, {"episodes": HUGE}, "--episodes"),
        (closedloop, {"horizon": 0}, "--horizon 0"),
        (closedloop, {"max_actions": HUGE}, "--max-actions"),
        (closedloop, {"patience": math.nan}, "--patience nan"),
        (closedloop, {"patience": 0.01}, "--patience 0.01"),
        (closedloop, {"device": "ü"}, "--device 'ü' is none"),
        (closedloop, {"resume": True}, "--resume continues the run in --out"),
        (openloop, {"seed": HUGE}, "--seed"),
        (openloop, {"batch_size": HUGE}, "--batch-size"),
        (openloop, {"device": "gpu"}, "--device 'gpu' is none"),
        (openloop, {"resume": True}, "--resume continues the run in --out"),
        (sweep, {"seed": HUGE}, "--seed"),
        (sweep, {"workers": HUGE}, "--workers"),
        (sweep, {"resume": True}, "--resume continues the sweep in --out"),
        (record, {"seed": 100_000}, "--seed 100000 .* kept for evaluation"),
        (record, {"episodes": 0}, "--episodes 0"),
        (record, {"noise": math.nan, "sampling": "per_action"}, "--noise nan"),
        (record, {"detours": 2.0, "sampling": "per_action"}, "--detours 2.0"),
    ],
)
def test_a_number_out_of_range_names_its_flag_and_the_reason(command, given, said):
    command.check(command.Config())
    with refused(UserError, match=said):
        command.check(command.Config(**given))


def test_the_last_evaluation_seed_has_scenes_that_a_generator_takes():
    most = int(bounds.EVALUATION_SEEDS.most)
    assert evaluation_seed(most, 0) < 2**32 <= evaluation_seed(most + 1, 0)


def test_a_gpu_that_is_not_there_is_refused_for_every_policy(monkeypatch):
    import torch

    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert (pick_device("auto"), pick_device("cuda:1"), pick_device("cpu")) == ("cuda", "cuda:1", "cpu")
    with pytest.raises(UserError, match=r"--device cuda:999: no such GPU \(there are 2\)"):
        pick_device("cuda:999")


@dataclasses.dataclass(frozen=True)
class Words:
    policy: str = "demo"
    out: Path | None = None
    runs: tuple[Path, ...] = ()
    note: str = ""


def test_a_name_that_no_file_can_have_is_refused(tmp_path):
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    bounds.check_names(Words("owner/pi0", tmp_path, (Path("runs/a"),), "word " * 9999))
    for words, said in (
        (Words("\udcff\udcfe"), "--policy .* is not text in UTF-8"),
        (Words(out=Path("\udcff")), "--out .* is not text in UTF-8"),
        (Words("x\0y"), "NUL"),
        (Words("x" * 300), "--policy x+… is too long"),
        (Words(out=Path("x/" * 3000)), "--out .* is too long"),
        (Words(runs=(Path("a"), Path("x" * 300))), "--runs .* is too long"),
        (Words(out=tmp_path / "loop" / "x"), "--out .* circle of symbolic links"),
        (Words("~nobody-of-that-name/x"), "no home"),
    ):
        with refused(UserError, match=said):
            bounds.check_names(words)
