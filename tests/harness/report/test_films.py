"""Which films a page shows, what stands in for them, and what it says where they are not there."""

from __future__ import annotations

import base64
import io

import numpy as np
import pytest
from report_samples import HOSTILE, Page, mp4
from run_samples import closed_row, open_row, prediction, records

from harness.media.last_frame import last_frame, last_frames
from harness.media.video_writer import write_video
from harness.report.films.wall import kind_of, wall
from harness.report.write import write_report
from harness.results.views import read_runs
from harness.runs.directory import RunDir
from harness.runs.provenance import provenance


def filmed_run(path, policy, rows, missing=(), **facts):
    """A run whose rows name films; those of the seeds `missing` are not there."""
    with RunDir.create(
        "closedloop", policy, config={"policy": policy}, provenance=provenance(**facts), out=path
    ) as run:
        for row in rows:
            name = f"videos/{row['task'][:5]}-{row['seed']}.mp4"
            run.add(row | {"video": name})
            if row["seed"] not in missing:
                mp4(path / name)
    return path


def failed(seed, why, task="stack_blocks_two"):
    return closed_row(seed, False, task) | {"failure": why}


def test_the_wall_has_one_of_every_task_outcome_and_reason(tmp_path):
    rows = [closed_row(1, True), closed_row(2, True), closed_row(1, True, "handover_block")]
    rows += [failed(3, "roller 0.77 of 0.80 m"), failed(4, "roller 0.61 of 0.80 m"), failed(5, "time limit")]
    rows += [closed_row(6, None, status="error", error="lost")]
    (run,) = read_runs([filmed_run(tmp_path / "a", "demo", rows)])
    films, left_out = wall([run])
    assert [(f.task, f.outcome, f.row.seed, f.like) for f in films] == [
        ("handover_block", "success", 1, 1),
        ("stack_blocks_two", "error", 6, 1),
        ("stack_blocks_two", "failure", 3, 2),
        ("stack_blocks_two", "failure", 5, 1),
        ("stack_blocks_two", "success", 1, 2),
    ]
    read = records(*rows)
    assert left_out == 0 and kind_of(read[3]) == kind_of(read[4]) != kind_of(read[5])
    few, out = wall([run], most=2)
    assert {film.like for film in few} == {2} and out == 3, "of many groups the largest"


def test_the_page_shows_films_with_their_last_frame_and_says_which_are_missing(tmp_path):
    rows = [closed_row(1, True), closed_row(2, False), closed_row(3, False, "handover_block")]
    path = filmed_run(tmp_path / "a", "demo", rows, missing=(3,))
    page = Page(write_report([path], tmp_path / "out"))
    films = [a for tag, a in page.tags if tag == "figure" and a.get("class", "").startswith("film ")]
    assert [(a["data-outcome"], a["data-task"]) for a in films] == [
        ("failure", "stack_blocks_two"),
        ("success", "stack_blocks_two"),
    ]
    posters = page.values("img", "src")
    posters += page.values("video", "poster")  # of the typical rollout of each kind of failure
    assert len(posters) == 3 and all(poster.startswith("data:image/jpeg;base64,") for poster in posters)
    assert "for the files are not there: 1 film that" in page.text
    assert "Without a film here: 1 more kind of rollout" in page.text
    links = [a for tag, a in page.tags if tag == "a" and a.get("data-kind") == "video"]
    assert all((tmp_path / "out" / a["href"]).is_file() for a in links) and len(links) == 4


def test_films_of_a_replay_open_over_the_page_and_show_how_they_end(tmp_path):
    with RunDir.create(
        "openloop", "demo", config={"policy": "demo"}, provenance=provenance(), out=tmp_path / "a"
    ) as run:
        for episode in range(8):
            p = prediction(episode)
            run.save_prediction(episode, p)
            run.add(open_row(episode, p) | {"video": f"videos/{episode}.mp4"})
            mp4(run.videos / f"{episode}.mp4")
    page = Page(write_report([run.path], tmp_path / "out"))
    labels = [a.get("aria-label", "") for tag, a in page.tags if tag == "a" and a.get("class") == "play"]
    assert [label for label in labels if label] == [
        f"film: episode {episode} with the action trace" for episode in range(6)
    ]
    posters = page.values("img", "src")
    assert len(posters) == 6 and all(poster.startswith("data:image/jpeg;base64,") for poster in posters)
    assert "2 more from the table above" in page.text and not page.values("video", "src")


def test_the_same_scene_stands_side_by_side_with_the_expert(tmp_path):
    scenes = [(1, True, False), (2, False, True), (3, True, True), (4, True, False), (5, True, False)]
    a = filmed_run(tmp_path / "a", "one", [closed_row(seed, x) for seed, x, _ in scenes])
    b = filmed_run(tmp_path / "b", "two", [closed_row(seed, y) for seed, _, y in scenes])
    c = filmed_run(tmp_path / "c", "expert", [closed_row(1, True)])
    page = Page(write_report([a, b, c], tmp_path / "out"))
    assert [text for text in page.words if "alone solved it" in text] == [
        "stack_blocks_two, scene 1: one alone solved it",
        "stack_blocks_two, scene 2: two alone solved it",
        "stack_blocks_two, scene 4: one alone solved it",
    ]
    assert "1 more is not shown" in page.text
    failures = 2  # a film for what each of the two policies missed
    assert len(page.values("video", "src")) == failures + 2 + 1 + 2 + 2, (
        "the expert's film where there is one"
    )
    assert "Does one succeed more often than two?" in page.text and "about " in page.text


def test_a_stranger_s_rows_are_text_on_the_wall_and_their_films_stay_where_they_are(tmp_path):
    strange = {"task": HOSTILE, "instruction": HOSTILE}
    rows = [closed_row(seed, False) | strange | {"failure": HOSTILE} for seed in range(3)]
    runs = []
    for name, won in (("a", True), ("b", False)):
        own = [row | {"success": won and row["seed"] == 0} for row in rows]
        with RunDir.create(
            "closedloop", name, config={"policy": name + HOSTILE}, provenance={}, out=tmp_path / name
        ) as run:
            mp4(run.videos / "film.mp4")
            for row in own:
                run.add(row | {"video": "videos/film.mp4" if row["seed"] else "../b/videos/film.mp4"})
        runs.append(run.path)
    page = Page(write_report(runs, tmp_path / "out"))
    assert page.scripts == [{}] and page.source.count("<script") == 1
    assert not [a for _, a in page.tags if any(key.startswith("on") for key in a)]
    assert all(src.startswith("data:image/jpeg;base64,") for src in page.values("img", "src"))
    assert "files are not there: 2 films" in page.text and page.text.count("<script>") > 4


def test_the_last_frame_is_the_last_and_what_is_no_film_has_none(tmp_path, monkeypatch):
    from PIL import Image

    frames = [np.full((64, 96, 3), 25 * i, np.uint8) for i in range(10)]
    film = write_video(tmp_path / "a.mp4", frames)
    uri = last_frame(film)
    picture = Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2])))
    assert picture.width == 480 and abs(np.asarray(picture).mean() - 225) < 8
    (tmp_path / "b.mp4").write_bytes(b"\0\0\0\x18ftypisom" + b"x" * 500)
    (tmp_path / "c.mp4").write_bytes(film.read_bytes()[: film.stat().st_size // 2])
    found = last_frames([film, None, tmp_path / "b.mp4", tmp_path / "none.mp4"])
    assert found[0] == uri and found[1:] == [None] * 3
    last_frames([tmp_path / "c.mp4"])
    monkeypatch.setattr("harness.media.last_frame.LONGEST", 5)
    assert last_frame(film) is None, "a film without an end is not decoded to it"


@pytest.mark.usefixtures("figures_only_on_request")
def test_rows_of_older_runs_have_their_place_without_what_they_lack(tmp_path):
    with RunDir.create("closedloop", "old", config={}, provenance={}, out=tmp_path / "a") as run:
        for seed in range(3):
            run.add({"task": "t", "seed": seed, "status": "ok", "success": seed > 0})
        run.add({"task": "t", "seed": 9, "status": "error"})
    page = Page(write_report([run.path], tmp_path / "out"))
    heads = [
        text for text in page.words if text in ("progress", "instruction", "why not", "scene seed", "outcome")
    ]
    assert heads == ["scene seed", "outcome"], "columns in which nothing stands are left out"
    assert "not recorded: wording, shadows" in page.text
