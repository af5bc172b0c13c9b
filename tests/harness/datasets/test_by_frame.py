"""Frames are read as LeRobot reads them: by the row's timestamp and task_index, from films and from the table."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dataset_samples import edit_info, edit_table, refuses, verified, without_checksums

from harness.datasets.reader import open_dataset
from harness.datasets.survey import data_remarks, survey

DATA, EPISODES = "data/chunk-000/file-000.parquet", "meta/episodes/chunk-000/file-000.parquet"
HEAD = "observation.images.cam_high"


@pytest.fixture
def cut(damaged: Callable[[], Path], synthetic: Any) -> Path:
    """Ten idle frames cut from the start of episode 1: rows dropped and renumbered, film and times as they were."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    root, gone = without_checksums(damaged()), 10
    table = pq.ParquetFile(root / DATA).read()
    rows = list(zip(table["episode_index"].to_pylist(), table["frame_index"].to_pylist(), strict=True))
    keep = [i for i, (episode, frame) in enumerate(rows) if episode != 1 or frame >= gone]
    table = table.take(keep)
    for name, values in (
        ("frame_index", [rows[i][1] - (gone if rows[i][0] == 1 else 0) for i in keep]),
        ("index", list(range(len(keep)))),
    ):
        at = table.schema.get_field_index(name)
        table = table.set_column(
            at, table.schema.field(name), pa.array(values, table.schema.field(name).type)
        )
    pq.write_table(table, root / DATA)
    lengths = [synthetic.frames - (gone if i == 1 else 0) for i in range(synthetic.episodes)]
    ends = np.cumsum(lengths).tolist()
    for name, numbers in (
        ("length", lengths),
        ("dataset_from_index", [0, *ends[:-1]]),
        ("dataset_to_index", ends),
    ):
        edit_table(root / EPISODES, name, lambda _, numbers=numbers: numbers)
    edit_info(root, total_frames=ends[-1])
    return root


@pytest.mark.slow
def test_every_picture_of_a_cut_episode_is_lerobots(cut: Path, synthetic: Any) -> None:
    from lerobot.datasets import LeRobotDataset

    dataset = open_dataset(cut)
    survey(dataset, range(4)).require(dataset.cameras)
    theirs = LeRobotDataset("local/cut", root=cut, video_backend="pyav")
    for index, first in ((0, 0), (1, 40), (2, 70)):
        episode = dataset.episode(index)
        frames = [0, 7, episode.length - 1]
        images = episode.images(frames)
        for at, frame in enumerate(frames):
            row = theirs[first + frame]
            assert row["task"] == episode.instruction(frame)
            np.testing.assert_array_equal(row["action"].numpy(), episode.actions[frame])
            for role, key in dataset.cameras.items():
                other = (row[key].numpy() * 255).round().astype(np.uint8).transpose(1, 2, 0)
                np.testing.assert_array_equal(images[role][at], other)
    assert synthetic.frame_number(dataset.episode(1).images([0])["head"][0]) == 10


def test_an_instruction_that_changes_on_the_way_is_each_frames_own(
    damaged: Callable[[], Path], synthetic: Any
) -> None:
    root = without_checksums(damaged())
    edit_table(root / DATA, "task_index", lambda found: [1 if t < 5 else 0 for t in range(len(found))])
    dataset = open_dataset(root)
    first, second = synthetic.tasks["handover_block"], synthetic.tasks["stack_blocks_two"]
    episode = dataset.episode(0)
    assert [episode.instruction(t) for t in (0, 4, 5, 39)] == [first, first, second, second]
    assert episode.task == first
    found = survey(dataset, range(4))
    assert found.several == (0,) and set(found.instructions) == {first, second}
    assert any(
        "the instruction changes within 1 episodes (0" in words for words in data_remarks(dataset, found)
    )


def test_instructions_go_by_the_place_of_the_row_as_lerobot_takes_them(damaged: Callable[[], Path]) -> None:
    root = without_checksums(damaged())
    before = open_dataset(root).episode(0).task
    edit_table(root / "meta" / "tasks.parquet", "task_index", lambda found: found[::-1])
    assert open_dataset(root).episode(0).task == before


def test_pictures_kept_in_the_table_are_the_very_ones(damaged: Callable[[], Path], synthetic: Any) -> None:
    root = without_checksums(damaged())
    with_stills(root, synthetic)
    dataset = open_dataset(root)
    found = survey(dataset, range(4))
    found.require(["head"])
    for index in (0, 3):
        images = dataset.episode(index).images([39, 0, 7], ["head"])["head"]
        for image, frame in zip(images, (39, 0, 7), strict=True):
            np.testing.assert_array_equal(image, synthetic.picture(index, frame, "head"))


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (b"no picture", "picture at frame 0 that does not decode"),
        (None, "does not hold one picture for each of the 40 frames"),
    ],
)
def test_a_picture_that_is_none(
    damaged: Callable[[], Path], synthetic: Any, value: bytes | None, said: str
) -> None:
    root = without_checksums(damaged())
    with_stills(root, synthetic, first=value)
    with refuses(said):
        open_dataset(root).episode(0).images([0], ["head"])


def with_stills(root: Path, synthetic: Any, first: bytes | None = b"own") -> None:
    """The head camera as PNG in the table instead of as a film; `first` in place of the very first picture."""
    import io
    import json

    import pyarrow as pa
    import pyarrow.parquet as pq
    from PIL import Image

    table = pq.ParquetFile(root / DATA).read()
    cells = []
    for episode, frame in zip(
        table["episode_index"].to_pylist(), table["frame_index"].to_pylist(), strict=True
    ):
        buffer = io.BytesIO()
        Image.fromarray(synthetic.picture(episode, frame, "head")).save(buffer, "PNG", compress_level=1)
        cells.append({"bytes": buffer.getvalue(), "path": None})
    if first != b"own":
        cells[0]["bytes"] = first
    kind = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    pq.write_table(table.append_column(HEAD, pa.array(cells, kind)), root / DATA)
    features = json.loads((root / "meta" / "info.json").read_text())["features"]
    features[HEAD] = {"dtype": "image", "shape": [240, 320, 3], "names": ["height", "width", "channels"]}
    edit_info(root, features=features)


def test_times_behind_the_episodes_own_part_of_the_film_are_pictures_of_another(
    damaged: Callable[[], Path],
) -> None:
    root = without_checksums(damaged())
    edit_table(root / DATA, "timestamp", lambda seconds: [second + 0.5 for second in seconds])
    found = survey(open_dataset(root), [0])
    assert "pictures there are of another episode" in found.broken["head"]
    with refuses("correct timestamp in data/"):
        found.require(["head"])


def test_another_count_of_episodes_than_is_listed_is_said(damaged: Callable[[], Path]) -> None:
    root = without_checksums(damaged())
    edit_info(root, total_episodes=9)
    assert any("says 9 episodes, and 4 are listed" in remark for remark in open_dataset(root).remarks)


def test_a_film_that_begins_late_says_how_to_shift_it(damaged: Callable[[], Path]) -> None:
    import av

    root = without_checksums(damaged())
    film = next((root / "videos" / HEAD).rglob("*.mp4"))
    early = film.rename(film.with_name("early.mp4"))
    with av.open(str(early)) as source, av.open(str(film), "w") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None and packet.pts is not None:
                late = round(0.4 / packet.time_base)
                packet.pts, packet.dts, packet.stream = packet.pts + late, packet.dts + late, stream
                target.mux(packet)
    with refuses(
        r"begins at 0\.400 s and the data at 0\.000 s; shift the film by `ffmpeg -itsoffset -0\.400"
    ):
        verified(root)
