"""Whatever world an observation comes from, the policy reads the same batch."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.core.errors import UserError
from harness.core.robot import map_roles
from harness.rollout.adapter import Observation, ObservationAdapter, gym_observation_to_roles

PI0_KEYS = tuple(
    f"observation.images.{name}" for name in ("base_0_rgb", "left_wrist_0_rgb", "right_wrist_0_rgb")
)
DATASET_KEYS = tuple(
    f"observation.images.{name}" for name in ("cam_high", "cam_left_wrist", "cam_right_wrist")
)
SHADES = {"head": 10, "left": 20, "right": 30}


def refuses(match: str) -> Any:
    return pytest.raises(UserError, match=re.compile(rf"\A[^\n]*{match}[^\n]*\Z"))


def observation(**changes: Any) -> Observation:
    """One whose cameras are told apart by their shade."""
    images = {role: np.full((4, 6, 3), shade, np.uint8) for role, shade in SHADES.items()}
    plain = Observation(images, np.arange(14, dtype=np.float32), "stack the blocks", 7)
    return dataclasses.replace(plain, **changes)


def gym_observation(images: dict[str, np.ndarray], state: np.ndarray) -> dict[str, Any]:
    """The simulator's layout, cameras in an order of its own."""
    return {
        "pixels": {f"{role}_camera": images[role] for role in ("right", "head", "left")},
        "agent_pos": state,
    }


@pytest.mark.parametrize("keys", [PI0_KEYS, DATASET_KEYS, DATASET_KEYS[::-1]])
def test_cameras_are_mapped_by_name_whatever_their_order(keys: tuple[str, ...]) -> None:
    batch = ObservationAdapter(keys).batch([observation()])
    for key, role in map_roles(keys, of="the policy").items():
        assert (batch[key] * 255).round().unique().tolist() == [SHADES[role]]


def test_a_batch_is_what_the_policy_interface_says() -> None:
    torch = pytest.importorskip("torch")
    batch = ObservationAdapter(DATASET_KEYS).batch([observation(), observation(frame_index=8)])
    assert list(batch) == ["observation.state", *DATASET_KEYS, "task", "frame_index"]
    assert batch["observation.state"].shape == (2, 14) and batch["observation.state"].dtype == torch.float32
    for key in DATASET_KEYS:
        assert batch[key].shape == (2, 3, 4, 6) and batch[key].dtype == torch.float32
        assert batch[key].min() >= 0 and batch[key].max() <= 1
    assert batch["task"] == ["stack the blocks"] * 2
    assert batch["frame_index"].tolist() == [7, 8] and batch["frame_index"].dtype == np.int64


def test_white_is_one_and_black_is_zero() -> None:
    image = np.zeros((4, 6, 3), np.uint8)
    image[1, 2] = 255
    shown = ObservationAdapter(DATASET_KEYS[:1]).batch([observation(images={"head": image})])[DATASET_KEYS[0]]
    assert shown[0, :, 1, 2].tolist() == [1, 1, 1]
    assert shown.sum() == 3


def test_a_simulator_observation_and_a_dataset_row_give_the_same_batch(
    recorded: Path, synthetic: Any
) -> None:
    """The same scene by both ways: equal but for what the video compression did to the images."""
    from harness.datasets.reader import open_dataset

    episode, frame = open_dataset(recorded).episode(1), 12
    images = {role: images[0] for role, images in episode.images([frame]).items()}
    row = Observation(images, episode.states[frame], episode.task, frame)
    seen = {role: synthetic.picture(1, frame, role) for role in synthetic.roles}
    sim = gym_observation_to_roles(gym_observation(seen, synthetic.walk(1)[frame]), episode.task, frame)

    adapter = ObservationAdapter(PI0_KEYS)
    a, b = adapter.batch([row]), adapter.batch([sim])
    assert list(a) == list(b)
    for key in ("observation.state", *PI0_KEYS):
        assert a[key].shape == b[key].shape and a[key].dtype == b[key].dtype
    assert (a["observation.state"] == b["observation.state"]).all()
    for key in PI0_KEYS:
        assert (a[key] - b[key]).abs().mean() < 3 / 255
    assert a["task"] == b["task"] and a["frame_index"] == b["frame_index"]


def test_a_policy_that_looks_at_nothing_needs_no_camera() -> None:
    row = ObservationAdapter(()).row(observation(images={}))
    assert list(row) == ["observation.state", "task", "frame_index"]


def test_it_says_in_words_what_it_mapped() -> None:
    words = ObservationAdapter(PI0_KEYS[:1]).describe()
    assert words.splitlines() == [
        "head camera -> observation.images.base_0_rgb",
        "not read by the policy: left camera, right camera",
    ]


class TestMistakes:
    def test_a_camera_without_a_role(self) -> None:
        with refuses("'observation.images.cam_hihg'.*nearest is 'cam_high'.*left_wrist_0_rgb"):
            ObservationAdapter(["observation.images.cam_hihg"])

    def test_two_cameras_of_one_role(self) -> None:
        with refuses("two cameras for the role 'head'"):
            ObservationAdapter([PI0_KEYS[0], DATASET_KEYS[0]])

    def test_a_world_without_a_camera_the_policy_reads(self) -> None:
        with refuses("looks at right .*dataset d does not have"):
            ObservationAdapter(DATASET_KEYS).require(["head", "left"], of="dataset d")

    def test_an_observation_without_it(self) -> None:
        with refuses("frame 7 lacks the left camera"):
            ObservationAdapter(DATASET_KEYS).row(observation(images={"head": np.zeros((4, 6, 3), np.uint8)}))

    @pytest.mark.parametrize(
        "image",
        [np.zeros((4, 6, 3), np.float32), np.zeros((4, 6), np.uint8), np.zeros((3, 4, 6), np.uint8)],
        ids=["float", "grey", "channels first"],
    )
    def test_an_image_of_another_kind(self, image: np.ndarray) -> None:
        with refuses(r"head image of shape .*expected \(H, W, 3\) uint8"):
            ObservationAdapter(DATASET_KEYS[:1]).row(observation(images={"head": image}))

    @pytest.mark.parametrize(
        "state", [np.zeros(7, np.float32), np.zeros(14), np.full(14, np.nan, np.float32)]
    )
    def test_a_state_of_another_kind(self, state: np.ndarray) -> None:
        with refuses("frame 7 has a state"):
            ObservationAdapter(()).row(observation(state=state))

    def test_no_instruction(self) -> None:
        with refuses("no task instruction"):
            ObservationAdapter(()).row(observation(task=""))

    def test_a_simulator_observation_without_pixels(self) -> None:
        with refuses("lacks 'pixels'"):
            gym_observation_to_roles({"agent_pos": np.zeros(14)}, "x", 0)
