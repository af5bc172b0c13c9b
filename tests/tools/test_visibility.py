"""Which cameras see what success is judged by: the count, and the list in docs/tasks.md."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from robotwin_env import task_names
from robotwin_env.conditions.scene_view import SceneView
from robotwin_env.conditions.view import TABLE
from robotwin_env.env import RoboTwinEnv
from robotwin_env.rendering.cameras import CAMERAS
from tools.visibility import FEWEST, OUTSIDE, Noting, Seen, judged_pixels, line

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "tasks.md").read_text(encoding="utf-8")
SECTION = TEXT.partition("## What no camera shows")[2].partition("\n## ")[0]
ROW = re.compile(r"\| `(\w+)` \| \w+ \| (\d+) \| (\d+) \| (\d+) \| (\d+) \|")


def test_the_lists_of_the_page_follow_from_its_table():
    rows = {task: list(map(int, seen)) for task, *seen in ROW.findall(SECTION)}
    assert rows and rows.keys() <= set(task_names()) and f"fewer than {FEWEST} count as unseen" in SECTION
    listed = {
        lead: set(re.findall(r"`(\w+)`", " ".join(words.split()))) - {"success"}
        for lead, words in re.findall(
            r"- (Out of [^:]*?)(?:, so [^:]*)?:(.*?)(?=\n- |\n\n)", SECTION, re.DOTALL
        )
    }
    unseen = {
        "Out of every camera of a policy": {t for t, (*own, _) in rows.items() if max(own) < FEWEST},
        "Out of the head camera": {t for t, (head, *_) in rows.items() if head < FEWEST},
        "Out of the camera from outside": {t for t, (*_, outside) in rows.items() if outside < FEWEST},
    }
    assert listed == unseen and set.union(*unseen.values()) == rows.keys()


def test_what_is_drawn_small_is_hidden_and_the_least_seen_actor_is_named():
    few, many = (Seen(name, dict.fromkeys(CAMERAS, n) | {OUTSIDE: 0}) for name, n in (("a", 24), ("b", 25)))
    assert few.hidden and not many.hidden
    assert line("t", [many, few]) == "| `t` | a | 24 | 24 | 24 | 0 |"


def test_a_contact_counts_both_actors_and_no_table(monkeypatch):
    monkeypatch.setattr(SceneView, "__init__", lambda self, scene: None)
    monkeypatch.setattr(SceneView, "touching", lambda self, key, other: True)
    view = Noting(None)
    view.touching("thing", "basket")
    view.touching("thing", TABLE)
    assert view.keys == {"thing", "basket"}


@pytest.mark.timeout(120)
def test_pixels_of_a_scene_as_it_begins():
    env = RoboTwinEnv("stack_blocks_two", None, shader="default", shadows="off", film_cameras=(OUTSIDE,))
    env.reset(seed=0)
    found = judged_pixels(env)
    env.close()
    assert [seen.actor for seen in found] == ["block1", "block2"]
    for seen in found:
        assert seen.pixels.keys() == {*CAMERAS, OUTSIDE} and not seen.hidden
        assert seen.pixels["head_camera"] > 100 and seen.pixels[OUTSIDE] > 100
