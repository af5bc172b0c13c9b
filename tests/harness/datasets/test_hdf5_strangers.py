"""HDF5 files as strangers have them: other layouts of the same numbers, damage, and files that point elsewhere."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from dataset_samples import refuses, verified
from form_samples import legacy_jpeg, pictures

from harness.datasets.reader import open_dataset
from harness.datasets.survey import data_remarks, survey

FRAMES = 6
WALK = np.linspace(0, 1, (FRAMES + 1) * 14).reshape(-1, 14)
IMAGES = np.stack([np.full((24, 32, 3), (200, 100, 10 + 20 * t), np.uint8) for t in range(FRAMES + 1)])
OLD = {
    "joint_action/left_arm": WALK[:, :6],
    "joint_action/left_gripper": WALK[:, 6],
    "joint_action/right_arm": WALK[:, 7:13],
    "joint_action/right_gripper": WALK[:, 13],
}


def episode(home: Path, number: int = 0, arrays: dict[str, np.ndarray] | None = None) -> Path:
    """An episode of upstream's older form, in `home/data`, with the head camera."""
    path = home / "data" / f"episode{number}.hdf5"
    path.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(path, "w") as file:
        for name, values in (OLD if arrays is None else arrays).items():
            file[name] = values
        pictures(file, "observation/head_camera/rgb", IMAGES)
    return path


def change(path: Path, how: Callable[[Any], object]) -> None:
    with h5py.File(path, "a") as file:
        how(file)


def put(name: str, value: Any, **more: Any) -> Callable[[Any], object]:
    """Replace what lies at `name`."""

    def how(file: Any) -> None:
        if name in file:
            del file[name]
        file.create_dataset(name, data=value, **more)

    return how


def link(name: str, to: Any) -> Callable[[Any], object]:
    def how(file: Any) -> None:
        if name in file:
            del file[name]
        file[name] = to

    return how


class TestForms:
    def test_an_action_is_the_next_frames_state_and_the_last_frame_has_none(self, tmp_path: Path) -> None:
        episode(tmp_path)
        read = verified(tmp_path).episode(0)
        np.testing.assert_array_equal(read.states, WALK[:-1].astype(np.float32))
        np.testing.assert_array_equal(read.actions, WALK[1:].astype(np.float32))
        assert np.abs(read.images([4])["head"][0, 9, 9].astype(int) - (200, 100, 90)).max() < 4

    def test_one_vector_of_fourteen_is_as_good(self, tmp_path: Path) -> None:
        episode(tmp_path, arrays={"joint_action/vector": WALK})
        np.testing.assert_array_equal(open_dataset(tmp_path).episode(0).states, WALK[:-1].astype(np.float32))

    @pytest.mark.parametrize("kind", ["raw", "padded", "ragged", "png"])
    def test_pictures_however_they_are_kept(self, tmp_path: Path, kind: str) -> None:
        import cv2

        encoded = [np.frombuffer(legacy_jpeg(image), np.uint8) for image in IMAGES]
        path = episode(tmp_path)
        name = "observation/head_camera/rgb"
        if kind == "raw":
            change(path, put(name, IMAGES))
        elif kind == "padded":
            widest = max(map(len, encoded))
            change(path, put(name, np.stack([np.pad(data, (0, widest - len(data))) for data in encoded])))
        elif kind == "png":
            data = [cv2.imencode(".png", image)[1].tobytes() for image in IMAGES]
            change(path, put(name, data, dtype=f"S{max(map(len, data))}"))
        else:
            ragged = np.empty(len(encoded), object)
            ragged[:] = encoded
            change(path, put(name, ragged, dtype=h5py.vlen_dtype(np.uint8)))
        pixel = verified(tmp_path).episode(0).images([5])["head"][0, 3, 3].astype(int)
        assert np.abs(pixel - (200, 100, 110)).max() < 4

    @pytest.mark.parametrize("given", ["data", ".", ".."])
    def test_whichever_folder_is_given(self, tmp_path: Path, given: str) -> None:
        home = tmp_path / "click_bell" / "demo_clean"
        episode(home)
        episode(home, 10)
        (home / "seed.txt").write_text(" ".join(map(str, range(50, 61))))
        dataset = open_dataset(home / given)
        known = [(dataset.record(i)["task"], dataset.record(i)["scene_seed"]) for i in (0, 1)]
        assert known == [("click_bell", 50), ("click_bell", 60)]
        assert dataset.episode(0).task == "click bell"  # no sentence is there

    @pytest.mark.parametrize(
        ("value", "told"),
        [
            ({"seen": ["A.", "B."]}, "A."),
            (["C."], "C."),
            ("D.", "D."),
            ({"unseen": ["E."], "seen": []}, "E."),
        ],
    )
    def test_sentences_beside_the_episodes(self, tmp_path: Path, value: Any, told: str) -> None:
        episode(tmp_path)
        (tmp_path / "instructions").mkdir()
        (tmp_path / "instructions" / "episode0.json").write_text(json.dumps(value))
        assert open_dataset(tmp_path).episode(0).task == told

    def test_a_conversion_without_the_shift_is_said(self, tmp_path: Path) -> None:
        """XPolicyLab's converter has --same-index-action."""
        names = (
            "left_arm_joint_states",
            "left_ee_joint_states",
            "right_arm_joint_states",
            "right_ee_joint_states",
        )
        parts = (WALK[:, :6], WALK[:, 6:7], WALK[:, 7:13], WALK[:, 13:])
        arrays = {
            f"{side}/{name}": part
            for side in ("state", "action")
            for name, part in zip(names, parts, strict=True)
        }
        episode(tmp_path, arrays=arrays)
        dataset = open_dataset(tmp_path)
        assert any(
            "the state of its own frame" in said for said in data_remarks(dataset, survey(dataset, [0]))
        )


@pytest.mark.parametrize(
    ("how", "said"),
    [
        (put("joint_action/left_arm", WALK[:, :7]), r"left_arm \(7, 7\).*aloha-agilex.*another robot"),
        (put("joint_action/left_arm", WALK[:4, :6]), "of another robot, or damaged"),
        (put("joint_action/left_arm", WALK[:, :6] * np.nan), "has NaN in state at frame 0"),
        (put("joint_action/right_arm", np.full((7, 6), 1e9)), r"1e\+09 in state at frame 0"),
        (put("joint_action/left_arm", np.array(["x"] * 7, dtype="S3")), "which is not read"),
        (put("joint_action/left_arm", WALK[:1, :6]), "0 frames with an action"),
        (lambda file: file.__delitem__("joint_action/right_gripper"), "lacks joint_action/right_gripper"),
        (lambda file: file.__delitem__("joint_action"), "no recording of RoboTwin"),
        (put("observation/head_camera/rgb", [b"no picture"] * 7), "picture at frame 0 that does not decode"),
        (link("joint_action/left_arm", h5py.ExternalLink("other.hdf5", "/x")), "no recording of RoboTwin"),
        (
            link("joint_action/right_arm", h5py.SoftLink("/joint_action/right_arm")),
            "lacks joint_action/right_arm",
        ),
    ],
)
def test_what_cannot_be_used_is_one_line(tmp_path: Path, how: Callable[[Any], object], said: str) -> None:
    change(episode(tmp_path), how)
    with refuses(said):
        verified(tmp_path)


def test_numbers_that_lie_in_another_file_are_not_opened(tmp_path: Path) -> None:
    path = episode(tmp_path)
    secret = tmp_path / "secret.bin"
    secret.write_bytes(np.zeros((7, 6)).tobytes())
    with h5py.File(path, "a") as file:
        del file["joint_action/left_arm"]
        file.create_dataset("joint_action/left_arm", (7, 6), "f8", external=[(str(secret), 0, 7 * 6 * 8)])
    with refuses("lies in other files, which are not opened"):
        verified(tmp_path)


def test_fewer_pictures_than_frames_are_found_before_the_work(tmp_path: Path) -> None:
    episode(tmp_path)
    change(episode(tmp_path, 1), lambda file: pictures_again(file, 3))
    with refuses("has 3 pictures for 6 frames"):
        verified(tmp_path)
    dataset = open_dataset(tmp_path)
    assert "head" in survey(dataset, [0, 1]).broken and not survey(dataset, [0]).broken


def pictures_again(file: Any, count: int) -> None:
    del file["observation/head_camera/rgb"]
    pictures(file, "observation/head_camera/rgb", IMAGES[:count])


def test_no_hdf5_at_all_and_a_broken_one(tmp_path: Path) -> None:
    with refuses("holds no episode files of RoboTwin"):
        open_dataset(tmp_path)
    path = episode(tmp_path)
    path.write_bytes(path.read_bytes()[:700])
    with refuses("cannot read .*episode0.hdf5"):
        open_dataset(tmp_path)


@pytest.mark.parametrize("axes", [(0, 3, 1, 2), None])
def test_raw_pictures_of_another_form(tmp_path: Path, axes: tuple[int, ...] | None) -> None:
    pictures = IMAGES.transpose(axes) if axes else np.concatenate([IMAGES, IMAGES[..., :1]], axis=-1)
    change(episode(tmp_path), put("observation/head_camera/rgb", pictures))
    with refuses(r"rgb holds pictures of .*must be \(height, width, 3\), RGB"):
        verified(tmp_path)


def test_episodes_behind_a_link_are_of_the_task_that_the_link_lies_in(tmp_path: Path) -> None:
    home = tmp_path / "sets" / "click_bell" / "demo_clean"
    home.mkdir(parents=True)
    episode(tmp_path / "disk")
    (home / "data").symlink_to(tmp_path / "disk" / "data")
    (home / "seed.txt").write_text("50")
    (home / "latest").symlink_to(home / "data")  # the same once more: no other episodes
    for dataset in (open_dataset(tmp_path / "sets"), open_dataset(home / "data")):
        assert [dataset.record(0)[key] for key in ("task", "scene_seed")] == ["click_bell", 50]
        assert dataset.total_episodes == 1
    with refuses("episode0.hdf5 is a file; give the folder"):
        open_dataset(home / "data" / "episode0.hdf5")


def test_a_seed_txt_of_fewer_episodes_is_said(tmp_path: Path) -> None:
    for number in (0, 1):
        episode(tmp_path, number)
    (tmp_path / "seed.txt").write_text("50")
    assert "names no scene for 1 of 2 episodes" in open_dataset(tmp_path).remarks[1]


def test_seeds_that_are_none(tmp_path: Path) -> None:
    episode(tmp_path)
    (tmp_path / "seed.txt").write_text("1 2 three")
    with refuses("must hold whole numbers"):
        open_dataset(tmp_path)


def test_without_the_library_the_line_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    episode(tmp_path)
    monkeypatch.setitem(sys.modules, "h5py", None)
    with refuses("pip install h5py"):
        open_dataset(tmp_path)
