"""The contract sheet on the console: what is printed, and that it is quick because nothing heavy is loaded."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import pytest

from harness.check.command import main
from harness.check.config import Config
from harness.core import cli
from harness.files.bundled import ASSETS

HEAVY = ("torch", "lerobot", "transformers", "sapien", "pandas", "matplotlib")


def refused(capsys, *argv):
    """The one line of a sheet that ends in a refusal, and what was printed before it."""
    with pytest.raises(SystemExit) as stop:
        cli.run(main, Config, list(argv))
    said = capsys.readouterr()
    (line,) = said.err.strip().splitlines()
    assert stop.value.code == 2 and line.startswith("error: ")
    return line, said.out


def test_the_sheet_of_the_demo_policy_names_everything(capsys):
    assert main(Config(task="click_bell")) == 0
    said = capsys.readouterr().out
    for words in (
        "policy demo: tiny_pi0, chunks of 12, 4 executed of each",
        "on the simulator: click_bell, demo_clean",
        "left_gripper ",
        "head: head_camera (320x240) -> observation.images.cam_high (320x240)",
        "of at most 23",
        "scenes official: RoboTwin's own list for evaluation seed 0",
        "what would be refused\n  nothing",
    ):
        assert words in said


def test_a_dataset_and_a_task_are_two_sheets(capsys):
    assert main(Config(policy="hold", dataset="assets/demo_episodes", task="click_bell")) == 0
    said = capsys.readouterr().out
    assert said.count("a policy without a checkpoint") == 2 and said.count("\nstate numbers") == 2


def test_scenes_that_were_trained_on_are_said_before_the_run(tmp_path, capsys):
    mine = tmp_path / "mine"
    shutil.copytree(ASSETS / "demo", mine)
    (mine / "training_log.json").write_text(json.dumps({"scene_seeds": {"click_bell": [100_003]}}))
    line, said = refused(capsys, "--policy", str(mine), "--task", "click_bell")
    assert "100003 of click_bell" in line and "what would be refused\n  - policy" in said


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("--policy", "/no/such/checkpoint"), "no checkpoint directory of that name"),
        (("--dataset", "/no/such/dataset"), "no dataset directory"),
        (("--task", "click_bel"), "click_bell"),
        (("--task", "click_bell", "--episodes", "0"), "--episodes 0 is out of range"),
        (("--task", "click_bell", "--seed", "-1"), "--seed -1 is out of range"),
        (("--task", "click_bell", "--scenes", "/no/list"), "give official, protocol, or a JSON file"),
        (("--task", "click_bell", "--instructions", "/nowhere"), "give the folder of a RoboTwin checkout"),
    ],
)
def test_bad_input_is_one_line(argv, said, capsys):
    assert said in refused(capsys, *argv)[0]


@pytest.fixture
def dataset(tmp_path):
    """The bundled episodes' description, as another recorder would have left it."""
    root = shutil.copytree(ASSETS / "demo_episodes", tmp_path / "recording")
    (root / "meta" / "robotwin.json").unlink()
    return root


def renamed(root, names):
    info = json.loads((root / "meta" / "info.json").read_text())
    for part in ("observation.state", "action"):
        info["features"][part]["names"] = names
    (root / "meta" / "info.json").write_text(json.dumps(info))


def test_what_the_names_of_a_dataset_say_is_on_its_sheet(dataset, capsys):
    poses = [f"{s}_ee_{p}" for s in ("l", "r") for p in ("x", "y", "z", "rx", "ry", "rz", "gripper")]
    renamed(dataset, poses)
    line, _ = refused(capsys, "--policy", "hold", "--dataset", str(dataset))
    assert "end-effector poses" in line
    renamed(dataset, [f"{s}_j{i}_deg" for s in ("left", "right") for i in range(7)])
    assert main(Config(policy="hold", dataset=str(dataset))) == 0
    assert "named in another unit" in capsys.readouterr().out


def test_sentences_of_strangers_are_shown_and_not_carried_out(dataset, capsys):
    import pyarrow as pa
    import pyarrow.parquet as pq

    told = pa.table({"task_index": [0], "task": ["\x1b[2J\x1b]0;title\x07press\nthe bell" + "!" * 100_000]})
    pq.write_table(told, dataset / "meta" / "tasks.parquet")
    assert main(Config(policy="hold", dataset=str(dataset))) == 0
    said = capsys.readouterr().out
    assert "\x1b" not in said and "\x07" not in said and len(said) < 10_000


def test_nothing_heavy_is_loaded():
    code = (
        "import sys; from harness.check.command import main; from harness.check.config import Config; "
        "main(Config(dataset='assets/demo_episodes', task='click_bell')); "
        f"print(sorted(set({HEAVY}) & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "[]"
