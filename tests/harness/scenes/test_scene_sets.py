"""Which scenes a run plays: RoboTwin's official lists, the protocol's rule, anybody's own list."""

from __future__ import annotations

import dataclasses
import json

import pytest
from fake_scenes import FakeOptions, FakeQueue, prepared
from run_samples import closed_run, open_run, records

from harness.closedloop import command, simulation
from harness.closedloop.config import Config
from harness.closedloop.verify import played
from harness.core import cli
from harness.core.errors import UserError
from harness.results.cautions import listed_scenes_caution
from harness.runs.compatibility import differences
from harness.runs.directory import RunDir
from harness.scenes.lists import SceneList, official_list, read_scene_list, scenes_hash
from harness.scenes.sets import OFFICIAL, PROTOCOL, SceneSet, choose_scenes
from harness.scenes.training_overlap import overlap, refuse_trained_scenes

TASKS = ["click_bell", "adjust_bottle"]


@pytest.fixture
def listing(tmp_path):
    """`listing(content)`: a file with this JSON, or this text."""

    def write(content, name="mine.json"):
        path = tmp_path / name
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    return write


@pytest.mark.parametrize("config", ["demo_clean", "demo_randomized"])
def test_the_official_lists_hold_a_hundred_scenes_of_each_of_the_fifty_tasks(config):
    from robotwin_env import task_names

    listed = official_list(config)
    assert listed is not None and set(listed.seeds) <= set(task_names())
    assert (listed.config, listed.evaluation_seed) == (config, 0) and "vla-eval 0.8.0" in str(listed.source)
    for seeds in listed.seeds.values():
        assert len(seeds) == 100 and list(seeds) == sorted(set(seeds)) and seeds[0] >= 100_000
    assert official_list("demo_other") is None


def test_the_official_scenes_are_those_upstream_accepted_and_the_protocol_goes_on_without_end():
    official = choose_scenes(OFFICIAL, "demo_clean", 0, TASKS, 5)
    assert list(official.seeds("adjust_bottle", 5)) == [100_001, 100_002, 100_005, 100_006, 100_008]
    assert official.reach("adjust_bottle", 2) == {100_001, 100_002}
    protocol = choose_scenes(PROTOCOL, "demo_clean", 7, TASKS, 5)
    tried = iter(protocol.seeds("adjust_bottle", 5))
    assert [next(tried) for _ in range(7)] == list(range(800_000, 800_007))
    assert protocol.reach("adjust_bottle", 2) == range(800_000, 800_100)
    assert protocol.facts()["scenes_hash"] is None and official.facts()["scenes_hash"]


def test_by_default_the_official_scenes_are_played_where_there_are_such():
    def name(config="demo_clean", seed=0, tasks=tuple(TASKS), episodes=10):
        return choose_scenes(None, config, seed, tasks, episodes).name

    assert name() == name("demo_randomized") == name(episodes=100) == OFFICIAL
    assert name(seed=7) == name(episodes=101) == name(tasks=["my_own_task"]) == PROTOCOL


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"seed": 3}, r"--scenes official: the list is of evaluation seed 0.*--scenes protocol"),
        ({"episodes": 101}, r"the list has 100 scenes of click_bell, not 101; give --episodes 100"),
        ({"tasks": ["my_own_task"]}, r"does not have my_own_task"),
        ({"config": "demo_other"}, r"no list for --config demo_other"),
    ],
)
def test_what_the_official_list_has_not_is_refused(asked, said):
    with pytest.raises(UserError, match=said):
        choose_scenes(
            OFFICIAL, **({"config": "demo_clean", "seed": 0, "tasks": TASKS, "episodes": 10} | asked)
        )


@pytest.mark.parametrize(
    "content",
    [
        {"tasks": {"click_bell": [7, 100_003], "adjust_bottle": [1, 2]}},
        {"click_bell": [7, 100_003], "adjust_bottle": [1, 2]},
        {"tasks": {"click_bell": {"seeds": [7, 100_003], "arm": "left"}, "adjust_bottle": {"seeds": [1, 2]}}},
    ],
)
def test_a_list_of_ones_own_may_be_written_in_several_forms(listing, content):
    path = listing(content)
    scenes = choose_scenes(str(path), "demo_clean", 5, TASKS, 2)
    assert scenes.name == "mine.json" and scenes.seeds("click_bell", 2) == (7, 100_003)
    assert scenes.seeds("click_bell", 1) == (7,) and "scenes mine.json" in scenes.description
    same = {"adjust_bottle": [1, 2], "click_bell": [7, 100_003]}
    assert scenes.facts()["scenes_hash"] == scenes_hash(same)


def test_one_array_is_for_every_task_asked_for(listing):
    scenes = choose_scenes(str(listing([3, 1])), "demo_clean", 0, TASKS, 2)
    assert [scenes.seeds(task, 2) for task in TASKS] == [(3, 1), (3, 1)]


def test_the_official_list_as_a_file_is_the_same_set_under_any_seed_of_noise():
    from harness.scenes.lists import OFFICIAL_FOLDER

    as_file = choose_scenes(str(OFFICIAL_FOLDER / "demo_clean.json"), "demo_clean", 3, TASKS, 10)
    official = choose_scenes(OFFICIAL, "demo_clean", 0, TASKS, 10)
    assert as_file.facts()["scenes_hash"] == official.facts()["scenes_hash"]
    with pytest.raises(UserError, match="is of setting demo_clean: give --config demo_clean"):
        choose_scenes(str(OFFICIAL_FOLDER / "demo_clean.json"), "demo_randomized", 0, TASKS, 10)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "is not valid JSON"),
        ("[" * 100_000, "is not valid JSON"),
        ("3", "lists no scenes; its form is"),
        ({}, "lists no scenes"),
        ({"tasks": {"click_bell": 5}}, "click_bell must have an array"),
        ({"click_bell": ["100000"]}, "'100000' of click_bell is no scene seed".replace("'", '"')),
        ({"click_bell": [True]}, "true of click_bell is no scene seed"),
        ({"click_bell": [1.5]}, "1.5 of click_bell is no scene seed"),
        ({"click_bell": [-1]}, "-1 of click_bell is no scene seed"),
        ({"click_bell": [2**32]}, "4294967296 of click_bell is no scene seed"),
        ({"click_bell": [4, 4]}, "click_bell lists scene 4 twice"),
        ({"adjust_bottle": [4]}, "lists no scene of click_bell"),
        ({"click_bell": [4]}, r"lists 1 scenes of click_bell, not 2; give --episodes 1"),
    ],
)
def test_a_broken_list_is_one_line(listing, content, said, capsys):
    path = listing(content)
    argv = ["--task", "click_bell", "--policy", "hold", "--episodes", "2", "--scenes", str(path)]
    with pytest.raises(SystemExit) as stop:
        cli.run(command.main, Config, argv)
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert stop.value.code == 2 and said in line and str(path) in line


def test_a_run_is_a_list_of_its_scenes(tmp_path):
    run = closed_run(tmp_path / "run", outcomes=(True, False))
    scenes = choose_scenes(str(run.path), "demo_clean", 3, ["handover_block"], 2)
    assert (scenes.name, list(scenes.seeds("handover_block", 9))) == ("run", [100_000, 100_001])
    with pytest.raises(UserError, match="lists 2 scenes of handover_block, not 3"):
        choose_scenes(str(run.path), "demo_clean", 3, ["handover_block"], 3)
    with pytest.raises(UserError, match="is of setting demo_clean"):
        choose_scenes(str(run.path), "demo_randomized", 3, ["handover_block"], 2)
    with pytest.raises(UserError, match="is an open-loop run"):
        choose_scenes(str(open_run(tmp_path / "open").path), "demo_clean", 3, ["handover_block"], 2)


def test_a_list_that_is_not_there_is_one_line(tmp_path):
    with pytest.raises(UserError, match="No such file or directory; give official, protocol, or a JSON file"):
        read_scene_list(tmp_path / "offical", [])
    with pytest.raises(UserError, match="is no plain file; give one"):
        read_scene_list(tmp_path, [])


@pytest.fixture
def play(tmp_path, monkeypatch):
    """`play(name, seeds, episodes)`: the rows of a run of listed scenes in the world in miniature."""
    monkeypatch.setattr("harness.closedloop.crew.InferenceQueue", FakeQueue)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def start(name, seeds, episodes, **settings):
        listed = SceneList({"alpha": tuple(seeds)}, "hash")
        ready = prepared(FakeOptions(refused=(12,)), ("alpha",), episodes=episodes, **settings)
        ready = dataclasses.replace(ready, scenes=SceneSet("mine.json", 0, listed))
        with RunDir.create(
            "closedloop", "fake", config={}, provenance={}, out=tmp_path / name, resume=True
        ) as run:
            simulation.simulate_missing([simulation.Player(ready, run)])
            return run.rows()

    return start


def test_listed_scenes_are_played_exactly_whatever_the_protocol_says_of_them(play, tmp_path):
    seeds = [11, 10, 12, 13]  # 10: the expert does not solve it; 12: it does not come to rest
    rows = play("all", seeds, 3, workers=2)
    assert {row.seed: row.layout_reason for row in rows} == {11: None, 10: None, 12: "unstable: box"}
    assert all(sum(row.skipped.values()) == 0 and row.status == "ok" for row in rows)
    assert not list(tmp_path.glob("cache/**/*.jsonl")), "nothing was judged, so nothing is remembered"
    said = listed_scenes_caution(rows)
    assert said is not None and said.startswith("1 of 3 listed scenes") and "alpha 12, unstable: box" in said
    assert listed_scenes_caution([row for row in rows if row.seed != 12]) is None


def test_an_interrupted_run_of_listed_scenes_goes_on_where_it_was(play):
    seeds = [11, 10, 12, 13]
    assert [row.seed for row in play("part", seeds, 2)] == [11, 10]
    assert [row.seed for row in play("part", seeds, 4)] == [11, 10, 12, 13]


def test_another_set_of_scenes_is_another_run():
    def run(config, **facts):
        return {"mode": "closedloop", "config": config, "provenance": facts}

    old, now = run({}), run({"scenes": OFFICIAL}, scenes_hash="a")
    assert "scenes: 'protocol' -> 'official'" in differences(old, now)
    assert differences(old, run({"scenes": PROTOCOL}, scenes_hash=None)) == []
    changed = run({"scenes": "x.json"}, scenes_hash="a"), run({"scenes": "x.json"}, scenes_hash="b")
    assert differences(*changed) == ["scenes_hash: 'a' -> 'b'"]


def test_what_is_verified_bears_the_name_of_the_runs_own_scenes():
    rows = records(*({"task": "alpha", "seed": seed, "status": "error"} for seed in (5, 9)))
    facts = {"scenes": "mine.json", "scenes_hash": "abc", "scenes_source": None}
    again = played(facts, 0, rows)
    assert again.facts() == facts and again.seeds("alpha", 9) == (5, 9) and again.seeds("beta", 9) == ()
    assert played({}, 0, rows).name == PROTOCOL


def test_listed_scenes_that_were_trained_on_are_refused(tmp_path):
    (tmp_path / "training_log.json").write_text(json.dumps({"scene_seeds": {"alpha": [5, 9, 100_000]}}))
    mine = SceneSet("mine.json", 0, SceneList({"alpha": (9, 7, 5)}, "hash"))
    assert overlap({"alpha": [5, 9]}, ["alpha", "beta"], mine, 1) == {"alpha": [9]}
    with pytest.raises(
        UserError, match=r"--scenes mine.json evaluates: 5, 9 of alpha .* --scenes protocol --seed 1"
    ):
        refuse_trained_scenes(str(tmp_path), ["alpha"], mine, 3)
    refuse_trained_scenes(str(tmp_path), ["alpha"], SceneSet("b.json", 0, SceneList({"alpha": (7,)}, "h")), 1)
