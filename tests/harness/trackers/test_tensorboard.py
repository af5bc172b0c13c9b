"""TensorBoard's event files, read back by TensorBoard itself."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from run_samples import closed_row

from harness.core.flags import TrackFlags
from harness.media.video_writer import VideoWriter
from harness.metrics.closedloop_summary import summarize_closedloop
from harness.runs.directory import RunDir
from harness.trackers.animation import FRAMES, WIDTH
from harness.trackers.following import follow

accumulator = pytest.importorskip(
    "tensorboard.backend.event_processing.event_accumulator", reason="the extra `tensorboard`"
)
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run of three scenes, one filmed, that TensorBoard was told of."""
    path = tmp_path_factory.mktemp("tracked") / "run"
    with (
        RunDir.create(
            "closedloop", "demo", config={"horizon": 4, "task": "<b>"}, provenance={}, out=path
        ) as run,
        follow(TrackFlags(track="tensorboard"), run) as tracked,
    ):
        film(path / "videos" / "0.mp4")
        for seed in range(3):
            row = run.add(closed_row(seed, seed != 1, video=None if seed else "videos/0.mp4"))
            tracked.row(row)
        tracked.summary(summarize_closedloop(run.rows()))
    return path


def film(path, frames=90):
    """A red film that gets brighter."""
    with VideoWriter(path, fps=30) as video:
        for i in range(frames):
            picture = np.zeros((240, 960, 3), np.uint8)
            picture[..., 0] = 60 + 2 * i
            video.add(picture)


@pytest.fixture(scope="module")
def events(run):
    found = accumulator.EventAccumulator(str(run / "tensorboard"))
    return found.Reload()


def test_success_and_its_interval_are_curves_over_the_episodes(events):
    rates = events.Tensors("success/rate") if "success/rate" in events.Tags()["tensors"] else None
    rates = rates or events.Scalars("success/rate")
    assert [event.step for event in rates] == [1, 2, 3]
    assert [event.value for event in rates] == pytest.approx([1, 1 / 2, 2 / 3])
    low, high = (events.Scalars(f"success/{end}")[-1].value for end in ("low", "high"))
    assert 0 < low < 2 / 3 < high < 1


def test_settings_and_tasks_are_tables_whose_cells_are_text(events):
    texts = {
        tag: events.Tensors(tag)[-1].tensor_proto.string_val[0].decode() for tag in ("configuration", "tasks")
    }
    assert "| horizon | 4 |" in texts["configuration"]
    assert "| task | &lt;b&gt; |" in texts["configuration"]
    assert texts["tasks"].splitlines()[2].startswith("| stack\\_blocks\\_two | 3 | 2 | 0.6667 |")


def test_a_film_is_an_animated_picture_of_bounded_size(events):
    from PIL import Image

    (event,) = events.Images("film/stack_blocks_two/success")
    picture = Image.open(io.BytesIO(event.encoded_image_string))
    assert (picture.format, picture.width) == ("GIF", WIDTH)
    assert FRAMES - 5 < picture.n_frames <= FRAMES, "neighbours that look alike are one picture"
    first = picture.convert("RGB").getpixel((10, 10))
    picture.seek(picture.n_frames - 1)
    last = picture.convert("RGB").getpixel((10, 10))
    assert last[0] - first[0] > 100, "it begins dark and ends bright"


@pytest.mark.slow
def test_a_command_told_to_track_does(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "harness.openloop", "--policy", "hold", "--episodes", "0:2", "--videos", "1"]
        + ["--track", "tensorboard", "--out", str(tmp_path / "run")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    assert f"tracking: tensorboard --logdir {tmp_path / 'run' / 'tensorboard'}" in done.stderr
    found = accumulator.EventAccumulator(str(tmp_path / "run" / "tensorboard")).Reload()
    assert len(found.Scalars("mae/policy")) == 2
    assert found.Images("film/replay")
    assert found.Tensors("tasks")


FULL = """
import resource, signal, sys
from pathlib import Path
from harness.trackers.following import Follower
from harness.trackers.interface import Place
from harness.trackers.tensorboard import TensorBoard

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
tracker = TensorBoard(Place("x", None, Path(sys.argv[1]), online=False))
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
follower = Follower(tracker)
for step in range(200):
    follower.numbers({"a": 1.0}, step)
"""


def test_a_full_disk_ends_the_following_in_one_line(tmp_path):
    done = subprocess.run([sys.executable, "-c", FULL, str(tmp_path)], capture_output=True, text=True)
    assert done.returncode == 0
    assert done.stderr.splitlines() == ["tracking stops, the run goes on: [Errno 27] File too large"]
