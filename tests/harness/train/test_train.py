"""Training, from episodes to a checkpoint that infers, and what it refuses to begin."""

from __future__ import annotations

import dataclasses
import json
import runpy
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from harness.train.command import main, open_work_dir
from harness.train.config import Config
from harness.train.log import export_checkpoint
from policies import load_policy

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """Two short episodes: a block whose place says where the first joint goes."""
    from harness.datasets.recording.writer import DatasetWriter

    out = tmp_path_factory.mktemp("data") / "recorded"
    with DatasetWriter(out) as writer:
        for episode in range(2):
            image = np.full((240, 320, 3), 60, np.uint8)
            image[100:140, 60 + 150 * episode : 100 + 150 * episode] = 250, 40, 40
            walk = (
                np.linspace(0, 1, 13, dtype=np.float32)[:, None] * np.ones(14, np.float32) * (2 * episode - 1)
            )
            images = {role: np.repeat(image[None], 12, axis=0) for role in ("head", "left", "right")}
            meta = {"task": "click_bell", "scene_seed": episode}
            writer.add_episode(images, walk[:-1], walk[1:], task="press the block", meta=meta)
    return out


@pytest.mark.slow
def test_episodes_become_a_checkpoint_that_loads_and_infers(recorded, tmp_path, capsys):
    out = tmp_path / "demo"
    config = Config(
        dataset=(str(recorded),), out=out, steps=6, batch_size=8, chunk_size=4, checkpoints=2, also=(0.5,)
    )
    main(config)
    log = json.loads((out / "training_log.json").read_text())
    assert log["frames"] == 24 and log["steps"] == 6 and log["config"]["seed"] == 0
    assert log["scene_seeds"] == {"click_bell": [0, 1]} and len(log["evaluations"]) == 2
    (about,) = log["datasets"]
    assert about["trained_episodes"] == [0, 1] and about["held_out_episodes"] == []
    assert log["made_with"]["packages"]["lerobot"]
    assert "6 of 6 steps" in (out / "README.md").read_text()
    assert json.loads((out / "tasks.json").read_text()) == {"tasks": ["click_bell"]}
    assert load_policy(out).chunk_size == load_policy(tmp_path / "demo_50").chunk_size == 4
    early = json.loads((tmp_path / "demo_50" / "training_log.json").read_text())
    assert early["steps"] == 3
    capsys.readouterr()
    runpy.run_path(str(ROOT / "examples" / "infer.py"))["main"](str(out), str(recorded), "13")
    assert capsys.readouterr().out.startswith("'press the block': 4 actions, the first is\n[")
    with pytest.raises(ValueError, match=r"another --steps \(6, now 7\)"):
        main(dataclasses.replace(config, steps=7))


def test_recorded_scenes_are_not_evaluated(recorded, tmp_path):
    from harness.train.held_out import recorded_seeds, refuse_recorded_scenes

    assert recorded_seeds([str(recorded)]) == {"click_bell": [0, 1]}
    refuse_recorded_scenes(recorded_seeds([str(recorded)]), seed=0, episodes=1000)
    own = Path(shutil.copytree(recorded, tmp_path / "own"))
    extras = own / "meta" / "robotwin.json"
    extras.write_text(extras.read_text().replace('"scene_seed": 1', '"scene_seed": 400012'))
    for file in own.rglob(
        "data/**/*.parquet"
    ):  # the frames say it too, and are believed where the two differ
        table = pq.read_table(file)
        told = [400012 if seed == 1 else seed for seed in table["robotwin.scene_seed"].to_pylist()]
        at = table.column_names.index("robotwin.scene_seed")
        pq.write_table(table.set_column(at, table.field(at), pa.array(told, table.field(at).type)), file)
    config = Config(dataset=(str(own),), out=tmp_path / "out", evaluate=5)
    with pytest.raises(ValueError, match="400012 of click_bell; choose another, 0 for one"):
        main(config)
    assert not (tmp_path / "out.work").exists()


def test_a_training_is_taken_up_again_however_its_paths_are_spelled(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    given = Config(dataset=("data/a", str(tmp_path / "b")), out=Path("x"), threads=2)
    open_work_dir(tmp_path / "work", given)
    same = {"dataset": (str(tmp_path / "data" / "a"), "./b"), "out": tmp_path / "y", "work": Path("work")}
    open_work_dir(Path("work"), dataclasses.replace(given, threads=1, **same))
    with pytest.raises(ValueError, match="another --dataset"):
        open_work_dir(Path("work"), dataclasses.replace(given, dataset=("data/a",)))


@pytest.mark.slow
def test_a_training_stopped_while_it_was_evaluated_goes_on_as_if_nothing_had_been(
    recorded, tmp_path, monkeypatch
):
    from harness.core.errors import UserError
    from harness.train import fitting

    evaluations = []

    def closed_loop(checkpoint, *_):
        evaluations.append(checkpoint.name)
        if len(evaluations) == stops_at:
            raise UserError("killed")
        won = 1 if checkpoint.name == "000002" else 0
        return {"click_bell": {"successes": won, "n": 1, "ci": [0, 1], "errors": 0}}

    monkeypatch.setattr(fitting, "closed_loop", closed_loop)
    monkeypatch.setattr("policies.training.trainer.LOG_EVERY", 1)
    config = Config(dataset=(str(recorded),), steps=4, batch_size=8, chunk_size=4, checkpoints=2, evaluate=1)
    logs = {}
    for name, stops_at in (("whole", 0), ("stopped", 2)):
        evaluations.clear()
        mine = dataclasses.replace(config, out=tmp_path / name)
        if stops_at:
            with pytest.raises(UserError, match="killed"):
                main(mine)
            assert not mine.out.exists()
        main(mine)
        logs[name] = json.loads((mine.out / "training_log.json").read_text())
    assert evaluations == ["000002", "000004", "000004"]  # the last again, nothing trained again
    for name, log in logs.items():
        assert log["steps"] == 2 and [step for step, _ in log["losses"]] == [1, 2]  # the best, not the last
        assert "best of 2 checkpoints" in (tmp_path / name / "README.md").read_text()
    ends = [tmp_path / f"{name}.work" / "checkpoints" / "000004" / "model.safetensors" for name in logs]
    assert ends[0].read_bytes() == ends[1].read_bytes()
    again = Path(shutil.copytree(recorded, tmp_path / "again"))
    (again / "meta" / "robotwin.json").write_text("{}")
    settings = tmp_path / "whole.work" / "config.json"  # as if the path were the same
    settings.write_text(
        json.dumps(json.loads(settings.read_text()) | {"dataset": [str(again)], "evaluate": 0})
    )
    with pytest.raises(UserError, match="have changed"):
        main(dataclasses.replace(config, dataset=(str(again),), out=tmp_path / "whole", evaluate=0))


def test_what_is_recorded_here_is_evaluated_in_the_simulator_unless_told_otherwise():
    assert Config(task="click_bell").scenes == 10 and Config(task="click_bell", evaluate=0).scenes == 0
    assert Config(dataset=("data/own",)).scenes == 0 and Config(dataset=("data/own",), evaluate=3).scenes == 3


def test_the_example_is_at_most_25_lines():
    assert len((ROOT / "examples/infer.py").read_text().splitlines()) <= 25


@pytest.mark.parametrize(
    ("given", "said"),
    (
        ({}, "nothing to learn from"),
        ({"task": "fly_a_kite"}, "fly_a_kite"),
        ({"checkpoints": 0}, "--checkpoints 0 is out of range"),
        ({"task": "click_bell", "evaluate": -1}, "--evaluate -1 is out of range"),
        ({"task": "click_bell", "steps": 0}, "--steps 0 is out of range"),
        ({"task": "click_bell", "learning_rate": float("nan")}, "--learning-rate nan"),
        ({"task": "click_bell", "evaluation_seed": 42_949}, "give 0 to 42948"),
        ({"task": "click_bell", "device": "cuda:999"}, "no such GPU"),
        ({"task": "click_bell", "held_out": 1.0}, "too little to learn from"),
        ({"task": "click_bell", "image_size": 60}, "multiple of 14"),
        ({"task": "click_bell", "width": 32}, "no multiple of 6"),
        ({"task": "click_bell", "also": (2.0,)}, "at most 1"),
        ({"task": "click_bell", "init": "no/such/place"}, "no checkpoint directory"),
    ),
)
def test_a_mistake_is_said_before_anything_is_made(tmp_path, given, said):
    if "checkpoints" in given:
        given = given | {"dataset": ("x",)}
    with pytest.raises(ValueError, match=said):
        main(Config(out=tmp_path / "new", **given))
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_no_checkpoint_is_not_overwritten(tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(ValueError, match="no checkpoint"):
        main(Config(dataset=("nowhere",), out=tmp_path))
    assert (tmp_path / "thesis.tex").exists()


def test_a_checkpoint_takes_the_place_of_a_checkpoint_only_and_leaves_neighbours_alone(tmp_path, monkeypatch):
    monkeypatch.setattr("harness.train.log.write_log_and_card", lambda *_: None)
    made = tmp_path / "made"
    made.mkdir()
    (made / "config.json").write_text("{}")
    (made / "policy_preprocessor.json").write_text("{}")
    (made / "training_log.json").write_text("{}")
    mine = tmp_path / "out.partial" / "mine.txt"
    mine.parent.mkdir()
    mine.write_text("precious")
    export_checkpoint(made, tmp_path / "out", {})
    (made / "tasks.json").touch()
    export_checkpoint(made, tmp_path / "out", {})
    assert (tmp_path / "out" / "tasks.json").exists() and mine.read_text() == "precious"
    with pytest.raises(ValueError, match="no checkpoint"):
        export_checkpoint(made, mine.parent, {})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["made", "out", "out.partial"]
