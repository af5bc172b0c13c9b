import dataclasses
import importlib.util
import json
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from tiny_samples import IMAGES

from policies import load_policy
from policies.training import Frames, Recipe, Trainer, rows_from

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))


def program(path: str):
    """A script of the repository as a module."""
    spec = importlib.util.spec_from_file_location(Path(path).stem, ROOT / path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """Two short episodes: a block whose place says where the first joint goes."""
    from harness.dataset_writer import DatasetWriter

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


@pytest.fixture
def frames():
    import torch

    random = np.random.default_rng(0)
    chunks = random.standard_normal((20, 4, 14), dtype=np.float32)
    chunks[..., 3] = 0.5
    return Frames(
        {key: torch.from_numpy(random.integers(0, 256, (20, 3, 56, 56), dtype=np.uint8)) for key in IMAGES},
        random.standard_normal((20, 14), dtype=np.float32),
        chunks,
        np.ones((20, 4), bool),
        np.zeros((20, 4), bool),
        ["press the block"] * 20,
    )


def test_a_joint_that_never_moves_is_not_blown_up(frames):
    stats = frames.statistics()["action"]
    assert stats["mean"][3] == pytest.approx(0.5) and stats["std"][3] == pytest.approx(0.01)
    assert stats["std"][0] == pytest.approx(frames.chunks[:, 0, 0].std() + 0.01)


def test_every_frame_is_used_once_before_any_is_used_again():
    rows = [row for batch in rows_from(0, 5, 20, Recipe(steps=5, batch_size=8)) for row in batch.tolist()]
    assert sorted(rows[:20]) == list(range(20)) == sorted(rows[20:])
    assert rows[:20] != rows[20:]


def test_a_training_taken_up_again_sees_what_it_would_have_seen():
    recipe = Recipe(steps=9, batch_size=7, seed=3)
    whole = [batch.tolist() for batch in rows_from(0, 9, 20, recipe)]
    assert [batch.tolist() for batch in rows_from(4, 9, 20, recipe)] == whole[4:]


def small_trainer(frames, steps: int, **recipe) -> Trainer:
    from policies.tiny_pi0 import make_tiny_pi0

    new = make_tiny_pi0(stats=frames.statistics(), chunk_size=4, depth=1, vision_depth=1)
    return Trainer(new, frames, Recipe(steps=steps, batch_size=8, **recipe))


@pytest.mark.slow
def test_more_draws_of_a_frame_come_with_their_own_instruction(frames):
    more = [(0, "now the left one"), (0, "press it"), (10, "press it")]
    trainer = small_trainer(dataclasses.replace(frames, more=more), 3)
    import torch

    shown = trainer._batch(torch.arange(20, 23))
    for key, images in frames.images.items():
        assert torch.equal(shown[key], images[[0, 0, 10]].float() / 255)
    tokens, plain = shown["observation.language.tokens"], trainer._batch(torch.tensor([0]))
    assert torch.equal(tokens[1], tokens[2]) and not torch.equal(tokens[0], tokens[1])
    assert not torch.equal(tokens[1], plain["observation.language.tokens"][0])
    assert torch.equal(shown["action"][0], plain["action"][0])
    drawn = torch.cat(list(rows_from(0, 3, 23, trainer.recipe)))
    assert len(trainer._rows) == 23 and sorted(drawn[:23].tolist()) == list(range(23))


def test_no_chunk_leads_over_what_nobody_recorded():
    from demo_training.data import Demo, gather

    numbers = np.arange(10, dtype=np.float32)[:, None] * np.ones(14, np.float32)
    meta = {"breaks": [4], "solved_at": 7}
    episode = SimpleNamespace(length=10, states=numbers, actions=numbers + 1, task="press", meta=meta)
    whole = SimpleNamespace(length=3, states=numbers[:3], actions=numbers[:3], task="lift", meta={})
    images = {key: np.zeros((10, 3, 14, 14), np.uint8) for key in IMAGES}
    short = {key: films[:3] for key, films in images.items()}
    frames = gather([Demo(episode, images, "a"), Demo(whole, short, "b")], 4)
    assert len(frames) == 8 + 3 and all(len(films) == 11 for films in frames.images.values())
    assert (
        frames.chunks[2, :, 0].tolist() == [3, 4, 4, 4]
        and frames.unknown[2].tolist() == [False] * 2 + [True] * 2
    )
    assert frames.chunks[7, :, 0].tolist() == [8, 9, 10, 10] and not frames.unknown[4:].any()
    assert frames.valid[7].tolist() == [True] * 3 + [False]
    assert frames.tasks == ["press"] * 8 + ["lift"] * 3


def test_openings_are_told_without_naming_the_arm():
    from demo_training.data import Demo, names_one_arm, openings

    said = ["press with the left arm", "press it", "push it down", "lift with the left and the right arm"]
    tasks = ["press", "press", "press", "lift"]
    demos: list = [
        Demo(SimpleNamespace(task=text, length=5, meta={"task": task}), {}, "")
        for text, task in zip(said, tasks, strict=True)
    ]
    drawn = openings(demos, 9, seed=0)
    assert [frame for frame, _ in drawn] == [0] * 8 + [5] * 8 + [10] * 8 + [15] * 8
    assert {text for _, text in drawn[:24]} == {"press it", "push it down"}
    assert {text for _, text in drawn[24:]} == {said[3]}
    assert openings(demos, 9, seed=0) == drawn != openings(demos, 9, seed=1)
    assert openings(demos, 1, seed=0) == []
    assert openings(demos[:1], 2, seed=0) == [(0, said[0])]  # no other sentence: its own
    assert names_one_arm("Let the right arm do it") and not names_one_arm("brighten it")


@pytest.mark.slow
def test_a_training_killed_and_taken_up_again_is_the_same_training(frames, tmp_path):
    import torch

    said: list = []
    whole = small_trainer(frames, 4)
    whole.run(4, lambda *line: said.append(line))
    half = small_trainer(frames, 4)
    half.run(2)
    half.save(tmp_path / "state")
    log = half.log()
    torch.manual_seed(123)
    again = small_trainer(frames, 4)
    again.load(tmp_path / "state", log)
    assert again.step == 2
    again.run(4)
    with whole.averaged() as one, again.averaged() as other:
        same = zip(one.policy.parameters(), other.policy.parameters(), strict=True)
        assert all(torch.equal(a, b) for a, b in same)
    assert again.log()["final_loss"] == whole.log()["final_loss"] and np.isfinite(log["final_loss"])
    assert [step for step, _ in said] == [1, 2, 3, 4] and "loss" in said[0][1]


@pytest.mark.slow
def test_the_average_is_lent_and_given_back(frames):
    import torch

    trainer = small_trainer(frames, 4)
    trainer.run(3)
    own = [weight.clone() for weight in trainer.new.policy.parameters()]
    with trainer.averaged() as lent:
        moved = [torch.equal(a, b) for a, b in zip(own, lent.policy.parameters(), strict=True)]
    assert not all(moved)
    assert all(torch.equal(a, b) for a, b in zip(own, trainer.new.policy.parameters(), strict=True))


@pytest.mark.slow
def test_episodes_become_a_checkpoint_that_loads_and_infers(recorded, tmp_path, capsys):
    script, out = program("scripts/train_demo_policy.py"), tmp_path / "demo"
    config = script.Config(
        dataset=(str(recorded),), out=out, steps=6, batch_size=8, chunk_size=4, checkpoints=2, also=(0.5,)
    )
    script.main(config)
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
    program("examples/infer.py").main(str(out), str(recorded), "13")
    assert capsys.readouterr().out.startswith("'press the block': 4 actions, the first is\n[")
    with pytest.raises(ValueError, match=r"another --steps \(6, now 7\)"):
        script.main(dataclasses.replace(config, steps=7))


def test_the_papers_say_what_was_trained_on_and_what_was_held_out():
    from demo_training.data import Demo, what_was_seen

    def demo(index, dataset, seed):
        episode = SimpleNamespace(index=index, meta={"task": "click_bell", "scene_seed": seed})
        return Demo(episode, {}, dataset)

    datasets = [{"dataset": "x", "dataset_hash": "one"}, {"dataset": "y", "dataset_hash": "two"}]
    training = [demo(0, "one", 7), demo(2, "one", 9), demo(1, "two", 5)]
    seen = what_was_seen(datasets, training, [demo(1, "one", 8)])
    assert seen["scene_seeds"] == {"click_bell": [5, 7, 9]}
    assert [about["trained_episodes"] for about in seen["datasets"]] == [[0, 2], [1]]
    assert [about["held_out_episodes"] for about in seen["datasets"]] == [[1], []]
    assert seen["datasets"][1]["dataset"] == "y"


def test_what_a_checkpoint_was_trained_on_stays_trained_on_where_training_starts_from_it(tmp_path):
    from demo_training.data import Demo, split, what_was_seen

    from harness.trained_on import Papers

    before = Papers(tmp_path, {"click_bell": frozenset(range(30)), "lift_pot": frozenset({4})})
    demos = [
        Demo(SimpleNamespace(index=i, meta={"task": "click_bell", "scene_seed": i}), {}, "one")
        for i in range(40)
    ]
    training, held_out = split(demos, 0.2, 0, before)
    assert len(held_out) == 8 and all(demo.episode.index >= 30 for demo in held_out)
    assert len(training) == 32
    seen = what_was_seen([], training, held_out, before)
    assert seen["scene_seeds"]["lift_pot"] == [4]
    assert not set(seen["scene_seeds"]["click_bell"]) & {demo.episode.index for demo in held_out}


def test_papers_name_no_folder_of_this_machine(tmp_path, monkeypatch):
    from demo_training.papers import portable

    monkeypatch.chdir(tmp_path)
    given = {"out": tmp_path / "data" / "x", "dataset": ("/somewhere/else/bell", "data/a"), "steps": 3}
    assert portable(given) == {"out": "data/x", "dataset": ["bell", "data/a"], "steps": 3}


def test_a_recording_that_was_stopped_is_not_taken_for_a_whole_one(tmp_path):
    from demo_training.data import Recording, record

    (tmp_path / "meta").mkdir()
    (tmp_path / "meta" / "robotwin.json").write_text('{"episodes": {"0": {"task": "click_bell"}}}')
    with pytest.raises(ValueError, match="holds 1 of 3 demonstrations"):
        record("click_bell", tmp_path, Recording(3, "action", 0.0, 0.0, 0.0))
    record("click_bell", tmp_path, Recording(1, "action", 0.0, 0.0, 0.0))


def test_recorded_scenes_are_not_evaluated(recorded, tmp_path):
    from demo_training.data import recorded_seeds, refuse_recorded_scenes

    assert recorded_seeds([str(recorded)]) == {"click_bell": [0, 1]}
    refuse_recorded_scenes(recorded_seeds([str(recorded)]), seed=0, episodes=1000)
    script, own = program("scripts/train_demo_policy.py"), Path(shutil.copytree(recorded, tmp_path / "own"))
    extras = own / "meta" / "robotwin.json"
    extras.write_text(extras.read_text().replace('"scene_seed": 1', '"scene_seed": 400012'))
    config = script.Config(dataset=(str(own),), out=tmp_path / "out", evaluate=5)
    with pytest.raises(ValueError, match="400012 of click_bell; choose another, 0 for one"):
        script.main(config)
    assert not (tmp_path / "out.work").exists()


def test_a_training_is_taken_up_again_however_its_paths_are_spelled(tmp_path, monkeypatch):
    script = program("scripts/train_demo_policy.py")
    monkeypatch.chdir(tmp_path)
    given = script.Config(dataset=("data/a", str(tmp_path / "b")), out=Path("x"), threads=2)
    script.take_up(tmp_path / "work", given)
    same = {"dataset": (str(tmp_path / "data" / "a"), "./b"), "out": tmp_path / "y", "work": Path("work")}
    script.take_up(Path("work"), dataclasses.replace(given, threads=1, **same))
    with pytest.raises(ValueError, match="another --dataset"):
        script.take_up(Path("work"), dataclasses.replace(given, dataset=("data/a",)))


def test_the_example_is_at_most_25_lines():
    assert len((ROOT / "examples/infer.py").read_text().splitlines()) <= 25


@pytest.mark.slow
def test_the_held_out_error_is_that_of_the_saved_checkpoint(checkpoint, frames):
    from demo_training.evaluation import open_loop

    still = Frames(
        frames.images,
        frames.states,
        np.zeros((20, 6, 14), np.float32),
        np.ones((20, 6), bool),
        np.zeros((20, 6), bool),
        frames.tasks,
    )
    errors = open_loop(checkpoint, still, 0, "cpu")
    assert errors["hold_mae"] == pytest.approx(np.abs(frames.states).mean(), abs=1e-5)
    assert errors["frames"] == 20 and errors["mae"] > 0


def test_a_checkpoint_is_chosen_by_the_mean_over_tasks():
    from demo_training.evaluation import success_rate

    assert success_rate({"a": {"successes": 9, "n": 10}, "b": {"successes": 0, "n": 2}}) == pytest.approx(
        0.45
    )


@pytest.mark.parametrize(
    ("given", "said"),
    (({}, "nothing to learn from"), ({"task": "fly_a_kite"}, "fly_a_kite"), ({"checkpoints": 0}, "positive")),
)
def test_a_mistake_is_said_before_anything_is_made(tmp_path, given, said):
    script = program("scripts/train_demo_policy.py")
    if "checkpoints" in given:
        given = given | {"dataset": ("x",)}
    with pytest.raises(ValueError, match=said):
        script.main(script.Config(out=tmp_path / "new", **given))
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_no_checkpoint_is_not_overwritten(tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    script = program("scripts/train_demo_policy.py")
    with pytest.raises(ValueError, match="no checkpoint"):
        script.main(script.Config(dataset=("nowhere",), out=tmp_path))
    assert (tmp_path / "thesis.tex").exists()


@pytest.mark.slow
def test_a_training_that_starts_from_a_checkpoint_has_its_weights_and_leaves_it_alone(checkpoint, frames):
    import torch

    from policies import PolicyError
    from policies.training import pretrained

    new = pretrained(checkpoint, "cpu", optimizer_lr=3e-4)
    before = {name: weight.clone() for name, weight in new.policy.state_dict().items()}
    again = pretrained(checkpoint, "cpu").policy.state_dict()
    assert all(torch.equal(weight, again[name]) for name, weight in before.items())
    chunk = new.policy.config.chunk_size
    chunks = np.repeat(frames.chunks[:, :1], chunk, axis=1)
    valid = np.ones(chunks.shape[:2], bool)
    seen = Frames(frames.images, frames.states, chunks, valid, ~valid, frames.tasks)
    trainer = Trainer(new, seen, Recipe(steps=2, batch_size=4))
    assert trainer.optimizer.defaults["lr"] == 3e-4
    trainer.run(2)
    assert any(
        not torch.equal(weight, before[name]) for name, weight in trainer.new.policy.state_dict().items()
    )
    with pytest.raises(PolicyError, match="no tiny π0"):
        pretrained("hold", "cpu")
