"""The gallery shows every task as it begins and ends, and what went wrong where something did."""

from __future__ import annotations

import io
import subprocess
import sys

import numpy as np
import pytest
from refusals import refused
from report_samples import HOSTILE, Page

from harness.core.asset_labels import ASSETS
from harness.core.errors import UserError
from harness.gallery.command import main
from harness.gallery.config import Config
from harness.gallery.page import PICTURE_BYTES, compose, render_gallery, small_png, write_gallery
from harness.gallery.tiles import TRIES, Tile, draw_tile
from harness.rollout.environments import SceneOptions


class MiniatureEnv:
    """Its scene `seed` is bad, hard or fine as `outcomes` says; its pictures show the seed, 100 more at the end."""

    def __init__(self, outcomes):
        self.outcomes, self.open, self.demonstrated = outcomes, True, False

    def reset(self, seed):
        self.seed, self.demonstrated = seed, False
        ok = self.outcomes[seed] != "bad"
        reason = None if ok else "unstable: box"
        return {}, {"layout_ok": ok, "layout_reason": reason, "instruction": f"do {seed}"}

    def film(self):
        shade = self.seed + 100 * self.demonstrated
        return {"across_camera": np.full((480, 640, 3), shade, np.uint8)}

    def demonstrate(self):
        self.demonstrated = True
        solved = self.outcomes[self.seed] == "fine"
        return solved, None if solved else "out of reach"

    def close(self):
        self.open = False


def shades(tile):
    return None if tile.start is None else (int(tile.start[0, 0, 0]), int(tile.end[0, 0, 0]))


def picture(shade):
    return np.full((240, 320, 3), shade, np.uint8)


# --- tiles


@pytest.mark.parametrize(
    ("outcomes", "seed", "seen", "solved"),
    [
        (["fine"] * 3, 0, (0, 100), True),
        (["bad", "hard", "fine"], 2, (2, 102), True),
        (["bad", "hard", "hard"], 1, (1, 101), False),
        (["bad", "bad", "bad"], None, None, False),
    ],
)
def test_the_first_scene_that_is_solved_is_shown_else_the_first_that_was_tried(outcomes, seed, seen, solved):
    tile = draw_tile("t", "demo_clean", MiniatureEnv(outcomes), range(3))
    assert (tile.seed, shades(tile), tile.solved, tile.broken) == (seed, seen, solved, False)
    if not solved:
        assert tile.problem.startswith("not solved by the expert in 3 scenes")
        assert "scene 0 unstable: box" in tile.problem
        assert ("scene 1: out of reach" in tile.problem) == (outcomes[1] == "hard")


def run_with(monkeypatch, tmp_path, make):
    monkeypatch.setattr(SceneOptions, "make", make)
    monkeypatch.setattr("robotwin_env.rendering.cameras.vulkan_device", lambda: ("cpu", "none"))
    return main(Config(task="click_bell,stack_blocks_two", out=tmp_path / "new" / "g", assets=None))


def test_a_task_that_breaks_has_its_tile_and_the_others_go_on(monkeypatch, tmp_path, capsys):
    made = []

    def make(options, task, roles, observer):
        assert (roles, observer) == ((), True) and all(not env.open for env in made), "one scene at a time"
        if task == "click_bell":
            raise RuntimeError("mesh is\nnot there")
        made.append(MiniatureEnv(["fine"] * TRIES))
        return made[-1]

    assert run_with(monkeypatch, tmp_path, make) == 1
    said = capsys.readouterr().out
    assert "click_bell, demo_clean: no scene: RuntimeError: mesh is not there" in said
    assert "2 tasks, 2 of 4 scenes solved by the expert" in said
    page = Page(tmp_path / "new" / "g" / "index.html")
    assert "no scene: RuntimeError: mesh is not there" in page.text and "solved by the expert" in page.text
    assert all(not env.open for env in made)


def test_an_expert_that_fails_is_no_failure_of_the_gallery(monkeypatch, tmp_path):
    assert run_with(monkeypatch, tmp_path, lambda *_, **__: MiniatureEnv(["hard"] * TRIES)) == 0
    text = Page(tmp_path / "new" / "g" / "index.html").text
    assert "not solved by the expert" in text and "where the expert ended" in text
    assert "✔" not in text


# --- page and picture


def test_the_page_carries_its_pictures_and_says_what_they_show():
    tiles = [
        Tile("a_task", "demo_clean", 0, "do it", picture(10), picture(20)),
        Tile("a_task", "demo_randomized", 1, "do that", picture(30), picture(40)),
        Tile("b_task", "demo_clean", problem="no scene: gone", broken=True),
    ]
    page = Page(render_gallery(tiles, {"demo_clean": ASSETS["mixed"], "demo_randomized": ASSETS["stand-in"]}))
    sources = page.values("img", "src")
    assert len(sources) == 4 and all(source.startswith("data:image/jpeg;base64,") for source in sources)
    assert page.text.count("mixed: part stand-in assets") == 1 and "Stand-in assets:" in page.text
    assert "from across the table: no policy sees this view" in page.text
    assert "2 tasks" in page.text and "“do that”" in page.text and "no scene: gone" in page.text
    assert not page.values("script", "src") and not page.values("link", "href")


def test_whatever_a_tile_says_is_shown_as_text():
    page = Page(
        render_gallery([Tile(HOSTILE, HOSTILE, 1, HOSTILE, problem=HOSTILE)], {HOSTILE: ASSETS["real"]})
    )
    assert page.scripts == [{}]
    assert HOSTILE in page.text


@pytest.mark.slow
def test_the_picture_of_fifty_tasks_is_small_enough(tmp_path):
    from PIL import Image

    rng = np.random.default_rng(0)
    blocks = rng.integers(0, 255, (50, 30, 40, 3), dtype=np.uint8)
    views = [np.kron(block, np.ones((8, 8, 1), np.uint8)) for block in blocks]
    tiles = [
        Tile(f"shake_bottle_horizontally_{i}", "demo_clean", 0, "", v, v[::-1]) for i, v in enumerate(views)
    ]
    _, path = write_gallery(tmp_path, tiles, {"demo_clean": ASSETS["stand-in"]})
    assert path.stat().st_size < PICTURE_BYTES
    assert Image.open(path).width < 1600


def test_the_picture_shows_start_and_end_side_by_side():
    tiles = [Tile("a", "demo_clean", 0, "", picture(10), picture(200)), Tile("b", "demo_clean", problem="x")]
    drawn = np.asarray(compose(tiles, ASSETS["real"], 160))
    middle = 14 + 30 + 60
    assert drawn[middle, 14 + 80].tolist() == [10] * 3 and drawn[middle, 14 + 240].tolist() == [200] * 3
    assert io.BytesIO(small_png(tiles, ASSETS["real"])).read(4) == b"\x89PNG"


@pytest.mark.parametrize("name", ["index.html", "gallery.png"])
def test_a_gallery_that_cannot_be_written_is_one_line(tmp_path, name):
    (tmp_path / name).mkdir()
    tiles = [Tile("a", "demo_clean", problem="x")]
    with refused(UserError, match=r"cannot write to .*; name another --out"):
        write_gallery(tmp_path, tiles, {"demo_clean": ASSETS["stand-in"]})
    assert [path.name for path in tmp_path.glob(".*")] == []


# --- the command


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--task", "clik_bell"], "click_bell"),
        (["--seed", "-1"], "--seed -1"),
        (["--config", "demo_hard"], "demo_clean"),
        (["--assets", "/nowhere"], "asset root"),
        (["--out", "/proc/gallery"], "--out /proc/gallery"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(arguments, said):
    command = [sys.executable, "-m", "harness.gallery", "--task", "click_bell", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert said in done.stderr and done.stderr.startswith("error: ") and done.stderr.count("\n") == 1


@pytest.mark.slow
def test_two_tasks_are_drawn_for_real(tmp_path, capsys):
    config = Config(task="click_bell,stack_blocks_two", config="demo_clean", out=tmp_path, assets=None)
    assert main(config) == 0
    assert "2 tasks, 2 of 2 scenes solved by the expert" in capsys.readouterr().out
    page = Page(tmp_path / "index.html")
    assert len(set(page.values("img", "src"))) == 4, "every start and end is another picture"
