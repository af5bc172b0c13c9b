"""A recording that was edited: what its frames say, what is lost and said, and how it is accepted."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from dataset_samples import edit_info, refuses, verified

from harness.core import cli
from harness.datasets.reader import open_dataset
from harness.datasets.recording.writer import DatasetWriter
from harness.datasets.survey import data_remarks, survey
from harness.record.command import main
from harness.record.config import Config

ROLES = ("head", "left", "right")
COLUMNS = ("robotwin.task", "robotwin.scene_seed", "robotwin.sampling", "robotwin.assets")


def without_the_file(root: Path) -> Path:
    (root / "meta" / "robotwin.json").unlink()
    return root


def said_of(root: Path) -> str:
    dataset = open_dataset(root)
    return "\n".join(data_remarks(dataset, survey(dataset, range(dataset.total_episodes))))


def drop_columns(root: Path) -> Path:
    """As a recording of before the frames said of which scene they are."""
    for path in (root / "data").rglob("*.parquet"):
        pq.write_table(pq.ParquetFile(path).read().drop_columns(list(COLUMNS)), path)
    features = json.loads((root / "meta" / "info.json").read_text())["features"]
    edit_info(root, features={name: value for name, value in features.items() if name not in COLUMNS})
    return root


def test_the_frames_say_what_the_file_said(damaged: Callable[[], Path], recorded: Path) -> None:
    known, left = open_dataset(recorded), open_dataset(without_the_file(damaged()))
    for index in range(4):
        assert left.record(index) == {
            "task": known.record(index)["task"],
            "scene_seed": known.record(index)["scene_seed"],
            "sampling": "dense",
        }
        assert left.episode(index).noise_key == known.episode(index).noise_key == 10 + index
    assert left.provenance()["dataset_sampling"] == "dense"


def test_what_is_lost_is_said(damaged: Callable[[], Path], recorded: Path) -> None:
    assert "robotwin.json" not in said_of(recorded)
    root = without_the_file(damaged())
    assert "is gone (LeRobot's edit tools drop it): task and scene of each episode are read from" in said_of(
        root
    )
    assert "no longer says of which scenes it is" in said_of(drop_columns(root))


def test_a_file_that_lists_other_episodes_is_not_believed(damaged: Callable[[], Path]) -> None:
    root = damaged()
    path = root / "meta" / "robotwin.json"
    known = json.loads(path.read_text())
    shifted = {str(int(index) - 1): episode for index, episode in known["episodes"].items() if index != "0"}
    path.write_text(json.dumps(known | {"episodes": shifted}))
    dataset = open_dataset(root)
    assert [dataset.record(index)["scene_seed"] for index in range(4)] == [10, 11, 12, 13]
    assert dataset.record(3)["success"] is False  # found by its scene, not by its place
    assert "lists other episodes than the dataset has" in said_of(root)


@pytest.mark.parametrize(
    ("episodes", "said"),
    [
        ({}, "lists no episodes"),
        ({f"{i:06d}": {"scene_seed": 70 + i} for i in range(4)}, "lists other episodes"),
    ],
)
def test_a_file_that_knows_none_of_the_episodes_is_no_silence(
    damaged: Callable[[], Path], episodes: dict[str, Any], said: str
) -> None:
    root = damaged()
    path = root / "meta" / "robotwin.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"episodes": episodes, "files": {}}))
    assert [open_dataset(root).record(index)["scene_seed"] for index in range(4)] == [10, 11, 12, 13]
    assert said in said_of(root)
    assert "no longer says of which scenes it is" in said_of(drop_columns(root))


def test_seeds_that_went_through_a_table_of_floats_are_seeds(damaged: Callable[[], Path]) -> None:
    root = without_the_file(damaged())
    path = next((root / "data").rglob("*.parquet"))
    table = pq.ParquetFile(path).read()
    at = table.schema.get_field_index("robotwin.scene_seed")
    floats = pa.array(np.array(table["robotwin.scene_seed"].to_pylist()).ravel().astype(float))
    pq.write_table(table.set_column(at, "robotwin.scene_seed", floats), path)
    assert [open_dataset(root).record(index)["scene_seed"] for index in range(4)] == [10, 11, 12, 13]


def test_where_frames_and_file_disagree_the_frames_are_right(damaged: Callable[[], Path]) -> None:
    root = damaged()
    path = root / "meta" / "robotwin.json"
    known = json.loads(path.read_text())
    known["episodes"]["0"], known["episodes"]["1"] = known["episodes"]["1"], known["episodes"]["0"]
    path.write_text(json.dumps(known))
    dataset = open_dataset(root)
    assert [dataset.record(index)["scene_seed"] for index in range(4)] == [10, 11, 12, 13]


def test_frames_of_two_scenes_in_one_episode_are_refused(damaged: Callable[[], Path], synthetic: Any) -> None:
    root = without_the_file(damaged())
    path = next((root / "data").rglob("*.parquet"))
    table = pq.ParquetFile(path).read()
    seeds = np.array(table["robotwin.scene_seed"].to_pylist()).ravel()
    seeds[3] += 1
    at = table.schema.get_field_index("robotwin.scene_seed")
    kind = table.schema.field(at).type
    values = pa.array(seeds.tolist() if pa.types.is_integer(kind) else seeds[:, None].tolist(), kind)
    pq.write_table(table.set_column(at, "robotwin.scene_seed", values), path)
    with refuses("robotwin.scene_seed changes within an episode"):
        open_dataset(root).record(0)


def test_an_edit_in_place_is_refused_until_it_is_accepted(
    damaged: Callable[[], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    root = damaged()
    path = next((root / "data").rglob("*.parquet"))
    pq.write_table(pq.ParquetFile(path).read(), path, compression="gzip")
    with refuses("if you edited the dataset, accept it with `python -m harness.record --reseal"):
        verified(root)
    assert main(Config(reseal=root)) == cli.DONE
    assert "4 episodes accepted as they are now, the scene of 4 is known" in capsys.readouterr().out
    dataset = verified(root)
    assert dataset.extras["edited"] is True and dataset.extras["config"] == {"control": "dense"}
    assert dataset.record(3) == {"task": "handover_block", "scene_seed": 13, "success": False}


def test_what_is_not_whole_or_no_dataset_is_not_accepted(damaged: Callable[[], Path], tmp_path: Path) -> None:
    with refuses("no LeRobot dataset"):
        main(Config(reseal=tmp_path))
    root = damaged()
    next((root / "videos").rglob("*.mp4")).unlink()
    with refuses("lacks videos"):
        main(Config(reseal=root))


def test_what_names_frames_that_are_gone_is_dropped(damaged: Callable[[], Path], synthetic: Any) -> None:
    root = damaged()
    path = root / "meta" / "robotwin.json"
    known = json.loads(path.read_text())
    known["episodes"]["0"] |= {"solved_at": 10}
    known["episodes"]["1"] |= {"solved_at": 99, "states": [{"frame": 3}]}
    path.write_text(json.dumps(known))
    main(Config(reseal=root))
    dataset = open_dataset(root)
    assert dataset.record(0)["solved_at"] == 10
    assert not {"solved_at", "states"} & set(dataset.record(1)) and dataset.record(1)["scene_seed"] == 11


def test_a_card_is_written_and_an_authors_own_is_kept(damaged: Callable[[], Path], recorded: Path) -> None:
    card = (recorded / "README.md").read_text()
    assert "\n# recorded\n" in card
    assert card.startswith("---\ntask_categories:\n- robotics\n") and "| handover_block | 2 | 80 |" in card
    assert "a frame every 15 physics steps" in card and "assets not recorded" in card
    assert "Limitations: " in card and "Sensors: simulated cameras" in card
    root = damaged()
    (root / "README.md").write_text("# My words\n")
    main(Config(reseal=root))
    assert (root / "README.md").read_text() == "# My words\n"
    shutil.copy(recorded / "README.md", root / "README.md")
    edit_info(root, fps=15)
    main(Config(reseal=root))
    assert "4 synthetic demonstrations" in (root / "README.md").read_text()


def test_every_file_can_be_read_by_others(recorded: Path) -> None:
    mask = os.umask(0)
    os.umask(mask)
    files = [path for path in recorded.rglob("*") if path.is_file()]
    assert {path.stat().st_mode & 0o777 for path in files} == {0o666 & ~mask} and len(files) > 5


def test_an_arm_that_never_moves_is_said(tmp_path: Path) -> None:
    walk = np.cumsum(np.full((4, 14), 0.1, np.float32), axis=0)
    walk[:, 7:13] = 0
    walk[:, 6] = 1
    images = {role: np.zeros((3, 48, 64, 3), np.uint8) for role in ROLES}
    with DatasetWriter(tmp_path / "d", image_size=(48, 64)) as writer:
        writer.add_episode(images, walk[:-1], walk[1:], task="x")
    assert writer.said == [
        "the right arm and left_gripper never moved: the standard deviation there is 0, so what a policy trained on "
        "this predicts for it is undefined; record scenes that need both arms"
    ]


@pytest.mark.parametrize("linked", ["videos", "videos/observation.images.cam_high"])
def test_films_on_another_disk_keep_their_mode(
    damaged: Callable[[], Path], tmp_path: Path, linked: str
) -> None:
    root = damaged()
    (root / linked).rename(tmp_path / "elsewhere")
    (root / linked).symlink_to(tmp_path / "elsewhere")
    film = next((tmp_path / "elsewhere").rglob("*.mp4"))
    film.chmod(0o600)
    main(Config(reseal=root))
    assert film.stat().st_mode & 0o777 == 0o600


def test_what_else_lies_in_the_folder_keeps_its_mode(damaged: Callable[[], Path]) -> None:
    root = damaged()
    mine = {"token": 0o600, "convert.sh": 0o755, ".git/object": 0o444}
    for name, mode in mine.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text("mine")
        (root / name).chmod(mode)
    film = next((root / "videos").rglob("*.mp4"))
    film.chmod(0o600)
    main(Config(reseal=root))
    assert {name: (root / name).stat().st_mode & 0o777 for name in mine} == mine
    assert film.stat().st_mode & 0o777 == (root / "meta" / "info.json").stat().st_mode & 0o777
