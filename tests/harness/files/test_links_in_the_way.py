"""What a stranger's folder may hold where we write: links to files of the user's, which stay as they are."""

from __future__ import annotations

import numpy as np
import pytest
from run_samples import closed_run, open_run

from harness.core.errors import UserError
from harness.files.json_files import write_json
from harness.media import figure_style
from harness.media.video_writer import VideoWriter
from harness.report.media_links import Media
from harness.report.write import write_tables
from harness.runs.directory import RunDir


@pytest.fixture
def mine(tmp_path):
    path = tmp_path / "mine.txt"
    path.write_text("precious")
    yield path
    assert path.read_text() == "precious"


def test_a_file_is_not_written_through_a_link_of_its_temporary_name(tmp_path, mine):
    (tmp_path / ".a.json.tmp").symlink_to(mine)
    write_json(tmp_path / "a.json", {"x": 1})
    assert (tmp_path / "a.json").read_text() == '{\n  "x": 1\n}\n' and not (tmp_path / "a.json").is_symlink()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.json", "mine.txt"]


def test_a_report_into_a_strangers_run_leaves_what_it_links_to(tmp_path, mine):
    run = open_run(tmp_path / "run").path
    for name in ("report.csv", ".report.csv.tmp"):
        (run / name).symlink_to(mine)
    assert "mae" in write_tables([run], run, "csv").read_text()


def test_a_film_is_not_written_through_a_link(tmp_path, mine):
    path = tmp_path / "a.mp4"
    with VideoWriter(path) as video:
        video._temporary.symlink_to(mine)
        video.add(np.zeros((16, 16, 3), np.uint8))
    assert path.stat().st_size and not path.is_symlink()


@pytest.mark.parametrize("name", ["episodes.jsonl", "plots", "run.json"])
def test_a_run_does_not_go_on_through_links(tmp_path, mine, name):
    run = closed_run(tmp_path / "run").path
    kept = (run / name).rename(tmp_path / f"kept-{name}")
    (run / name).symlink_to(kept)
    with pytest.raises(UserError, match=rf"{name} is a link"):
        RunDir.create("closedloop", "demo", config={}, provenance={}, out=run, resume=True)


@pytest.mark.parametrize("name", ["a.png", "a.svg"])
def test_a_figure_is_not_written_through_a_link(tmp_path, mine, name):
    (tmp_path / name).symlink_to(mine)
    path = figure_style.save(figure_style.new_figure(1, 1), tmp_path / name)
    assert path.stat().st_size and not path.is_symlink()


def test_media_of_a_report_are_not_copied_through_a_link(tmp_path, mine):
    run, out = tmp_path / "run", tmp_path / "strangers"
    for folder in (run / "plots", out / "files" / "01-run" / "plots"):
        folder.mkdir(parents=True)
    figure_style.save(figure_style.new_figure(1, 1), run / "plots" / "a.png")
    (out / "files" / "01-run" / "plots" / "a.png").symlink_to(mine)
    assert Media(out).link(run, 1, "plots/a.png") == "files/01-run/plots/a.png"
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "files").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UserError, match="files is a link"):
        Media(tmp_path / "other").link(run, 1, "plots/a.png")
    assert not list((tmp_path / "elsewhere").iterdir())
