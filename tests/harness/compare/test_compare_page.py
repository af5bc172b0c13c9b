"""A comparison written out: its files, published figures, names, and nothing of a stranger's."""

from __future__ import annotations

import json

import pytest
from compare_samples import closed_run, compared, open_run, scenes, write_run
from report_samples import HOSTILE, Page, mp4

from harness.compare.command import main
from harness.compare.config import Config
from harness.compare.record import Comparison
from harness.core.errors import UserError
from harness.rendering.document import html, markdown


def test_the_blogs_own_table():
    page = compared("published:blog/phase-b", "published:blog/phase-b2")
    error, rates = page.tables[1:3]
    assert [row[-1] for row in error.rows] == ["-29.9 %", "-34.5 %"]
    assert [row[-1] for row in rates.rows] == ["+0.9 pp", "+6.0 pp", "+15.8 pp", "+17.9 pp"]
    assert page.data.openloop is None and page.findings == []
    assert any("j8, j9 and j12" in note for note in page.notes)


def test_published_figures_stand_beside_a_run_and_are_not_tested(tmp_path):
    page = compared("published:blog", open_run(tmp_path / "b"))
    assert page.tables[1].columns[1:3] == ("A: Phase B2, 30k, published (n = 25)", "B: demo (n = 8)")
    assert "published" in page.cautions[0] and "not evidence" in page.cautions[0]
    assert "p =" not in markdown(page)


def test_what_is_written(tmp_path, capsys):
    out = tmp_path / "out"
    a, b = open_run(tmp_path / "a"), open_run(tmp_path / "b", 0.7)
    assert main(Config(str(a), str(b), out)) is None
    text = (out / "compare.json").read_text()
    assert Comparison.model_validate_json(text).openloop.paired.n == 8
    data = json.loads(text)
    assert (data["schema"], data["mode"], data["a"]["episodes"]) == (1, "openloop", 8)
    assert data["openloop"]["metrics"][0]["name"] == "MAE" and len(data["openloop"]["joints"]) == 14
    assert data["openloop"]["paired"]["ci"] is None and len(data["openloop"]["changes"]) == 8
    assert data["openloop"]["metrics"][0]["p_holm"] == 4 / 128
    text = (out / "compare.md").read_text()
    assert "n = 8 episodes both runs have, 300 steps" in text and "p = 0.031" in text
    page = Page(out / "compare.html")
    assert page.text.count("“Shown”: an exact test has p < 0.05") == 1
    assert "right_gripper" in page.text and page.scripts == [{}] and page.values("img", "src") == []
    assert str(out / "compare.html") in capsys.readouterr().out


def test_scenes_that_tell_the_runs_apart_are_shown_side_by_side_with_a_third_run(tmp_path):
    def filmed(name, outcomes, **others):
        rows = [row | {"video": f"videos/{row['seed']}.mp4"} for row in scenes(outcomes)]
        path = write_run(tmp_path / name, "closedloop", rows, **others)
        for row in rows[:3]:
            mp4(path / row["video"])
        return path

    a = filmed("a", [True, True, False, False], policy="one")
    b = filmed("b", [True, False, True, True], policy="two")
    third = filmed("c", [True] * 4, policy="expert")
    main(Config(str(a), str(b), tmp_path / "out", third))
    page = Page(tmp_path / "out" / "compare.html")
    assert (
        "scene 100001: one alone solved it" in page.text and "scene 100002: two alone solved it" in page.text
    )
    assert "scene 100003" not in page.text and "files are not there: 3 films" in page.text
    films = page.values("video", "src")
    assert len(films) == 6 and all((tmp_path / "out" / film).is_file() for film in films)
    assert len(page.values("video", "poster")) == 6 and "expert ✔ success" in page.text
    with pytest.raises(UserError, match="name a closed-loop run"):
        main(Config(str(a), str(b), tmp_path / "other", open_run(tmp_path / "d")))
    with pytest.raises(UserError, match="two closed-loop runs"):
        main(Config(str(open_run(tmp_path / "e")), str(open_run(tmp_path / "f")), tmp_path / "other", third))
    assert not (tmp_path / "other").exists()


def test_checkpoints_are_called_by_the_ends_of_their_paths(tmp_path):
    names = [f"/data/run/checkpoints/{step}" for step in ("001500", "006000")]
    page = compared(
        *(closed_run(tmp_path / letter, policy=name) for letter, name in zip("ab", names, strict=True))
    )
    assert page.title == "checkpoints/001500 against checkpoints/006000"
    rows = {row[0]: row[1:] for row in page.tables[0].rows}
    assert rows["policy"] == ("checkpoints/001500", "checkpoints/006000")
    assert rows["policy given as"] == tuple(names) and page.data.b.policy == names[1]
    same = compared(tmp_path / "a", closed_run(tmp_path / "again", policy=names[0]))
    assert same.title == "checkpoints/001500 (a) against checkpoints/001500 (again)"


def test_what_a_stranger_wrote_is_text(tmp_path):
    rows = scenes([True, False])
    for row in rows:
        row |= {"task": HOSTILE, "instruction": HOSTILE}
    config = {"policy": HOSTILE, "strategy": HOSTILE, HOSTILE: HOSTILE}
    a = write_run(tmp_path / "a", "closedloop", rows, config=config, assets_kind=HOSTILE)
    page = compared(a, write_run(tmp_path / "b", "closedloop", rows))
    parsed = Page(html(page))
    assert parsed.scripts == [{}] and parsed.values("img", "src") == []
    assert "<script>" in parsed.text and "\\<script\\>" in markdown(page)


def test_the_command_refuses_in_one_line(tmp_path, run_command):
    a, b = open_run(tmp_path / "a"), closed_run(tmp_path / "b")
    done = run_command("harness.compare", str(a), str(b))
    assert done.returncode == 2 and done.stderr.startswith("error: ") and done.stderr.count("\n") == 1
    blocked = tmp_path / "file"
    blocked.write_text("")
    done = run_command("harness.compare", str(a), str(a), "--out", str(blocked))
    assert done.returncode == 2 and done.stderr.count("\n") == 1 and "--out" in done.stderr
