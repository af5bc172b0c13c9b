"""The scenes to be played, from a list or a run."""

from __future__ import annotations

import json

import pytest
from refusals import refused

from lerobot_env_robotwin.scene_list import read_scenes
from robotwin_env.errors import RoboTwinError


@pytest.mark.parametrize("content", [{"click_bell": [3, 1]}, {"tasks": {"click_bell": {"seeds": [3, 1]}}}])
def test_a_list_is_played_in_its_order(tmp_path, content):
    file = tmp_path / "scenes.json"
    file.write_text(json.dumps(content))
    assert read_scenes(file, "click_bell") == (3, 1)


def test_a_runs_scenes_are_those_that_counted(tmp_path):
    rows = [
        {"task": "click_bell", "seed": 100002, "status": "ok"},
        {"task": "stack_blocks_two", "seed": 100000, "status": "ok"},
        {"task": "click_bell", "seed": 100000, "status": "error"},
        {"task": "click_bell", "seed": 100001, "status": "error"},
        {"task": "click_bell", "seed": 100001, "status": "error", "retracted": True},
        {"task": "click_bell", "seed": 100003, "status": "error"},
        {"task": "click_bell", "seed": 100003, "status": "error", "withdrawn": True},
    ]
    text = "\n".join(json.dumps(row) for row in rows) + '\n{"task": "click_b'
    (tmp_path / "episodes.jsonl").write_text(text)
    assert read_scenes(tmp_path, "click_bell") == (100000, 100002)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "neither a list of scenes nor a run"),
        ("[1, 2]", "has no tasks"),
        ('{"click_bell": 3}', "no list"),
        ('{"click_bell": [1, 1]}', "twice"),
        ('{"click_bell": [-1]}', "scene seed"),
        ('{"stack_blocks_two": [1]}', "no scenes of click_bell"),
        ('{"click_bell": {"seed": [1]}}', "seeds"),
    ],
)
def test_a_bad_list_is_said_in_one_line(tmp_path, content, words):
    file = tmp_path / "scenes.json"
    file.write_text(content)
    with refused(RoboTwinError, match=words):
        read_scenes(file, "click_bell")


def test_a_missing_list_is_named(tmp_path):
    with pytest.raises(RoboTwinError, match="cannot be read"):
        read_scenes(tmp_path / "nothing.json", "click_bell")
